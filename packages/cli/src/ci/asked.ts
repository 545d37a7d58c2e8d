import type { RecordedKind } from "@pprof-ts/runtime/attach";
import { ToolError } from "../error.ts";
import { type Flag, type FlagProblem, type FlagValue, parseFlags } from "../words/flags.ts";

const FLAGS: readonly Flag[] = [
  { name: "base", kind: "string" },
  { name: "head", kind: "string" },
  { name: "n", kind: "int" },
  { name: "aa", kind: "bool" },
  { name: "setup", kind: "string" },
  { name: "link", kind: "bool" },
  { name: "allocs", kind: "bool" },
  { name: "heap", kind: "bool" },
  { name: "cases", kind: "bool" },
  { name: "limit", kind: "string" },
  { name: "limits", kind: "string" },
  { name: "md", kind: "string" },
  { name: "json", kind: "string" },
  { name: "html", kind: "string" },
  { name: "o", kind: "string" },
];

const RUNS = 10;
/** More runs find no more: what differs from hour to hour counts then. */
const MOST_RUNS = 1_000;

/** What a command line asks for. */
export interface AskedCi {
  readonly command: readonly string[];
  /** Revisions; "" for what is usual. */
  readonly base: string;
  readonly head: string;
  /** Runs of each side. */
  readonly runs: number;
  /** Whether the base is run a second time, in a worktree of its own, to be compared with itself. */
  readonly again: boolean;
  /** What the shell runs in each worktree first; "" for nothing. */
  readonly setup: string;
  /** Whether worktrees have the packages of the working tree, where they are of the same lock file. */
  readonly link: boolean;
  readonly kinds: readonly RecordedKind[];
  /** Whether samples have labels: of test runners and of the program. */
  readonly cases: boolean;
  /** `NAME=VALUE` each. */
  readonly limits: readonly string[];
  /** The file of limits; "" for the usual one. */
  readonly limitsFile: string;
  /** Files; "" for none. */
  readonly markdown: string;
  readonly json: string;
  readonly html: string;
  /** The directory for profiles; "" for none. */
  readonly directory: string;
}

/** Reads the words behind `ci`. */
export function readAsked(words: readonly string[]): AskedCi | FlagProblem {
  const parsed = parseFlags(words, FLAGS);
  if (!("values" in parsed)) return parsed;
  const { values, positional } = parsed;
  if (positional.length === 0) return { problem: "no command to run" };
  const last = (name: string): FlagValue | undefined => values.get(name)?.at(-1);
  const text = (name: string): string => String(last(name) ?? "");
  const runs = Number(last("n") ?? RUNS);
  if (runs < 1 || runs > MOST_RUNS) {
    throw new ToolError(`invalid -n ${runs}: must be from 1 to ${MOST_RUNS} runs of each revision`);
  }
  if (last("heap") === true && last("allocs") === true) {
    throw new ToolError("V8 samples live objects (-heap) or all allocations (-allocs): ask for one of them");
  }
  const memory = (["heap", "allocs"] as const).filter((name) => last(name) === true);
  return {
    command: positional,
    base: text("base"),
    head: text("head"),
    runs,
    again: last("aa") === true,
    setup: text("setup"),
    link: Boolean(last("link") ?? text("setup") === ""),
    kinds: ["cpu", ...memory],
    cases: last("cases") === true,
    limits: (values.get("limit") ?? []).map(String),
    limitsFile: text("limits"),
    markdown: text("md"),
    json: text("json"),
    html: text("html"),
    directory: text("o"),
  };
}
