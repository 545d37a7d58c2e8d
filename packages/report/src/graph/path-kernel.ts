// Hot: of 900,000 stacks whose paths are known it sees 36,000 rows. See bench/src/pages.ts.
import { sumTrie } from "../stack/stack-paths.ts";
import type { EdgeRows } from "./edge-rows.ts";
import type { Walk } from "./walk.ts";

/**
 * Flat and cum of each node and, where `edges` are asked for, the weight of each edge: the trie is walked depth first,
 * and of what a path has twice only the first counts.
 */
export function sumPaths({ stacks, nodeOf, nodeCount }: Walk, values: Float64Array, edges?: EdgeRows): Float64Array[] {
  const trie = stacks.trie();
  const { parent, location, child, sibling } = trie;
  const { start } = stacks.selection.frames;
  const { self, total } = sumTrie(trie, stacks.samples, values);
  const flat = new Float64Array(nodeCount);
  const cum = new Float64Array(nodeCount);
  edges?.clearWeights();
  // Where each path leaves off: its last node that has not been removed, and 1 where removed ones came after that.
  const lastNode = new Int32Array(trie.length).fill(-1);
  const skips = new Uint8Array(trie.length);
  // What the path that the walk is on has: nodes and edges, those of a location after those of the one before.
  const isOpen = new Uint8Array(nodeCount);
  const openNodes: number[] = [];
  const openEdges: number[] = [];
  const nodesBefore = new Uint32Array(trie.length);
  const edgesBefore = new Uint32Array(trie.length);
  let row = 0;
  for (;;) {
    if (row > 0) {
      const above = parent[row]!;
      let caller = lastNode[above]!;
      let skipped = skips[above]!;
      nodesBefore[row] = openNodes.length;
      edgesBefore[row] = openEdges.length;
      const first = start[location[row]!]!;
      const last = start[location[row]! + 1]! - 1;
      for (let frame = last; frame >= first; frame--) {
        const node = nodeOf[frame]!;
        if (node < 0) {
          skipped = 1;
          continue;
        }
        if (isOpen[node] === 0) {
          isOpen[node] = 1;
          openNodes.push(node);
          cum[node]! += total[row]!;
        }
        if (edges !== undefined && caller >= 0 && node !== caller) {
          const edge = edges.row(caller, node);
          if (edges.seen[edge] === 0) {
            edges.seen[edge] = 1;
            openEdges.push(edge);
            edges.weight[edge]! += total[row]!;
            if (skipped === 1) edges.residual[edge] = 1;
            if (frame === last) edges.called[edge] = 1;
          }
        }
        caller = node;
        skipped = 0;
      }
      if (caller >= 0 && skipped === 0) flat[caller]! += self[row]!;
      lastNode[row] = caller;
      skips[row] = skipped;
    }
    if (child[row] !== 0) {
      row = child[row]!;
      continue;
    }
    while (row !== 0) {
      while (openNodes.length > nodesBefore[row]!) isOpen[openNodes.pop()!] = 0;
      while (openEdges.length > edgesBefore[row]!) edges!.seen[openEdges.pop()!] = 0;
      if (sibling[row] !== 0) {
        row = sibling[row]!;
        break;
      }
      row = parent[row]!;
    }
    if (row === 0)
      return [flat, cum, edges === undefined ? new Float64Array(0) : edges.weight.slice(0, edges.table.length)];
  }
}
