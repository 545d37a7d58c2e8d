import { StringTable } from "@pprof-ts/profile";
import { VarintReader, VarintWriter } from "./varints.ts";

/** Words of a row below; fields of 64 bits are two, the low half first. Text is a row of `strings`. */
export const IDENTITY = 5;
export const VARIANT = 8;
export const FUNCTION = 5;
export const NODE = 2;
export const ROW = 2;
/** Of a location before its lines, of one of those, and of a label. */
export const LOCATION = 4;
export const LINE = 5;
export const LABEL = 5;

/** Rows of words that are of different lengths: row i is `words[start[i]]` up to but without `words[start[i + 1]]`. */
export interface Ragged {
  readonly start: Uint32Array;
  readonly words: Uint32Array;
}

/**
 * What rows of samples stand for, each thing once. What a row refers to has a smaller number in its table than it would need to
 * be read later: nodes come after their parents.
 */
export interface Symbols {
  readonly strings: StringTable;
  /** What makes two mappings one: size in pages, offset, build id or else file. */
  readonly identities: Uint32Array;
  /** Mappings as they came, which differ by where they were loaded: identity, start, limit, file, build id, flags. */
  readonly variants: Uint32Array;
  /** Name, system name, file, start line. */
  readonly functions: Uint32Array;
  /** Address from the start of its mapping, the mapping's identity plus one, folded; for each line function plus one, line, column. */
  readonly locations: Ragged;
  /** The tree of stacks: the parent's node plus one, 0 for a root, and a location. */
  readonly nodes: Uint32Array;
  /** For each label of a set key, text, number, unit; set 0 is the empty one. */
  readonly labelSets: Ragged;
  /** What has values: the node of a stack plus one, 0 for the empty stack, and a set of labels. */
  readonly rows: Uint32Array;
}

/** The tables of fixed width, and how wide they are. */
const FLAT = [
  ["identities", IDENTITY],
  ["variants", VARIANT],
  ["functions", FUNCTION],
  ["nodes", NODE],
  ["rows", ROW],
] as const;
const RAGGED = ["locations", "labelSets"] as const;

/** The symbols as bytes: the texts one after the other, and all numbers. */
export function encodeSymbols(symbols: Symbols): { texts: Uint8Array; numbers: Uint8Array } {
  const { strings } = symbols;
  const w = new VarintWriter();
  w.uint(strings.length);
  for (let row = 0; row < strings.length; row++) w.uint(strings.start[row + 1]! - strings.start[row]!);
  for (const [name, width] of FLAT) writeTable(w, symbols[name], width);
  for (const name of RAGGED) {
    const { start, words } = symbols[name];
    w.uint(start.length - 1);
    for (let row = 0; row + 1 < start.length; row++) w.uint(start[row + 1]! - start[row]!);
    const last = new Float64Array(LINE + LOCATION);
    for (let row = 0; row + 1 < start.length; row++) {
      // Field by field as far as the first line or label goes, so that what is alike stands below each other.
      for (let at = start[row]!, field = 0; at < start[row + 1]!; at++, field = (field + 1) % last.length) {
        w.int(words[at]! - last[field]!);
        last[field] = words[at]!;
      }
    }
  }
  return { texts: strings.utf8.subarray(0, strings.start[strings.length]!), numbers: w.finish() };
}

function writeTable(w: VarintWriter, table: Uint32Array, width: number): void {
  w.uint(table.length / width);
  const last = new Float64Array(width);
  for (let at = 0, field = 0; at < table.length; at++, field = field + 1 === width ? 0 : field + 1) {
    w.int(table[at]! - last[field]!);
    last[field] = table[at]!;
  }
}

/** The symbols of what `encodeSymbols` made. */
export function decodeSymbols(texts: Uint8Array, numbers: Uint8Array): Symbols {
  const r = new VarintReader(numbers);
  const start = new Uint32Array(r.uint() + 1);
  for (let row = 0; row + 1 < start.length; row++) start[row + 1] = start[row]! + r.uint();
  const flat = FLAT.map(([name, width]) => [name, readTable(r, width)]);
  const ragged = RAGGED.map((name) => [name, readRagged(r)]);
  return { strings: new StringTable(texts, start), ...Object.fromEntries([...flat, ...ragged]) };
}

function readTable(r: VarintReader, width: number): Uint32Array {
  const table = new Uint32Array(r.uint() * width);
  const last = new Float64Array(width);
  for (let at = 0, field = 0; at < table.length; at++, field = field + 1 === width ? 0 : field + 1) {
    last[field] = last[field]! + r.int();
    table[at] = last[field]!;
  }
  return table;
}

function readRagged(r: VarintReader): Ragged {
  const start = new Uint32Array(r.uint() + 1);
  for (let row = 0; row + 1 < start.length; row++) start[row + 1] = start[row]! + r.uint();
  const words = new Uint32Array(start.at(-1)!);
  const last = new Float64Array(LINE + LOCATION);
  for (let row = 0; row + 1 < start.length; row++) {
    for (let at = start[row]!, field = 0; at < start[row + 1]!; at++, field = (field + 1) % last.length) {
      last[field] = last[field]! + r.int();
      words[at] = last[field]!;
    }
  }
  return { start, words };
}
