// Hot: nine tenths of a profile are its samples: 100 MB are decoded in 0.65 s, where gunzip takes 0.4. See
// bench/src/codec.ts.

import { grown } from "../grown.ts";
import type { SampleTable } from "../profile.ts";
import { type SharedStacks, stackSizes, unsharedStacks } from "../shared-stacks.ts";
import { keepUnknown, UnknownFields } from "./fields.ts";
import { irregular } from "./irregular.ts";
import { LabelColumns } from "./labels.ts";
import { PackedStacks } from "./packed-stacks.ts";
import { type RowsById, rowOf } from "./tables.ts";
import { readOddValues, readValues, VALUE } from "./values.ts";
import { BYTES, WireReader } from "./wire.ts";

const SAMPLE = (2 << 3) | BYTES;
const PACKED_LOCATIONS = (1 << 3) | BYTES;
const LOCATION = 1 << 3;
const PACKED_VALUES = (2 << 3) | BYTES;
const LABEL = (3 << 3) | BYTES;

/** A run of bytes in which all top-level fields are checked and the samples are counted. */
export interface SampleRun {
  readonly start: number;
  readonly end: number;
  readonly count: number;
  /** Of all samples together, without their tags and lengths. */
  readonly bytes: number;
}

/**
 * The columns of samples while they are read. Varints of up to three or four bytes, which nearly all are, are read in
 * place, all others by a `WireReader`.
 *
 * Nearly every producer numbers its locations 1, 2, 3: an id is then its row plus one, and need not be looked up. So
 * samples can be read before the locations are known, which come after them.
 */
export class SampleColumns {
  /** How many samples have been read. */
  length = 0;
  readonly #types: number;
  readonly #strings: number;
  readonly #locations: RowsById | undefined;
  /** Where stacks are told apart as they are written. */
  readonly #packed: PackedStacks | undefined;
  /** How many bytes of samples are expected in all. */
  readonly #expected: number;
  #read = 0;
  #locationStart = new Uint32Array(1);
  #labelStart = new Uint32Array(1);
  #values: BigInt64Array[];
  #stack = new Uint32Array(0);
  #stacked = 0;
  /** By sample, its stack among them. */
  #stackOf = new Int32Array(0);
  #shared: SharedStacks | undefined;
  /** The largest row that an id stands for by itself; that of id 0 is larger than any. */
  readonly #largest = new Uint32Array(1);
  readonly #labels: LabelColumns;
  #unknown: UnknownFields | undefined;

  /** Without `locations`, ids are taken for rows plus one. `isPacked`: of stacks only what they do not share is decoded. */
  constructor(types: number, strings: number, expected: number, locations?: RowsById, isPacked = false) {
    this.#types = types;
    this.#strings = strings;
    this.#expected = expected;
    this.#locations = locations;
    this.#packed = isPacked ? new PackedStacks(expected) : undefined;
    this.#values = Array.from({ length: types }, () => new BigInt64Array(0));
    this.#labels = new LabelColumns(strings);
  }

  /**
   * Reads the samples of a run.
   *
   * A read past the end of `bytes` gives undefined, which ends every loop here; that it went past the end of its field is
   * found by the one check that follows the loop.
   */
  read(bytes: Uint8Array, run: SampleRun): void {
    this.#reserve(run);
    const types = this.#types;
    const locationStart = this.#locationStart;
    const labelStart = this.#labelStart;
    const words = this.#values.map((column) => new Int32Array(column.buffer));
    const unknown = new UnknownFields(bytes);
    const labels = this.#labels;
    labels.begin(bytes, run.start, Math.max(this.#expected - this.#read, run.end - run.start));
    const dense = this.#locations?.dense;
    const packed = this.#packed;
    const stackOf = this.#stackOf;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let stack = this.#stack;
    let stacked = this.#stacked;
    const r = new WireReader(bytes);
    let pos = run.start;
    let row = this.length;
    while (pos < run.end) {
      const sampleAt = pos + 1;
      let size = bytes[sampleAt]!;
      if (bytes[pos] === SAMPLE && size < 0x80) pos += 2;
      else if (bytes[pos] === SAMPLE && bytes[pos + 2]! < 0x80) {
        size = (size & 0x7f) | (bytes[pos + 2]! << 7);
        pos += 3;
      } else {
        r.pos = pos;
        r.end = run.end;
        size = longSample(r);
        pos = r.pos;
        if (size < 0) continue;
      }
      const end = pos + size;
      let value = 0;
      while (pos < end) {
        const at = pos;
        const tag = bytes[pos++]!;
        let fieldEnd = end;
        if (tag === PACKED_LOCATIONS || tag === LABEL || tag === PACKED_VALUES) {
          size = bytes[pos++]!;
          if (size >= 0x80) {
            const more = bytes[pos++]!;
            if (more < 0x80) size = (size & 0x7f) | (more << 7);
            else {
              r.pos = pos - 2;
              r.end = end;
              size = r.size();
              pos = r.pos;
            }
          }
          fieldEnd = pos + size;
          if (!(fieldEnd <= end)) r.fail(`truncated field: ${size} bytes announced, ${end - pos} left`, at);
        }
        r.pos = pos;
        r.end = fieldEnd;
        if (packed !== undefined && (tag === PACKED_LOCATIONS || tag === LOCATION)) {
          if (tag === LOCATION) fieldEnd = varintEnd(bytes, pos, end);
          packed.add(bytes, pos, fieldEnd);
        } else if (tag === PACKED_LOCATIONS) {
          if (stacked + fieldEnd - pos > stack.length) stack = grown(stack, Uint32Array, stacked + fieldEnd - pos);
          let more =
            dense === undefined
              ? readRows(bytes, pos, fieldEnd, this.#largest, stack, stacked)
              : readStack(bytes, pos, fieldEnd, dense, stack, stacked);
          if (more < 0) {
            more = stacked;
            while (r.pos < fieldEnd) stack[more++] = this.#location(r, row, at);
          }
          stacked = more;
        } else if (tag === LOCATION) {
          if (stacked === stack.length) stack = grown(stack, Uint32Array, stacked + 1);
          stack[stacked++] = this.#location(r, row, at);
          fieldEnd = r.pos;
        } else if (tag === VALUE || tag === PACKED_VALUES) {
          const isPacked = tag === PACKED_VALUES;
          const isRegular = value === 0 && readValues(r, isPacked, words, row);
          value = isRegular ? types : readOddValues(r, isPacked, words, row, value);
          fieldEnd = r.pos;
        } else if (tag === LABEL) {
          labels.read(pos, fieldEnd);
        } else {
          r.pos = at;
          r.end = end;
          keepUnknown(r, "Sample", unknown, row);
          fieldEnd = r.pos;
        }
        pos = fieldEnd;
      }
      if (value !== types) r.fail(`mismatch: sample has ${value} values vs. ${types} types`, sampleAt);
      if (packed !== undefined) stackOf[row] = packed.end(bytes, view);
      row++;
      locationStart[row] = stacked;
      labelStart[row] = labels.length;
    }
    this.#stack = stack;
    this.#stacked = stacked;
    this.length = row;
    this.#read += run.bytes;
    this.#unknown = unknown;
  }

  /** Whether what was read last has fields that this version does not know. */
  get hasUnknown(): boolean {
    return this.#unknown?.isEmpty === false || this.#labels.hasUnknown;
  }

  /** Whether rows that were taken from ids, and strings that were not checked, are all there. */
  fits(locations: number, strings: number): boolean {
    if (this.#packed !== undefined && this.length > 0) {
      const { shared, largest } = this.#packed.finish(this.#stackOf.subarray(0, this.length));
      this.#shared = shared;
      if (shared.locations.length > 0 && largest >= locations) return false;
    }
    if (this.#stacked > 0 && this.#locations === undefined && this.#largest[0]! >= locations) return false;
    return strings >= this.#strings || this.#labels.fits(strings);
  }

  finish(): SampleTable {
    const columns = this.#finishedColumns();
    const shared = this.#shared;
    if (shared === undefined) {
      const stack = this.#stack;
      // Room that a small profile does not use still counts when the engine decides whether to collect garbage.
      const locations = stack.length < 1 << 18 ? stack.slice(0, this.#stacked) : stack.subarray(0, this.#stacked);
      return { ...columns, locations };
    }
    const { locationStart } = columns;
    const sizes = stackSizes(shared);
    const { of } = shared;
    for (let row = 0; row < this.length; row++) locationStart[row + 1] = locationStart[row]! + sizes[of[row]!]!;
    let locations: Uint32Array | undefined;
    return {
      ...columns,
      shared,
      get locations() {
        locations ??= unsharedStacks(shared, locationStart);
        return locations;
      },
    };
  }

  #finishedColumns(): Omit<SampleTable, "locations"> {
    const { length } = this;
    return {
      length,
      locationStart: this.#locationStart.subarray(0, length + 1),
      values: this.#values.map((column) => column.subarray(0, length)),
      labelStart: this.#labelStart.subarray(0, length + 1),
      labels: this.#labels.finish(),
      unknownFields: this.#unknown?.finish() ?? new Map(),
    };
  }

  /** Makes room for a run, and for what will follow it if the rest is like it. */
  #reserve({ count, bytes }: SampleRun): void {
    const ahead = roomAhead(this.#read, this.#read + bytes, this.#expected);
    const rows = this.length + count;
    if (rows >= this.#locationStart.length) {
      const room = Math.ceil(rows * ahead);
      this.#locationStart = enlarged(this.#locationStart, Uint32Array, room + 1);
      this.#labelStart = enlarged(this.#labelStart, Uint32Array, room + 1);
      // Where there are fewer bytes than values, some sample has too few, and reading it finds it.
      if (this.#types * count <= bytes)
        this.#values = this.#values.map((column) => enlarged(column, BigInt64Array, room));
      if (this.#packed !== undefined) this.#stackOf = enlarged(this.#stackOf, Int32Array, room);
    }
    if (this.#packed !== undefined) return;
    // Half the bytes is on the safe side of what real profiles hold; memory that is not written to costs nothing.
    const most = this.#stacked + (bytes >> 1) + 16;
    if (most > this.#stack.length) this.#stack = enlarged(this.#stack, Uint32Array, Math.ceil(most * ahead));
  }

  /** The row of a location whose id comes next, however it is written. */
  #location(r: WireReader, sample: number, at: number): number {
    const id = r.size();
    if (this.#locations === undefined) {
      const row = id === 0 || id > 0xffffffff ? 0xffffffff : id - 1;
      if (row > this.#largest[0]!) this.#largest[0] = row;
      return row;
    }
    const row = rowOf(this.#locations, r);
    if (row < 0) r.fail(`sample ${sample} has location ${id}, which is not in the profile`, at);
    return row;
  }
}

/** Where a varint ends that should end before `end`. */
function varintEnd(bytes: Uint8Array, pos: number, end: number): number {
  let after = pos;
  while (bytes[after]! >= 0x80) after++;
  if (after >= end) irregular();
  return after + 1;
}

/** The size of a sample that has 128 bytes or more, behind its tag and length; -1 behind a field that is no sample. */
function longSample(r: WireReader): number {
  const tag = r.size();
  if (tag === SAMPLE) return r.byteLength();
  r.skip(tag & 7);
  return -1;
}

/** How many times as much there may be in the end as after `read` bytes of samples. */
function roomAhead(before: number, read: number, expected: number): number {
  if (before === 0 && read >= expected) return 1;
  return Math.max((1.05 * expected) / read, 1.5);
}

function enlarged<T extends { set(other: T): void }>(column: T, Column: new (length: number) => T, room: number): T {
  const larger = new Column(room);
  larger.set(column);
  return larger;
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

/** As `readStack`, where an id is a row plus one; -1 where an id is longer than three bytes. `largest` keeps the largest. */
export function readRows(
  bytes: Uint8Array,
  pos: number,
  end: number,
  largest: Uint32Array,
  stack: Uint32Array,
  stacked: number,
): number {
  let most = largest[0]!;
  while (pos < end) {
    let id = bytes[pos++]!;
    if (id >= 0x80) {
      const second = bytes[pos++]!;
      if (second < 0x80) id = (id & 0x7f) | (second << 7);
      else {
        const third = bytes[pos++]!;
        if (third >= 0x80) return -1;
        id = (id & 0x7f) | ((second & 0x7f) << 7) | (third << 14);
      }
    }
    const row = (id - 1) >>> 0;
    if (row > most) most = row;
    stack[stacked++] = row;
  }
  largest[0] = most;
  return pos === end ? stacked : -1;
}
