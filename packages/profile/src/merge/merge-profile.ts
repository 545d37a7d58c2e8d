// Hot: every row of every profile that is merged passes here: eight of 9 MB are read, merged and written in 3.9 s, by Go in 11.
// See bench/src/codec.ts and bench/src/tool.ts.

import { grown } from "../grown.ts";
import type { Profile, UnknownRows } from "../profile.ts";
import { canonicalLabels } from "./canonical.ts";
import { FUNCTION, LABEL, LINE, MAPPING, type MergeTables } from "./merge-tables.ts";

/** Adds a profile to the tables: its samples, and what they refer to. */
export function mergeProfile(tables: MergeTables, profile: Profile): void {
  new Source(tables, profile).add();
}

/** A profile that is being merged, and the merged rows of those of its rows that were met; -1 for the rest. */
class Source {
  readonly #tables: MergeTables;
  readonly #profile: Profile;
  readonly #location: Int32Array;
  readonly #function: Int32Array;
  readonly #mapping: Int32Array;
  readonly #string: Int32Array;
  /** 64-bit columns as halves. */
  readonly #address: Uint32Array;
  readonly #mappingStart: Uint32Array;
  readonly #line: Uint32Array;
  readonly #column: Uint32Array;
  readonly #startLine: Uint32Array;
  #tuple = new Uint32Array(1 << 8);

  constructor(tables: MergeTables, profile: Profile) {
    this.#tables = tables;
    this.#profile = profile;
    this.#location = new Int32Array(profile.locations.length).fill(-1);
    this.#function = new Int32Array(profile.functions.length).fill(-1);
    this.#mapping = new Int32Array(profile.mappings.length).fill(-1);
    this.#string = new Int32Array(profile.strings.length).fill(-1);
    this.#address = words(profile.locations.address);
    this.#mappingStart = words(profile.mappings.start);
    this.#line = words(profile.locations.lines.line);
    this.#column = words(profile.locations.lines.column);
    this.#startLine = words(profile.functions.startLine);
  }

  add(): void {
    const profile = this.#profile;
    if (!this.#tables.hasMappings && profile.mappings.length > 0) this.#addMapping(0);
    const samples = canonicalLabels(profile.samples, profile.strings);
    const { locationStart, locations, labelStart, labels } = samples;
    const columns = samples.values.map(words);
    const values = new Uint32Array(2 * columns.length);
    const nums = words(labels.num);
    for (let row = 0; row < samples.length; row++) {
      let bits = 0;
      for (let type = 0; type < columns.length; type++) {
        const column = columns[type]!;
        values[2 * type] = column[2 * row]!;
        values[2 * type + 1] = column[2 * row + 1]!;
        bits |= values[2 * type]! | values[2 * type + 1]!;
      }
      if (bits === 0) continue;
      const from = locationStart[row]!;
      const to = locationStart[row + 1]!;
      // Before the sample's own tuple is written: locations are made in the same array.
      for (let i = from; i < to; i++) if (this.#location[locations[i]!] === -1) this.#addLocation(locations[i]!);
      const size = 2 + (to - from) + LABEL * (labelStart[row + 1]! - labelStart[row]!);
      const tuple = this.#room(size);
      tuple[0] = to - from;
      tuple[1] = this.#unknown(samples.unknownFields, row);
      let at = 2;
      for (let i = from; i < to; i++) tuple[at++] = this.#location[locations[i]!]!;
      for (let label = labelStart[row]!; label < labelStart[row + 1]!; label++) {
        tuple[at++] = this.#text(labels.key[label]!);
        tuple[at++] = this.#text(labels.str[label]!);
        tuple[at++] = nums[2 * label]!;
        tuple[at++] = nums[2 * label + 1]!;
        tuple[at++] = this.#text(labels.numUnit[label]!);
        tuple[at++] = this.#unknown(labels.unknownFields, label);
      }
      this.#tables.addSample(tuple, size, values);
    }
  }

  #room(size: number): Uint32Array {
    if (size > this.#tuple.length) this.#tuple = grown(this.#tuple, Uint32Array, size);
    return this.#tuple;
  }

  #addLocation(row: number): void {
    const { locations } = this.#profile;
    const { lineStart, lines } = locations;
    const from = lineStart[row]!;
    const to = lineStart[row + 1]!;
    const mapping = locations.mapping[row]!;
    if (mapping >= 0 && this.#mapping[mapping] === -1) this.#addMapping(mapping);
    for (let line = from; line < to; line++) {
      const fn = lines.function[line]!;
      if (fn >= 0 && this.#function[fn] === -1) this.#addFunction(fn);
    }
    const size = 5 + LINE * (to - from);
    const tuple = this.#room(size);
    // Relative to its mapping, an address is the same wherever the binary was loaded.
    const startLow = mapping < 0 ? 0 : this.#mappingStart[2 * mapping]!;
    const startHigh = mapping < 0 ? 0 : this.#mappingStart[2 * mapping + 1]!;
    const low = this.#address[2 * row]! - startLow;
    tuple[0] = low;
    tuple[1] = this.#address[2 * row + 1]! - startHigh - (low < 0 ? 1 : 0);
    tuple[2] = mapping < 0 ? 0 : this.#mapping[mapping]! + 1;
    tuple[3] = locations.isFolded[row]!;
    tuple[4] = this.#unknown(locations.unknownFields, row);
    let at = 5;
    for (let line = from; line < to; line++) {
      const fn = lines.function[line]!;
      tuple[at] = fn < 0 ? 0 : this.#function[fn]! + 1;
      tuple[at + 1] = this.#line[2 * line]!;
      tuple[at + 2] = this.#line[2 * line + 1]!;
      tuple[at + 3] = this.#column[2 * line]!;
      tuple[at + 4] = this.#column[2 * line + 1]!;
      tuple[at + 5] = this.#unknown(lines.unknownFields, line);
      at += LINE;
    }
    this.#location[row] = this.#tables.locations.row(tuple, size);
  }

  #addFunction(row: number): void {
    const { functions } = this.#profile;
    const tuple = this.#tuple;
    tuple[0] = this.#text(functions.name[row]!);
    tuple[1] = this.#text(functions.systemName[row]!);
    tuple[2] = this.#text(functions.filename[row]!);
    tuple[3] = this.#startLine[2 * row]!;
    tuple[4] = this.#startLine[2 * row + 1]!;
    tuple[5] = this.#unknown(functions.unknownFields, row);
    this.#function[row] = this.#tables.functions.row(tuple, FUNCTION);
  }

  #addMapping(row: number): void {
    const { mappings } = this.#profile;
    const fields = new Uint32Array(MAPPING);
    [mappings.start, mappings.limit, mappings.offset].forEach((column, i) => {
      fields[2 * i] = Number(column[row]! & 0xffffffffn);
      fields[2 * i + 1] = Number(column[row]! >> 32n);
    });
    fields[6] = this.#text(mappings.filename[row]!);
    fields[7] = this.#text(mappings.buildId[row]!);
    fields[8] = mappings.hasFunctions[row]!;
    fields[9] = mappings.hasFilenames[row]!;
    fields[10] = mappings.hasLineNumbers[row]!;
    fields[11] = mappings.hasInlineFrames[row]!;
    this.#mapping[row] = this.#tables.mapping(fields, this.#unknown(mappings.unknownFields, row));
  }

  #text(row: number): number {
    const known = this.#string[row]!;
    if (known !== -1) return known;
    const { utf8, start } = this.#profile.strings;
    const merged = this.#tables.strings.row(utf8, start[row]!, start[row + 1]!);
    this.#string[row] = merged;
    return merged;
  }

  /** Unknown fields as a merged string, so that they take part in what a row is equal by; 0 for none. */
  #unknown(fields: UnknownRows, row: number): number {
    if (fields.size === 0) return 0;
    const bytes = fields.get(row);
    return bytes === undefined ? 0 : this.#tables.strings.row(bytes, 0, bytes.length);
  }
}

function words(column: BigInt64Array | BigUint64Array): Uint32Array {
  return new Uint32Array(column.buffer, column.byteOffset, 2 * column.length);
}
