export type { Analysis } from "./analyze.ts";
export { analyze, sampleIndexOf } from "./analyze.ts";
export type { Change, DiffRow, ProfileDiff } from "./diff/diff.ts";
export { diffProfiles } from "./diff/diff.ts";
export { ReportError } from "./error.ts";
export { withoutUninteresting } from "./filter/dropped-frames.ts";
export type { FoldedFrame, Folding } from "./filter/fold-frames.ts";
export { cleanPath, trimSourcePath } from "./go/paths.ts";
export type { Pattern } from "./go/pattern.ts";
export { compilePattern } from "./go/pattern.ts";
export { shortName } from "./go/short-name.ts";
export type { Zone } from "./go/time.ts";
export { localZone } from "./go/time.ts";
export type { TimeRange } from "./go/time-range.ts";
export { parseTimeRange } from "./go/time-range.ts";
export { percentage, scale, scaledLabel } from "./go/units.ts";
export { addressKey, parseOption, withQuery } from "./option-text.ts";
export type { Granularity, OptionKind, OptionRow, Options, Sort } from "./options.ts";
export { defaultOptions, OPTIONS, optionRow } from "./options.ts";
export type { Body, Chunks } from "./output/body.ts";
export { chunkText, wholeBody } from "./output/body.ts";
export { csvBody } from "./output/data/csv.ts";
export { JSON_SCHEMA } from "./output/data/json.ts";
export { profileLegend } from "./output/legend.ts";
export type { Format } from "./output/measure.ts";
export { formatIn } from "./output/measure.ts";
export { drawableDot } from "./output/picture/drawable-dot.ts";
export type { DisassembledInstruction, Disassembly } from "./output/text/disasm.ts";
export { disassemblies } from "./output/text/disasm.ts";
export type { ListedLine, Listing } from "./output/text/list.ts";
export { listings } from "./output/text/list.ts";
export { markdownCode, markdownText } from "./output/text/markdown-text.ts";
export type { LabelTotals } from "./output/text/tags.ts";
export { labelTotals } from "./output/text/tags.ts";
export type { Top, TopRow } from "./output/text/top.ts";
export { top } from "./output/text/top.ts";
export type { Call, Tree, TreeRow } from "./output/text/tree.ts";
export { tree } from "./output/text/tree.ts";
export type { OutputFormat, OutputRow } from "./outputs.ts";
export { OUTPUTS, outputRow, withOverrides } from "./outputs.ts";
export type { TaggedIndex } from "./profile-index.ts";
export { ProfileIndex } from "./profile-index.ts";
export type { Form, ReportResult } from "./report.ts";
export { report } from "./report.ts";
export type { LineInstruction, ListedFile, ListedFunction, SourceLine } from "./source/source-listing.ts";
export { sourceListing } from "./source/source-listing.ts";
export type { KeyValues } from "./stack/label-values.ts";
export { keyValues } from "./stack/label-values.ts";
export type { Selection } from "./stack/selection.ts";
export type { AwaitsInARow } from "./trace/awaits-in-a-row.ts";
export { awaitsInARow } from "./trace/awaits-in-a-row.ts";
export { clipTrace } from "./trace/clip-trace.ts";
export type { PathStep } from "./trace/critical-path.ts";
export { indexTrace } from "./trace/index/index-trace.ts";
export type { SpanState, TraceCounter, TraceIndex, TraceLane } from "./trace/index/trace-index.ts";
export {
  firstSpanFrom,
  firstTimeAfter,
  goroutineName,
  LEAST_SPAN_NANOS,
  NO_ROW,
  SPAN_STATE,
  SPAN_STATE_NAMES,
  spanAt,
  spanEnd,
} from "./trace/index/trace-index.ts";
export { spanTold, stackTexts, toldOfWait, waitText } from "./trace/index/wait-text.ts";
export type { Staircase } from "./trace/staircases.ts";
export type { TimeSpent, TracePart, UnitGroup } from "./trace/task-groups.ts";
export {
  addTimeSpent,
  durationBucketFrom,
  unitGroups,
  WaitTotals,
} from "./trace/task-groups.ts";
export type { StoryPart, StoryStep, TraceStory } from "./trace/trace-story.ts";
export { storyOf, taskStory } from "./trace/trace-story.ts";
export type { LaneLoad, RegionGroup, TaskGroup, TraceSummary } from "./trace/trace-summary.ts";
export { summarizeTrace, traceNotes } from "./trace/trace-summary.ts";
export type { TraceTurn, TurnVictim, TurnVictims } from "./trace/turns.ts";
export { longestTurns, victimsOf } from "./trace/turns.ts";
export type { WaitSum } from "./trace/wait-sums.ts";
export { waitSums } from "./trace/wait-sums.ts";
export type { Stacks } from "./tree/call-tree.ts";
export { callTree, frameTotals } from "./tree/call-tree.ts";
export type { FrameTable } from "./tree/frame-table.ts";
export { frameName, frameTable } from "./tree/frame-table.ts";
export type { PartialTrees } from "./tree/partial-trees.ts";
export { partialTrees } from "./tree/partial-trees.ts";
export { RecentParts } from "./tree/recent-parts.ts";
export type { TimeTree } from "./tree/time-tree.ts";
export { timeTree } from "./tree/time-tree.ts";
export type { CallTree } from "./tree/tree-columns.ts";
export { selfOf } from "./tree/tree-columns.ts";
export type { TreeLeaves } from "./tree/tree-leaves.ts";
export { treeLeaves } from "./tree/tree-leaves.ts";
export type { Binaries, Instruction, ObjectFile, ObjectSymbol, SourceFrame } from "./world/binaries.ts";
export type { Source } from "./world/source-reader.ts";
export { SourceReader } from "./world/source-reader.ts";
export type { World } from "./world/world.ts";
