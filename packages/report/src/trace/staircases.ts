import { isRealWait } from "@pprof-ts/profile";
import type { SpanState } from "./index/trace-index.ts";

/**
 * Waits of one goroutine that follow each other with next to no work between them, such as three queries that are awaited in turn.
 * Those that do not need what the one before gave could have gone side by side. Times are in nanoseconds.
 */
export interface Staircase {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly sum: number;
  readonly longest: number;
  /** For what, each once. */
  readonly what: readonly string[];
}

/** A span of the goroutine: what it did from when to when. */
interface Step {
  readonly state: SpanState;
  readonly from: number;
  readonly to: number;
  readonly reason: string;
  readonly why: string;
}

/** A task that others did for its sake, such as a query. */
interface Part {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** A wait counts where it is at least this part of the whole, or so many nanoseconds. */
const LEAST_SHARE = 0.02;
const LEAST_WAIT = 1e6;
/** More work between two waits than this part of the shorter one, and they are no staircase. */
const MOST_WORK = 0.25;
/** Reasons of waits that are for no answer to what was asked: for a lock, or for whoever takes what is sent. In Go also for what comes on a channel. */
const NO_ANSWER = /^(sync.*|chan send)$/;
const NO_ANSWER_IN_GO = /^(sync.*|chan.*|select.*)$/;

/** The staircases in what a goroutine did, which took `whole`; `parts` is what others did for its sake meanwhile. */
export function staircases(
  steps: readonly Step[],
  parts: readonly Part[],
  whole: number,
  isOfGo: boolean,
): Staircase[] {
  const noAnswer = isOfGo ? NO_ANSWER_IN_GO : NO_ANSWER;
  const found: Staircase[] = [];
  let stairs: { from: number; to: number; what: string }[] = [];
  let work = 0;
  const close = (): void => {
    if (stairs.length > 1) {
      const lengths = stairs.map(({ from, to }) => to - from);
      found.push({
        from: stairs[0]!.from,
        to: stairs.at(-1)!.to,
        count: stairs.length,
        sum: lengths.reduce((sum, nanos) => sum + nanos, 0),
        longest: lengths.reduce((longest, nanos) => Math.max(longest, nanos)),
        what: [...new Set(stairs.map(({ what }) => what))],
      });
    }
    stairs = [];
  };
  for (const { state, from, to, reason, why } of steps) {
    if (state !== "waiting") {
      work += to - from;
      continue;
    }
    const nanos = to - from;
    const isStep =
      isRealWait(reason) && !noAnswer.test(reason) && (nanos >= whole * LEAST_SHARE || nanos >= LEAST_WAIT);
    if (!isStep) {
      if (nanos >= LEAST_WAIT) close();
      continue;
    }
    const before = stairs.at(-1);
    if (before !== undefined && work > MOST_WORK * Math.min(nanos, before.to - before.from)) close();
    work = 0;
    // Whether it only woke up in between and went on waiting for the same part, which is then one wait.
    const last = stairs.at(-1);
    const isSame = parts.some(
      (part) =>
        last !== undefined &&
        part.from <= last.to &&
        part.to > to - LEAST_WAIT &&
        part.from < from - nanos * 0.1 &&
        part.from <= last.from + (last.to - last.from) * 0.1,
    );
    const part = parts.find((part) => part.from >= from - nanos * 0.1 && part.from < to && part.to <= to + LEAST_WAIT);
    if (isSame && last !== undefined && part === undefined) last.to = to;
    else stairs.push({ from, to, what: part?.name ?? why });
  }
  close();
  return found.filter(({ sum, longest }) => sum - longest >= whole * LEAST_SHARE);
}
