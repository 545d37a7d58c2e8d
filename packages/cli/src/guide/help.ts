import { OPTIONS } from "@pprof-ts/report";
import { commandRow } from "../commands.ts";
import { ToolError } from "../error.ts";
import { FLAGS, type FlagRow } from "../flag-table.ts";
import { nearest } from "../nearest.ts";
import { SUBCOMMANDS } from "../subcommands.ts";
import { commandHelp } from "../usage.ts";

/** A part of the help: what stands in it, in the order in which it is read. */
interface HelpGroup {
  readonly title: string;
  readonly names: readonly string[];
}

/** What people ask for, most wanted first; flags that are in no group are listed with the rest at the end. */
const GROUPS: readonly HelpGroup[] = [
  { title: "Lists", names: ["top", "tree", "peek", "list", "traces", "tags", "comments", "raw"] },
  { title: "Pictures and pages", names: ["http", "html", "no_browser", "web", "weblist", "svg", "png", "pdf", "dot"] },
  { title: "Which samples", names: ["focus", "ignore", "tagfocus", "tagignore", "relative_percentages"] },
  { title: "Which frames", names: ["hide", "show", "show_from", "prune_from", "noinlines"] },
  {
    title: "What makes one entry",
    names: ["functions", "filefunctions", "files", "lines", "addresses", "showcolumns"],
  },
  { title: "Which values", names: ["sample_index", "mean", "unit", "divide_by"] },
  {
    title: "How many entries, in which order",
    names: ["flat", "cum", "nodecount", "nodefraction", "edgefraction", "trim"],
  },
  { title: "Comparing", names: ["diff_base", "base", "normalize", "drop_negative"] },
  { title: "Fetching", names: ["seconds", "timeout", "tls_cert", "tls_key", "tls_ca"] },
];

export const EXAMPLES: readonly (readonly [string, string])[] = [
  ["pprof -top http://localhost:6060", "record a service for 30 seconds; what is hot?"],
  ["pprof -top -seconds 5 localhost:6060", "the same in 5 seconds"],
  ["pprof -top http://localhost:6060/debug/pprof/heap", "what holds memory?"],
  ["pprof -top -cum -focus=render cpu.pb.gz", "what is called on the way through render?"],
  ["pprof -peek=parse cpu.pb.gz", "who calls parse, and what does it call?"],
  ["pprof -list=parse cpu.pb.gz", "which lines of parse?"],
  ["pprof -svg -output graph.svg cpu.pb.gz", "draw the call graph"],
  ["pprof -http=: cpu.pb.gz", "look around in a browser"],
  ["pprof -top -diff_base old.pb.gz new.pb.gz", "what changed?"],
  ["pprof cpu.pb.gz", "a shell with all of this"],
];

export const INTRODUCTION: readonly string[] = [
  "Reads profiles and says where time or memory goes. A SOURCE is a file, or the address of a running program; several",
  "are merged. A binary in front of them names the functions of native code. Without a REPORT there is a shell.",
];

export const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ["PPROF_TMPDIR", "where fetched profiles are saved (default $HOME/pprof)"],
  ["PPROF_BINARY_PATH", "where binaries are looked for (default $HOME/pprof/binaries)"],
  ["PPROF_TOOLS", "where llvm-symbolizer, addr2line, nm and objdump are"],
  ["BROWSER", "the browser for -web, -weblist and -http"],
  ["NO_COLOR", "no colours on a terminal"],
];

/** What is printed after a mistyped command line. */
export const shortUsage = `usage: pprof [-top|-tree|-peek=REGEXP|-list=REGEXP|-svg|-http=HOST:PORT|...] [options] [binary] SOURCE...
       pprof -h lists everything, with examples`;

/** A flag as it is typed. */
export function spelling({ name, kind, value }: FlagRow): string {
  return kind === "bool" ? `-${name}` : `-${name}=${value}`;
}

/** Every flag under a title, in the order in which people read. */
export function groupedFlags(): { readonly title: string; readonly rows: readonly FlagRow[] }[] {
  const rest = new Map(FLAGS.map((row) => [row.name, row]));
  const groups = GROUPS.map(({ title, names }) => ({
    title,
    rows: names.flatMap((name) => {
      const row = rest.get(name);
      rest.delete(name);
      return row ?? [];
    }),
  }));
  return [...groups, { title: "The rest", rows: [...rest.values()] }];
}

/** Everything there is, grouped by what people want, with examples. */
export function usage(): string {
  const lines = ["usage: pprof [-REPORT] [options] [binary] SOURCE..."];
  for (const { name, words, help } of SUBCOMMANDS) lines.push(`       ${`pprof ${name} ${words}`.padEnd(34)} ${help}`);
  lines.push("", ...INTRODUCTION, "", "Examples:");
  for (const [command, what] of EXAMPLES) lines.push(`  ${command.padEnd(50)} ${what}`);
  for (const { title, rows } of groupedFlags()) {
    lines.push("", `${title}:`);
    for (const row of rows) lines.push(`  ${spelling(row).padEnd(24)} ${row.help}`);
  }
  lines.push("", "Environment:");
  for (const [name, what] of ENVIRONMENT) lines.push(`  ${name.padEnd(24)} ${what}`);
  return `${lines.join("\n")}\n`;
}

/** What there is to know about one command, option or flag; everything for "". */
export function helpOn(topic: string): string {
  if (topic === "") return usage();
  const name = topic.replace(/^--?/, "");
  const command = commandRow(name);
  const row = FLAGS.find((flag) => flag.name === name);
  const flag = row === undefined ? "" : `pprof ${spelling(row)} ... SOURCE...\n\n`;
  if (command !== undefined) return `${flag}${commandHelp(command).replace("  Usage:", "  In the shell:")}`;
  const text = optionHelp(name) ?? row?.help ?? SUBCOMMANDS.find((row) => row.name === name)?.help;
  if (text !== undefined) return `${flag}${text.trimEnd()}\n`;
  const meant = nearest(name, [...FLAGS.map((known) => known.name), ...SUBCOMMANDS.map((row) => row.name)]);
  throw new ToolError(`no help on "${topic}"${meant === undefined ? "" : `: did you mean ${meant}?`}`);
}

/** What there is to know about one option. */
export function optionHelp(name: string): string | undefined {
  for (const { name: option, choices, help, details = [] } of OPTIONS) {
    if (choices !== undefined) {
      if (choices[name] !== undefined) return `${choices[name]}\n\n`;
    } else if (option === name) return `${[help, ...details].join("\n")}\n\n`;
  }
  return undefined;
}
