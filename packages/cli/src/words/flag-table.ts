import { OPTIONS } from "@pprof-ts/report";
import { COMMANDS } from "./commands.ts";
import type { FlagKind } from "./flags.ts";

/** One row a flag of the command line. */
export interface FlagRow {
  readonly name: string;
  readonly kind: FlagKind;
  /** What the value is called in help; "" for a boolean. */
  readonly value: string;
  readonly help: string;
  readonly mayBeFile?: boolean;
}

/** Flags that choose a sample type, in the order in which they take precedence. */
export const TYPE_FLAGS: readonly { readonly name: string; readonly type: string }[] = [
  { name: "total_delay", type: "delay" },
  { name: "mean_delay", type: "delay" },
  { name: "contentions", type: "contentions" },
  { name: "inuse_space", type: "inuse_space" },
  { name: "inuse_objects", type: "inuse_objects" },
  { name: "alloc_space", type: "alloc_space" },
  { name: "alloc_objects", type: "alloc_objects" },
];

const flag = (name: string, kind: FlagKind, value: string, help: string): FlagRow => ({ name, kind, value, help });

const ownFlags: readonly FlagRow[] = [
  flag("seconds", "int", "N", "How long a program records, for profiles fetched from one"),
  flag("timeout", "int", "N", "Seconds within which an answer, or all of a pipe, must be there"),
  flag("max_bytes", "int", "N", "Bytes that are read of a source, unpacked as well (default 1 GiB)"),
  flag(
    "max_stack_bytes",
    "int",
    "N",
    "Bytes that the stacks of a source may take, each written out (default 72 times its size and 4 MiB, at most max_bytes)",
  ),
  flag("base", "string", "SOURCE", "A profile to subtract"),
  flag("diff_base", "string", "SOURCE", "A profile to compare with: percentages are of its total"),
  flag("add_comment", "string", "TEXT", "A comment to add to the profile; -comments shows it"),
  flag("all_frames", "bool", "", "Keep frames that the profile itself says to drop"),
  flag("buildid", "string", "ID", "The build id of the first mapping where it has none"),
  flag(
    "header",
    "string",
    "NAME:VALUE",
    "A header to send to the sources' servers; @FILE names one with a header a line",
  ),
  flag(
    "bearer",
    "string",
    "TOKEN",
    "A token to send to them: @FILE is a file that holds it, $NAME a variable that does",
  ),
  flag("tls_cert", "string", "FILE", "A client's certificate for https"),
  flag("tls_key", "string", "FILE", "The key of that certificate"),
  flag("tls_ca", "string", "FILE", "The authorities whose servers are trusted"),
  flag("symbolize", "string", "MODE", "Names for addresses: none, local, fastlocal, remote, force, demangle=HOW"),
  flag("tools", "string", "PATHS", "Where llvm-symbolizer, addr2line, nm and objdump are"),
  flag("http", "string", "HOST:PORT", "Serve the interactive pages; an empty port takes any that is free"),
  flag(
    "http_host",
    "string",
    "NAME",
    "A name by which the pages are asked for, beside those of this machine; may be repeated",
  ),
  flag(
    "http_prefix",
    "string",
    "PATH",
    "Where a reverse proxy has the pages; X-Forwarded-Prefix: where it says so itself",
  ),
  flag("html", "string", "FILE", "Write the interactive pages and the profile into one file, which needs no server"),
  flag("with_sources", "bool", "", "Put the sources in it, too: those below the working directory and -source_path"),
  flag("no_browser", "bool", "", "Do not open a browser for them"),
  flag("json", "bool", "", "The report as JSON (of top where no other is asked for)"),
  flag("csv", "bool", "", "The report as comma-separated values, where it is a table"),
  flag("md_lines", "int", "N", "How long -md may be, 40 lines or more (default 100)"),
  flag("full", "bool", "", "On a terminal, names as long as they are"),
];

const valueNames: Readonly<Record<FlagKind, string>> = { bool: "", int: "N", float: "X", string: "TEXT" };

/** Every flag, in the order of the help. */
export const FLAGS: readonly FlagRow[] = [
  ...COMMANDS.map((command) => {
    const value = command.takesFile ? "FILE" : command.takesRegexp ? "REGEXP" : "";
    const row = flag(command.name, value === "" ? "bool" : "string", value, command.help);
    return command.mayTakeFile ? { ...row, mayBeFile: true } : row;
  }),
  ...ownFlags,
  ...TYPE_FLAGS.map(({ name, type }) => {
    const mean = name === "mean_delay" ? "-mean " : "";
    return flag(name, "bool", "", `Same as ${mean}-sample_index=${type}`);
  }),
  ...OPTIONS.flatMap(({ name, kind, choices, help }) =>
    kind === "choice"
      ? Object.entries(choices ?? {}).map(([choice, meaning]) => flag(choice, "bool", "", meaning))
      : [flag(name, kind, valueNames[kind], help)],
  ),
];
