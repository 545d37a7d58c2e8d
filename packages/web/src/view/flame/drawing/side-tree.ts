import type { CallTree } from "@pprof-ts/report";

/**
 * One side of a difference, drawn by its own values: the same nodes at their own widths, 0 where this side has nothing.
 * A node of a difference is as wide as both sides together, and its total is what now has more.
 */
export function sideTree(tree: CallTree, side: "old" | "fresh"): CallTree {
  const { length, parent, firstChild } = tree;
  const sign = side === "fresh" ? 1 : -1;
  const width = tree.width.map((both, node) => (both + sign * tree.total[node]!) / 2);
  const start = new Float64Array(length);
  for (let node = 1; node < length; node++) {
    const isFirst = firstChild[parent[node]!] === node;
    start[node] = isFirst ? start[parent[node]!]! : start[node - 1]! + width[node - 1]!;
  }
  return { ...tree, start, width, total: width };
}
