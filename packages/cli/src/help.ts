import { OPTIONS } from "@pprof-ts/report";
import { FLAGS, type FlagRow } from "./flag-table.ts";

/** A part of the help: what stands in it, in the order in which it is read. */
interface HelpGroup {
  readonly title: string;
  readonly names: readonly string[];
}

/** What people ask for, most wanted first; flags that are in no group are listed with the rest at the end. */
const GROUPS: readonly HelpGroup[] = [
  { title: "Reports (one of them; without one, a shell that makes them all)", names: [] },
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

const EXAMPLES: readonly (readonly [string, string])[] = [
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

/** What is printed after a mistyped command line. */
export const shortUsage = `usage: pprof [-top|-tree|-peek=REGEXP|-list=REGEXP|-svg|-http=HOST:PORT|...] [options] [binary] SOURCE...
       pprof -h lists everything, with examples`;

const flagColumn = ({ name, kind, value }: FlagRow): string => (kind === "bool" ? `-${name}` : `-${name}=${value}`);

/** Everything there is, grouped by what people want, with examples. */
export function usage(): string {
  const rows = new Map(FLAGS.map((row) => [row.name, row]));
  const lines = ["usage: pprof [-REPORT] [options] [binary] SOURCE...", ""];
  lines.push(
    "Reads profiles and says where time or memory goes. A SOURCE is a file, or the address of a running program;",
  );
  lines.push("several are merged. A binary in front of them names the functions of native code.", "", "Examples:");
  for (const [command, what] of EXAMPLES) lines.push(`  ${command.padEnd(50)} ${what}`);
  for (const { title, names } of GROUPS) {
    lines.push("", `${title}:`);
    for (const name of names) {
      const row = rows.get(name);
      if (row === undefined) continue;
      lines.push(`  ${flagColumn(row).padEnd(24)} ${row.help}`);
      rows.delete(name);
    }
  }
  lines.push("", "The rest:");
  for (const row of rows.values()) lines.push(`  ${flagColumn(row).padEnd(24)} ${row.help}`);
  lines.push("", ...environmentHelp, "");
  return lines.join("\n");
}

const environmentHelp: readonly string[] = [
  "Environment:",
  "  PPROF_TMPDIR             where fetched profiles are saved (default $HOME/pprof)",
  "  PPROF_BINARY_PATH        where binaries are looked for (default $HOME/pprof/binaries)",
  "  PPROF_TOOLS              where llvm-symbolizer, addr2line, nm and objdump are",
  "  BROWSER                  the browser for -web, -weblist and -http",
  "  NO_COLOR                 no colours on a terminal",
];

/** What there is to know about one option. */
export function optionHelp(name: string): string | undefined {
  for (const { name: option, choices, help, details = [] } of OPTIONS) {
    if (choices !== undefined) {
      if (choices[name] !== undefined) return `${choices[name]}\n\n`;
    } else if (option === name) return `${[help, ...details].join("\n")}\n\n`;
  }
  return undefined;
}
