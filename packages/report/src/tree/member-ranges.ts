import { grown } from "../stack/grown.ts";

/** Ranges of members of `StackParts`, each with what all of them have come to: a frame of a location in a row of a part's trie. */
export class MemberRanges {
  length = 0;
  first: Int32Array = new Int32Array(64);
  end: Int32Array = new Int32Array(64);
  part: Uint8Array = new Uint8Array(64);
  row: Int32Array = new Int32Array(64);
  /** A row of the selection's frames; of no meaning in row 0. */
  frame: Int32Array = new Int32Array(64);

  push(first: number, end: number, part: number, row: number, frame: number): void {
    const i = this.length++;
    if (i === this.first.length) this.#grow();
    this.first[i] = first;
    this.end[i] = end;
    this.part[i] = part;
    this.row[i] = row;
    this.frame[i] = frame;
  }

  #grow(): void {
    const room = 2 * this.first.length;
    this.first = grown(this.first, new Int32Array(room));
    this.end = grown(this.end, new Int32Array(room));
    this.part = grown(this.part, new Uint8Array(room));
    this.row = grown(this.row, new Int32Array(room));
    this.frame = grown(this.frame, new Int32Array(room));
  }
}

/** For each place of a column, and behind its end, the sum of what is before it. */
export function sumsUpTo(column: Float64Array): Float64Array {
  const sums = new Float64Array(column.length + 1);
  for (let i = 0; i < column.length; i++) sums[i + 1] = sums[i]! + column[i]!;
  return sums;
}

/** The first place from which on a part of a column, which is in order, is not below a number: most often a near one. */
export function firstFrom(column: Int32Array, least: number, first: number, end: number): number {
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
