// Hot: the totals of all frames of 6 million paths in 0.1 s: each row is looked at once, in the order in which rows stand.
// Bench: bench/src/pages.ts on the shape `300,000 stacks` of bench/src/shapes.ts.

import { grown } from "../stack/grown.ts";
import type { PathTrie } from "../stack/path-rows.ts";
import { forAll } from "./call-tree.ts";
import type { FrameTable } from "./frame-table.ts";
import { firstFrom, sumsUpTo } from "./member-ranges.ts";
import type { RowSums, StackParts, WholeStacks } from "./stack-parts.ts";

export interface Totals {
  readonly self: Float64Array;
  /** Summed up when it is first looked at: of millions of paths that takes longer than all that is seen of them. */
  readonly total: Float64Array;
}

/** For each frame, the value of the stacks that end in it and of those that it appears in, counted once a stack. */
export function partTotals(parts: WholeStacks, { same }: Pick<FrameTable, "same">): Totals {
  const self = selfOfFrames(parts, same);
  let total: Float64Array | undefined;
  return {
    self,
    get total() {
      total ??= totalOfFrames(parts, same);
      return total;
    },
  };
}

function totalOfFrames(parts: WholeStacks, same: Uint32Array): Float64Array {
  const { tries, sums, frames } = parts;
  const total = new Float64Array(same.length);
  const sameOf = new Int32Array(frames.rowOf.length);
  for (let frame = 0; frame < sameOf.length; frame++) sameOf[frame] = same[frames.rowOf[frame]!]!;
  const met = [0, 1, 2]
    .filter((part) => tries[part]!.length > 1)
    .map((part) => addTotals(total, tries[part]!, sums[part]!, frames.start, sameOf));
  // Where a frame is in two parts, both may be of one stack.
  const isShared = (_: number, of: number): boolean => met.filter((known) => known[2 * of + UNTIL]! > 0).length > 1;
  if (met.length > 1 && total.some(isShared)) return forAll(same, plainTotals(parts, same));
  return forAll(same, total);
}

/** What is known of a frame, side by side in memory: what it is worth, and where the rows end below its last outermost place. */
const WORTH = 0;
const UNTIL = 1;

function selfOfFrames({ tries, at, value, frames: { start, rowOf } }: StackParts, same: Uint32Array): Float64Array {
  const self = new Float64Array(same.length);
  for (let member = 0; member < value.length; member++) {
    for (let part = 2; part >= 0; part--) {
      const { parent, location } = tries[part]!;
      let row = at[part]![member]!;
      // What is hidden has no frame.
      while (row > 0 && start[location[row]!] === start[location[row]! + 1]) row = parent[row]!;
      if (row === 0) continue;
      self[same[rowOf[start[location[row]!]!]!]!]! += value[member]!;
      break;
    }
  }
  return forAll(same, self);
}

/**
 * Adds what the stacks are worth that go through a row to each frame there that is the outermost of its kind, and gives back
 * what is known of each frame. `sameOf` says under which frame one of the selection is summed up.
 */
function addTotals(
  total: Float64Array,
  { parent, location, end }: PathTrie,
  { rows, value }: RowSums,
  start: Uint32Array,
  sameOf: Int32Array,
): Float64Array {
  const sums = sumsUpTo(value);
  const known = new Float64Array(2 * total.length);
  /** The rows of a stack that the one before has not, from the innermost on, and their frames from the outermost on. */
  let way = new Int32Array(1024);
  let frames = new Int32Array(4096);
  let rowsOf = new Int32Array(4096);
  let before = 0;
  for (let i = 0; i < rows.length; i++) {
    let steps = 0;
    // Rows up to the last stack's are on its way, too.
    for (let row = rows[i]!; row > before; row = parent[row]!) {
      if (steps === way.length) way = grown(way, new Int32Array(2 * steps));
      way[steps++] = row;
    }
    before = rows[i]!;
    // By itself, so that the processor waits for several of them at a time.
    let count = 0;
    while (steps > 0) {
      const row = way[--steps]!;
      const at = location[row]!;
      for (let frame = start[at]!; frame < start[at + 1]!; frame++) {
        if (count === frames.length) {
          frames = grown(frames, new Int32Array(2 * count));
          rowsOf = grown(rowsOf, new Int32Array(2 * count));
        }
        frames[count] = sameOf[frame]!;
        rowsOf[count++] = row;
      }
    }
    for (let k = 0; k < count; k++) {
      const of = 2 * frames[k]!;
      const row = rowsOf[k]!;
      // Below the last place where it was met it is recursion, and counted already.
      if (row < known[of + UNTIL]!) continue;
      const until = end[row]!;
      known[of + UNTIL] = until;
      known[of + WORTH]! += sums[firstFrom(rows, until, i, rows.length)]! - sums[i]!;
    }
  }
  for (let of = 0; of < total.length; of++) total[of]! += known[2 * of + WORTH]!;
  return known;
}

/** The totals of stacks that have a frame both in their labels and in what was called: each stack is walked by itself. */
function plainTotals({ tries, at, value, frames: { start, rowOf } }: StackParts, same: Uint32Array): Float64Array {
  const total = new Float64Array(same.length);
  /** By frame, the last member in which it was met, plus 1. */
  const last = new Int32Array(same.length);
  for (let member = 0; member < value.length; member++) {
    for (const [part, { parent, location }] of tries.entries()) {
      for (let row = at[part]![member]!; row > 0; row = parent[row]!) {
        for (let frame = start[location[row]!]!; frame < start[location[row]! + 1]!; frame++) {
          const of = same[rowOf[frame]!]!;
          if (last[of] === member + 1) continue;
          last[of] = member + 1;
          total[of]! += value[member]!;
        }
      }
    }
  }
  return total;
}
