/** Bisections that leave nothing of an interval but its rounding. */
const HALVES = 80;
/** Beyond it nothing that is measured lies. */
const LARGEST = 1e9;

/**
 * The value that a variable of Student's distribution exceeds with the probability `tail` (below a half); `freedom` is an even
 * number of degrees of freedom.
 */
export function studentQuantile(tail: number, freedom: number): number {
  let low = 0;
  let high = 1;
  while (high < LARGEST && studentTail(high, freedom) > tail) high *= 2;
  for (let i = 0; i < HALVES; i++) {
    const middle = (low + high) / 2;
    if (studentTail(middle, freedom) > tail) low = middle;
    else high = middle;
  }
  return high;
}

/** How much of the distribution lies above t ≥ 0: a finite sum for even degrees (Abramowitz and Stegun 26.7.4). */
function studentTail(t: number, freedom: number): number {
  const cosine2 = freedom / (freedom + t ** 2);
  let term = 1;
  let sum = 1;
  for (let i = 2; i < freedom; i += 2) {
    term *= ((i - 1) / i) * cosine2;
    sum += term;
  }
  // What is left of 1 is no number for a tail that is thinner than the rounding of 1.
  return Math.max(0, (1 - Math.sqrt(1 - cosine2) * sum) / 2);
}
