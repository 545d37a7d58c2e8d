// Hot: each sample of a profile has values: 100 MB are decoded in 0.4 to 0.65 s. See bench/src/codec.ts.

import type { WireReader } from "./wire.ts";

/** The tag of a value that is not packed. */
export const VALUE: number = 2 << 3;

/**
 * Reads a sample's values from `r.pos` on, one for each column, into a row of the columns: packed up to `r.end`, or each behind a
 * tag of its own but the first, whose tag was read. False, with nothing read, where they stand in another way, or are too few or
 * too many.
 *
 * One call for a sample: this is compiled long before the loop around it.
 */
export function readValues(r: WireReader, isPacked: boolean, words: readonly Int32Array[], row: number): boolean {
  const { bytes, end, pos: begin } = r;
  const last = words.length - 1;
  let pos = begin;
  for (let value = 0; value <= last; value++) {
    if ((value > 0 && !isPacked && bytes[pos++] !== VALUE) || pos >= end) break;
    const from = pos;
    let low = bytes[pos++]!;
    let high = 0;
    if (low >= 0x80) {
      const second = bytes[pos++]!;
      low = (low & 0x7f) | ((second & 0x7f) << 7);
      if (second >= 0x80) {
        const third = bytes[pos++]!;
        const fourth = third < 0x80 ? 0 : bytes[pos++]!;
        low |= ((third & 0x7f) << 14) | (fourth << 21);
        if (fourth >= 0x80) {
          r.pos = from;
          r.varint();
          low = r.lo;
          high = r.hi;
          pos = r.pos;
        }
      }
    }
    const column = words[value]!;
    column[2 * row] = low;
    column[2 * row + 1] = high;
    if (value === last && (isPacked ? pos === end : pos <= end)) {
      r.pos = pos;
      return true;
    }
  }
  r.pos = begin;
  return false;
}

/**
 * Reads a value, or those that are packed up to `r.end`, into a row of the columns, the first of them into the column
 * `value`; gives back the column that the next one goes to. What goes beyond the columns is counted and not kept.
 */
export function readOddValues(
  r: WireReader,
  isPacked: boolean,
  words: readonly Int32Array[],
  row: number,
  value: number,
): number {
  while (r.pos < r.end) {
    r.varint();
    const column = words[value++];
    if (column !== undefined) {
      column[2 * row] = r.lo;
      column[2 * row + 1] = r.hi;
    }
    if (!isPacked) break;
  }
  return value;
}
