// Hot: a million stacks, of which each goes on from the one before, have their places in 0.3 s. See bench/src/pages.ts.

import { countsToStarts } from "../stack/group-rows.ts";
import { grown } from "../stack/grown.ts";
import { filterRows } from "../stack/selection.ts";
import { stackPaths } from "../stack/stack-paths.ts";
import { withLabelsMerged } from "../stack/stack-rows.ts";
import type { Stacks } from "./call-tree.ts";
import type { CallTree } from "./tree-columns.ts";

/** Stacks in the order of time. */
export interface TimeTree {
  /** `start` and `width` are times since `begin`; a node is a frame for as long as it stays where it is in the stack. */
  readonly tree: CallTree;
  /** When the first sample began. */
  readonly begin: number;
}

/**
 * Puts stacks in the order of time. A sample stands for the time since the one before it ended, but for no more than `GAP` times the
 * usual distance between two. `ends` says when each sample of the profile ended; NaN: it is left out.
 */
export function timeTree({ selection, frames }: Stacks, ends: Float64Array): TimeTree {
  const paths =
    selection.paths === undefined ? stackPaths(selection, selection.samples) : withLabelsMerged(selection.paths);
  const { length, parent, location, leaf } = paths;
  const { start } = selection.frames;
  const { rowOf } = frames;
  const order = inTime(selection.samples, ends);
  const usual = usualDistance(order, ends);
  const begin = order.length === 0 ? 0 : ends[order[0]!]! - usual;
  // How many locations each path has, and how many frames.
  const depth = new Int32Array(length);
  const frameDepth = new Int32Array(length);
  for (let path = 1; path < length; path++) {
    const at = location[path]!;
    depth[path] = depth[parent[path]!]! + 1;
    frameDepth[path] = frameDepth[parent[path]!]! + start[at + 1]! - start[at]!;
  }

  const nodes = new TimeNodes();
  /** The nodes of the stack before, from the outermost on. */
  const open: number[] = [];
  const way: number[] = [];
  let before = 0;
  let end = 0;
  for (const sample of order) {
    const until = ends[sample]! - begin;
    const from = Math.max(end, until - GAP * usual);
    // After a gap nothing goes on.
    if (from > end) {
      nodes.close(open, 0, end);
      before = 0;
    }
    way.length = 0;
    let path = leaf[sample]!;
    let shared = before;
    while (path !== shared) {
      if (depth[path]! >= depth[shared]!) {
        way.push(path);
        path = parent[path]!;
      } else shared = parent[shared]!;
    }
    let at = frameDepth[path]!;
    // Different locations may stand for the same frames, which then go on.
    let goesOn = true;
    for (let step = way.length - 1; step >= 0; step--) {
      const called = location[way[step]!]!;
      for (let k = start[called + 1]! - 1; k >= start[called]!; k--, at++) {
        const frame = rowOf[k]!;
        if (goesOn && at < open.length && nodes.frame[open[at]!] === frame) continue;
        if (goesOn) nodes.close(open, at, end);
        goesOn = false;
        open.push(nodes.add(frame, at, at === 0 ? -1 : open[at - 1]!, from));
      }
    }
    if (goesOn) nodes.close(open, at, end);
    before = leaf[sample]!;
    end = until;
  }
  nodes.close(open, 0, end);
  return { tree: nodes.tree(end), begin };
}

/** The samples that say when they ended, in the order of that. */
function inTime(samples: Uint32Array, ends: Float64Array): Uint32Array {
  const order = filterRows(samples, (sample) => ends[sample]! >= 0);
  for (let i = 1; i < order.length; i++)
    if (ends[order[i]!]! < ends[order[i - 1]!]!) return order.slice().sort((a, b) => ends[a]! - ends[b]!);
  return order;
}

/** A pause of so many usual distances between samples is one in which nothing ran. */
const GAP = 5;

/** The median distance of neighbours. */
function usualDistance(order: Uint32Array, ends: Float64Array): number {
  if (order.length < 2) return 1e6;
  const distances = new Float64Array(order.length - 1);
  for (let i = 1; i < order.length; i++) distances[i - 1] = ends[order[i]!]! - ends[order[i - 1]!]!;
  distances.sort();
  return distances[distances.length >> 1]! || 1e6;
}

/** Nodes in the order in which they began. */
class TimeNodes {
  #length = 0;
  frame: Int32Array = new Int32Array(4096);
  #depth = new Int32Array(4096);
  #parent = new Int32Array(4096);
  #start = new Float64Array(4096);
  #width = new Float64Array(4096);
  #depths = 0;

  add(frame: number, depth: number, parent: number, start: number): number {
    const node = this.#length++;
    if (node === this.frame.length) this.#grow();
    this.frame[node] = frame;
    this.#depth[node] = depth;
    this.#parent[node] = parent;
    this.#start[node] = start;
    if (depth >= this.#depths) this.#depths = depth + 1;
    return node;
  }

  /** Ends the nodes from a depth on. */
  close(open: number[], depth: number, end: number): void {
    for (let i = depth; i < open.length; i++) this.#width[open[i]!] = end - this.#start[open[i]!]!;
    if (open.length > depth) open.length = depth;
  }

  /** Row by row; within a row they are in the order of time. */
  tree(whole: number): CallTree {
    const length = this.#length + 1;
    const rowStart = new Uint32Array(this.#depths + 2);
    rowStart[0] = 1;
    for (let node = 0; node + 1 < length; node++) rowStart[this.#depth[node]! + 1]!++;
    countsToStarts(rowStart);
    const next = rowStart.slice();
    const place = new Int32Array(length);
    const frame = new Int32Array(length);
    const parent = new Int32Array(length);
    const start = new Float64Array(length);
    const total = new Float64Array(length);
    const firstChild = new Uint32Array(length + 1);
    frame[0] = -1;
    parent[0] = -1;
    total[0] = whole;
    for (let node = 0; node + 1 < length; node++) {
      const at = next[this.#depth[node]!]!++;
      place[node] = at;
      frame[at] = this.frame[node]!;
      start[at] = this.#start[node]!;
      total[at] = this.#width[node]!;
      parent[at] = this.#parent[node]! < 0 ? 0 : place[this.#parent[node]!]!;
    }
    // Children stand in the order of their parents: count them, then sum up.
    for (let node = 1; node < length; node++) firstChild[parent[node]! + 1]!++;
    firstChild[0] = 1;
    countsToStarts(firstChild);
    const rows = new Uint32Array(this.#depths + 2);
    rows.set(rowStart.subarray(0, this.#depths + 1), 1);
    return { length, frame, parent, firstChild, rowStart: rows, total, start, width: total };
  }

  #grow(): void {
    const room = 2 * this.frame.length;
    this.frame = grown(this.frame, new Int32Array(room));
    this.#depth = grown(this.#depth, new Int32Array(room));
    this.#parent = grown(this.#parent, new Int32Array(room));
    this.#start = grown(this.#start, new Float64Array(room));
    this.#width = grown(this.#width, new Float64Array(room));
  }
}
