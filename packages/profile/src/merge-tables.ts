// Hot: 1,000 small profiles should merge ten times faster than Go merges them; see bench/src/codec.ts.
import { canonicalLabels } from "./canonical.ts";
import { grown } from "./grown.ts";
import { StringRows, TupleRows } from "./intern.ts";
import type { FunctionTable, LocationTable, MappingTable, Profile, SampleTable, UnknownRows } from "./profile.ts";
import type { StringTable } from "./strings.ts";

export type MergedTables = Pick<Profile, "samples" | "mappings" | "locations" | "functions" | "strings">;

/** Words of a label, a line and a function in the tuples below; 64-bit fields are two words, the low half first. */
const LABEL = 6;
const LINE = 6;
const FUNCTION = 6;

/** The tables of merged profiles while they grow: every row a tuple of words, by which equal rows find each other. */
export class MergeTables {
  readonly #types: number;
  readonly #strings = new StringRows();
  readonly #samples = new TupleRows();
  readonly #locations = new TupleRows();
  readonly #functions = new TupleRows();
  readonly #mappings = new TupleRows();
  /** Where each mapping was first seen: only a part of it is in its tuple. */
  readonly #mappingSources: { readonly source: Source; readonly row: number }[] = [];
  /** The samples' values, all of a sample's together. */
  #values = new Uint32Array(1 << 10);
  #tuple = new Uint32Array(1 << 10);

  constructor(types: number) {
    this.#types = types;
  }

  add(profile: Profile): void {
    const source = new Source(profile, this.#strings);
    if (this.#mappings.length === 0 && profile.mappings.length > 0) this.#mapping(source, 0);
    const samples = canonicalLabels(profile.samples, profile.strings);
    const { locationStart, locations, labelStart, labels } = samples;
    const values = samples.values.map(words);
    const nums = words(labels.num);
    for (let row = 0; row < samples.length; row++) {
      let bits = 0;
      for (const column of values) bits |= column[2 * row]! | column[2 * row + 1]!;
      if (bits === 0) continue;
      const from = locationStart[row]!;
      const to = locationStart[row + 1]!;
      // Before the sample's own tuple is written: locations are made in the same array.
      for (let i = from; i < to; i++) if (source.location[locations[i]!] === -1) this.#location(source, locations[i]!);
      const size = 2 + (to - from) + LABEL * (labelStart[row + 1]! - labelStart[row]!);
      const tuple = this.#room(size);
      tuple[0] = to - from;
      tuple[1] = source.unknown(samples.unknownFields, row);
      let at = 2;
      for (let i = from; i < to; i++) tuple[at++] = source.location[locations[i]!]!;
      for (let label = labelStart[row]!; label < labelStart[row + 1]!; label++) {
        tuple[at++] = source.string(labels.key[label]!);
        tuple[at++] = source.string(labels.str[label]!);
        tuple[at++] = nums[2 * label]!;
        tuple[at++] = nums[2 * label + 1]!;
        tuple[at++] = source.string(labels.numUnit[label]!);
        tuple[at++] = source.unknown(labels.unknownFields, label);
      }
      this.#addValues(this.#samples.row(tuple, size), values, row);
    }
  }

  /** Whether the values of some sample have cancelled out. */
  hasZeroSamples(): boolean {
    const width = 2 * this.#types;
    for (let row = 0; row < this.#samples.length; row++) {
      let bits = 0;
      for (let i = width * row; i < width * (row + 1); i++) bits |= this.#values[i]!;
      if (bits === 0) return true;
    }
    return false;
  }

  finish(): MergedTables {
    const strings = this.#strings.finish();
    return {
      samples: this.#sampleTable(strings),
      mappings: this.#mappingTable(strings),
      locations: this.#locationTable(strings),
      functions: this.#functionTable(strings),
      strings,
    };
  }

  #room(size: number): Uint32Array {
    if (size > this.#tuple.length) this.#tuple = grown(this.#tuple, Uint32Array, size);
    return this.#tuple;
  }

  #addValues(into: number, values: readonly Uint32Array[], row: number): void {
    let at = 2 * this.#types * into;
    if (at + 2 * this.#types > this.#values.length) {
      this.#values = grown(this.#values, Uint32Array, at + 2 * this.#types);
    }
    const sums = this.#values;
    for (const column of values) {
      const low = sums[at]! + column[2 * row]!;
      sums[at + 1] = sums[at + 1]! + column[2 * row + 1]! + (low > 0xffffffff ? 1 : 0);
      sums[at] = low;
      at += 2;
    }
  }

  #location(source: Source, row: number): void {
    const { locations } = source.profile;
    const { lineStart, lines } = locations;
    const from = lineStart[row]!;
    const to = lineStart[row + 1]!;
    const mapping = locations.mapping[row]!;
    if (mapping >= 0 && source.mapping[mapping] === -1) this.#mapping(source, mapping);
    for (let line = from; line < to; line++) {
      const fn = lines.function[line]!;
      if (fn >= 0 && source.function[fn] === -1) this.#function(source, fn);
    }
    const size = 5 + LINE * (to - from);
    const tuple = this.#room(size);
    // Relative to its mapping, an address is the same wherever the binary was loaded.
    const { address, mappingStart, line: lineWords, column } = source;
    const startLow = mapping < 0 ? 0 : mappingStart[2 * mapping]!;
    const startHigh = mapping < 0 ? 0 : mappingStart[2 * mapping + 1]!;
    const low = address[2 * row]! - startLow;
    tuple[0] = low;
    tuple[1] = address[2 * row + 1]! - startHigh - (low < 0 ? 1 : 0);
    tuple[2] = mapping < 0 ? 0 : source.mapping[mapping]! + 1;
    tuple[3] = locations.isFolded[row]!;
    tuple[4] = source.unknown(locations.unknownFields, row);
    let at = 5;
    for (let line = from; line < to; line++) {
      const fn = lines.function[line]!;
      tuple[at] = fn < 0 ? 0 : source.function[fn]! + 1;
      tuple[at + 1] = lineWords[2 * line]!;
      tuple[at + 2] = lineWords[2 * line + 1]!;
      tuple[at + 3] = column[2 * line]!;
      tuple[at + 4] = column[2 * line + 1]!;
      tuple[at + 5] = source.unknown(lines.unknownFields, line);
      at += LINE;
    }
    source.location[row] = this.#locations.row(tuple, size);
  }

  #function(source: Source, row: number): void {
    const { functions } = source.profile;
    const tuple = this.#tuple;
    tuple[0] = source.string(functions.name[row]!);
    tuple[1] = source.string(functions.systemName[row]!);
    tuple[2] = source.string(functions.filename[row]!);
    tuple[3] = source.startLine[2 * row]!;
    tuple[4] = source.startLine[2 * row + 1]!;
    tuple[5] = source.unknown(functions.unknownFields, row);
    source.function[row] = this.#functions.row(tuple, FUNCTION);
  }

  #mapping(source: Source, row: number): void {
    const { mappings } = source.profile;
    const tuple = this.#tuple;
    const size = mappings.limit[row]! - mappings.start[row]!;
    // In whole pages: producers round a binary's size differently.
    setBig(tuple, 0, ((size + 0xfffn) >> 12n) << 12n);
    setBig(tuple, 2, mappings.offset[row]!);
    const filename = source.string(mappings.filename[row]!);
    tuple[4] = source.string(mappings.buildId[row]!) || filename;
    tuple[5] = source.unknown(mappings.unknownFields, row);
    const merged = this.#mappings.row(tuple, 6);
    source.mapping[row] = merged;
    if (merged === this.#mappingSources.length) this.#mappingSources.push({ source, row });
  }

  #sampleTable(strings: StringTable): SampleTable {
    const { length, words: tuples, start } = this.#samples;
    const locationStart = new Uint32Array(length + 1);
    const labelStart = new Uint32Array(length + 1);
    for (let row = 0; row < length; row++) {
      const depth = tuples[start[row]!]!;
      locationStart[row + 1] = locationStart[row]! + depth;
      labelStart[row + 1] = labelStart[row]! + (start[row + 1]! - start[row]! - 2 - depth) / LABEL;
    }
    const locations = new Uint32Array(locationStart[length]!);
    const labels = new Uint32Array(LABEL * labelStart[length]!);
    for (let row = 0; row < length; row++) {
      const stack = start[row]! + 2;
      const label = stack + tuples[stack - 2]!;
      copy(tuples, stack, label, locations, locationStart[row]!);
      copy(tuples, label, start[row + 1]!, labels, LABEL * labelStart[row]!);
    }
    const values = Array.from({ length: this.#types }, (_, type) =>
      wide(length, this.#values, (row) => 2 * (this.#types * row + type), BigInt64Array),
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

  #locationTable(strings: StringTable): LocationTable {
    const { length, words: tuples, start } = this.#locations;
    const lineStart = new Uint32Array(length + 1);
    for (let row = 0; row < length; row++) {
      lineStart[row + 1] = lineStart[row]! + (start[row + 1]! - start[row]! - 5) / LINE;
    }
    const lineCount = lineStart[length]!;
    const lines = new Uint32Array(LINE * lineCount);
    for (let row = 0; row < length; row++) {
      copy(tuples, start[row]! + 5, start[row + 1]!, lines, LINE * lineStart[row]!);
    }
    const mapping = Int32Array.from(
      narrow(length, tuples, (row) => start[row]! + 2),
      (row) => row - 1,
    );
    const address = wide(length, tuples, (row) => start[row]!, BigUint64Array);
    for (let row = 0; row < length; row++) {
      if (mapping[row]! < 0) continue;
      const { source, row: mappingRow } = this.#mappingSources[mapping[row]!]!;
      address[row] = address[row]! + source.profile.mappings.start[mappingRow]!;
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
    const { length, words: tuples } = this.#functions;
    return {
      length,
      id: ids(length),
      name: narrow(length, tuples, (row) => FUNCTION * row),
      systemName: narrow(length, tuples, (row) => FUNCTION * row + 1),
      filename: narrow(length, tuples, (row) => FUNCTION * row + 2),
      startLine: wide(length, tuples, (row) => FUNCTION * row + 3, BigInt64Array),
      unknownFields: unknownRows(strings, length, tuples, (row) => FUNCTION * row + 5),
    };
  }

  #mappingTable(strings: StringTable): MappingTable {
    const rows = this.#mappingSources;
    const big = (column: "start" | "limit" | "offset"): BigUint64Array =>
      BigUint64Array.from(rows, ({ source, row }) => source.profile.mappings[column][row]!);
    const text = (column: "filename" | "buildId"): Uint32Array =>
      Uint32Array.from(rows, ({ source, row }) => source.string(source.profile.mappings[column][row]!));
    const flag = (column: "hasFunctions" | "hasFilenames" | "hasLineNumbers" | "hasInlineFrames"): Uint8Array =>
      Uint8Array.from(rows, ({ source, row }) => source.profile.mappings[column][row]!);
    return {
      length: rows.length,
      id: ids(rows.length),
      start: big("start"),
      limit: big("limit"),
      offset: big("offset"),
      filename: text("filename"),
      buildId: text("buildId"),
      hasFunctions: flag("hasFunctions"),
      hasFilenames: flag("hasFilenames"),
      hasLineNumbers: flag("hasLineNumbers"),
      hasInlineFrames: flag("hasInlineFrames"),
      unknownFields: unknownRows(strings, rows.length, this.#mappings.words, (row) => 6 * row + 5),
    };
  }
}

/** A profile that is being merged, and the merged rows of those of its rows that were met; -1 for the rest. */
class Source {
  readonly profile: Profile;
  readonly location: Int32Array;
  readonly function: Int32Array;
  readonly mapping: Int32Array;
  /** 64-bit columns as halves. */
  readonly address: Uint32Array;
  readonly mappingStart: Uint32Array;
  readonly line: Uint32Array;
  readonly column: Uint32Array;
  readonly startLine: Uint32Array;
  readonly #string: Int32Array;
  readonly #strings: StringRows;

  constructor(profile: Profile, strings: StringRows) {
    this.profile = profile;
    this.location = new Int32Array(profile.locations.length).fill(-1);
    this.function = new Int32Array(profile.functions.length).fill(-1);
    this.mapping = new Int32Array(profile.mappings.length).fill(-1);
    this.address = words(profile.locations.address);
    this.mappingStart = words(profile.mappings.start);
    this.line = words(profile.locations.lines.line);
    this.column = words(profile.locations.lines.column);
    this.startLine = words(profile.functions.startLine);
    this.#string = new Int32Array(profile.strings.length).fill(-1);
    this.#strings = strings;
  }

  string(row: number): number {
    const known = this.#string[row]!;
    if (known !== -1) return known;
    const { utf8, start } = this.profile.strings;
    const merged = this.#strings.row(utf8, start[row]!, start[row + 1]!);
    this.#string[row] = merged;
    return merged;
  }

  /** Unknown fields as a merged string, so that they take part in what a row is equal by; 0 for none. */
  unknown(fields: UnknownRows, row: number): number {
    if (fields.size === 0) return 0;
    const bytes = fields.get(row);
    return bytes === undefined ? 0 : this.#strings.row(bytes, 0, bytes.length);
  }
}

function words(column: BigInt64Array | BigUint64Array): Uint32Array {
  return new Uint32Array(column.buffer, column.byteOffset, 2 * column.length);
}

function setBig(tuple: Uint32Array, at: number, value: bigint): void {
  tuple[at] = Number(BigInt.asUintN(32, value));
  tuple[at + 1] = Number(BigInt.asUintN(32, value >> 32n));
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
