/** Rows by a number that each of them has: those of number n are `rows[start[n]]` up to but without `rows[start[n + 1]]`. */
export interface RowGroups {
  readonly start: Uint32Array;
  readonly rows: Uint32Array;
}

/**
 * Groups the rows of a column by their numbers, which are below `count`: a counting sort. Rows of the same number stay in
 * order, or in that of `before`, which holds every row once.
 */
export function groupRows(numbers: Int32Array, count: number, before?: Uint32Array): RowGroups {
  const start = new Uint32Array(count + 1);
  for (let row = 0; row < numbers.length; row++) start[numbers[row]! + 1]!++;
  countsToStarts(start);
  const next = start.slice();
  const rows = new Uint32Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    const row = before === undefined ? i : before[i]!;
    rows[next[numbers[row]!]!++] = row;
  }
  return { start, rows };
}

/**
 * Turns counts into places: where entry n + 1 has said how many there are of number n, entry n then says where these
 * begin, if all stand side by side in the order of their numbers. 0, 2, 1, 3 becomes 0, 2, 3, 6.
 */
export function countsToStarts(counts: Int32Array | Uint32Array): void {
  for (let i = 1; i < counts.length; i++) counts[i]! += counts[i - 1]!;
}
