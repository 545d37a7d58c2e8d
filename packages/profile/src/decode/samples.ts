// Hot: nine tenths of a profile are its samples; decoding 100 MB should take no longer than gunzip, see bench/src/codec.ts.

import { grown } from "../grown.ts";
import type { LabelTable, SampleTable } from "../profile.ts";
import { BYTES, WireReader } from "../wire.ts";
import { checkString, keepUnknown, UnknownFields } from "./fields.ts";
import { type RowsById, rowOf } from "./tables.ts";

/** Where the samples are: all between `start` and `end`, with other fields between them where a producer mixes them. */
export interface SampleLayout {
  readonly count: number;
  /** Of all samples together, without their tags and lengths. */
  readonly bytes: number;
  readonly start: number;
  readonly end: number;
}

const SAMPLE = (2 << 3) | BYTES;
const PACKED_LOCATIONS = (1 << 3) | BYTES;
const LOCATION = 1 << 3;
const PACKED_VALUES = (2 << 3) | BYTES;
const VALUE = 2 << 3;
const LABEL = (3 << 3) | BYTES;

/**
 * Reads the samples between fields that were checked before. Varints of up to three or four bytes, which nearly all
 * are, are read in place, all others by a `WireReader`. 100 MB take 0.65 s of processor time with this and tables that
 * are read without closures and BigInts; before, it was 1.1 s.
 *
 * A read past the end of `bytes` gives undefined, which ends every loop here; that it went past the end of its field is
 * found by the one check that follows the loop.
 */
export function decodeSamples(
  bytes: Uint8Array,
  layout: SampleLayout,
  types: number,
  locations: RowsById,
  strings: number,
): SampleTable {
  const locationStart = new Uint32Array(layout.count + 1);
  const labelStart = new Uint32Array(layout.count + 1);
  // Where there are fewer bytes than values, some sample has too few, and the loop below finds it.
  const rows = types * layout.count <= layout.bytes ? layout.count : 0;
  const values = Array.from({ length: types }, () => new BigInt64Array(rows));
  const words = values.map((column) => new Int32Array(column.buffer));
  const unknown = new UnknownFields(bytes);
  const labels = new LabelColumns(bytes, strings, layout);
  const dense = locations.dense;
  // Half the bytes is on the safe side of what real profiles hold; memory that is not written to costs nothing.
  let stack = new Uint32Array((layout.bytes >> 1) + 16);
  let stacked = 0;

  const r = new WireReader(bytes);
  let pos = layout.start;
  let row = 0;
  while (pos < layout.end) {
    const sampleAt = pos + 1;
    let size = bytes[sampleAt]!;
    if (bytes[pos] !== SAMPLE || size >= 0x80) {
      r.pos = pos;
      r.end = layout.end;
      const topTag = r.size();
      if (topTag !== SAMPLE) {
        r.skip(topTag & 7);
        pos = r.pos;
        continue;
      }
      size = r.byteLength();
      pos = r.pos;
    } else pos += 2;
    const end = pos + size;
    let value = 0;
    while (pos < end) {
      const at = pos;
      const tag = bytes[pos++]!;
      let fieldEnd = end;
      if (tag === PACKED_LOCATIONS || tag === LABEL || tag === PACKED_VALUES) {
        size = bytes[pos++]!;
        if (size >= 0x80) {
          r.pos = pos - 1;
          r.end = end;
          size = r.size();
          pos = r.pos;
        }
        fieldEnd = pos + size;
        if (!(fieldEnd <= end)) r.fail(`truncated field: ${size} bytes announced, ${end - pos} left`, at);
      }
      if (tag === PACKED_LOCATIONS) {
        if (stacked + fieldEnd - pos > stack.length) stack = grown(stack, Uint32Array, stacked + fieldEnd - pos);
        let more = readStack(bytes, pos, fieldEnd, dense, stack, stacked);
        if (more < 0) {
          r.pos = pos;
          r.end = fieldEnd;
          more = stacked;
          while (r.pos < fieldEnd) stack[more++] = findLocation(r, locations, row, at);
        }
        stacked = more;
        pos = fieldEnd;
      } else if (tag === LOCATION) {
        if (stacked === stack.length) stack = grown(stack, Uint32Array, stacked + 1);
        r.pos = pos;
        r.end = end;
        stack[stacked++] = findLocation(r, locations, row, at);
        pos = r.pos;
      } else if (tag === VALUE || tag === PACKED_VALUES) {
        do {
          if (pos >= fieldEnd) break;
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
                r.end = fieldEnd;
                r.varint();
                low = r.lo;
                high = r.hi;
                pos = r.pos;
              }
            }
          }
          if (value < types) {
            const column = words[value]!;
            column[2 * row] = low;
            column[2 * row + 1] = high;
          }
          value++;
        } while (tag === PACKED_VALUES);
        if (pos > fieldEnd) r.fail("truncated varint", at);
      } else if (tag === LABEL) {
        labels.read(pos, fieldEnd);
        pos = fieldEnd;
      } else {
        r.pos = at;
        r.end = end;
        keepUnknown(r, "Sample", unknown, row);
        pos = r.pos;
      }
    }
    if (value !== types) r.fail(`mismatch: sample has ${value} values vs. ${types} types`, sampleAt);
    row++;
    locationStart[row] = stacked;
    labelStart[row] = labels.length;
  }
  return {
    length: layout.count,
    locationStart,
    // Room that a small profile does not use still counts when the engine decides whether to collect garbage.
    locations: stack.length < 1 << 18 ? stack.slice(0, stacked) : stack.subarray(0, stacked),
    values,
    labelStart,
    labels: labels.finish(),
    unknownFields: unknown.finish(),
  };
}

/**
 * Reads the packed ids between `pos` and `end` into rows from `stack[stacked]` on, and gives back where they end; -1 where
 * an id is not in the dense table, however that came about. It calls nothing and is
 * small, so it is compiled after the first few hundred stacks, 100 ms before the loop around it is.
 */
function readStack(
  bytes: Uint8Array,
  pos: number,
  end: number,
  dense: Int32Array,
  stack: Uint32Array,
  stacked: number,
): number {
  while (pos < end) {
    let id = bytes[pos++]!;
    if (id >= 0x80) {
      const second = bytes[pos++]!;
      id = (id & 0x7f) | ((second & 0x7f) << 7);
      if (second >= 0x80) {
        const third = bytes[pos++]!;
        if (third >= 0x80) return -1;
        id |= third << 14;
      }
    }
    if (!(id < dense.length)) return -1;
    const row = dense[id]!;
    if (row < 0) return -1;
    stack[stacked++] = row;
  }
  return pos === end ? stacked : -1;
}

/** The row of a location whose id comes next, however it is written. */
function findLocation(r: WireReader, locations: RowsById, sample: number, at: number): number {
  const id = r.size();
  const row = rowOf(locations, r);
  if (row < 0) r.fail(`sample ${sample} has location ${id}, which is not in the profile`, at);
  return row;
}

/** The label rows while they are read: their number is not known before. */
class LabelColumns {
  length = 0;
  readonly #reader: WireReader;
  readonly #strings: number;
  readonly #layout: SampleLayout;
  #key = new Uint32Array(64);
  #str = new Uint32Array(64);
  #numUnit = new Uint32Array(64);
  #num = new Int32Array(128);
  readonly #unknown: UnknownFields;

  constructor(bytes: Uint8Array, strings: number, layout: SampleLayout) {
    this.#reader = new WireReader(bytes);
    this.#unknown = new UnknownFields(bytes);
    this.#strings = strings;
    this.#layout = layout;
  }

  /** Reads the label that lies between these bytes. */
  read(from: number, end: number): void {
    if (this.length === this.#key.length) this.#grow(from);
    const row = this.length++;
    const r = this.#reader;
    const bytes = r.bytes;
    const strings = this.#strings;
    let pos = from;
    r.end = end;
    while (pos < end) {
      const at = pos;
      const tag = bytes[pos++]!;
      if (tag === 0x08 || tag === 0x10 || tag === 0x20) {
        let text = bytes[pos++]!;
        if (text >= 0x80) {
          const second = bytes[pos++]!;
          text = (text & 0x7f) | ((second & 0x7f) << 7);
          if (second >= 0x80) {
            r.pos = at + 1;
            text = r.size();
            pos = r.pos;
          }
        }
        if (text >= strings) checkString(text, strings, at);
        if (tag === 0x08) this.#key[row] = text;
        else if (tag === 0x10) this.#str[row] = text;
        else this.#numUnit[row] = text;
      } else if (tag === 0x18) {
        r.pos = pos;
        r.varint();
        pos = r.pos;
        this.#num[2 * row] = r.lo;
        this.#num[2 * row + 1] = r.hi;
      } else {
        r.pos = at;
        keepUnknown(r, "Label", this.#unknown, row);
        pos = r.pos;
      }
    }
    if (pos > end) r.fail("truncated varint", from);
  }

  finish(): LabelTable {
    const { length } = this;
    return {
      length,
      key: this.#key.subarray(0, length),
      str: this.#str.subarray(0, length),
      num: new BigInt64Array(this.#num.buffer, 0, length),
      numUnit: this.#numUnit.subarray(0, length),
      unknownFields: this.#unknown.finish(),
    };
  }

  /** Makes room for as many labels as there will be if the rest is like what was read up to `pos`. */
  #grow(pos: number): void {
    const { start, end } = this.#layout;
    const expected = (1.1 * this.length * (end - start)) / (pos - start);
    const room = Math.ceil(Math.min(Math.max(expected, 2 * this.length), 16 * this.length));
    this.#key = grown(this.#key, Uint32Array, room);
    this.#str = grown(this.#str, Uint32Array, room);
    this.#numUnit = grown(this.#numUnit, Uint32Array, room);
    this.#num = grown(this.#num, Int32Array, 2 * room);
  }
}
