// Hot: a step for every frame of every path; a million nodes in a third of a second. See bench/src/pages.ts.

import { filterRows, type Selection } from "../stack/selection.ts";
import { stackPaths } from "../stack/stack-paths.ts";
import { type StackPaths, withLabelsMerged } from "../stack/stack-rows.ts";
import type { FrameTable } from "./frame-table.ts";
import type { CallTree } from "./tree-columns.ts";
import { selfOf } from "./tree-columns.ts";
import { Trie } from "./trie.ts";

/** The stacks to merge, with a value for each row of the profile's samples. A stack whose value is 0 is left out. */
export interface Stacks {
  readonly selection: Selection;
  readonly frames: FrameTable;
  readonly values: Float64Array;
}

/** Merges stacks from the outermost caller inwards. */
export function callTree(stacks: Stacks): CallTree {
  const ends = pathEnds(stacks);
  const { parent, location, length } = ends.paths;
  const frameStart = stacks.selection.frames.start;
  const frames = stacks.frames.rowOf;
  const trie = new Trie();
  const isPassed = passedRows(ends);
  const nodeOf = new Int32Array(length);
  for (let row = 0; row < length; row++) {
    if (isPassed[row] === 0) continue;
    let node = 0;
    if (row > 0) {
      node = nodeOf[parent[row]!]!;
      const first = frameStart[location[row]!]!;
      for (let i = frameStart[location[row]! + 1]! - 1; i >= first; i--) node = trie.child(node, frames[i]!);
    }
    nodeOf[row] = node;
    if (ends.isEnd[row] === 1) trie.add(node, ends.value[row]!, ends.size[row]!);
  }
  return trie.finish();
}

/** By path, whether stacks end there, and what they are worth together. */
export interface PathEnds {
  readonly paths: StackPaths;
  /** 1 where a stack ends whose value is not 0. */
  readonly isEnd: Uint8Array;
  /** The sum of the values, and that of their absolute values. */
  readonly value: Float64Array;
  readonly size: Float64Array;
}

/** Sums the values of stacks by their paths. */
export function pathEnds({ selection, values }: Stacks): PathEnds {
  const { samples } = selection;
  const paths =
    selection.paths === undefined
      ? stackPaths(
          selection,
          filterRows(samples, (sample) => values[sample] !== 0),
        )
      : withLabelsMerged(selection.paths);
  const isEnd = new Uint8Array(paths.length);
  const value = new Float64Array(paths.length);
  const size = new Float64Array(paths.length);
  const { leaf } = paths;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    const worth = values[sample]!;
    if (worth === 0) continue;
    const row = leaf[sample]!;
    isEnd[row] = 1;
    value[row]! += worth;
    size[row]! += Math.abs(worth);
  }
  return { paths, isEnd, value, size };
}

/** 1 for the paths that are the beginning of a stack whose value is not 0, or all of it. */
export function passedRows({ paths: { parent, length }, isEnd }: Pick<PathEnds, "paths" | "isEnd">): Uint8Array {
  const isPassed = isEnd.slice();
  for (let row = length - 1; row > 0; row--) if (isPassed[row] === 1) isPassed[parent[row]!] = 1;
  return isPassed;
}

/**
 * For each frame, the value of the stacks that end in it and of those that it appears in, counted once a stack; what has
 * the `same` row of the frame table counts as one.
 */
export function frameTotals(
  tree: CallTree,
  { same }: Pick<FrameTable, "same">,
): { self: Float64Array; total: Float64Array } {
  const frameCount = same.length;
  const self = new Float64Array(frameCount);
  const total = new Float64Array(frameCount);
  const { frame, parent, length } = tree;
  // Whether a frame is already on the path to a node: depth-first, with a count of its openings.
  const open = new Uint32Array(frameCount);
  const { firstChild } = tree;
  let node = 0;
  for (;;) {
    if (node > 0) {
      const of = same[frame[node]!]!;
      self[of]! += selfOf(tree, node);
      if (open[of]!++ === 0) total[of]! += tree.total[node]!;
    }
    if (firstChild[node]! < firstChild[node + 1]!) {
      node = firstChild[node]!;
      continue;
    }
    for (;;) {
      const above = parent[node]!;
      if (above < 0) return { self: forAll(same, self), total: forAll(same, total) };
      open[same[frame[node]!]!]!--;
      if (node + 1 < length && node + 1 < firstChild[above + 1]!) {
        node++;
        break;
      }
      node = above;
    }
  }
}

/** Copies the sums that were kept under one frame to all frames that count as the same. */
export function forAll(same: Uint32Array, sums: Float64Array): Float64Array {
  for (let frame = 0; frame < same.length; frame++) sums[frame] = sums[same[frame]!]!;
  return sums;
}
