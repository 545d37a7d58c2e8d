import type { Revisions } from "../git/revisions.ts";
import type { Comparison } from "./compare.ts";
import type { Exceeded, Limits } from "./limits.ts";

/** Values of single runs, for who wants to look at them. */
export interface SingleRun {
  readonly side: string;
  readonly wallNanos: number;
  readonly cpuNanos: number | undefined;
  readonly peakBytes: number | undefined;
}

/** All that one `pprof ci` has found. */
export interface Result {
  readonly revisions: Revisions;
  /** As it is typed. */
  readonly command: string;
  /** Of each side. */
  readonly runs: number;
  /** CPU samples a second. */
  readonly rate: number;
  /** Whether the base stood against itself in a worktree of its own. */
  readonly again: boolean;
  readonly comparison: Comparison;
  readonly limits: Limits;
  readonly exceeded: readonly Exceeded[];
  readonly single: readonly SingleRun[];
  /** What was done to come to this, and what is odd about it: a sentence each. */
  readonly notes: readonly string[];
}
