import type { CallTree } from "@pprof-ts/report";
import { nodeOf, type Scene } from "./flame-scene.ts";

/** One side of the picture of a difference, on the scale of both: zoomed to, a box has the room of the larger side. */
export function sideScene(scene: Scene, side: "old" | "fresh"): Scene {
  return {
    ...scene,
    tree: sideTree(scene.tree, side),
    callers: scene.callers && sideTree(scene.callers, side),
    room(box) {
      const { tree, node } = nodeOf(scene, box);
      return (tree.width[node]! + Math.abs(tree.total[node]!)) / 2;
    },
  };
}

/**
 * One side of a difference, drawn by its own values: the same nodes at their own widths, 0 where this side has nothing.
 * A node of a difference is as wide as both sides together, and its total is what now has more.
 */
function sideTree(tree: CallTree, side: "old" | "fresh"): CallTree {
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
