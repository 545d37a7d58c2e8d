// Hot: a profile of 1,900 samples with 24 frames each is taken in in 8 ms of processor time, a third of it here. See bench/src/fleet.ts.
import type { Profile } from "@pprof-ts/profile";
import type { SymbolTables } from "./symbol-tables.ts";
import { FUNCTION, IDENTITY, LABEL, LINE, LOCATION, VARIANT } from "./symbols.ts";

/** A profile's samples as rows of tables. */
export interface InternedProfile {
  /** By sample its row. */
  readonly rows: Uint32Array;
  /** By mapping its variant. */
  readonly variants: readonly number[];
}

/** Brings a profile, whose labels are in order, into tables. */
export function internProfile(tables: SymbolTables, profile: Profile): InternedProfile {
  return new ProfileImport(tables, profile).add();
}

class ProfileImport {
  readonly #tables: SymbolTables;
  readonly #profile: Profile;
  readonly #strings: Int32Array;
  readonly #functions: Int32Array;
  readonly #locations: Int32Array;
  readonly #identities: number[] = [];
  readonly #variants: number[] = [];
  readonly #addresses: Uint32Array;
  readonly #starts: Uint32Array;
  readonly #lines: Uint32Array;
  readonly #columns: Uint32Array;
  readonly #startLines: Uint32Array;
  #tuple = new Uint32Array(64);

  constructor(tables: SymbolTables, profile: Profile) {
    this.#tables = tables;
    this.#profile = profile;
    this.#strings = new Int32Array(profile.strings.length).fill(-1);
    this.#functions = new Int32Array(profile.functions.length).fill(-1);
    this.#locations = new Int32Array(profile.locations.length).fill(-1);
    this.#addresses = words(profile.locations.address);
    this.#starts = words(profile.mappings.start);
    this.#lines = words(profile.locations.lines.line);
    this.#columns = words(profile.locations.lines.column);
    this.#startLines = words(profile.functions.startLine);
  }

  add(): InternedProfile {
    const { samples, mappings } = this.#profile;
    const { locations, locationStart, labelStart } = samples;
    for (let row = 0; row < mappings.length; row++) this.#addMapping(row);
    const tables = this.#tables;
    const rows = new Uint32Array(samples.length);
    for (let row = 0; row < samples.length; row++) {
      let node = 0;
      const from = locationStart[row]!;
      for (let i = locationStart[row + 1]! - 1; i >= from; i--) {
        const location = locations[i]!;
        if (this.#locations[location] === -1) this.#addLocation(location);
        node = tables.node(node, this.#locations[location]!);
      }
      const labels = labelStart[row] === labelStart[row + 1] ? 0 : this.#labelSet(row);
      rows[row] = tables.row(node, labels);
    }
    return { rows, variants: this.#variants };
  }

  #addMapping(row: number): void {
    const { mappings } = this.#profile;
    const start = mappings.start[row]!;
    const limit = mappings.limit[row]!;
    const file = this.#text(mappings.filename[row]!);
    const buildId = this.#text(mappings.buildId[row]!);
    // In whole pages, as where profiles are merged: producers round a binary's size differently.
    const pages = ((BigInt.asUintN(64, limit - start) + 0xfffn) >> 12n) << 12n;
    const identity = new Uint32Array(IDENTITY);
    setWide(identity, 0, pages);
    setWide(identity, 2, mappings.offset[row]!);
    identity[4] = buildId || file;
    this.#identities[row] = this.#tables.identities.row(identity, IDENTITY);
    const variant = new Uint32Array(VARIANT);
    variant[0] = this.#identities[row]!;
    setWide(variant, 1, start);
    setWide(variant, 3, limit);
    variant[5] = file;
    variant[6] = buildId;
    const { hasFunctions, hasFilenames, hasLineNumbers, hasInlineFrames } = mappings;
    variant[7] =
      hasFunctions[row]! | (hasFilenames[row]! << 1) | (hasLineNumbers[row]! << 2) | (hasInlineFrames[row]! << 3);
    this.#variants[row] = this.#tables.variants.row(variant, VARIANT);
  }

  #addLocation(row: number): void {
    const { locations } = this.#profile;
    const { lineStart, lines } = locations;
    const from = lineStart[row]!;
    const to = lineStart[row + 1]!;
    for (let line = from; line < to; line++) {
      const fn = lines.function[line]!;
      if (fn >= 0 && this.#functions[fn] === -1) this.#addFunction(fn);
    }
    const size = LOCATION + LINE * (to - from);
    const tuple = this.#room(size);
    const mapping = locations.mapping[row]!;
    // Relative to its mapping, an address is the same wherever the binary was loaded.
    const low = this.#addresses[2 * row]! - (mapping < 0 ? 0 : this.#starts[2 * mapping]!);
    tuple[0] = low;
    tuple[1] = this.#addresses[2 * row + 1]! - (mapping < 0 ? 0 : this.#starts[2 * mapping + 1]!) - (low < 0 ? 1 : 0);
    tuple[2] = mapping < 0 ? 0 : this.#identities[mapping]! + 1;
    tuple[3] = locations.isFolded[row]!;
    for (let line = from, at = LOCATION; line < to; line++, at += LINE) {
      const fn = lines.function[line]!;
      tuple[at] = fn < 0 ? 0 : this.#functions[fn]! + 1;
      tuple[at + 1] = this.#lines[2 * line]!;
      tuple[at + 2] = this.#lines[2 * line + 1]!;
      tuple[at + 3] = this.#columns[2 * line]!;
      tuple[at + 4] = this.#columns[2 * line + 1]!;
    }
    this.#locations[row] = this.#tables.locations.row(tuple, size);
  }

  #addFunction(row: number): void {
    const { functions } = this.#profile;
    const tuple = this.#tuple;
    tuple[0] = this.#text(functions.name[row]!);
    tuple[1] = this.#text(functions.systemName[row]!);
    tuple[2] = this.#text(functions.filename[row]!);
    tuple[3] = this.#startLines[2 * row]!;
    tuple[4] = this.#startLines[2 * row + 1]!;
    this.#functions[row] = this.#tables.functions.row(tuple, FUNCTION);
  }

  #labelSet(sample: number): number {
    const { labels, labelStart } = this.#profile.samples;
    const nums = words(labels.num);
    const from = labelStart[sample]!;
    const to = labelStart[sample + 1]!;
    const tuple = this.#room(LABEL * (to - from));
    for (let label = from, at = 0; label < to; label++, at += LABEL) {
      tuple[at] = this.#text(labels.key[label]!);
      tuple[at + 1] = this.#text(labels.str[label]!);
      tuple[at + 2] = nums[2 * label]!;
      tuple[at + 3] = nums[2 * label + 1]!;
      tuple[at + 4] = this.#text(labels.numUnit[label]!);
    }
    return this.#tables.labelSets.row(tuple, LABEL * (to - from));
  }

  #text(row: number): number {
    const known = this.#strings[row]!;
    if (known !== -1) return known;
    const { utf8, start } = this.#profile.strings;
    const text = this.#tables.strings.row(utf8, start[row]!, start[row + 1]!);
    this.#strings[row] = text;
    return text;
  }

  #room(size: number): Uint32Array {
    if (size > this.#tuple.length) this.#tuple = new Uint32Array(2 * size);
    return this.#tuple;
  }
}

function words(column: BigInt64Array | BigUint64Array): Uint32Array {
  return new Uint32Array(column.buffer, column.byteOffset, 2 * column.length);
}

function setWide(words: Uint32Array, at: number, value: bigint): void {
  words[at] = Number(value & 0xffffffffn);
  words[at + 1] = Number((value >> 32n) & 0xffffffffn);
}
