import type { CallTree } from "@pprof-ts/report";

/** The tree with siblings in the order of their frames' ranks, in place of the widest first. */
export function orderedBy(tree: CallTree, rank: Uint32Array): CallTree {
  const { length, firstChild: first } = tree;
  const order = new Uint32Array(length);
  const frame = new Int32Array(length);
  const parent = new Int32Array(length);
  const firstChild = new Uint32Array(length + 1);
  const total = new Float64Array(length);
  const start = new Float64Array(length);
  const width = tree.width === tree.total ? total : new Float64Array(length);
  parent[0] = -1;
  let end = 1;
  for (let place = 0; place < length; place++) {
    const node = order[place]!;
    frame[place] = tree.frame[node]!;
    total[place] = tree.total[node]!;
    width[place] = tree.width[node]!;
    firstChild[place] = end;
    const siblings = order.subarray(end, end + first[node + 1]! - first[node]!);
    for (let i = 0; i < siblings.length; i++) siblings[i] = first[node]! + i;
    if (siblings.length > 1) siblings.sort((a, b) => rank[tree.frame[a]!]! - rank[tree.frame[b]!]!);
    let left = start[place]!;
    for (const sibling of siblings) {
      parent[end] = place;
      start[end++] = left;
      left += tree.width[sibling]!;
    }
  }
  firstChild[length] = length;
  return { length, frame, parent, firstChild, rowStart: tree.rowStart, total, start, width };
}
