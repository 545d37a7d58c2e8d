import { type Form, outputRow } from "@pprof-ts/report";
import type { Environment } from "../host/environment.ts";
import { type TerminalStyle, topOnTerminal, treeOnTerminal } from "../host/terminal/terminal-table.ts";
import { browsers } from "../host/viewer.ts";
import type { PictureFormat } from "../picture/picture-format.ts";

/** A report as it is asked for: on the command line as `-name`, in the shell as `name`. */
export interface CommandRow {
  readonly name: string;
  /** The name of the output of `@pprof-ts/report` that it starts from. */
  readonly output: string;
  /** The picture that is drawn of the output. */
  readonly picture?: PictureFormat;
  /** Never shown on a terminal: goes into a file with this extension instead. */
  readonly extension?: string;
  /** Opened in the first of these programs that starts; `extension` is the file's. */
  readonly viewers?: (env: Environment) => readonly string[];
  /** How its text is shown on a terminal. */
  readonly onTerminal?: (text: string, style: TerminalStyle) => string;
  readonly takesRegexp: boolean;
  /** On the command line its value is the file that it writes. */
  readonly takesFile?: boolean;
  /** The same, where it may have one. */
  readonly mayTakeFile?: boolean;
  /** Whether the reference tool does not have it: what it prints in a pipe does not name such commands. */
  readonly own?: boolean;
  readonly help: string;
  /** How it is used in the shell, line by line. */
  readonly usage: readonly string[];
}

type More = Partial<
  Pick<CommandRow, "picture" | "extension" | "viewers" | "onTerminal" | "takesFile" | "mayTakeFile" | "own">
> & {
  readonly help?: string;
};

function row(name: string, output: string, usage: readonly string[], more: More = {}): CommandRow {
  const known = outputRow(output);
  return { name, output, takesRegexp: known?.takesRegexp ?? false, help: known?.help ?? "", usage, ...more };
}

/** One row a command, in alphabetical order. */
export const COMMANDS: readonly CommandRow[] = [
  row("callgrind", "callgrind", reportUsage("callgrind", " >f"), { extension: "callgraph.out" }),
  row("collapsed", "collapsed", reportUsage("collapsed", " >f"), { mayTakeFile: true, own: true }),
  row("comments", "comments", []),
  row("cpuprofile", "cpuprofile", reportUsage("cpuprofile", " >f"), {
    extension: "cpuprofile",
    mayTakeFile: true,
    own: true,
  }),
  row("disasm", "disasm", listUsage("disasm", " >f")),
  row("dot", "dot", reportUsage("dot", " >f")),
  row("eog", "dot", reportUsage("eog"), {
    picture: "svg",
    extension: "svg",
    viewers: () => ["eog"],
    help: "Visualize graph through eog",
  }),
  row("evince", "dot", reportUsage("evince"), {
    picture: "pdf",
    extension: "pdf",
    viewers: () => ["evince"],
    help: "Visualize graph through evince",
  }),
  row("flame", "flame", reportUsage("flame", " >f"), { extension: "svg", takesFile: true, own: true }),
  row("gif", "dot", reportUsage("gif", " >f"), {
    picture: "gif",
    extension: "gif",
    help: "Outputs a graph image in GIF format",
  }),
  row("gv", "dot", reportUsage("gv"), {
    picture: "ps",
    extension: "ps",
    viewers: () => ["gv --noantialias"],
    help: "Visualize graph through gv",
  }),
  row("kcachegrind", "callgrind", reportUsage("kcachegrind"), {
    extension: "grind",
    viewers: () => ["kcachegrind"],
    help: "Visualize report in KCachegrind",
  }),
  row("list", "list", listUsage("list")),
  row("md", "md", reportUsage("md", " >f"), { mayTakeFile: true, own: true }),
  row("otlp", "otlp", reportUsage("otlp", " >f"), { extension: "otlp.pb", mayTakeFile: true, own: true }),
  row("pdf", "dot", reportUsage("pdf", " >f"), {
    picture: "pdf",
    extension: "pdf",
    help: "Outputs a graph in PDF format",
  }),
  row("peek", "peek", ["peek func_regex", "Display callers and callees of functions matching func_regex."], {
    onTerminal: treeOnTerminal,
  }),
  row("png", "dot", reportUsage("png", " >f"), {
    picture: "png",
    extension: "png",
    help: "Outputs a graph image in PNG format",
  }),
  row("proto", "proto", [], { extension: "pb.gz" }),
  row("ps", "dot", reportUsage("ps", " >f"), { picture: "ps", extension: "ps", help: "Outputs a graph in PS format" }),
  row("raw", "raw", []),
  row("speedscope", "speedscope", reportUsage("speedscope", " >f"), {
    extension: "speedscope.json",
    mayTakeFile: true,
    own: true,
  }),
  row("svg", "dot", reportUsage("svg", " >f"), {
    picture: "svg",
    extension: "svg",
    help: "Outputs a graph in SVG format",
  }),
  row("tags", "tags", [
    "tags [tag_regex]* [-ignore_regex]* [>file]",
    "List tags with key:value matching tag_regex and exclude ignore_regex.",
  ]),
  row("text", "text", reportUsage("text", " [-cum] >f"), { onTerminal: topOnTerminal }),
  row("top", "top", reportUsage("top", " [-cum] >f"), { onTerminal: topOnTerminal }),
  row("topproto", "topproto", [], { extension: "pb.gz" }),
  row("traces", "traces", []),
  row("tree", "tree", reportUsage("tree", " [-cum] >f"), { onTerminal: treeOnTerminal }),
  row("web", "dot", reportUsage("web"), {
    picture: "svg",
    extension: "svg",
    viewers: browsers,
    help: "Visualize graph through web browser",
  }),
  row("weblist", "weblist", listUsage("weblist"), { extension: "html", viewers: browsers }),
];

/** A word of the shell in front of a report: how that is written. */
export interface FormRow {
  readonly name: Exclude<Form, "own">;
  readonly help: string;
  readonly usage: readonly string[];
}

export const FORMS: readonly FormRow[] = [
  { name: "csv", help: "Outputs a report that is a table as comma-separated values", usage: formUsage("csv") },
  { name: "json", help: "Outputs a report as JSON", usage: formUsage("json") },
];

/** The row of this command. */
export function commandRow(name: string): CommandRow | undefined {
  return COMMANDS.find((command) => command.name === name);
}

function reportUsage(name: string, more = ""): string[] {
  const lines = [
    `${name} [n] [focus_regex]* [-ignore_regex]*${more}`,
    "Include up to n samples",
    "Include samples matching focus_regex, and exclude ignore_regex.",
  ];
  if (more.includes("[-cum]")) lines.push("-cum sorts the output by cumulative weight");
  if (more.endsWith(">f")) lines.push("Optionally save the report on the file f");
  return lines;
}

function formUsage(name: string): string[] {
  return [
    `${name} [report] [n] [focus_regex]* [-ignore_regex]* [-cum] >f`,
    `Any report behind it, such as ${name} tree or ${name} peek main; without one, all of top.`,
    "Optionally save the report on the file f",
  ];
}

function listUsage(name: string, more = ""): string[] {
  const lines = [
    `${name}<func_regex|address> [-focus_regex]* [-ignore_regex]*${more}`,
    "Include functions matching func_regex, or including the address specified.",
    "Include samples matching focus_regex, and exclude ignore_regex.",
  ];
  if (more !== "") lines.push("Optionally save the report on the file f");
  return lines;
}
