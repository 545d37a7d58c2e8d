import { defaultOptions, type Form, OPTIONS, type Options } from "@pprof-ts/report";
import { ToolError } from "../error.ts";
import type { Environment } from "../host/environment.ts";
import { defaultMaxBytes } from "../host/limit.ts";
import { COMMANDS, type CommandRow, commandRow } from "./commands.ts";
import { FLAGS, TYPE_FLAGS } from "./flag-table.ts";
import { type Flag, type FlagProblem, type FlagValue, parseFlags } from "./flags.ts";

/** Files of a client's certificate, its key, and the authorities that sign servers' certificates; "" for none. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** Headers, `Name: value` or `@file`; a token, `@file` or `$NAME`, "" for none. */
export interface SentWords {
  readonly headers: readonly string[];
  readonly bearer: string;
}

/** What a command line asks for. */
export interface Request {
  readonly sources: readonly string[];
  /** The binary that the first mapping is, where the first of several sources turned out to be one. */
  readonly executable: string;
  readonly bases: readonly string[];
  /** Whether percentages are of the bases' total. */
  readonly diff: boolean;
  readonly seconds: number;
  readonly timeout: number;
  /** How much is read of each source, unpacked as well. */
  readonly maxBytes: number;
  /** Undefined for what the size of the input allows. */
  readonly maxStackBytes: number | undefined;
  readonly buildId: string;
  readonly comment: string;
  readonly allFrames: boolean;
  readonly symbolize: string;
  readonly tools: string;
  readonly tls: TlsFiles;
  /** What is sent to the servers of sources beside the request: as given, files and variables not looked into yet. */
  readonly sent: SentWords;
  /** `host:port` of the pages, "" for none. */
  readonly http: string;
  /** The names by which others ask for the pages, and the path that a proxy has them under. */
  readonly httpNames: readonly string[];
  readonly httpPrefix: string;
  /** The file that the pages are written to, "" for none. */
  readonly html: string;
  /** Whether the sources stand in it. */
  readonly withSources: boolean;
  readonly noBrowser: boolean;
  /** Names whole on a terminal. */
  readonly full: boolean;
  /** The report, or none for the shell. */
  readonly command: CommandRow | undefined;
  readonly argument: string | undefined;
  /** How the report is written. */
  readonly form: Form;
  readonly options: Options;
  /** What is odd about the command line, but no mistake. */
  readonly warnings: readonly string[];
  /** The value of a flag beside those of every command line; "" where it is not given. */
  readonly extra: (name: string) => string;
  /** All values of one that may be repeated. */
  readonly extras: (name: string) => readonly string[];
}

/** Reads the command line. `isBinary` says whether a file is an executable or a library; `extra` flags are known too. */
export function parseArguments(
  words: readonly string[],
  env: Environment,
  isBinary: (file: string) => boolean,
  extra: readonly Flag[] = [],
): Request | FlagProblem {
  const parsed = parseFlags(words, [...extra, ...FLAGS]);
  if (!("values" in parsed)) return parsed;
  const { values, positional } = parsed;
  const last = (name: string): FlagValue | undefined => values.get(name)?.at(-1);
  const text = (name: string): string => String(last(name) ?? "");
  const number = (name: string): number => Number(last(name) ?? -1);
  const isOn = (name: string): boolean => last(name) === true;
  const list = (name: string): string[] => (values.get(name) ?? []).map(String).filter((source) => source !== "");

  const [first] = positional;
  if (first === undefined) return { problem: "no profile source specified" };
  const executable = positional.length > 1 && isBinary(first) ? first : "";
  const { options, warnings } = readOptions(last);
  const isAsked = ({ name, takesRegexp, takesFile, mayTakeFile }: CommandRow): boolean =>
    takesRegexp || takesFile || (mayTakeFile && !isBoolean(last(name))) ? text(name) !== "" : isOn(name);
  const commands = COMMANDS.filter(isAsked);
  const forms = (["json", "csv"] as const).filter(isOn);
  if (commands.length > 1 || forms.length > 1) throw new ToolError("must set at most one output format");
  const form: Form = forms[0] ?? "own";
  const command = commands[0] ?? (form === "own" ? undefined : commandRow("top"));
  const http = text("http");
  if (command !== undefined && http !== "") {
    throw new ToolError("-http is not compatible with an output format on the command line");
  }
  const html = text("html");
  if (html !== "" && (command !== undefined || http !== "")) throw new ToolError("must set at most one output format");
  for (const name of ["http_host", "http_prefix"]) {
    if (text(name) !== "" && http === "") throw new ToolError(`-${name} only makes sense with -http`);
  }
  if (isOn("with_sources") && html === "") throw new ToolError("-with_sources only makes sense with -html");
  if (isOn("no_browser") && http === "") throw new ToolError("-no_browser only makes sense with -http");
  const base = list("base");
  const diffBase = list("diff_base");
  if (base.length > 0 && diffBase.length > 0)
    throw new ToolError("-base and -diff_base flags cannot both be specified");
  const bases = [...base, ...diffBase];
  if (options.normalize && bases.length === 0) throw new ToolError("must have base profile to normalize by");
  const lines = last("md_lines") === undefined ? undefined : String(last("md_lines"));
  return {
    sources: executable === "" ? positional : positional.slice(1),
    executable,
    bases,
    diff: diffBase.length > 0,
    seconds: number("seconds"),
    timeout: number("timeout"),
    maxBytes: number("max_bytes") > 0 ? number("max_bytes") : defaultMaxBytes(),
    maxStackBytes: number("max_stack_bytes") > 0 ? number("max_stack_bytes") : undefined,
    buildId: text("buildid"),
    comment: text("add_comment"),
    allFrames: isOn("all_frames"),
    symbolize: text("symbolize"),
    tools: String(last("tools") ?? env.PPROF_TOOLS ?? ""),
    sent: { headers: list("header"), bearer: text("bearer") },
    tls: { cert: text("tls_cert"), key: text("tls_key"), ca: text("tls_ca") },
    http,
    httpNames: list("http_host").flatMap((names) => names.split(",")),
    httpPrefix: text("http_prefix"),
    html,
    withSources: isOn("with_sources"),
    noBrowser: isOn("no_browser"),
    full: isOn("full"),
    command,
    argument: command?.takesRegexp ? text(command.name) : command?.name === "md" ? lines : undefined,
    form,
    options: { ...options, output: options.output || fileOf(command, last) },
    warnings,
    extra: text,
    extras: list,
  };
}

/** The file that the flag of a report names; "" for none. */
function fileOf(command: CommandRow | undefined, last: (name: string) => FlagValue | undefined): string {
  if (!command?.takesFile && !command?.mayTakeFile) return "";
  const value = last(command.name) ?? "";
  return isBoolean(value) ? "" : String(value);
}

function isBoolean(value: FlagValue | undefined): boolean {
  return typeof value === "boolean";
}

function readOptions(last: (name: string) => FlagValue | undefined): { options: Options; warnings: string[] } {
  const set: Record<string, FlagValue> = { ...defaultOptions };
  for (const { name, kind, choices } of OPTIONS) {
    if (kind === "choice") {
      const chosen = Object.keys(choices ?? {}).filter((choice) => last(choice) === true);
      if (chosen.length > 1) throw new ToolError(`conflicting options set: [${chosen.join(" ")}]`);
      if (chosen[0] !== undefined) set[name] = chosen[0];
    } else set[name] = last(name) ?? set[name]!;
  }
  // The parser has seen to it that every value is of its row's kind.
  const options = set as unknown as { -readonly [K in keyof Options]: Options[K] };
  const warnings: string[] = [];
  for (const { name, type } of TYPE_FLAGS) {
    if (last(name) !== true) continue;
    if (options.sample_index === "") options.sample_index = type;
    else warnings.push(`Multiple value selections, ignoring -${name}`);
  }
  if (last("mean_delay") === true) options.mean = true;
  return { options, warnings };
}
