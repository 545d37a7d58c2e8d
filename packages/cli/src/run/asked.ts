import type { RecordedKind } from "@pprof-ts/runtime/attach";
import { ToolError } from "../error.ts";
import { type Flag, type FlagProblem, type FlagValue, parseFlags } from "../words/flags.ts";

/** What can be recorded, by the flag that asks for it. */
export interface KindRow {
  readonly kind: RecordedKind;
  /** The flag of `go test` whose value is the file that it is written to. */
  readonly fileFlag?: string;
}

export const KINDS: readonly KindRow[] = [
  { kind: "cpu", fileFlag: "cpuprofile" },
  { kind: "heap" },
  { kind: "allocs", fileFlag: "memprofile" },
  { kind: "goroutine" },
  { kind: "block", fileFlag: "blockprofile" },
  { kind: "mutex", fileFlag: "mutexprofile" },
  { kind: "trace", fileFlag: "trace" },
];

const FLAGS: readonly Flag[] = [
  ...KINDS.map(({ kind }): Flag => ({ name: kind, kind: "bool", mayBeFile: kind === "trace" })),
  ...KINDS.flatMap(({ kind, fileFlag }): Flag[] =>
    fileFlag === undefined || fileFlag === kind ? [] : [{ name: fileFlag, kind: "string" }],
  ),
  { name: "startup", kind: "bool" },
  { name: "slowest", kind: "bool" },
  { name: "o", kind: "string" },
  { name: "every", kind: "string" },
  { name: "http", kind: "string" },
  { name: "no_browser", kind: "bool" },
];

const MILLIS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
/** Shorter ones would be written for most of the time. */
const LEAST_EVERY_MILLIS = 1_000;

/** What a command line asks for. */
export interface AskedRun {
  readonly command: readonly string[];
  readonly kinds: readonly RecordedKind[];
  /** Whether the CPU samples are to tell what was imported, and nothing else. */
  readonly startup: boolean;
  /** Whether the command runs tests, of which each is to be told. */
  readonly tests: boolean;
  /** Whether all tests are listed, and nothing else is said of them. */
  readonly slowest: boolean;
  /** The files that profiles are written to, for those that name one. */
  readonly files: ReadonlyMap<RecordedKind, string>;
  /** The directory for those that name none; "": the one of saved profiles. */
  readonly directory: string;
  /** 0: no profile for each interval. */
  readonly everyMillis: number;
  /** `host:port` of the pages, "" for none. */
  readonly http: string;
  readonly noBrowser: boolean;
}

/** Reads the words behind `run`, or, where it is of tests, behind `test`. */
export function readAsked(words: readonly string[], tests: boolean): AskedRun | FlagProblem {
  const parsed = parseFlags(withTraceFile(words), FLAGS);
  if (!("values" in parsed)) return parsed;
  const { values, positional } = parsed;
  if (positional.length === 0) return { problem: "no command to run" };
  const last = (name: string): FlagValue | undefined => values.get(name)?.at(-1);
  const text = (name: string): string => String(last(name) ?? "");
  const files = new Map<RecordedKind, string>();
  for (const { kind, fileFlag } of KINDS) {
    const value = fileFlag === undefined ? undefined : last(fileFlag);
    if (typeof value === "string" && value !== "") files.set(kind, value);
  }
  const kinds = KINDS.map(({ kind }) => kind).filter((kind) => last(kind) === true || files.has(kind));
  if (kinds.includes("heap") && kinds.includes("allocs")) {
    throw new ToolError(
      "V8 samples live objects (-heap) or all allocations (-allocs, -memprofile): ask for one of them",
    );
  }
  const startup = last("startup") === true;
  if (startup && (kinds.includes("cpu") || text("every") !== "")) {
    throw new ToolError(
      "-startup takes the CPU samples for itself, to the end: ask for -cpu and -every in a run without it",
    );
  }
  const slowest = last("slowest") === true;
  if (tests && startup) throw new ToolError("-startup is of run: test samples what tests do");
  if (slowest && !tests) throw new ToolError("-slowest is of test: run knows of no tests");
  const everyMillis = text("every") === "" ? 0 : durationOf(text("every"));
  if (everyMillis > 0 && text("o") === "")
    throw new ToolError("-every writes many profiles: -o names a directory for them");
  return {
    command: positional,
    kinds: startup || kinds.length === 0 || (tests && !kinds.includes("cpu")) ? ["cpu", ...kinds] : kinds,
    startup,
    tests,
    slowest,
    files,
    directory: text("o"),
    everyMillis,
    http: text("http"),
    noBrowser: last("no_browser") === true,
  };
}

/** `-trace FILE --` is `-trace=FILE`, as `go test` has it; without a file it is a flag as the others are. */
function withTraceFile(words: readonly string[]): readonly string[] {
  const end = words.indexOf("--");
  const at = words.findIndex((word, i) => i < end - 1 && /^--?trace$/.test(word) && !words[i + 1]!.startsWith("-"));
  return at < 0 ? words : [...words.slice(0, at), `-trace=${words[at + 1]}`, ...words.slice(at + 2)];
}

function durationOf(text: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const millis = Number(number) * (MILLIS[unit] ?? Number.NaN);
  if (millis >= LEAST_EVERY_MILLIS) return millis;
  throw new ToolError(`invalid -every "${text}": must be a second or more, such as 10s or 5m`);
}
