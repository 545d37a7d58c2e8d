// Hot: a step for every frame of every sample, as for the merged tree.
import type { CallTree, Stacks } from "./call-tree.ts";

/** Stacks in the order of time. */
export interface TimeTree {
  /** `start` and `width` are times since `begin`; a node is a frame for as long as it stays where it is in the stack. */
  readonly tree: CallTree;
  /** When the first sample began. */
  readonly begin: number;
}

/**
 * Draws stacks in the order of time: each from the end of the one before to its own, but no longer than `GAP` times the
 * usual distance between two. `ends` has a row for each sample of the profile, NaN for those to leave out.
 */
export function timeTree(stacks: Stacks, ends: Float64Array): TimeTree {
  const { samples, stackStart, stackEnd, profile } = stacks.selection;
  const { locations } = profile.samples;
  const frameStart = stacks.selection.frames.start;
  const frameRow = stacks.frames.rowOf;
  const order = samples.filter((sample) => ends[sample]! >= 0).sort((a, b) => ends[a]! - ends[b]!);
  const usual = usualDistance(order, ends);
  const begin = order.length === 0 ? 0 : ends[order[0]!]! - usual;

  const rows: Row[] = [];
  let open = 0;
  let end = 0;
  for (let i = 0; i < order.length; i++) {
    const sample = order[i]!;
    const until = ends[sample]! - begin;
    const from = Math.max(end, until - GAP * usual);
    // After a gap nothing goes on.
    let same = from > end ? 0 : open;
    let depth = 0;
    for (let at = stackEnd[sample]! - 1; at >= stackStart[sample]!; at--) {
      const location = locations[at]!;
      for (let k = frameStart[location + 1]! - 1; k >= frameStart[location]!; k--) {
        const frame = frameRow[k]!;
        if (depth === rows.length) rows.push(new Row());
        const row = rows[depth]!;
        if (depth < same && row.frame.at(-1) === frame) row.width[row.width.length - 1] = until - row.start.at(-1)!;
        else {
          same = Math.min(same, depth);
          row.frame.push(frame);
          row.start.push(from);
          row.width.push(until - from);
          row.parent.push(depth === 0 ? 0 : rows[depth - 1]!.frame.length - 1);
        }
        depth++;
      }
    }
    open = depth;
    end = until;
  }
  return { tree: treeOf(rows, end), begin };
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

/** The nodes of one depth; a parent is a number in the row above. */
class Row {
  readonly frame: number[] = [];
  readonly start: number[] = [];
  readonly width: number[] = [];
  readonly parent: number[] = [];
}

function treeOf(rows: readonly Row[], whole: number): CallTree {
  const rowStart = new Uint32Array(rows.length + 2);
  rowStart[1] = 1;
  rows.forEach((row, depth) => {
    rowStart[depth + 2] = rowStart[depth + 1]! + row.frame.length;
  });
  const length = rowStart.at(-1)!;
  const frame = new Int32Array(length);
  const parent = new Int32Array(length);
  const start = new Float64Array(length);
  const total = new Float64Array(length);
  const firstChild = new Uint32Array(length + 1);
  frame[0] = -1;
  parent[0] = -1;
  total[0] = whole;
  rows.forEach((row, depth) => {
    const at = rowStart[depth + 1]!;
    frame.set(row.frame, at);
    start.set(row.start, at);
    total.set(row.width, at);
    for (let i = 0; i < row.parent.length; i++) parent[at + i] = rowStart[depth]! + row.parent[i]!;
  });
  // Children stand in the order of their parents: count them, then sum up.
  for (let node = 1; node < length; node++) firstChild[parent[node]! + 1]!++;
  firstChild[0] = 1;
  for (let node = 0; node < length; node++) firstChild[node + 1]! += firstChild[node]!;
  return { length, frame, parent, firstChild, rowStart, total, start, width: total };
}
