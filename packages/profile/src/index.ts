export type {
  FunctionFields,
  LabelFields,
  LineFields,
  LocationFields,
  MappingFields,
  ProfileHeader,
} from "./builder.ts";
export { ProfileBuilder } from "./builder.ts";
export { ProfileError } from "./error.ts";
export { filterByLabel, filterByTime, filterSamples, pickUnknown, TIMESTAMP_LABEL } from "./filter.ts";
export type { WriteOptions } from "./format/build/sample-type.ts";
export type { Format } from "./format/formats.ts";
export { formats } from "./format/formats.ts";
export { collapsedLines } from "./format/text/write-collapsed.ts";
export { gunzip, gunzipParts, gzip, isGzip, MAX_BYTES } from "./gzip.ts";
export { canonical } from "./merge/canonical.ts";
export { EncodedMerger } from "./merge/encoded-merger.ts";
export { StringRows, TupleRows } from "./merge/intern.ts";
export { compact, merge } from "./merge/merge.ts";
export { combine, convertUnits, intersectSampleTypes } from "./merge/sample-types.ts";
export { normalize, scale } from "./merge/scale.ts";
export type { SubtractOptions } from "./merge/subtract.ts";
export { BASE_LABEL, setLabel, subtract } from "./merge/subtract.ts";
export { unitRatio } from "./merge/units.ts";
export type {
  FunctionTable,
  LabelTable,
  LineTable,
  LocationTable,
  MappingTable,
  Profile,
  SampleTable,
  UnknownRows,
  ValueType,
} from "./profile.ts";
export { toNumbers } from "./profile.ts";
export { decode } from "./proto/decode.ts";
export { encode } from "./proto/encode.ts";
export { beginningNumber, orderByBeginnings } from "./proto/stack-order.ts";
export { WireReader, WireWriter } from "./proto/wire.ts";
export type { NameMatch } from "./prune.ts";
export { removeUninteresting, withoutArguments } from "./prune.ts";
export type { ProfileSource, ReadOptions } from "./read.ts";
export { readProfile, recogniseFormat } from "./read.ts";
export type { SharedStacks } from "./shared-stacks.ts";
export { exactBytes, exactText, StringTable } from "./strings.ts";
export { DERIVED_NAMES, deriveProfile } from "./trace/derive-profile.ts";
export { checkGoTrace } from "./trace/go/check-go-trace.ts";
export { readGoTrace } from "./trace/go/read-go-trace.ts";
export { writeGoTrace } from "./trace/go/write-go-trace.ts";
export type { TraceOfProcess } from "./trace/merge-traces.ts";
export { mergeTraces } from "./trace/merge-traces.ts";
export type { ReadTrace } from "./trace/read-trace.ts";
export { isRealWait } from "./trace/real-wait.ts";
export type { GoroutineState, StateSpan } from "./trace/states.ts";
export { goroutineNames, STATE_AFTER, statesOf } from "./trace/states.ts";
export type { Trace, TraceEventName, TraceEvents, TraceFrames, TraceStacks } from "./trace/trace.ts";
export { NO_THREAD, TRACE_EVENTS, TRACE_KIND } from "./trace/trace.ts";
export type { TraceEventFields, TraceFrame } from "./trace/trace-builder.ts";
export { TraceBuilder } from "./trace/trace-builder.ts";
export type { TraceFormat } from "./trace-formats.ts";
export { readTrace, traceFormats } from "./trace-formats.ts";
export { validate } from "./validate.ts";
export type { WriteProfileOptions } from "./write.ts";
export { writeProfile } from "./write.ts";
