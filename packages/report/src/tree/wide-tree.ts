// Hot: labels as frames make four million nodes of the 67,000 of 100 MB. Made level by level from sums of ranges, the tree
// can end where nobody sees anything. See bench/src/pages.ts.
import { grown } from "../stack/grown.ts";
import type { StackParts } from "./stack-parts.ts";
import { type Detail, type DetailedTree, TreeColumns } from "./tree-columns.ts";
import type { FrameTrie } from "./trie.ts";

/**
 * Merges stacks from the outermost caller inwards. Stacks, called members, are sorted by their rows in the tries, so those of a node are
 * a range of them. With running sums over all members a node's total is one subtraction: the sum up to its last less that before its first.
 */
export function wideTree({ tries, at, value, size, hasNegative }: StackParts, detail: Detail = {}): DetailedTree {
  const sumsOfValues = sumsUpTo(value);
  const sumsOfSizes = hasNegative ? sumsUpTo(size) : sumsOfValues;
  const children = tries.map((trie) => new Children(trie));
  const columns = new TreeColumns(detail, hasNegative);
  const { length } = value;
  columns.push(-1, -1, 0, sumsOfValues[length]!, sumsOfSizes[length]!);
  // Of each node of the last row: its members, and its row in the trie of a part.
  let level = new Level();
  let next = new Level();
  level.push(0, length, 0, 0);
  const found = new Level();
  let frames = new Int32Array(64);
  let widths = new Float64Array(64);
  let order = new Int32Array(64);
  for (let node = columns.nextRow(); node >= 0; node = columns.nextRow()) {
    next.length = 0;
    for (let i = 0; i < level.length; i++) {
      const above = node + i;
      if (!columns.opens(above)) continue;
      found.length = 0;
      const first = level.first[i]!;
      let end = level.end[i]!;
      let row = level.row[i]!;
      // Stacks that end in this row go on in the next part.
      for (let part = level.part[i]!; part < 3 && first < end; part++, row = 0) {
        const rows = at[part]!;
        const own = firstFrom(rows, row + 1, first, end);
        for (let member = own; member < end; ) {
          const child = children[part]!.holding(row, rows[member]!);
          const stop = firstFrom(rows, tries[part]!.end[child]!, member, end);
          if (found.length === frames.length) {
            frames = new Int32Array(2 * frames.length);
            widths = new Float64Array(frames.length);
            order = new Int32Array(frames.length);
          }
          found.push(member, stop, part, child);
          member = stop;
        }
        end = own;
      }
      const { length: count } = found;
      for (let k = 0; k < count; k++) {
        order[k] = k;
        frames[k] = tries[found.part[k]!]!.frame[found.row[k]!]!;
        widths[k] = sumsOfSizes[found.end[k]!]! - sumsOfSizes[found.first[k]!]!;
      }
      if (count > 1) columns.arrange(order, count, frames, widths);
      let start = columns.start[above]!;
      for (let k = 0; k < count; k++) {
        const sibling = order[k]!;
        const from = found.first[sibling]!;
        const to = found.end[sibling]!;
        columns.push(frames[sibling]!, above, start, sumsOfValues[to]! - sumsOfValues[from]!, widths[sibling]!);
        start += widths[sibling]!;
        next.push(from, to, found.part[sibling]!, found.row[sibling]!);
      }
    }
    [level, next] = [next, level];
  }
  return columns.finish();
}

/** The nodes of one level: each a range of members, and a row in the trie of a part. */
class Level {
  length = 0;
  readonly first: number[] = [];
  readonly end: number[] = [];
  readonly part: number[] = [];
  readonly row: number[] = [];

  push(first: number, end: number, part: number, row: number): void {
    const i = this.length++;
    this.first[i] = first;
    this.end[i] = end;
    this.part[i] = part;
    this.row[i] = row;
  }
}

/** The children of a trie's rows, found when they are first asked for: of millions of rows few are taken apart. */
class Children {
  readonly #end: Int32Array;
  /** By row, where its children are in `rows`, plus 1, and how many there are before; 0 where nobody has asked. */
  readonly #first: Int32Array;
  #rows = new Int32Array(1024);
  #length = 0;

  constructor({ length, end }: FrameTrie) {
    this.#end = end;
    this.#first = new Int32Array(length);
  }

  /** Where the children of a row begin among `rows`: how many they are, and then they themselves. */
  #of(row: number): number {
    const known = this.#first[row]!;
    if (known > 0) return known - 1;
    const end = this.#end;
    const at = this.#length++;
    for (let child = row + 1; child < end[row]!; child = end[child]!) {
      if (this.#length + 1 >= this.#rows.length) this.#rows = grown(this.#rows, new Int32Array(2 * this.#rows.length));
      this.#rows[this.#length++] = child;
    }
    this.#rows[at] = this.#length - at - 1;
    this.#first[row] = at + 1;
    return at;
  }

  /** The child of a row below which another one is. */
  holding(row: number, below: number): number {
    const at = this.#of(row);
    const rows = this.#rows;
    const end = this.#end;
    let low = at + 1;
    let high = low + rows[at]!;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (end[rows[middle]!]! <= below) low = middle + 1;
      else high = middle;
    }
    return rows[low]!;
  }
}

function sumsUpTo(column: Float64Array): Float64Array {
  const sums = new Float64Array(column.length + 1);
  for (let i = 0; i < column.length; i++) sums[i + 1] = sums[i]! + column[i]!;
  return sums;
}

/** The first place from which on a part of a column, which is in order, is not below a number: most often a near one. */
function firstFrom(column: Int32Array, least: number, first: number, end: number): number {
  let low = first;
  for (let step = 1; low < end && column[low]! < least; step *= 2) {
    if (low + step >= end || column[low + step]! >= least) {
      let high = Math.min(end, low + step);
      low++;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (column[middle]! < least) low = middle + 1;
        else high = middle;
      }
      return low;
    }
    low += step;
  }
  return low;
}
