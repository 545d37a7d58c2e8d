import { studentQuantile } from "./student.ts";

/** Of so many runs, the lowest and the highest are left out: one that met a backup or an update is then no change. */
const TRIMMED_OF = 10;
const LEVEL = 0.95;

/** How far one side lies from the other, of means without the lowest and the highest tenth. */
export interface Shift {
  readonly old: number;
  readonly new: number;
  readonly change: number;
  /** Between which the change lies with 95 %; undefined of one run, which says nothing of chance. */
  readonly interval: { readonly low: number; readonly high: number } | undefined;
  /** The change's standard error, and of how many degrees of freedom it is known. */
  readonly error: number;
  readonly freedom: number;
}

/**
 * Compares as many values with as many others, by Yuen's test with one variance for both (Biometrika 61, 1974). `least` is how
 * exactly a value is known at best, such as the time between two samples: values that agree by chance do not make a small error.
 */
export function shiftOf(old: readonly number[], fresh: readonly number[], least: number): Shift {
  const [a, b] = [trimmed(old, least), trimmed(fresh, least)];
  const change = b.mean - a.mean;
  const freedom = 2 * (a.kept - 1);
  const error = freedom > 0 ? Math.sqrt(a.variance + b.variance) : Number.POSITIVE_INFINITY;
  const reach = freedom > 0 ? error * studentQuantile((1 - LEVEL) / 2, freedom) : 0;
  return {
    old: a.mean,
    new: b.mean,
    change,
    interval: freedom > 0 ? { low: change - reach, high: change + reach } : undefined,
    error,
    freedom,
  };
}

/** How many values of so many are left when those at the ends are left out. */
function keptOf(count: number): number {
  return count - 2 * Math.floor(count / TRIMMED_OF);
}

/** The mean of the middle, and the variance of that mean, by the values with those at the ends drawn in. */
function trimmed(values: readonly number[], least: number): { mean: number; variance: number; kept: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const count = sorted.length;
  const kept = keptOf(count);
  const cut = (count - kept) / 2;
  const mean = (of: readonly number[]): number => of.reduce((sum, value) => sum + value, 0) / of.length;
  const drawn = sorted.map((_, i) => sorted[Math.min(Math.max(i, cut), count - 1 - cut)]!);
  const middle = mean(drawn);
  const squares = drawn.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  const variance = kept > 1 ? Math.max(squares / (kept * (kept - 1)), least ** 2 / kept) : 0;
  return { mean: mean(sorted.slice(cut, count - cut)), variance, kept };
}

/**
 * The least change that so many runs a side find, with the probability `power`, where one of `error` was measured in `runs`:
 * `tail` is how seldom chance may pass for a change, to either side.
 */
export function detectable(
  { error, runs }: { readonly error: number; readonly runs: number },
  wanted: number,
  tail: number,
  power: number,
): number {
  const freedom = 2 * (keptOf(wanted) - 1);
  if (freedom <= 0) return Number.POSITIVE_INFINITY;
  const ofWanted = error * Math.sqrt(keptOf(runs) / keptOf(wanted));
  return ofWanted * (studentQuantile(tail, freedom) + studentQuantile(1 - power, freedom));
}
