import type { Profile } from "@pprof-ts/profile";
import type { ExactSums } from "../columns/row-sums.ts";
import { FUNCTION, IDENTITY, LABEL, LINE, LOCATION, NODE, ROW, type Symbols, VARIANT } from "../columns/symbols.ts";
import type { Header } from "../segment/block.ts";

const NONE: ReadonlyMap<number, Uint8Array> = new Map();

/** A mapping as it goes into a profile. */
export interface MappingFields {
  /** What makes two mappings one, as a text. */
  readonly identity: string;
  readonly start: bigint;
  readonly limit: bigint;
  readonly offset: bigint;
  readonly file: string;
  readonly buildId: string;
  readonly flags: number;
}

/** By identity of a block's symbols what it is, as a text. */
export function identityTexts({ identities, strings }: Symbols): string[] {
  return Array.from({ length: identities.length / IDENTITY }, (_, row) => {
    const at = IDENTITY * row;
    return JSON.stringify([...identities.subarray(at, at + 4), strings.getExact(identities[at + 4]!)]);
  });
}

export function mappingFields(symbols: Symbols, texts: readonly string[], variant: number): MappingFields {
  const { variants, identities, strings } = symbols;
  const at = VARIANT * variant;
  const identity = variants[at]!;
  return {
    identity: texts[identity]!,
    start: wideAt(variants, at + 1),
    limit: wideAt(variants, at + 3),
    offset: wideAt(identities, IDENTITY * identity + 2),
    file: strings.getExact(variants[at + 5]!),
    buildId: strings.getExact(variants[at + 6]!),
    flags: variants[at + 7]!,
  };
}

/** What the samples of a profile are: rows of symbols, and the sums of each column, undefined for one of zeros. */
export interface BlockSums {
  readonly rows: Uint32Array;
  readonly columns: readonly (ExactSums | undefined)[];
}

export type ProfileFrame = Omit<Profile, "samples" | "mappings" | "locations" | "functions" | "strings">;

/** A profile of rows of symbols. `first` are mappings that it has before those that it needs. */
export function blockProfile(
  frame: ProfileFrame,
  symbols: Symbols,
  parts: readonly BlockSums[],
  mappings: ReadonlyMap<string, MappingFields>,
  first: readonly MappingFields[],
): Profile {
  const texts = identityTexts(symbols);
  const table = [...first];
  const mappingOf = texts.map((text) => {
    const known = table.findIndex(({ identity }) => identity === text);
    const fields = mappings.get(text);
    return known >= 0 || fields === undefined ? known : table.push(fields) - 1;
  });
  const before = symbols.strings.length;
  const strings = symbols.strings.with(table.flatMap(({ file, buildId }) => [file, buildId]));
  const text = (row: number, of: string): number => (of === "" ? 0 : row);
  const flag = (bit: number): Uint8Array => Uint8Array.from(table, ({ flags }) => (flags >> bit) & 1);
  return {
    ...frame,
    strings,
    samples: sampleTable(symbols, parts, frame.sampleTypes.length),
    mappings: {
      length: table.length,
      id: ids(table.length),
      start: BigUint64Array.from(table, ({ start }) => start),
      limit: BigUint64Array.from(table, ({ limit }) => limit),
      offset: BigUint64Array.from(table, ({ offset }) => offset),
      filename: Uint32Array.from(table, ({ file }, i) => text(before + 2 * i, file)),
      buildId: Uint32Array.from(table, ({ buildId }, i) => text(before + 2 * i + 1, buildId)),
      hasFunctions: flag(0),
      hasFilenames: flag(1),
      hasLineNumbers: flag(2),
      hasInlineFrames: flag(3),
      unknownFields: NONE,
    },
    locations: locationTable(symbols, mappingOf, table),
    functions: functionTable(symbols),
  };
}

function sampleTable(symbols: Symbols, parts: readonly BlockSums[], types: number): Profile["samples"] {
  const { nodes, rows, labelSets } = symbols;
  const picked: number[] = [];
  const values: bigint[][] = Array.from({ length: types }, () => []);
  for (const part of parts) {
    for (let i = 0; i < part.rows.length; i++) {
      // Sums that are zero have nothing put aside, or cancel out with it: both are seen exactly.
      if (part.columns.every((sums) => sums === undefined || (sums.low[i] === 0 && sums.get(i) === 0n))) continue;
      picked.push(part.rows[i]!);
      part.columns.forEach((sums, c) => {
        values[c]!.push(sums?.get(i) ?? 0n);
      });
    }
  }
  const locationStart = new Uint32Array(picked.length + 1);
  const labelStart = new Uint32Array(picked.length + 1);
  const locations: number[] = [];
  const labels: number[] = [];
  picked.forEach((row, i) => {
    for (let node = rows[ROW * row]!; node > 0; node = nodes[NODE * (node - 1)]!) {
      locations.push(nodes[NODE * (node - 1) + 1]!);
    }
    const set = rows[ROW * row + 1]!;
    for (let at = labelSets.start[set]!; at < labelSets.start[set + 1]!; at += LABEL) labels.push(at);
    locationStart[i + 1] = locations.length;
    labelStart[i + 1] = labels.length;
  });
  const { words } = labelSets;
  return {
    length: picked.length,
    locationStart,
    locations: Uint32Array.from(locations),
    values: values.map((column) => BigInt64Array.from(column)),
    labelStart,
    labels: {
      length: labels.length,
      key: Uint32Array.from(labels, (at) => words[at]!),
      str: Uint32Array.from(labels, (at) => words[at + 1]!),
      num: BigInt64Array.from(labels, (at) => BigInt.asIntN(64, wideAt(words, at + 2))),
      numUnit: Uint32Array.from(labels, (at) => words[at + 4]!),
      unknownFields: NONE,
    },
    unknownFields: NONE,
  };
}

function locationTable(
  { locations }: Symbols,
  mappingOf: readonly number[],
  mappings: readonly MappingFields[],
): Profile["locations"] {
  const { start, words } = locations;
  const length = start.length - 1;
  const lineStart = new Uint32Array(length + 1);
  for (let row = 0; row < length; row++) {
    lineStart[row + 1] = lineStart[row]! + (start[row + 1]! - start[row]! - LOCATION) / LINE;
  }
  const count = lineStart[length]!;
  const lines = { function: new Int32Array(count), line: new BigInt64Array(count), column: new BigInt64Array(count) };
  const mapping = new Int32Array(length).fill(-1);
  const address = new BigUint64Array(length);
  const isFolded = new Uint8Array(length);
  const lineWords = new Uint32Array(lines.line.buffer);
  const columnWords = new Uint32Array(lines.column.buffer);
  const addressWords = new Uint32Array(address.buffer);
  for (let row = 0; row < length; row++) {
    let at = start[row]!;
    addressWords[2 * row] = words[at]!;
    addressWords[2 * row + 1] = words[at + 1]!;
    isFolded[row] = words[at + 3]!;
    const identity = words[at + 2]!;
    if (identity > 0) {
      mapping[row] = mappingOf[identity - 1]!;
      address[row] = address[row]! + (mappings[mapping[row]!]?.start ?? 0n);
    }
    at += LOCATION;
    for (let line = lineStart[row]!; line < lineStart[row + 1]!; line++, at += LINE) {
      lines.function[line] = words[at]! - 1;
      lineWords[2 * line] = words[at + 1]!;
      lineWords[2 * line + 1] = words[at + 2]!;
      columnWords[2 * line] = words[at + 3]!;
      columnWords[2 * line + 1] = words[at + 4]!;
    }
  }
  const table = { length: count, ...lines, unknownFields: NONE };
  return { length, id: ids(length), mapping, address, isFolded, lineStart, lines: table, unknownFields: NONE };
}

function functionTable({ functions }: Symbols): Profile["functions"] {
  const length = functions.length / FUNCTION;
  const column = (field: number): Uint32Array =>
    Uint32Array.from({ length }, (_, row) => functions[FUNCTION * row + field]!);
  const startLine = new BigInt64Array(length);
  const words = new Uint32Array(startLine.buffer);
  for (let row = 0; row < length; row++) {
    words[2 * row] = functions[FUNCTION * row + 3]!;
    words[2 * row + 1] = functions[FUNCTION * row + 4]!;
  }
  const texts = { name: column(0), systemName: column(1), filename: column(2) };
  return { length, id: ids(length), ...texts, startLine, unknownFields: NONE };
}

/** Which variants a header brings in, those first that are seen first: its main one only where there is none yet. */
export function headerVariants({ main, variants }: Header, isFirst: boolean): readonly number[] {
  return isFirst && main >= 0 ? [main, ...variants] : variants;
}

function wideAt(words: Uint32Array, at: number): bigint {
  return (BigInt(words[at + 1]!) << 32n) | BigInt(words[at]!);
}

function ids(length: number): BigUint64Array {
  return BigUint64Array.from({ length }, (_, row) => BigInt(row + 1));
}
