// Hot: 100 MB have 29,000 locations, 31,000 functions and 55,000 strings, and are decoded in 0.65 s. See bench/src/codec.ts.

import { ProfileError } from "../error.ts";
import { grown } from "../grown.ts";
import type { FunctionTable, LocationTable, MappingTable } from "../profile.ts";
import { StringTable } from "../strings.ts";
import { checkString, nextField, type Spans, UnknownFields } from "./fields.ts";
import { WireReader } from "./wire.ts";

export function decodeStrings(bytes: Uint8Array, spans: Spans): StringTable {
  if (spans.length === 0) return new StringTable(new Uint8Array(0), new Uint32Array(2));
  if (spans[0] !== spans[1]) {
    throw new ProfileError('malformed profile: the first string of the string table is not ""', { offset: spans[0]! });
  }
  let size = 0;
  for (let i = 0; i < spans.length; i += 2) size += spans[i + 1]! - spans[i]!;
  const utf8 = new Uint8Array(size);
  const start = new Uint32Array(spans.length / 2 + 1);
  let at = 0;
  for (let i = 0; i < spans.length; i += 2) {
    const from = spans[i]!;
    const to = spans[i + 1]!;
    // Up to here a loop is faster than making a view to copy from.
    if (to - from < 64) for (let k = from; k < to; ) utf8[at++] = bytes[k++]!;
    else {
      utf8.set(bytes.subarray(from, to), at);
      at += to - from;
    }
    start[i / 2 + 1] = at;
  }
  return new StringTable(utf8, start);
}

export function decodeMappings(bytes: Uint8Array, spans: Spans, strings: number): MappingTable {
  const length = spans.length / 2;
  const wide = Array.from({ length: 4 }, () => new BigUint64Array(length));
  const words = wide.map((column) => new Int32Array(column.buffer));
  const text = Array.from({ length: 2 }, () => new Uint32Array(length));
  const flags = Array.from({ length: 4 }, () => new Uint8Array(length));
  const unknown = new UnknownFields(bytes);
  const r = new WireReader(bytes);
  for (let row = 0; row < length; row++) {
    r.pos = spans[2 * row]!;
    r.end = spans[2 * row + 1]!;
    while (r.pos < r.end) {
      const at = r.pos;
      const field = nextField(r, "Mapping", unknown, row);
      if (field === 0) continue;
      const value = r.size();
      if (field <= 4) {
        words[field - 1]![2 * row] = r.lo;
        words[field - 1]![2 * row + 1] = r.hi;
      } else if (field <= 6) text[field - 5]![row] = checkString(value, strings, at);
      else flags[field - 7]![row] = value === 0 ? 0 : 1;
    }
  }
  return {
    length,
    id: wide[0]!,
    start: wide[1]!,
    limit: wide[2]!,
    offset: wide[3]!,
    filename: text[0]!,
    buildId: text[1]!,
    hasFunctions: flags[0]!,
    hasFilenames: flags[1]!,
    hasLineNumbers: flags[2]!,
    hasInlineFrames: flags[3]!,
    unknownFields: unknown.finish(),
  };
}

export function decodeFunctions(bytes: Uint8Array, spans: Spans, strings: number): FunctionTable {
  const length = spans.length / 2;
  const id = new BigUint64Array(length);
  const idWords = new Int32Array(id.buffer);
  const name = new Uint32Array(length);
  const systemName = new Uint32Array(length);
  const filename = new Uint32Array(length);
  const startLine = new BigInt64Array(length);
  const lineWords = new Int32Array(startLine.buffer);
  const unknown = new UnknownFields(bytes);
  const r = new WireReader(bytes);
  for (let row = 0; row < length; row++) {
    r.pos = spans[2 * row]!;
    r.end = spans[2 * row + 1]!;
    while (r.pos < r.end) {
      const at = r.pos;
      const field = nextField(r, "Function", unknown, row);
      if (field === 0) continue;
      const value = r.size();
      if (field === 1) {
        idWords[2 * row] = r.lo;
        idWords[2 * row + 1] = r.hi;
      } else if (field === 2) name[row] = checkString(value, strings, at);
      else if (field === 3) systemName[row] = checkString(value, strings, at);
      else if (field === 4) filename[row] = checkString(value, strings, at);
      else {
        lineWords[2 * row] = r.lo;
        lineWords[2 * row + 1] = r.hi;
      }
    }
  }
  return { length, id, name, systemName, filename, startLine, unknownFields: unknown.finish() };
}

export function decodeLocations(
  bytes: Uint8Array,
  spans: Spans,
  mappings: RowsById,
  functions: RowsById,
): LocationTable {
  const length = spans.length / 2;
  const id = new BigUint64Array(length);
  const idWords = new Int32Array(id.buffer);
  const mapping = new Int32Array(length).fill(-1);
  const address = new BigUint64Array(length);
  const addressWords = new Int32Array(address.buffer);
  const isFolded = new Uint8Array(length);
  const lineStart = new Uint32Array(length + 1);
  const unknown = new UnknownFields(bytes);
  const lineUnknown = new UnknownFields(bytes);
  let lineFunction = new Int32Array(length + 16);
  // Lines and columns as halves, four words a line.
  let lineWords = new Int32Array(4 * length + 64);
  let lines = 0;
  const r = new WireReader(bytes);
  for (let row = 0; row < length; row++) {
    r.pos = spans[2 * row]!;
    const end = spans[2 * row + 1]!;
    r.end = end;
    while (r.pos < end) {
      const field = nextField(r, "Location", unknown, row, 4);
      if (field === 0) continue;
      if (field !== 4) {
        r.varint();
        if (field === 1) {
          idWords[2 * row] = r.lo;
          idWords[2 * row + 1] = r.hi;
        } else if (field === 2) mapping[row] = rowOf(mappings, r);
        else if (field === 3) {
          addressWords[2 * row] = r.lo;
          addressWords[2 * row + 1] = r.hi;
        } else isFolded[row] = r.lo === 0 && r.hi === 0 ? 0 : 1;
        continue;
      }
      const size = r.byteLength();
      r.end = r.pos + size;
      if (lines === lineFunction.length) {
        lineFunction = grown(lineFunction, Int32Array, lines + 1);
        lineWords = grown(lineWords, Int32Array, 4 * lineFunction.length);
      }
      lineFunction[lines] = -1;
      while (r.pos < r.end) {
        const lineField = nextField(r, "Line", lineUnknown, lines);
        if (lineField === 0) continue;
        r.varint();
        if (lineField === 1) lineFunction[lines] = rowOf(functions, r);
        else {
          lineWords[4 * lines + 2 * (lineField - 2)] = r.lo;
          lineWords[4 * lines + 2 * (lineField - 2) + 1] = r.hi;
        }
      }
      lines++;
      r.end = end;
    }
    lineStart[row + 1] = lines;
  }
  return {
    length,
    id,
    mapping,
    address,
    isFolded,
    lineStart,
    lines: {
      length: lines,
      function: lineFunction.slice(0, lines),
      line: everyOther(lineWords, 0, lines),
      column: everyOther(lineWords, 2, lines),
      unknownFields: lineUnknown.finish(),
    },
    unknownFields: unknown.finish(),
  };
}

function everyOther(words: Int32Array, from: number, length: number): BigInt64Array {
  const column = new BigInt64Array(length);
  const halves = new Int32Array(column.buffer);
  for (let i = 0; i < length; i++) {
    halves[2 * i] = words[4 * i + from]!;
    halves[2 * i + 1] = words[4 * i + from + 1]!;
  }
  return column;
}

/** From an id to the row that bears it: a dense table where ids are small, a map for the rest. */
export interface RowsById {
  /** -1 where no row bears the id; nothing bears id 0. */
  readonly dense: Int32Array;
  readonly sparse: ReadonlyMap<bigint, number>;
}

export function rowsById(ids: BigUint64Array): RowsById {
  const words = new Uint32Array(ids.buffer, ids.byteOffset, 2 * ids.length);
  const limit = 4 * ids.length + 1024;
  let largest = 0;
  for (let row = 0; row < ids.length; row++) {
    const low = words[2 * row]!;
    if (words[2 * row + 1] === 0 && low < limit && low > largest) largest = low;
  }
  const dense = new Int32Array(largest + 1).fill(-1);
  const sparse = new Map<bigint, number>();
  for (let row = 0; row < ids.length; row++) {
    const low = words[2 * row]!;
    if (words[2 * row + 1] !== 0 || low > largest) sparse.set(ids[row]!, row);
    else if (low > 0) dense[low] = row;
  }
  return { dense, sparse };
}

/** The row of the id that `r` has just read, or -1. */
export function rowOf({ dense, sparse }: RowsById, r: WireReader): number {
  const low = r.lo >>> 0;
  if (r.hi === 0 && low < dense.length) return dense[low]!;
  return sparse.get((BigInt(r.hi >>> 0) << 32n) | BigInt(low)) ?? -1;
}
