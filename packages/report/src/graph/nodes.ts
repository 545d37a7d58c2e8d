import type { StringTable } from "@pprof-ts/profile";
import { compareText } from "../go/format.ts";
import { basePath, cleanPath, trimSourcePath } from "../go/paths.ts";
import type { Selection } from "../stack/selection.ts";

/** What makes two frames one node: each part that is not part of it reads as empty or zero. */
export interface Parts {
  readonly name: boolean;
  readonly file: boolean;
  readonly line: boolean;
  readonly column: boolean;
  readonly address: boolean;
  /** Whether the binary and the function's first line are part of it; of a frame without a name they always are. */
  readonly binary: boolean;
}

/** One row a node: the parts that make it one. */
export interface NodeTable {
  readonly length: number;
  readonly name: readonly string[];
  readonly file: readonly string[];
  readonly binary: readonly string[];
  readonly address: BigUint64Array;
  readonly line: Float64Array;
  readonly column: Float64Array;
  readonly startLine: Float64Array;
  /** The name that a node is printed and sorted by; made when it is first asked for. */
  readonly printable: (row: number) => string;
}

/** The nodes of a selection's frames, and the node that each frame belongs to. */
export interface FrameNodes {
  readonly table: NodeTable;
  readonly nodeOf: Int32Array;
}

/** Source paths as options would have them trimmed. */
export interface SourcePaths {
  readonly trim_path: string;
  readonly source_path: string;
}

/** Sorts the frames of a selection into nodes. */
export function frameNodes({ profile, frames }: Selection, parts: Parts, paths: SourcePaths | undefined): FrameNodes {
  const { functions, locations, mappings, strings } = profile;
  const texts = new Texts();
  const functionName = parts.name ? texts.rows(functions.name, strings) : new Int32Array(functions.length);
  const functionFile = parts.file
    ? texts.rows(functions.filename, strings, (file) => {
        const trimmed = paths === undefined ? file : trimSourcePath(file, paths.trim_path, paths.source_path);
        return trimmed === "" ? "" : cleanPath(trimmed);
      })
    : new Int32Array(functions.length);
  const mappingFile = texts.rows(mappings.filename, strings);
  const startLine = halves(functions.startLine);
  const line = halves(locations.lines.line);
  const column = halves(locations.lines.column);
  const address = halves(locations.address);

  const keys = new KeyTable();
  const key = keys.key;
  const nodeOf = new Int32Array(frames.length);
  // Where nothing of the location is part of a node, all frames of a function that has a name are one.
  const ofFunction =
    parts.address || parts.line || parts.binary ? undefined : new Int32Array(functions.length).fill(-1);
  for (let frame = 0; frame < frames.length; frame++) {
    const row = frames.line[frame]!;
    const fn = row < 0 ? -1 : locations.lines.function[row]!;
    if (ofFunction !== undefined && fn >= 0 && ofFunction[fn]! >= 0) {
      nodeOf[frame] = ofFunction[fn]!;
      continue;
    }
    key.fill(0);
    const location = frames.location[frame]!;
    if (parts.address) {
      key[ADDRESS] = address[2 * location]!;
      key[ADDRESS + 1] = address[2 * location + 1]!;
    }
    if (fn >= 0) {
      key[NAME] = functionName[fn]!;
      key[FILE] = functionFile[fn]!;
      if (parts.line) {
        key[LINE] = line[2 * row]!;
        key[LINE + 1] = line[2 * row + 1]!;
        if (parts.column) {
          key[COLUMN] = column[2 * row]!;
          key[COLUMN + 1] = column[2 * row + 1]!;
        }
      }
    }
    if (parts.binary || key[NAME] === 0) {
      const mapping = locations.mapping[location]!;
      if (mapping >= 0) key[BINARY] = mappingFile[mapping]!;
      if (fn >= 0) {
        key[START_LINE] = startLine[2 * fn]!;
        key[START_LINE + 1] = startLine[2 * fn + 1]!;
      }
    }
    nodeOf[frame] = keys.row();
    if (ofFunction !== undefined && key[NAME] !== 0) ofFunction[fn] = nodeOf[frame]!;
  }
  return { table: nodeTable(keys, texts), nodeOf };
}

// Columns of a key: int64s take two.
const NAME = 0;
const FILE = 1;
const BINARY = 2;
const ADDRESS = 3;
const LINE = 5;
const COLUMN = 7;
const START_LINE = 9;
const KEY_SIZE = 11;

function halves(column: BigInt64Array | BigUint64Array): Int32Array {
  return new Int32Array(column.buffer, column.byteOffset, column.length * 2);
}

/** Texts and their rows; row 0 is "". */
class Texts {
  readonly list: string[] = [""];
  readonly #rows = new Map<string, number>([["", 0]]);

  row(text: string): number {
    let row = this.#rows.get(text);
    if (row === undefined) {
      row = this.list.length;
      this.#rows.set(text, row);
      this.list.push(text);
    }
    return row;
  }

  /** The rows of a column of strings, each string changed once. */
  rows(column: Uint32Array, strings: StringTable, changed: (text: string) => string = (text) => text): Int32Array {
    const rows = new Int32Array(column.length);
    /** By row of `strings`, its row here plus 1. */
    const known = new Int32Array(strings.length);
    for (let i = 0; i < column.length; i++) {
      const string = column[i]!;
      if (known[string] === 0) known[string] = 1 + this.row(changed(strings.get(string)));
      rows[i] = known[string]! - 1;
    }
    return rows;
  }
}

/** Rows of KEY_SIZE words, each held once: an open hash table over one growing array. */
class KeyTable {
  /** The key that `row` finds or adds. */
  readonly key: Int32Array = new Int32Array(KEY_SIZE);
  length = 0;
  words: Int32Array = new Int32Array(KEY_SIZE * 1024);
  #slots = new Int32Array(4096);

  row(): number {
    const { key, words } = this;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash(key, 0) & mask;
    for (;;) {
      const known = slots[slot]! - 1;
      if (known < 0) break;
      const at = known * KEY_SIZE;
      let i = 0;
      while (i < KEY_SIZE && words[at + i] === key[i]) i++;
      if (i === KEY_SIZE) return known;
      slot = (slot + 1) & mask;
    }
    if ((this.length + 1) * KEY_SIZE > words.length) {
      this.words = new Int32Array(words.length * 2);
      this.words.set(words);
    }
    this.words.set(key, this.length * KEY_SIZE);
    slots[slot] = ++this.length;
    if (this.length * 2 > slots.length) this.#rehash();
    return this.length - 1;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 4);
    const mask = slots.length - 1;
    for (let row = 0; row < this.length; row++) {
      let slot = hash(this.words, row * KEY_SIZE) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = row + 1;
    }
    this.#slots = slots;
  }
}

function hash(words: Int32Array, at: number): number {
  let h = 0;
  for (let i = at; i < at + KEY_SIZE; i++) {
    h = Math.imul(h ^ words[i]!, 0x9e3779b1);
    h ^= h >>> 15;
  }
  return h;
}

function nodeTable(keys: KeyTable, texts: Texts): NodeTable {
  const { length, words } = keys;
  const text = (column: number): string[] =>
    Array.from({ length }, (_, row) => texts.list[words[row * KEY_SIZE + column]!]!);
  const number = (column: number): Float64Array => {
    const numbers = new Float64Array(length);
    for (let row = 0, at = column; row < length; row++, at += KEY_SIZE) {
      numbers[row] = words[at + 1]! * 4294967296 + (words[at]! >>> 0);
    }
    return numbers;
  };
  const address = new BigUint64Array(length);
  const addressHalves = halves(address);
  for (let row = 0; row < length; row++) {
    addressHalves[2 * row] = words[row * KEY_SIZE + ADDRESS]!;
    addressHalves[2 * row + 1] = words[row * KEY_SIZE + ADDRESS + 1]!;
  }
  const table = {
    length,
    name: text(NAME),
    file: text(FILE),
    binary: text(BINARY),
    address,
    line: number(LINE),
    column: number(COLUMN),
    startLine: number(START_LINE),
  };
  const names = new Array<string | undefined>(length).fill(undefined);
  const printable = (row: number): string => {
    names[row] ??= nameParts(table, row).join(" ");
    return names[row]!;
  };
  return { ...table, printable };
}

/** The parts of a node's printed name. */
export function nameParts(
  table: Omit<NodeTable, "printable">,
  row: number,
  shownName: string = table.name[row]!,
  shownFile: string = table.file[row]!,
  binary: string = basePath(table.binary[row]!),
): string[] {
  const parts: string[] = [];
  if (table.address[row] !== 0n) parts.push(table.address[row]!.toString(16).padStart(16, "0"));
  if (shownName !== "") parts.push(shownName);
  if (table.line[row] !== 0) {
    const column = table.column[row] === 0 ? "" : `:${table.column[row]}`;
    parts.push(`${shownFile}:${table.line[row]}${column}`);
  } else if (shownFile !== "") parts.push(shownFile);
  else if (shownName !== "") return parts;
  else if (table.binary[row] !== "") parts.push(`[${binary}]`);
  else parts.push("<unknown>");
  return parts;
}

/** The order of two nodes of the same printed name: by all that makes them differ. */
export function compareKeys(table: NodeTable, a: number, b: number): number {
  return compareText(keyText(table, a), keyText(table, b));
}

// The reference tool compares the printed struct, whose second field (a name before demangling) is always empty here.
function keyText(table: NodeTable, row: number): string {
  const numbers = [table.startLine[row], table.line[row], table.column[row]].join(" ");
  return `{${table.name[row]}  ${table.address[row]} ${table.file[row]} ${numbers} ${table.binary[row]}}`;
}

/** What a profile is broken down to under these options. */
export function partsOf(granularity: string, noinlines: boolean, showcolumns: boolean, binary: boolean): Parts {
  if (granularity === "addresses") {
    return { name: true, file: true, line: true, column: showcolumns || !noinlines, address: true, binary };
  }
  const line = granularity === "lines";
  return {
    name: granularity !== "files",
    file: line || granularity === "files" || granularity === "filefunctions",
    line,
    column: line && showcolumns,
    address: false,
    binary,
  };
}
