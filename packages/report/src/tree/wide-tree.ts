// Hot: labels as frames make four million nodes of the 67,000 of 100 MB. Made level by level from sums of ranges, the tree
// can end where nobody sees anything. See bench/src/pages.ts.
import { grown } from "../stack/grown.ts";
import { MemberRanges } from "./member-ranges.ts";
import type { PivotCallees, StackParts } from "./stack-parts.ts";
import { type Detail, type DetailedTree, TreeColumns } from "./tree-columns.ts";
import type { FrameTrie } from "./trie.ts";

/**
 * Merges stacks from the outermost caller inwards, or from a pivot. Stacks, called members, are sorted by their rows in the tries, so those
 * of a node are a range of them; below a pivot, which begins at many places, several. With running sums over all members a range's
 * total is one subtraction: the sum up to its last less that before its first.
 */
export function wideTree(parts: StackParts | PivotCallees, detail: Detail = {}): DetailedTree {
  const { value, size, hasNegative } = parts;
  const begins = "begins" in parts ? parts.begins : undefined;
  const sumsOfValues = sumsUpTo(value);
  const sumsOfSizes = hasNegative ? sumsUpTo(size) : sumsOfValues;
  const ways = new WaysIn(parts);
  const siblings = new Siblings("frameCount" in parts ? parts.frameCount : 0);
  const columns = new TreeColumns(detail, hasNegative);
  // The ranges of the nodes of the last row: those of one node stand together, up to its entry in `ends`.
  let level = new MemberRanges();
  let next = new MemberRanges();
  level.push(0, value.length, 0, 0);
  let ends = [1];
  let [whole, wide] = [sumsOfValues[value.length]!, sumsOfSizes[value.length]!];
  if (begins !== undefined) [whole, wide] = [sumOfRanges(begins, sumsOfValues), sumOfRanges(begins, sumsOfSizes)];
  columns.push(-1, -1, 0, whole, wide);
  let found = new MemberRanges();
  for (let node = columns.nextRow(); node >= 0; node = columns.nextRow()) {
    const nextEnds: number[] = [];
    next.length = 0;
    let first = 0;
    for (const end of ends) {
      const above = node++;
      const from = first;
      first = end;
      if (!columns.opens(above)) continue;
      found.length = 0;
      if (above === 0 && begins !== undefined) found = begins;
      else for (let range = from; range < end; range++) ways.take(level, range, found);
      const isOne = end - from === 1 && found !== begins;
      const count = siblings.group(found, isOne, ways, sumsOfValues, sumsOfSizes);
      const { order, frames, totals, widths, head, after } = siblings;
      if (count > 1) columns.arrange(order, count, frames, widths);
      let start = columns.start[above]!;
      for (let k = 0; k < count; k++) {
        const sibling = order[k]!;
        columns.push(frames[sibling]!, above, start, totals[sibling]!, widths[sibling]!);
        start += widths[sibling]!;
        for (let i = head[sibling]!; i >= 0; i = after[i]!)
          next.push(found.first[i]!, found.end[i]!, found.part[i]!, found.row[i]!);
        nextEnds.push(next.length);
      }
      if (found === begins) found = new MemberRanges();
    }
    [level, next] = [next, level];
    ends = nextEnds;
  }
  return columns.finish();
}

/** Where members go on from a row: ranges of them, one for each row that comes next. */
class WaysIn {
  readonly #tries: StackParts["tries"];
  readonly #at: StackParts["at"];
  readonly #children: readonly Children[];

  constructor({ tries, at }: StackParts) {
    this.#tries = tries;
    this.#at = at;
    this.#children = tries.map((trie) => new Children(trie));
  }

  frame(part: number, row: number): number {
    return this.#tries[part]!.frame[row]!;
  }

  /** Adds the ranges of what comes next after a range. */
  take(ranges: MemberRanges, i: number, found: MemberRanges): void {
    const first = ranges.first[i]!;
    let end = ranges.end[i]!;
    let row = ranges.row[i]!;
    // Stacks that end in this row go on in the next part.
    for (let part = ranges.part[i]!; part < 3 && first < end; part++, row = 0) {
      const rows = this.#at[part]!;
      const ends = this.#tries[part]!.end;
      const children = this.#children[part]!;
      const own = firstFrom(rows, row + 1, first, end);
      for (let member = own; member < end; ) {
        const child = children.holding(row, rows[member]!);
        const stop = firstFrom(rows, ends[child]!, member, end);
        found.push(member, stop, part, child);
        member = stop;
      }
      end = own;
    }
  }
}

/** The children of a node while they are found: ranges of one frame are one of them. */
class Siblings {
  order: Int32Array<ArrayBuffer> = new Int32Array(64);
  frames: Int32Array<ArrayBuffer> = new Int32Array(64);
  totals: Float64Array<ArrayBuffer> = new Float64Array(64);
  widths: Float64Array<ArrayBuffer> = new Float64Array(64);
  /** The first and the last range of each. */
  head: Int32Array<ArrayBuffer> = new Int32Array(64);
  #last = new Int32Array(64);
  /** By range, the next one of the same; -1 for none. */
  after: Int32Array<ArrayBuffer> = new Int32Array(64);
  /** By frame, which it is, plus 1. */
  readonly #of: Int32Array;

  constructor(frameCount: number) {
    this.#of = new Int32Array(frameCount);
  }

  /** How many they are. `isOne`: what comes next after one range is of different frames. */
  group(found: MemberRanges, isOne: boolean, ways: WaysIn, values: Float64Array, sizes: Float64Array): number {
    while (found.length > this.after.length) this.#grow();
    let count = 0;
    for (let i = 0; i < found.length; i++) {
      const frame = ways.frame(found.part[i]!, found.row[i]!);
      const total = values[found.end[i]!]! - values[found.first[i]!]!;
      const width = sizes[found.end[i]!]! - sizes[found.first[i]!]!;
      const known = isOne ? -1 : this.#of[frame]! - 1;
      this.after[i] = -1;
      if (known < 0) {
        const made = count++;
        this.order[made] = made;
        this.frames[made] = frame;
        this.totals[made] = total;
        this.widths[made] = width;
        this.head[made] = i;
        this.#last[made] = i;
        if (!isOne) this.#of[frame] = count;
      } else {
        this.totals[known]! += total;
        this.widths[known]! += width;
        this.after[this.#last[known]!] = i;
        this.#last[known] = i;
      }
    }
    if (!isOne) for (let made = 0; made < count; made++) this.#of[this.frames[made]!] = 0;
    return count;
  }

  #grow(): void {
    const room = 2 * this.after.length;
    this.order = new Int32Array(room);
    this.frames = new Int32Array(room);
    this.totals = new Float64Array(room);
    this.widths = new Float64Array(room);
    this.head = new Int32Array(room);
    this.#last = new Int32Array(room);
    this.after = new Int32Array(room);
  }
}

function sumOfRanges({ length, first, end }: MemberRanges, sums: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += sums[end[i]!]! - sums[first[i]!]!;
  return sum;
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
