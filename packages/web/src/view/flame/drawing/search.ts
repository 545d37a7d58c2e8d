import type { CallTree } from "@pprof-ts/report";

/** What a search found in a tree. */
export interface Found {
  /** The outermost matching nodes, row by row. */
  readonly boxes: readonly number[];
  /** Their width together, of the tree's. */
  readonly width: number;
}

/** So many nodes are looked at in a few milliseconds; then the page may draw. */
const SLICE = 200_000;

/** The outermost nodes whose frame matches, and how much of the tree they are; undefined where `isStale` says that nobody asks any more. */
export async function findMatches(
  tree: CallTree,
  matches: Uint8Array,
  isStale: () => boolean,
): Promise<Found | undefined> {
  const { length, parent, frame } = tree;
  const boxes: number[] = [];
  const inside = new Uint8Array(length);
  let width = 0;
  for (let node = 1; node < length; ) {
    for (const end = Math.min(length, node + SLICE); node < end; node++) {
      if (inside[parent[node]!] === 1) inside[node] = 1;
      else if (matches[frame[node]!] === 1) {
        inside[node] = 1;
        boxes.push(node);
        width += tree.width[node]!;
      }
    }
    if (node < length) await new Promise((resolve) => setTimeout(resolve));
    if (isStale()) return undefined;
  }
  return { boxes, width };
}
