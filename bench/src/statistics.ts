export function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

/** The median of those that are known; undefined where none is. */
export function knownMedian(numbers: readonly (number | undefined)[]): number | undefined {
  const sorted = numbers.filter((number) => number !== undefined).sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/** Between which of the sorted numbers the median of all lies in 95 % of cases, whatever their distribution is. */
export function interval(numbers: readonly number[], digits: number): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const reach = 0.98 * Math.sqrt(sorted.length);
  const low = Math.max(Math.floor(sorted.length / 2 - reach), 0);
  const high = Math.min(Math.ceil(sorted.length / 2 + reach), sorted.length - 1);
  return [low, high].map((at) => sorted[at]!.toFixed(digits)).join(" to ");
}
