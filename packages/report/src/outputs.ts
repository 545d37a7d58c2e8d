import type { Analysis } from "./analyze.ts";
import type { Options } from "./options.ts";
import type { Body } from "./output/body.ts";
import { printCallgrind } from "./output/data/callgrind.ts";
import type { Table } from "./output/data/csv.ts";
import { graphData } from "./output/data/graph.ts";
import type { JsonData } from "./output/data/json.ts";
import { printProto } from "./output/data/proto.ts";
import { printAs, printCollapsed } from "./output/data/stacks.ts";
import { disasmTable, listTable, tagTable, topTable, traceTable, treeTable } from "./output/data/tables.ts";
import { printTopProto } from "./output/data/top-proto.ts";
import { wholeData } from "./output/data/whole.ts";
import { printDot } from "./output/picture/dot.ts";
import { printFlame } from "./output/picture/flame.ts";
import { printWeblist } from "./output/picture/weblist.ts";
import { printComments } from "./output/text/comments.ts";
import { disassemblies, printDisasm } from "./output/text/disasm.ts";
import { listings, printList } from "./output/text/list.ts";
import { printMarkdown } from "./output/text/markdown.ts";
import { printRaw } from "./output/text/raw.ts";
import { labelTotals, printTags } from "./output/text/tags.ts";
import { printTop, top } from "./output/text/top.ts";
import { printTraces, traces } from "./output/text/traces.ts";
import { printTree, tree } from "./output/text/tree.ts";
import { sourceListing } from "./source/source-listing.ts";
import type { World } from "./world/world.ts";

/** What an output writes; `proto` is an uncompressed profile.proto message, `otlp` one of OTLP. */
export type OutputFormat = "text" | "dot" | "callgrind" | "proto" | "otlp" | "html" | "svg" | "json" | "markdown";

export interface OutputRow {
  readonly name: string;
  readonly format: OutputFormat;
  readonly print: (analysis: Analysis, world: World) => Body;
  /** The same as data, for JSON; undefined where the output is a format of its own. */
  readonly data?: (analysis: Analysis, world: World) => JsonData;
  /** The same as a table, where it is one. */
  readonly table?: (analysis: Analysis, world: World) => Table;
  /** Whether it takes a regular expression. */
  readonly takesRegexp: boolean;
  /** The options that it sets, whatever they were. */
  readonly overrides: Partial<Options>;
  /** What `nodecount` -1 stands for. */
  readonly nodecount: number;
  /** One line, as the reference tool words it where it has this output. */
  readonly help: string;
}

const WHOLE: Partial<Options> = { trim: false };
const ADDRESSES: Partial<Options> = { trim: false, granularity: "addresses" };

type More = Partial<Pick<OutputRow, "takesRegexp" | "overrides" | "nodecount" | "data" | "table">>;

function row(name: string, format: OutputFormat, print: OutputRow["print"], help: string, more: More = {}): OutputRow {
  return { name, format, print, takesRegexp: false, overrides: {}, nodecount: 80, help, ...more };
}

const TOP: More = { nodecount: 0, data: (analysis, world) => ({ ...top(analysis, world) }), table: topTable };
const TREE: More = { data: (analysis, world) => ({ ...tree(analysis, world) }), table: treeTable };

/** One row an output. Pictures and viewers are made from `dot` and `callgrind` by whoever has the means. */
export const OUTPUTS: readonly OutputRow[] = [
  row("callgrind", "callgrind", printCallgrind, "Outputs a graph in callgrind format", {
    overrides: ADDRESSES,
    data: (analysis) => graphData(analysis, false),
  }),
  row("collapsed", "text", printCollapsed, "Outputs one line for each stack, as flame graph tools read them"),
  row("comments", "text", printComments, "Output all profile comments", {
    data: ({ profile }) => ({ comments: profile.comments }),
  }),
  row("cpuprofile", "json", printAs("cpuprofile"), "Outputs the profile as V8's .cpuprofile, for Chrome's DevTools"),
  row("disasm", "text", printDisasm, "Output assembly listings annotated with samples", {
    takesRegexp: true,
    overrides: { ...ADDRESSES, noinlines: true },
    data: (analysis, world) => ({ symbols: disassemblies(analysis, world) }),
    table: disasmTable,
  }),
  row("dot", "dot", printDot, "Outputs a graph in DOT format", { data: (analysis) => graphData(analysis, true) }),
  row("flame", "svg", printFlame, "Outputs a flame graph as an SVG picture", { overrides: { ...WHOLE, mean: false } }),
  row("list", "text", printList, "Output annotated source for functions matching regexp", {
    takesRegexp: true,
    overrides: { trim: false, granularity: "lines" },
    data: (analysis, world) => ({ listings: listings(analysis, world) }),
    table: listTable,
  }),
  row("md", "markdown", printMarkdown, "Outputs a Markdown report of what matters, in a hundred lines or so many", {
    nodecount: 0,
  }),
  row("otlp", "otlp", printAs("otlp"), "Outputs the profile as OpenTelemetry's OTLP, protobuf, all sample types"),
  row("peek", "text", printTree, "Output callers/callees of functions matching regexp", {
    takesRegexp: true,
    overrides: WHOLE,
    ...TREE,
  }),
  row("proto", "proto", printProto, "Outputs the profile in compressed protobuf format", {
    overrides: ADDRESSES,
    data: wholeData,
  }),
  row("raw", "text", printRaw, "Outputs a text representation of the raw profile", {
    overrides: ADDRESSES,
    data: wholeData,
  }),
  row("speedscope", "json", printAs("speedscope"), "Outputs the profile in speedscope's format"),
  row("tags", "text", printTags, "Outputs all tags in the profile", {
    data: (analysis) => ({ tags: labelTotals(analysis) }),
    table: tagTable,
  }),
  row("text", "text", printTop, "Outputs top entries in text form", TOP),
  row("top", "text", printTop, "Outputs top entries in text form", TOP),
  row("topproto", "proto", printTopProto, "Outputs top entries in compressed protobuf format", TOP),
  row("traces", "text", printTraces, "Outputs all profile samples in text form", {
    data: (analysis) => ({ samples: traces(analysis) }),
    table: traceTable,
  }),
  row("tree", "text", printTree, "Outputs a text rendering of call graph", TREE),
  row("weblist", "html", printWeblist, "Display annotated source in a web browser", {
    takesRegexp: true,
    overrides: { ...ADDRESSES, noinlines: false },
    data: (analysis, world) => ({ files: sourceListing(analysis, world) }),
  }),
];

/** The row of this output. */
export function outputRow(name: string): OutputRow | undefined {
  return OUTPUTS.find((row) => row.name === name);
}

/** The options that this output works with: its own where it has some, no trimming where `trim` is off. */
export function withOverrides(output: OutputRow, options: Options): Options {
  const set = { ...options, ...output.overrides };
  if (!set.trim) return { ...set, nodecount: 0, nodefraction: 0, edgefraction: 0 };
  return { ...set, nodecount: set.nodecount === -1 ? output.nodecount : set.nodecount };
}
