// Hot: a step for every frame of every path; a million nodes in a third of a second.
import type { FrameTable } from "./frames.ts";
import { invertPaths } from "./inverted-tree.ts";
import { filterRows, type Selection } from "./selection.ts";
import { type StackPaths, stackPaths } from "./stack-trie.ts";
import { Trie } from "./trie.ts";

/**
 * Stacks merged into a tree, as columns. Node 0 is the root; nodes stand in rows from the root down, in a row from left
 * to right, siblings by width. So a row is a range of nodes, and so are a node's children.
 */
export interface CallTree {
  readonly length: number;
  /** A row of the frame table; -1 for the root. */
  readonly frame: Int32Array;
  /** -1 for the root. */
  readonly parent: Int32Array;
  /** Node i's children are the nodes `firstChild[i]` up to but without `firstChild[i + 1]`. */
  readonly firstChild: Uint32Array;
  /** Row d is the nodes `rowStart[d]` up to but without `rowStart[d + 1]`; row 0 is the root. */
  readonly rowStart: Uint32Array;
  /** The value of the stacks that pass through this node or end at it; `selfOf` gives what ends at it. */
  readonly total: Float64Array;
  /** Where the node begins and how wide it is: `total`, or the sum of absolute values where some are negative. */
  readonly start: Float64Array;
  readonly width: Float64Array;
}

/** The value of the stacks that end at a node. */
export function selfOf(tree: CallTree, node: number): number {
  let self = tree.total[node]!;
  for (let child = tree.firstChild[node]!; child < tree.firstChild[node + 1]!; child++) self -= tree.total[child]!;
  return self;
}

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

/**
 * Merges stacks from the leaf outwards. Of more nodes than `most` the narrow ones stay without their callers: `cut` is how
 * wide the widest of those is, 0 where there are none.
 */
export function invertedTree(stacks: Stacks, most?: number): { readonly tree: CallTree; readonly cut: number } {
  return invertPaths(pathEnds(stacks), stacks.selection.frames.start, stacks.frames.rowOf, most);
}

/** What ends in each path. */
export interface PathEnds {
  readonly paths: StackPaths;
  /** 1 where some stack that is not worth 0 ends. */
  readonly isEnd: Uint8Array;
  /** The sum of the values, and that of their absolute values. */
  readonly value: Float64Array;
  readonly size: Float64Array;
}

function pathEnds({ selection, values }: Stacks): PathEnds {
  const samples = filterRows(selection.samples, (sample) => values[sample] !== 0);
  const paths = selection.paths ?? stackPaths(selection, samples);
  const isEnd = new Uint8Array(paths.length);
  const value = new Float64Array(paths.length);
  const size = new Float64Array(paths.length);
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    const row = paths.leaf[sample]!;
    isEnd[row] = 1;
    value[row]! += values[sample]!;
    size[row]! += Math.abs(values[sample]!);
  }
  return { paths, isEnd, value, size };
}

/** 1 for the paths that some stack which is not worth 0 goes along. */
function passedRows({ paths: { parent, length }, isEnd }: PathEnds): Uint8Array {
  const isPassed = isEnd.slice();
  for (let row = length - 1; row > 0; row--) if (isPassed[row] === 1) isPassed[parent[row]!] = 1;
  return isPassed;
}

/** The callees of some frames and, growing the other way, their callers. Both trees' first rows are those frames. */
export interface PivotTrees {
  readonly callees: CallTree;
  readonly callers: CallTree;
}

/** Splits every stack at the outermost frame for which `isPivot` is 1; stacks without one are left out. */
export function pivotTrees(stacks: Stacks, isPivot: Uint8Array): PivotTrees {
  const ends = pathEnds(stacks);
  const { parent, location, length } = ends.paths;
  const frameStart = stacks.selection.frames.start;
  const frames = stacks.frames.rowOf;
  const isPassed = passedRows(ends);
  const callees = new Trie();
  const callers = new Trie();
  // Where each path is among the callees, 0 while there is no pivot in it; and where its callers end.
  const below = new Int32Array(length);
  const above = new Int32Array(length);
  for (let row = 1; row < length; row++) {
    if (isPassed[row] === 0) continue;
    const first = frameStart[location[row]!]!;
    const last = frameStart[location[row]! + 1]! - 1;
    let node = below[parent[row]!]!;
    above[row] = above[parent[row]!]!;
    for (let i = last; i >= first; i--) {
      if (node > 0) node = callees.child(node, frames[i]!);
      else if (isPivot[frames[i]!] === 1) {
        node = callees.child(0, frames[i]!);
        let caller = 0;
        for (let k = i; k <= last; k++) caller = callers.child(caller, frames[k]!);
        for (let up = parent[row]!; up > 0; up = parent[up]!) {
          const end = frameStart[location[up]! + 1]!;
          for (let k = frameStart[location[up]!]!; k < end; k++) caller = callers.child(caller, frames[k]!);
        }
        above[row] = caller;
      }
    }
    below[row] = node;
    if (ends.isEnd[row] === 0 || node === 0) continue;
    callees.add(node, ends.value[row]!, ends.size[row]!);
    callers.add(above[row]!, ends.value[row]!, ends.size[row]!);
  }
  return { callees: callees.finish(), callers: callers.finish() };
}

/** For each frame, the value of the stacks that end in it and of those that it appears in, counted once a stack. */
export function frameTotals(tree: CallTree, frameCount: number): { self: Float64Array; total: Float64Array } {
  const self = new Float64Array(frameCount);
  const total = new Float64Array(frameCount);
  const { frame, parent, length } = tree;
  // Whether a frame is already on the path to a node: depth-first, with a count of its openings.
  const open = new Uint32Array(frameCount);
  const { firstChild } = tree;
  let node = 0;
  for (;;) {
    const of = frame[node]!;
    if (of >= 0) {
      self[of]! += selfOf(tree, node);
      if (open[of]!++ === 0) total[of]! += tree.total[node]!;
    }
    if (firstChild[node]! < firstChild[node + 1]!) {
      node = firstChild[node]!;
      continue;
    }
    for (;;) {
      const leaving = frame[node]!;
      if (leaving >= 0) open[leaving]!--;
      const above = parent[node]!;
      if (above < 0) return { self, total };
      if (node + 1 < length && node + 1 < firstChild[above + 1]!) {
        node++;
        break;
      }
      node = above;
    }
  }
}
