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
  /** Which part of the help it stands in. */
  readonly group: "output" | "source" | "symbols" | "type" | "page" | "option";
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

const flag = (group: FlagRow["group"], name: string, kind: FlagKind, value: string, help: string): FlagRow => ({
  name,
  kind,
  value,
  help,
  group,
});

const ownFlags: readonly FlagRow[] = [
  flag("source", "seconds", "int", "N", "How long a program records, for profiles fetched from one"),
  flag("source", "timeout", "int", "N", "Seconds within which an answer, or all of a pipe, must be there"),
  flag("source", "max_bytes", "int", "N", "Bytes that are read of a source, unpacked as well (default 1 GiB)"),
  flag("source", "base", "string", "SOURCE", "A profile to subtract"),
  flag("source", "diff_base", "string", "SOURCE", "A profile to compare with: percentages are of its total"),
  flag("source", "add_comment", "string", "TEXT", "A comment to add to the profile; -comments shows it"),
  flag("source", "all_frames", "bool", "", "Keep frames that the profile itself says to drop"),
  flag("source", "buildid", "string", "ID", "The build id of the first mapping where it has none"),
  flag("source", "tls_cert", "string", "FILE", "A client's certificate for https"),
  flag("source", "tls_key", "string", "FILE", "The key of that certificate"),
  flag("source", "tls_ca", "string", "FILE", "The authorities whose servers are trusted"),
  flag(
    "symbols",
    "symbolize",
    "string",
    "MODE",
    "Names for addresses: none, local, fastlocal, remote, force, demangle=HOW",
  ),
  flag("symbols", "tools", "string", "PATHS", "Where llvm-symbolizer, addr2line, nm and objdump are"),
  flag("page", "http", "string", "HOST:PORT", "Serve the interactive pages; an empty port takes any that is free"),
  flag(
    "page",
    "html",
    "string",
    "FILE",
    "Write the interactive pages and the profile into one file, which needs no server",
  ),
  flag("page", "no_browser", "bool", "", "Do not open a browser for them"),
  flag("output", "json", "bool", "", "The report as JSON (of top where no other is asked for)"),
  flag("output", "csv", "bool", "", "The report as comma-separated values, where it is a table"),
  flag("output", "md_lines", "int", "N", "How long -md may be, 40 lines or more (default 100)"),
  flag("output", "full", "bool", "", "On a terminal, names as long as they are"),
];

const valueNames: Readonly<Record<FlagKind, string>> = { bool: "", int: "N", float: "X", string: "TEXT" };

/** Every flag, in the order of the help. */
export const FLAGS: readonly FlagRow[] = [
  ...COMMANDS.map((command) => {
    const value = command.takesFile ? "FILE" : command.takesRegexp ? "REGEXP" : "";
    return flag("output", command.name, value === "" ? "bool" : "string", value, command.help);
  }),
  ...ownFlags,
  ...TYPE_FLAGS.map(({ name, type }) => {
    const mean = name === "mean_delay" ? "-mean " : "";
    return flag("type", name, "bool", "", `Same as ${mean}-sample_index=${type}`);
  }),
  ...OPTIONS.flatMap(({ name, kind, choices, help }) =>
    kind === "choice"
      ? Object.entries(choices ?? {}).map(([choice, meaning]) => flag("option", choice, "bool", "", meaning))
      : [flag("option", name, kind, valueNames[kind], help)],
  ),
];
