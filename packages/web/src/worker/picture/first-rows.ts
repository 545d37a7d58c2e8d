/** The first rows in an order, at most so many: to find few of many, not all of them need to be sorted. Equal ones stay in order. */
export function firstRows(
  length: number,
  most: number,
  isBefore: (a: number, b: number) => boolean,
  isWanted: (row: number) => boolean,
): number[] {
  const first: number[] = [];
  for (let row = 0; row < length; row++) {
    if (!isWanted(row) || (first.length === most && !isBefore(row, first[most - 1]!))) continue;
    if (first.length === most) first.pop();
    let at = first.length;
    while (at > 0 && isBefore(row, first[at - 1]!)) at--;
    first.splice(at, 0, row);
  }
  return first;
}
