import type { CallTree } from "@pprof-ts/report";

/** What a search found in a tree. */
export interface Found {
  /** The outermost matching nodes, row by row. */
  readonly boxes: readonly number[];
  /** Their width together, of the tree's. */
  readonly width: number;
  readonly frames: number;
}

/** The outermost nodes whose frame matches, and how much of the tree they are. */
export function findMatches(tree: CallTree, matches: Uint8Array): Found {
  const boxes: number[] = [];
  const inside = new Uint8Array(tree.length);
  let width = 0;
  for (let node = 1; node < tree.length; node++) {
    if (inside[tree.parent[node]!] === 1) inside[node] = 1;
    else if (matches[tree.frame[node]!] === 1) {
      inside[node] = 1;
      boxes.push(node);
      width += tree.width[node]!;
    }
  }
  let frames = 0;
  for (const match of matches) frames += match;
  return { boxes, width, frames };
}
