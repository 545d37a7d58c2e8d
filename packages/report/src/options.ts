import { ReportError } from "./error.ts";

/** What decides how a profile is reported: the reference tool's options under the reference tool's names. */
export interface Options {
  readonly output: string;
  readonly call_tree: boolean;
  readonly relative_percentages: boolean;
  /** A unit, `minimum` (one unit for all, fitting the smallest value) or `auto` (each value its own). */
  readonly unit: string;
  readonly compact_labels: boolean;
  /** Lists of paths, separated by `:`. */
  readonly source_path: string;
  readonly trim_path: string;
  readonly intel_syntax: boolean;
  readonly mean: boolean;
  /** A sample type or its number; "" for the profile's default. */
  readonly sample_index: string;
  readonly divide_by: number;
  readonly normalize: boolean;
  readonly sort: Sort;
  /** Lists of label keys, separated by `,`. */
  readonly tagroot: string;
  readonly tagleaf: string;
  readonly drop_negative: boolean;
  /** -1 stands for what the output does by default, 0 for all. */
  readonly nodecount: number;
  readonly nodefraction: number;
  readonly edgefraction: number;
  readonly trim: boolean;
  /** From here on regular expressions in RE2's syntax; "" for none. */
  readonly focus: string;
  readonly ignore: string;
  readonly prune_from: string;
  readonly hide: string;
  readonly show: string;
  readonly show_from: string;
  /** A regular expression, a list of them, or a range such as `1kb:1mb`; all may be preceded by `key=`. */
  readonly tagfocus: string;
  readonly tagignore: string;
  readonly tagshow: string;
  readonly taghide: string;
  readonly noinlines: boolean;
  readonly showcolumns: boolean;
  readonly granularity: Granularity;
}

export type Sort = "cum" | "flat";
/** "" is what the output does by default: functions. */
export type Granularity = "" | "functions" | "filefunctions" | "files" | "lines" | "addresses";

export type OptionKind = "bool" | "int" | "float" | "string" | "choice";

export interface OptionRow {
  readonly name: keyof Options;
  readonly kind: OptionKind;
  readonly default: string | number | boolean;
  /** What a choice may be, and what each means. Every choice is a flag of its own. */
  readonly choices?: Readonly<Record<string, string>>;
  /** The key in a page's address; options without one are not in addresses. */
  readonly urlKey?: string;
  /** Whether saved settings hold it. */
  readonly saved: boolean;
  /** One line, as the reference tool words it. */
  readonly help: string;
  /** What more there is to say, line by line. */
  readonly details?: readonly string[];
}

const NAME_DETAILS = "Matching includes the function name, filename or object name.";
const TAG_DETAILS = [
  "key=value looks at the labels of that key alone.",
  "Numbers: 1kb (equal), 1kb: (or more), :10kb (or less), memory=1kb:10kb (between).",
  "Text: foo, foo.*bar, mytag=foo.*bar; foo,bar without a key must match both.",
];

/** One row an option, in the order in which flags, addresses and settings list them. */
export const OPTIONS: readonly OptionRow[] = [
  { name: "output", kind: "string", default: "", saved: false, help: "Output filename for file-based outputs" },
  {
    name: "call_tree",
    kind: "bool",
    default: false,
    urlKey: "calltree",
    saved: true,
    help: "Create a context-sensitive call tree",
    details: ["A function that is reached by several paths shows once for each of them."],
  },
  {
    name: "relative_percentages",
    kind: "bool",
    default: false,
    urlKey: "rel",
    saved: true,
    help: "Show percentages relative to focused subgraph",
    details: ["Otherwise percentages are of the whole profile, so that they compare across filters."],
  },
  {
    name: "unit",
    kind: "string",
    default: "minimum",
    urlKey: "unit",
    saved: true,
    help: "Measurement units to display",
    details: [
      "Time: seconds, milliseconds, nanoseconds, ... Memory: megabytes, kilobytes, bytes, ...",
      "minimum takes one unit that fits the smallest value, auto the best one for each value.",
    ],
  },
  {
    name: "compact_labels",
    kind: "bool",
    default: false,
    urlKey: "compact",
    saved: true,
    help: "Show minimal headers",
  },
  { name: "source_path", kind: "string", default: "", saved: false, help: "Search path for source files" },
  {
    name: "trim_path",
    kind: "string",
    default: "",
    saved: false,
    help: "Path to trim from source paths before search",
  },
  {
    name: "intel_syntax",
    kind: "bool",
    default: false,
    urlKey: "intel",
    saved: true,
    help: "Show assembly in Intel syntax",
    details: ["Concerns disasm and weblist."],
  },
  {
    name: "mean",
    kind: "bool",
    default: false,
    urlKey: "mean",
    saved: true,
    help: "Average sample value over first value (count)",
    details: ["Memory per allocation, time per event."],
  },
  {
    name: "sample_index",
    kind: "string",
    default: "",
    urlKey: "si",
    saved: false,
    help: "Sample value to report (0-based index or name)",
    details: [
      "Profiles contain multiple values per sample.",
      "Use sample_index=i to select the ith value (starting at 0).",
    ],
  },
  {
    name: "divide_by",
    kind: "float",
    default: 1,
    saved: false,
    help: "Ratio to divide all samples before visualization",
    details: ["A number of processors or of jobs, for example."],
  },
  {
    name: "normalize",
    kind: "bool",
    default: false,
    urlKey: "norm",
    saved: true,
    help: "Scales profile based on the base profile.",
  },
  {
    name: "sort",
    kind: "choice",
    default: "flat",
    choices: { cum: "Sort entries based on cumulative weight", flat: "Sort entries based on own weight" },
    urlKey: "sort",
    saved: true,
    help: "Order of the entries",
  },
  {
    name: "tagroot",
    kind: "string",
    default: "",
    saved: true,
    help: "Adds pseudo stack frames for labels key/value pairs at the callstack root.",
    details: ["A list of label keys, separated by commas; the first key makes the outermost frame."],
  },
  {
    name: "tagleaf",
    kind: "string",
    default: "",
    saved: true,
    help: "Adds pseudo stack frames for labels key/value pairs at the callstack leaf.",
    details: ["A list of label keys, separated by commas; the last key makes the innermost frame."],
  },
  {
    name: "drop_negative",
    kind: "bool",
    default: false,
    urlKey: "dropneg",
    saved: true,
    help: "Ignore negative differences",
    details: ["Nodes with a value below zero are not shown."],
  },
  {
    name: "nodecount",
    kind: "int",
    default: -1,
    urlKey: "n",
    saved: true,
    help: "Max number of nodes to show",
    details: ["The most important ones are kept; on graphs, dotted edges lead past the nodes left out."],
  },
  {
    name: "nodefraction",
    kind: "float",
    default: 0.005,
    urlKey: "nf",
    saved: true,
    help: "Hide nodes below <f>*total",
  },
  {
    name: "edgefraction",
    kind: "float",
    default: 0.001,
    urlKey: "ef",
    saved: true,
    help: "Hide edges below <f>*total",
  },
  {
    name: "trim",
    kind: "bool",
    default: true,
    urlKey: "trim",
    saved: true,
    help: "Honor nodefraction/edgefraction/nodecount defaults",
    details: ["false shows everything."],
  },
  {
    name: "focus",
    kind: "string",
    default: "",
    urlKey: "f",
    saved: true,
    help: "Restricts to samples going through a node matching regexp",
    details: ["Discard samples that do not include a node matching this regexp.", NAME_DETAILS],
  },
  {
    name: "ignore",
    kind: "string",
    default: "",
    urlKey: "i",
    saved: true,
    help: "Skips paths going through any nodes matching regexp",
    details: ["Samples with a matching node are left out.", NAME_DETAILS],
  },
  {
    name: "prune_from",
    kind: "string",
    default: "",
    urlKey: "prunefrom",
    saved: true,
    help: "Drops any functions below the matched frame.",
    details: ["The callees of the innermost matching frame are cut off; the frame itself stays."],
  },
  {
    name: "hide",
    kind: "string",
    default: "",
    urlKey: "h",
    saved: true,
    help: "Skips nodes matching regexp",
    details: ["Samples stay, with their other nodes.", NAME_DETAILS],
  },
  {
    name: "show",
    kind: "string",
    default: "",
    urlKey: "s",
    saved: true,
    help: "Only show nodes matching regexp",
    details: [NAME_DETAILS],
  },
  {
    name: "show_from",
    kind: "string",
    default: "",
    urlKey: "sf",
    saved: true,
    help: "Drops functions above the highest matched frame.",
    details: ["The callers of the outermost matching frame are cut off.", NAME_DETAILS],
  },
  {
    name: "tagfocus",
    kind: "string",
    default: "",
    urlKey: "tf",
    saved: true,
    help: "Restricts to samples with tags in range or matched by regexp",
    details: TAG_DETAILS,
  },
  {
    name: "tagignore",
    kind: "string",
    default: "",
    urlKey: "ti",
    saved: true,
    help: "Discard samples with tags in range or matched by regexp",
    details: TAG_DETAILS,
  },
  {
    name: "tagshow",
    kind: "string",
    default: "",
    urlKey: "ts",
    saved: true,
    help: "Only consider tags matching this regexp",
    details: ["Labels with another key are left out."],
  },
  {
    name: "taghide",
    kind: "string",
    default: "",
    urlKey: "th",
    saved: true,
    help: "Skip tags matching this regexp",
    details: ["Labels with such a key are left out."],
  },
  {
    name: "noinlines",
    kind: "bool",
    default: false,
    urlKey: "noinlines",
    saved: true,
    help: "Ignore inlines.",
    details: ["Inlined functions count for the function they were inlined into."],
  },
  {
    name: "showcolumns",
    kind: "bool",
    default: false,
    urlKey: "showcolumns",
    saved: true,
    help: "Show column numbers at the source code line level.",
  },
  {
    name: "granularity",
    kind: "choice",
    default: "",
    choices: {
      functions: "Aggregate at the function level.",
      filefunctions: "Aggregate at the function level.",
      files: "Aggregate at the file level.",
      lines: "Aggregate at the source code line level.",
      addresses: "Aggregate at the address level.",
    },
    urlKey: "g",
    saved: true,
    help: "What makes one entry",
  },
];

/** Every option at its default. */
export const defaultOptions: Options = Object.fromEntries(
  OPTIONS.map((row) => [row.name, row.default]),
) as unknown as Options;

/** The row of this option, or of the choice option that this is a choice of. */
export function optionRow(name: string): OptionRow | undefined {
  return OPTIONS.find((row) => row.name === name || row.choices?.[name] !== undefined);
}

/** Whether these values are ones that reports can be made with; a `ReportError` says what is not. */
export function checkOptions(options: Options): void {
  if (options.divide_by === 0) throw new ReportError("zero divisor specified");
  if (options.granularity !== "" && optionRow("granularity")?.choices?.[options.granularity] === undefined) {
    throw new ReportError("unexpected granularity");
  }
}
