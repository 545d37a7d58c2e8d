/** From so many on, they are sorted by the engine. */
const MANY = 24;

/** Sorts the first of these rows of siblings, most often few. */
export function sortSiblings(siblings: Int32Array, count: number, before: (a: number, b: number) => number): void {
  if (count > MANY) {
    siblings.subarray(0, count).sort(before);
    return;
  }
  for (let i = 1; i < count; i++) {
    const sibling = siblings[i]!;
    let k = i - 1;
    while (k >= 0 && before(siblings[k]!, sibling) > 0) {
      siblings[k + 1] = siblings[k]!;
      k--;
    }
    siblings[k + 1] = sibling;
  }
}
