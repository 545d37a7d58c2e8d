// Hot: labels as frames make four million nodes of the 67,000 of 100 MB. Made level by level from sums of ranges, the tree
// can end where nobody sees anything. See bench/src/pages.ts.
import { grown } from "../stack/grown.ts";
import type { PathTrie } from "../stack/path-rows.ts";
import { firstFrom, MemberRanges, sumsUpTo } from "./member-ranges.ts";
import type { PivotCallees } from "./pivot-parts.ts";
import type { LocationFrames, StackParts } from "./stack-parts.ts";
import { type Detail, type DetailedTree, TreeColumns } from "./tree-columns.ts";

/**
 * Merges stacks from the outermost caller inwards, or from a pivot. Stacks, called members, are sorted by their rows in the
 * tries, so those of a row are a range of them; a node has several where different locations stand for its frame, or where
 * its callers are hidden. With running sums over all members a range's total is one subtraction: the sum up to its last
 * less that before its first.
 */
export function wideTree(parts: StackParts | PivotCallees, detail: Detail = {}): DetailedTree {
  const { value, size, hasNegative, frames: ofLocations } = parts;
  const begins = "begins" in parts ? parts.begins : undefined;
  const sumsOfValues = sumsUpTo(value);
  const sumsOfSizes = hasNegative ? sumsUpTo(size) : sumsOfValues;
  const ways = new WaysIn(parts);
  const siblings = new Siblings(ofLocations);
  const columns = new TreeColumns(detail, hasNegative);
  // The ranges of the nodes of the last row: those of one node stand together, up to its entry in `ends`.
  let level = new MemberRanges();
  let next = new MemberRanges();
  level.push(0, value.length, 0, 0, 0);
  let ends = [1];
  let [whole, wide] = [sumsOfValues[value.length]!, sumsOfSizes[value.length]!];
  if (begins !== undefined) [whole, wide] = [sumOfRanges(begins, sumsOfValues), sumOfRanges(begins, sumsOfSizes)];
  columns.push(-1, -1, 0, whole, wide);
  const found = new MemberRanges();
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
      if (above === 0 && begins !== undefined)
        for (let i = 0; i < begins.length; i++)
          found.push(begins.first[i]!, begins.end[i]!, begins.part[i]!, begins.row[i]!, begins.frame[i]!);
      else for (let range = from; range < end; range++) ways.take(level, range, found);
      if (found.length === 1) {
        // Most nodes lead to one alone.
        const [member, stop] = [found.first[0]!, found.end[0]!];
        const total = sumsOfValues[stop]! - sumsOfValues[member]!;
        const width = hasNegative ? sumsOfSizes[stop]! - sumsOfSizes[member]! : total;
        columns.push(ofLocations.rowOf[found.frame[0]!]!, above, columns.start[above]!, total, width);
        next.push(member, stop, found.part[0]!, found.row[0]!, found.frame[0]!);
        nextEnds.push(next.length);
        continue;
      }
      const count = siblings.group(found, sumsOfValues, sumsOfSizes);
      const { order, frames, totals, widths, head, after } = siblings;
      if (count > 1) columns.arrange(order, count, frames, widths);
      let start = columns.start[above]!;
      for (let k = 0; k < count; k++) {
        const sibling = order[k]!;
        columns.push(frames[sibling]!, above, start, totals[sibling]!, widths[sibling]!);
        start += widths[sibling]!;
        for (let i = head[sibling]!; i >= 0; i = after[i]!)
          next.push(found.first[i]!, found.end[i]!, found.part[i]!, found.row[i]!, found.frame[i]!);
        nextEnds.push(next.length);
      }
    }
    [level, next] = [next, level];
    ends = nextEnds;
  }
  return columns.finish();
}

/** Where members go on from a frame: ranges of them, one for each place that comes next. */
class WaysIn {
  readonly #tries: StackParts["tries"];
  readonly #at: StackParts["at"];
  readonly #start: Uint32Array;
  readonly #children: readonly Children[];
  /** Ranges in rows whose locations have no frames, four numbers each: what is called there stands in their place. */
  readonly #hidden: number[] = [];

  constructor({ tries, at, frames }: StackParts) {
    this.#tries = tries;
    this.#at = at;
    this.#start = frames.start;
    this.#children = tries.map((trie) => new Children(trie));
  }

  /** Adds the ranges of what comes next after a range. */
  take(ranges: MemberRanges, i: number, found: MemberRanges): void {
    const [first, end, part] = [ranges.first[i]!, ranges.end[i]!, ranges.part[i]!];
    const [row, frame] = [ranges.row[i]!, ranges.frame[i]!];
    // Frames that were inlined into this one, in the same location.
    if (row > 0 && frame > this.#start[this.#tries[part]!.location[row]!]!) {
      found.push(first, end, part, row, frame - 1);
      return;
    }
    this.#goOn(first, end, part, row, found);
    const hidden = this.#hidden;
    while (hidden.length > 0) this.#goOn(hidden.pop()!, hidden.pop()!, hidden.pop()!, hidden.pop()!, found);
  }

  #goOn(first: number, last: number, firstPart: number, firstRow: number, found: MemberRanges): void {
    const start = this.#start;
    let end = last;
    let row = firstRow;
    // Stacks that end in this row go on in the next part.
    for (let part = firstPart; part < 3 && first < end; part++, row = 0) {
      const rows = this.#at[part]!;
      const { end: ends, location } = this.#tries[part]!;
      const children = this.#children[part]!;
      const own = firstFrom(rows, row + 1, first, end);
      for (let member = own; member < end; ) {
        const child = children.holding(row, rows[member]!);
        const stop = firstFrom(rows, ends[child]!, member, end);
        const outermost = start[location[child]! + 1]! - 1;
        if (outermost >= start[location[child]!]!) found.push(member, stop, part, child, outermost);
        else this.#hidden.push(child, part, stop, member);
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
  readonly #rowOf: Uint32Array;
  /** By frame, which it is, plus 1. */
  readonly #of: Int32Array;

  constructor({ rowOf, count }: LocationFrames) {
    this.#rowOf = rowOf;
    this.#of = new Int32Array(count);
  }

  /** How many they are. */
  group(found: MemberRanges, values: Float64Array, sizes: Float64Array): number {
    while (found.length > this.after.length) this.#grow();
    let count = 0;
    for (let i = 0; i < found.length; i++) {
      const frame = this.#rowOf[found.frame[i]!]!;
      const total = values[found.end[i]!]! - values[found.first[i]!]!;
      const width = sizes[found.end[i]!]! - sizes[found.first[i]!]!;
      const known = this.#of[frame]! - 1;
      this.after[i] = -1;
      if (known < 0) {
        const made = count++;
        this.order[made] = made;
        this.frames[made] = frame;
        this.totals[made] = total;
        this.widths[made] = width;
        this.head[made] = i;
        this.#last[made] = i;
        this.#of[frame] = count;
      } else {
        this.totals[known]! += total;
        this.widths[known]! += width;
        this.after[this.#last[known]!] = i;
        this.#last[known] = i;
      }
    }
    for (let made = 0; made < count; made++) this.#of[this.frames[made]!] = 0;
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

  constructor({ length, end }: PathTrie) {
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
    // Most rows have one child, or lead on to their first.
    if (below < this.#end[row + 1]!) return row + 1;
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
