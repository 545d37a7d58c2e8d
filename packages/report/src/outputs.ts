import type { Analysis } from "./analyze.ts";
import type { Body } from "./body.ts";
import type { Options } from "./options.ts";
import { printCallgrind } from "./output/callgrind.ts";
import { printComments } from "./output/comments.ts";
import { printDisasm } from "./output/disasm.ts";
import { printDot } from "./output/dot.ts";
import { printList } from "./output/list.ts";
import { printProto } from "./output/proto.ts";
import { printRaw } from "./output/raw.ts";
import { printTags } from "./output/tags.ts";
import { printTop } from "./output/top.ts";
import { printTopProto } from "./output/top-proto.ts";
import { printTraces } from "./output/traces.ts";
import { printTree } from "./output/tree.ts";
import { printWeblist } from "./output/weblist.ts";
import type { World } from "./world.ts";

/** What an output writes; `proto` is an uncompressed profile.proto message. */
export type OutputFormat = "text" | "dot" | "callgrind" | "proto" | "html" | "svg" | "json" | "csv" | "markdown";

export interface OutputRow {
  readonly name: string;
  readonly format: OutputFormat;
  readonly print: (analysis: Analysis, world: World) => Body;
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

function row(
  name: string,
  format: OutputFormat,
  print: OutputRow["print"],
  help: string,
  more: Partial<Pick<OutputRow, "takesRegexp" | "overrides" | "nodecount">> = {},
): OutputRow {
  return { name, format, print, takesRegexp: false, overrides: {}, nodecount: 80, help, ...more };
}

/** One row an output. Pictures and viewers are made from `dot` and `callgrind` by whoever has the means. */
export const OUTPUTS: readonly OutputRow[] = [
  row("callgrind", "callgrind", printCallgrind, "Outputs a graph in callgrind format", { overrides: ADDRESSES }),
  row("comments", "text", printComments, "Output all profile comments"),
  row("disasm", "text", printDisasm, "Output assembly listings annotated with samples", {
    takesRegexp: true,
    overrides: { ...ADDRESSES, noinlines: true },
  }),
  row("dot", "dot", printDot, "Outputs a graph in DOT format"),
  row("list", "text", printList, "Output annotated source for functions matching regexp", {
    takesRegexp: true,
    overrides: { trim: false, granularity: "lines" },
  }),
  row("peek", "text", printTree, "Output callers/callees of functions matching regexp", {
    takesRegexp: true,
    overrides: WHOLE,
  }),
  row("proto", "proto", printProto, "Outputs the profile in compressed protobuf format", { overrides: ADDRESSES }),
  row("raw", "text", printRaw, "Outputs a text representation of the raw profile", { overrides: ADDRESSES }),
  row("tags", "text", printTags, "Outputs all tags in the profile"),
  row("text", "text", printTop, "Outputs top entries in text form", { nodecount: 0 }),
  row("top", "text", printTop, "Outputs top entries in text form", { nodecount: 0 }),
  row("topproto", "proto", printTopProto, "Outputs top entries in compressed protobuf format", { nodecount: 0 }),
  row("traces", "text", printTraces, "Outputs all profile samples in text form"),
  row("tree", "text", printTree, "Outputs a text rendering of call graph"),
  row("weblist", "html", printWeblist, "Display annotated source in a web browser", {
    takesRegexp: true,
    overrides: { ...ADDRESSES, noinlines: false },
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
