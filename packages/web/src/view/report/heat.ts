/** The largest value of a listing: it has the darkest shade. */
export function largestOf(rows: readonly { readonly cum: number }[]): number {
  let largest = 0;
  for (const { cum } of rows) largest = Math.max(largest, Math.abs(cum));
  return largest;
}

/** One of five shades. */
export function heat(value: number, largest: number): string {
  return value === 0 ? "" : `heat${Math.min(4, Math.floor((Math.abs(value) / largest) * 5))}`;
}
