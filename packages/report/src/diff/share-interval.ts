import type { Analysis } from "../analyze.ts";
import type { ShiftInterval } from "./rank-test.ts";

/**
 * How many samples that weigh the same would tell shares as surely as a profile's samples do, by Kish's formula
 * (Σw)² / Σw². Undefined where the profile does not say how often it was sampled: counts of objects or of contentions
 * are estimates, not draws.
 */
export function drawnSamples({ profile, values, selection, options }: Analysis): number | undefined {
  const { sampleTypes, samples } = profile;
  const column = sampleTypes.findIndex(({ type, unit }) => /^samples?$/.test(type) && unit === "count");
  if (column < 0) return undefined;
  const counts = samples.values[column]!;
  const weights = values.values.numbers;
  let sum = 0;
  let squares = 0;
  const add = (sample: number): boolean => {
    const weight = weights[sample]!;
    const count = Number(counts[sample]!);
    if (weight === 0) return true;
    if (weight < 0 || count <= 0) return false;
    sum += weight;
    squares += weight ** 2 / count;
    return true;
  };
  const all = options.relative_percentages ? selection.samples : Array.from({ length: samples.length }, (_, i) => i);
  return all.every(add) && squares > 0 ? sum ** 2 / squares : undefined;
}

/** The quantile of the normal distribution that leaves 95 % between itself and its negative. */
const Z = 1.959964;

/**
 * Between which a change of a share lies with 95 %, seen `before` in one draw of `m` samples and `after` in one of `n`:
 * Newcombe's interval, made of Wilson's for each share (Statistics in Medicine 17, 1998, method 10).
 */
export function shareInterval(before: number, m: number, after: number, n: number): ShiftInterval {
  const [a, b] = [wilson(before, m), wilson(after, n)];
  const change = after - before;
  return {
    low: change - Math.hypot(after - b.low, a.high - before),
    high: change + Math.hypot(b.high - after, before - a.low),
    level: 0.95,
  };
}

/** Between which a share lies that was seen in `n` samples. */
function wilson(share: number, n: number): { low: number; high: number } {
  const z2 = Z ** 2 / n;
  const middle = (share + z2 / 2) / (1 + z2);
  const half = (Z * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n))) / (1 + z2);
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
