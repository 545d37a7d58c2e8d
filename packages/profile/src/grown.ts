/** A copy of `column` with room for `length` elements and half as many again. */
export function grown<T extends { set(other: T): void; readonly length: number }>(
  column: T,
  Column: new (length: number) => T,
  length: number,
): T {
  const larger = new Column(Math.max(length, Math.ceil(column.length * 1.5)));
  larger.set(column);
  return larger;
}
