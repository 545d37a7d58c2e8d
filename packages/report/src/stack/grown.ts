/** `larger`, with what `column` holds at its start. */
export function grown<T extends { set(other: T): void }>(column: T, larger: T): T {
  larger.set(column);
  return larger;
}
