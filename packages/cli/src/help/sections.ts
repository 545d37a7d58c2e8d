import { OPTIONS, optionRow } from "@pprof-ts/report";
import { FLAGS, type FlagRow } from "../words/flag-table.ts";

/** A part of the help: flags that are wanted together, most wanted first. */
export interface Section {
  readonly title: string;
  readonly flags: readonly FlagRow[];
}

/** What stands where; a flag that is in none of these is in the last section. */
const TITLES: readonly (readonly [title: string, names: readonly string[]])[] = [
  ["Reports in text", ["top", "tree", "peek", "list", "traces", "tags", "comments", "raw", "disasm", "text"]],
  [
    "Pictures and pages",
    [
      "http",
      "html",
      "with_sources",
      "no_browser",
      "http_host",
      "http_prefix",
      "flame",
      "web",
      "weblist",
      "svg",
      "png",
      "pdf",
      "gif",
      "ps",
      "dot",
    ],
  ],
  [
    "Reports for other programs",
    [
      "proto",
      "topproto",
      "collapsed",
      "speedscope",
      "cpuprofile",
      "otlp",
      "callgrind",
      "kcachegrind",
      "evince",
      "eog",
      "gv",
    ],
  ],
  ["How the report is written, and where", ["json", "csv", "md", "md_lines", "full", "output"]],
  [
    "Which samples count",
    ["focus", "ignore", "tagfocus", "tagignore", "tagshow", "taghide", "tagroot", "tagleaf", "relative_percentages"],
  ],
  ["Which frames are shown", ["show", "hide", "show_from", "prune_from", "noinlines", "all_frames"]],
  ["What makes one entry", ["functions", "filefunctions", "files", "lines", "addresses", "showcolumns", "call_tree"]],
  [
    "Which values are shown",
    [
      ...["sample_index", "inuse_space", "inuse_objects", "alloc_space", "alloc_objects"],
      ...["contentions", "total_delay", "mean_delay", "mean", "unit", "divide_by"],
    ],
  ],
  [
    "How many entries, in which order",
    ["cum", "flat", "nodecount", "nodefraction", "edgefraction", "trim", "compact_labels", "full"],
  ],
  ["Comparing two profiles", ["diff_base", "base", "normalize", "drop_negative"]],
  [
    "Profiles from running programs",
    [
      ...["seconds", "timeout", "max_bytes", "max_stack_bytes", "header", "bearer", "tls_cert", "tls_key", "tls_ca"],
      "add_comment",
    ],
  ],
  ["Source files and native code", ["source_path", "trim_path", "symbolize", "tools", "buildid", "intel_syntax"]],
];

/** Every flag in one section of the help. */
export function sections(): Section[] {
  const left = new Map(FLAGS.map((row) => [row.name, row]));
  const take = (name: string): FlagRow[] => {
    const row = left.get(name);
    left.delete(name);
    return row === undefined ? [] : [row];
  };
  const known = TITLES.map(([title, names]) => ({ title, flags: names.flatMap(take) }));
  return [...known, { title: "More", flags: [...left.values()] }].filter(({ flags }) => flags.length > 0);
}

/** A flag as it is written: `-focus=TEXT`. */
export function written({ name, kind, value, mayBeFile }: FlagRow): string {
  if (mayBeFile) return `-${name}[=FILE]`;
  return kind === "bool" ? `-${name}` : `-${name}=${value}`;
}

/** What a flag is for, and what holds without it where that is not nothing. */
export function meaning({ name, help }: FlagRow): string {
  const row = OPTIONS.find((option) => option.name === name);
  const isUsual = row === undefined || ["", false, -1].includes(row.default as string);
  const sentence = help.replace(/\.$/, "");
  if (isUsual) return isDefaultChoice(name) ? `${sentence} (default)` : sentence;
  return `${sentence} (default ${row.default === true ? `true; -${name}=false` : row.default})`;
}

/** A flag's row of a list. */
export function entry(row: FlagRow): readonly [written: string, meaning: string] {
  return [written(row), meaning(row)];
}

function isDefaultChoice(name: string): boolean {
  const row = optionRow(name);
  return row !== undefined && row.name !== name && row.default === name;
}

/** What people do with the tool: command lines, and the question that each answers. */
export const EXAMPLES: readonly (readonly [command: string, question: string])[] = [
  ["pprof run -- npm test", "what is hot in a program?"],
  ["pprof -top cpu.pb.gz", "where does the time go?"],
  ["pprof -top -cum -focus=render cpu.pb.gz", "what is called through render?"],
  ["pprof -peek=parse cpu.pb.gz", "whom does parse call, who calls it?"],
  ["pprof -list=parse cpu.pb.gz", "which lines of parse?"],
  ["pprof -svg -output=graph.svg cpu.pb.gz", "draw the call graph"],
  ["pprof -flame=flame.svg cpu.pb.gz", "draw a flame graph"],
  ["pprof -md -diff_base=old.pb.gz new.pb.gz", "say so in a pull request"],
  ["pprof -http=: cpu.pb.gz", "look around in a browser"],
  ["pprof diff old.pb.gz new.pb.gz", "what became slower?"],
  ["pprof ci -- npm run bench", "what does this branch make slower?"],
  ["pprof -top localhost:6060", "what is a service busy with?"],
  ["pprof -top localhost:6060/debug/pprof/heap", "what holds its memory?"],
  ["pprof -top -seconds=5 pid:1234", "and one that nobody prepared?"],
  ["pprof cpu.pb.gz", "a shell for all of this"],
];

/** Variables of the environment, and what each is for. */
export const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ["PPROF_TMPDIR", "where fetched profiles are saved (default $HOME/pprof)"],
  ["PPROF_BEARER", "a token to send to the sources' servers, as -bearer"],
  ["NETRC", "where users' names and passwords for servers are (default $HOME/.netrc)"],
  ["PPROF_BINARY_PATH", "where binaries are looked for (default $HOME/pprof/binaries)"],
  ["PPROF_TOOLS", "where llvm-symbolizer, addr2line, nm and objdump are"],
  ["BROWSER", "the browser for -web, -weblist and -http"],
  ["NO_COLOR", "no colours on a terminal, if set"],
];
