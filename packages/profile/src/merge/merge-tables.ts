// Hot: 1,000 profiles of 74 kB are merged in 1.7 s, gunzip included; Go takes 8. See bench/src/codec.ts.
import { grown } from "../grown.ts";
import type { FunctionTable, LocationTable, MappingTable, Profile, SampleTable, UnknownRows } from "../profile.ts";
import type { StringTable } from "../strings.ts";
import { StringRows, TupleRows } from "./intern.ts";

export type MergedTables = Pick<Profile, "samples" | "mappings" | "locations" | "functions" | "strings">;

/** Words of a label, a line, a function and a mapping below; 64-bit fields are two words, the low half first. */
export const LABEL = 6;
export const LINE = 6;
export const FUNCTION = 6;
export const MAPPING = 12;

/**
 * The tables of merged profiles while they grow: every row a tuple of words, by which equal rows find each other. Text
 * and unknown fields are rows of `strings`, 0 for none.
 *
 * - a sample: how many locations, unknown fields, the locations; for each label key, text, number, unit, unknown fields
 * - a location: address from its mapping's start, mapping plus one, folded, unknown fields; for each line function plus
 *   one, line, column, unknown fields
 * - a function: name, system name, file, start line, unknown fields
 */
export class MergeTables {
  readonly strings: StringRows = new StringRows();
  readonly samples: TupleRows;
  readonly locations: TupleRows = new TupleRows();
  readonly functions: TupleRows = new TupleRows();
  readonly #types: number;
  readonly #mappings = new TupleRows();
  /** The fields of each mapping where it was first seen: only a part of them is in its tuple. */
  #mappingFields = new Uint32Array(MAPPING);
  readonly #mappingTuple = new Uint32Array(6);

  constructor(types: number) {
    this.#types = types;
    // Its values are with each sample.
    this.samples = new TupleRows(2 * types);
  }

  /** Adds the values, in halves, of the sample that is the first `size` words of `tuple`. */
  addSample(tuple: Uint32Array, size: number, values: Uint32Array): void {
    const width = 2 * this.#types;
    let at = this.samples.find(tuple, size) - 2 - width;
    const { words } = this.samples;
    for (let i = 0; i < width; i += 2) {
      const low = words[at]! + values[i]!;
      words[at + 1] = words[at + 1]! + values[i + 1]! + (low > 0xffffffff ? 1 : 0);
      words[at] = low;
      at += 2;
    }
  }

  /** The row of a mapping: start, limit and offset, file and build id, the four flags. */
  mapping(fields: Uint32Array, unknown: number): number {
    const size = wideAt(fields, 2) - wideAt(fields, 0);
    const tuple = this.#mappingTuple;
    // In whole pages: producers round a binary's size differently.
    const pages = ((size + 0xfffn) >> 12n) << 12n;
    tuple[0] = Number(BigInt.asUintN(32, pages));
    tuple[1] = Number(BigInt.asUintN(32, pages >> 32n));
    tuple[2] = fields[4]!;
    tuple[3] = fields[5]!;
    tuple[4] = fields[7]! || fields[6]!;
    tuple[5] = unknown;
    const isNew = this.#mappings.length;
    const row = this.#mappings.row(tuple, 6);
    if (row === isNew) {
      const at = MAPPING * row;
      if (at + MAPPING > this.#mappingFields.length) {
        this.#mappingFields = grown(this.#mappingFields, Uint32Array, at + MAPPING);
      }
      this.#mappingFields.set(fields, at);
    }
    return row;
  }

  get hasMappings(): boolean {
    return this.#mappings.length > 0;
  }

  /** Whether the values of some sample have cancelled out. */
  hasZeroSamples(): boolean {
    const { length, words, start } = this.samples;
    for (let row = 0; row < length; row++) {
      let bits = 0;
      for (let i = start[row]! - 2 - 2 * this.#types; i < start[row]! - 2; i++) bits |= words[i]!;
      if (bits === 0) return true;
    }
    return false;
  }

  finish(): MergedTables {
    const strings = this.strings.finish();
    const mappings = this.#mappingTable(strings);
    return {
      samples: this.#sampleTable(strings),
      mappings,
      locations: this.#locationTable(strings, mappings),
      functions: this.#functionTable(strings),
      strings,
    };
  }

  #sampleTable(strings: StringTable): SampleTable {
    const { length, words: tuples, start } = this.samples;
    const locationStart = new Uint32Array(length + 1);
    const labelStart = new Uint32Array(length + 1);
    for (let row = 0; row < length; row++) {
      const depth = tuples[start[row]!]!;
      locationStart[row + 1] = locationStart[row]! + depth;
      labelStart[row + 1] = labelStart[row]! + (tuples[start[row]! - 1]! - 2 - depth) / LABEL;
    }
    const locations = new Uint32Array(locationStart[length]!);
    const labels = new Uint32Array(LABEL * labelStart[length]!);
    for (let row = 0; row < length; row++) {
      const stack = start[row]! + 2;
      const label = stack + tuples[stack - 2]!;
      copy(tuples, stack, label, locations, locationStart[row]!);
      copy(tuples, label, start[row]! + tuples[start[row]! - 1]!, labels, LABEL * labelStart[row]!);
    }
    const values = Array.from({ length: this.#types }, (_, type) =>
      wide(length, tuples, (row) => start[row]! - 2 - 2 * (this.#types - type), BigInt64Array),
    );
    const count = labelStart[length]!;
    return {
      length,
      locationStart,
      locations,
      values,
      labelStart,
      labels: {
        length: count,
        key: narrow(count, labels, (row) => LABEL * row),
        str: narrow(count, labels, (row) => LABEL * row + 1),
        num: wide(count, labels, (row) => LABEL * row + 2, BigInt64Array),
        numUnit: narrow(count, labels, (row) => LABEL * row + 4),
        unknownFields: unknownRows(strings, count, labels, (row) => LABEL * row + 5),
      },
      unknownFields: unknownRows(strings, length, tuples, (row) => start[row]! + 1),
    };
  }

  #locationTable(strings: StringTable, mappings: MappingTable): LocationTable {
    const { length, words: tuples, start } = this.locations;
    const lineStart = new Uint32Array(length + 1);
    for (let row = 0; row < length; row++) {
      lineStart[row + 1] = lineStart[row]! + (tuples[start[row]! - 1]! - 5) / LINE;
    }
    const lineCount = lineStart[length]!;
    const lines = new Uint32Array(LINE * lineCount);
    for (let row = 0; row < length; row++) {
      copy(tuples, start[row]! + 5, start[row]! + tuples[start[row]! - 1]!, lines, LINE * lineStart[row]!);
    }
    const mapping = Int32Array.from(
      narrow(length, tuples, (row) => start[row]! + 2),
      (row) => row - 1,
    );
    const address = wide(length, tuples, (row) => start[row]!, BigUint64Array);
    for (let row = 0; row < length; row++) {
      if (mapping[row]! >= 0) address[row] = address[row]! + mappings.start[mapping[row]!]!;
    }
    return {
      length,
      id: ids(length),
      mapping,
      address,
      isFolded: Uint8Array.from(narrow(length, tuples, (row) => start[row]! + 3)),
      lineStart,
      lines: {
        length: lineCount,
        function: Int32Array.from(
          narrow(lineCount, lines, (row) => LINE * row),
          (row) => row - 1,
        ),
        line: wide(lineCount, lines, (row) => LINE * row + 1, BigInt64Array),
        column: wide(lineCount, lines, (row) => LINE * row + 3, BigInt64Array),
        unknownFields: unknownRows(strings, lineCount, lines, (row) => LINE * row + 5),
      },
      unknownFields: unknownRows(strings, length, tuples, (row) => start[row]! + 4),
    };
  }

  #functionTable(strings: StringTable): FunctionTable {
    const { length, words: tuples, start } = this.functions;
    return {
      length,
      id: ids(length),
      name: narrow(length, tuples, (row) => start[row]!),
      systemName: narrow(length, tuples, (row) => start[row]! + 1),
      filename: narrow(length, tuples, (row) => start[row]! + 2),
      startLine: wide(length, tuples, (row) => start[row]! + 3, BigInt64Array),
      unknownFields: unknownRows(strings, length, tuples, (row) => start[row]! + 5),
    };
  }

  #mappingTable(strings: StringTable): MappingTable {
    const { length, words: tuples, start } = this.#mappings;
    const fields = this.#mappingFields;
    const big = (field: number): BigUint64Array => wide(length, fields, (row) => MAPPING * row + field, BigUint64Array);
    const small = (field: number): Uint32Array => narrow(length, fields, (row) => MAPPING * row + field);
    return {
      length,
      id: ids(length),
      start: big(0),
      limit: big(2),
      offset: big(4),
      filename: small(6),
      buildId: small(7),
      hasFunctions: Uint8Array.from(small(8)),
      hasFilenames: Uint8Array.from(small(9)),
      hasLineNumbers: Uint8Array.from(small(10)),
      hasInlineFrames: Uint8Array.from(small(11)),
      unknownFields: unknownRows(strings, length, tuples, (row) => start[row]! + 5),
    };
  }
}

function wideAt(words: Uint32Array, at: number): bigint {
  return (BigInt(words[at + 1]!) << 32n) | BigInt(words[at]!);
}

/** Copies short runs of words, for which making views takes longer than the copying. */
function copy(words: Uint32Array, from: number, to: number, into: Uint32Array, at: number): void {
  for (let i = from; i < to; i++) into[at++] = words[i]!;
}

/** A column of the words at `at`. */
function narrow(length: number, tuples: Uint32Array, at: (row: number) => number): Uint32Array {
  const column = new Uint32Array(length);
  for (let row = 0; row < length; row++) column[row] = tuples[at(row)]!;
  return column;
}

/** A column of the pairs of words at `at`. */
function wide<T extends BigInt64Array | BigUint64Array>(
  length: number,
  tuples: Uint32Array,
  at: (row: number) => number,
  Column: new (length: number) => T,
): T {
  const column = new Column(length);
  const halves = new Uint32Array(column.buffer);
  for (let row = 0; row < length; row++) {
    halves[2 * row] = tuples[at(row)]!;
    halves[2 * row + 1] = tuples[at(row) + 1]!;
  }
  return column;
}

/** The unknown fields whose string rows are the words at `at`. */
function unknownRows(
  strings: StringTable,
  length: number,
  tuples: Uint32Array,
  at: (row: number) => number,
): UnknownRows {
  const unknown = new Map<number, Uint8Array>();
  for (let row = 0; row < length; row++) {
    const bytes = tuples[at(row)]!;
    if (bytes !== 0) unknown.set(row, strings.bytes(bytes));
  }
  return unknown;
}

function ids(length: number): BigUint64Array {
  const column = new BigUint64Array(length);
  for (let row = 0; row < length; row++) column[row] = BigInt(row + 1);
  return column;
}
