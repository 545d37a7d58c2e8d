/** Sides up to this size are counted out exactly; beyond it the normal distribution is as good. */
const LARGEST_EXACT = 25;

/**
 * The p-value of the Mann-Whitney test, two-sided: how likely two samples of the same distribution differ by so much.
 * Exact for small samples without ties. Undefined for an empty one.
 */
export function rankTest(a: readonly number[], b: readonly number[]): number | undefined {
  const [n, m] = [a.length, b.length];
  if (n === 0 || m === 0) return undefined;
  let u = 0;
  for (const x of a) for (const y of b) u += x < y ? 1 : x === y ? 0.5 : 0;
  const ties = tieSizes([...a, ...b]);
  const smaller = Math.min(u, n * m - u);
  if (ties.length === 0 && Math.max(n, m) <= LARGEST_EXACT) {
    return Math.min(1, 2 * cumulative(rankCounts(n, m), Math.floor(smaller)));
  }
  const all = n + m;
  const tied = ties.reduce((sum, size) => sum + (size ** 3 - size), 0);
  const variance = ((n * m) / 12) * (all + 1 - tied / (all * (all - 1)));
  if (variance === 0) return 1;
  return Math.min(1, 2 * normalTail(Math.max(0, (n * m) / 2 - smaller - 0.5) / Math.sqrt(variance)));
}

/** Between which values the shift from one sample to the other lies, and with which probability. */
export interface ShiftInterval {
  readonly low: number;
  readonly high: number;
  readonly level: number;
}

/**
 * The interval of the differences b - a that belongs to the Mann-Whitney test. Where so few values cannot give the
 * `level` that is asked for, it is that of all differences, with the lower level that they give.
 */
export function shiftInterval(a: readonly number[], b: readonly number[], level: number): ShiftInterval | undefined {
  const [n, m] = [a.length, b.length];
  if (n * m < 2) return undefined;
  const differences = a.flatMap((x) => b.map((y) => y - x)).sort((x, y) => x - y);
  const exact = Math.max(n, m) <= LARGEST_EXACT ? rankCounts(n, m) : undefined;
  const deviation = Math.sqrt((n * m * (n + m + 1)) / 12);
  const below = (u: number): number =>
    exact === undefined ? normalTail(((n * m) / 2 - u - 0.5) / deviation) : cumulative(exact, u);
  let cut = 0;
  while (cut + 1 < differences.length / 2 && 2 * below(cut + 1) <= 1 - level) cut++;
  const outside = 2 * below(cut);
  return {
    low: differences[cut]!,
    high: differences[differences.length - 1 - cut]!,
    level: Math.max(0, 1 - outside),
  };
}

/** The value in the middle, or between the two there. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function tieSizes(values: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()].filter((size) => size > 1);
}

/** In how many orders of n and m values each U from 0 to n·m comes about. */
function rankCounts(n: number, m: number): Float64Array {
  // Adding the i-th value of one side can put 0 to m values of the other below it: a product of polynomials.
  let counts = Float64Array.of(1);
  for (let i = 1; i <= n; i++) {
    const size = i * m + 1;
    const product = new Float64Array(size + i + m);
    product.set(counts);
    for (let u = product.length - 1; u >= m + i; u--) product[u]! -= product[u - m - i]!;
    for (let u = i; u < product.length; u++) product[u]! += product[u - i]!;
    counts = product.slice(0, size);
  }
  return counts;
}

function cumulative(counts: Float64Array, u: number): number {
  let below = 0;
  let all = 0;
  counts.forEach((count, at) => {
    all += count;
    if (at <= u) below += count;
  });
  return below / all;
}

/** How much of the normal distribution lies above z ≥ 0, to within 1e-7 (Abramowitz and Stegun 26.2.17). */
function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const polynomial = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
}
