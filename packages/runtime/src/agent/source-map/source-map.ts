// Hot: a bundle's map has a million segments; as columns they take 21 bytes each and 0.2 s to read, where module.SourceMap takes
// 95 bytes and 0.5 s (bench/src/source-map.ts). A map of 56 MB with 3 million segments takes 0.8 s, most of it for the JSON.

import { RuntimeError } from "../../error.ts";
import { parseBounded } from "./bounded-json.ts";
import { TextLines } from "./text-lines.ts";

/** Where a piece of generated code comes from. Lines and columns count from 0. */
export interface Original {
  readonly source: string;
  readonly line: number;
  readonly column: number;
}

/** What an identifier of generated code is called in the original. */
export interface Identifier {
  readonly name: string;
  /** Whether it stands in the original where the map says; undefined where the map brings no text of it. */
  readonly stands: boolean | undefined;
  readonly source: string;
}

/**
 * How large a map may be: maps come from many authors, and one that is larger is refused before it takes memory. The largest
 * bundles that are known have 5 million segments.
 */
const BOUNDS = {
  depth: 32,
  values: 2 ** 21,
  members: 2 ** 18,
  lines: 2 ** 22,
  segments: 2 ** 23,
  sources: 2 ** 18,
  /** Of all paths of sources, each with the root: one of 4 kB that all of them have takes few bytes of the map. */
  paths: 2 ** 24,
  /** Of the name of a file or an identifier. */
  name: 2 ** 12,
};

/** A map as somebody may have written it: of no part is it known what it is. */
type Raw = Readonly<Record<string, unknown>>;

const DIGIT = new Int8Array(128).fill(-1);
for (const [value, char] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].entries()) {
  DIGIT[char.charCodeAt(0)] = value;
}

// A segment's columns: generated column, source (-1: none), original line and column, name (-1: none).
const WIDTH = 5;
const FIELDS = 5;
const IDENTIFIER_PART = /^[\p{ID_Continue}$]/u;

/** A source map (revision 3, also with sections), ready to be asked. */
export class SourceMap {
  readonly #sources: (string | undefined)[] = [];
  readonly #names: (string | undefined)[] = [];
  /** The sources' texts, where there are any; as lines once one was asked for. */
  readonly #texts: (string | TextLines | undefined)[] = [];
  #segments = new Int32Array(1024 * WIDTH);
  #length = 0;
  /** Generated line i's segments are `lineStart[i]` up to but without `lineStart[i + 1]`. */
  #lineStart = new Int32Array(1024);
  #lines = 1;
  #textLength = 0;
  #pathLength = 0;

  /** Reads a map; throws an `Error` where the text is none, and a `RuntimeError` where it is over a bound. */
  constructor(json: string | Buffer) {
    const text = typeof json === "string" ? Buffer.from(json) : json;
    // Some servers guard JSON with a first line that is none.
    const guarded = text.toString("latin1", 0, 3) === ")]}";
    const map = objectOf(parseBounded(guarded ? text.subarray(text.indexOf("\n")) : text, BOUNDS));
    if (map.sections === undefined) this.#add(map, 0, 0);
    else this.#addSections(listOf(map.sections, "sections"));
    this.#beginLine();
  }

  /** How much memory the map holds, in bytes; about. */
  get size(): number {
    return this.#segments.byteLength + this.#lineStart.byteLength + (this.#textLength + this.#pathLength) * 2;
  }

  /**
   * Where the code at this place comes from: by the last segment that begins at or before the column, and where none is
   * given or none begins so early, by the first of the line.
   */
  original(line: number, column: number = 0): Original | undefined {
    const at = this.#find(line, column) * WIDTH;
    const source = at < 0 ? undefined : this.#sources[this.#segments[at + 1]!];
    return source === undefined
      ? undefined
      : { source, line: this.#segments[at + 2]!, column: this.#segments[at + 3]! };
  }

  get sources(): string[] {
    return this.#sources.filter((source) => source !== undefined);
  }

  /** The original of the whole line; undefined where it has none, or comes from several lines. */
  originalOfLine(line: number): Original | undefined {
    if (!(line >= 0 && line < this.#lines - 1)) return undefined;
    let only = -1;
    for (let row = this.#lineStart[line]!; row < this.#lineStart[line + 1]!; row++) {
      const at = row * WIDTH;
      if (this.#segments[at + 1] === -1) continue;
      if (only < 0) only = at;
      else if (this.#segments[at + 1] !== this.#segments[only + 1]) return undefined;
      else if (this.#segments[at + 2] !== this.#segments[only + 2]) return undefined;
    }
    return only < 0 ? undefined : this.original(line, this.#segments[only]!);
  }

  /** What the identifier that begins exactly here is called in the original, where the map says it. */
  identifierAt(line: number, column: number): Identifier | undefined {
    const at = this.#find(line, column) * WIDTH;
    if (at < 0 || this.#segments[at] !== column) return undefined;
    const name = this.#names[this.#segments[at + 4]!];
    const source = this.#sources[this.#segments[at + 1]!];
    if (name === undefined || source === undefined) return undefined;
    const stands = this.#stands(name, this.#segments[at + 1]!, this.#segments[at + 2]!, this.#segments[at + 3]!);
    return { name, source, stands };
  }

  /** Gives the text of a source that the map brings none of. */
  provide(source: string, text: string): void {
    for (const [at, own] of this.#sources.entries()) {
      if (own !== source || this.#texts[at] !== undefined) continue;
      this.#texts[at] = text;
      this.#textLength += text.length;
    }
  }

  #stands(name: string, source: number, line: number, column: number): boolean | undefined {
    let text = this.#texts[source];
    if (text === undefined) return undefined;
    if (typeof text === "string") {
      text = new TextLines(text);
      this.#texts[source] = text;
    }
    const found = text.slice(line, column, name.length + 1);
    return name !== "" && found.startsWith(name) && !IDENTIFIER_PART.test(found.slice(name.length));
  }

  /** The row of the last segment of the line that begins at or before the column, else of its first; -1: none. */
  #find(line: number, column: number): number {
    // The last start is the end of the last line.
    if (!(line >= 0 && line < this.#lines - 1)) return -1;
    let low = this.#lineStart[line]!;
    const end = this.#lineStart[line + 1]!;
    if (low === end) return -1;
    let high = end - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#segments[middle * WIDTH]! <= column) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #addSections(sections: readonly unknown[]): void {
    for (const section of sections) {
      const { offset, map } = objectOf(section);
      const { line, column } = objectOf(offset);
      const part = objectOf(map);
      if (part.sections !== undefined) throw new RuntimeError("it has sections in a section");
      // They come in the order of the code.
      if (!isWhole(line) || !isWhole(column) || line < this.#lines - 1)
        throw new RuntimeError("a section has no place");
      this.#add(part, line, column);
    }
  }

  #add(map: Raw, line: number, column: number): void {
    const { mappings = "", sources = [], sourcesContent = [], names = [], sourceRoot } = map;
    if (typeof mappings !== "string") throw new Error("invalid source map: its mappings are no text");
    const sourceBase = this.#sources.length;
    const nameBase = this.#names.length;
    const root = this.#name(sourceRoot) ?? "";
    const prefix = root === "" || root.endsWith("/") ? root : `${root}/`;
    for (const source of listOf(sources, "sources")) {
      const name = this.#name(source);
      this.#pathLength += prefix.length + (name?.length ?? 0);
      if (this.#pathLength > BOUNDS.paths) throw over("characters in the paths of its sources", BOUNDS.paths);
      if (this.#sources.length === BOUNDS.sources) throw over("sources", BOUNDS.sources);
      this.#sources.push(name === undefined ? undefined : prefix + name);
    }
    const texts = Array.isArray(sourcesContent) ? sourcesContent : [];
    for (let at = 0; sourceBase + at < this.#sources.length; at++) this.#texts.push(this.#text(texts[at]));
    for (const name of listOf(names, "names")) this.#names.push(this.#name(name));
    while (this.#lines <= line) this.#beginLine();

    const fields = [column, 0, 0, 0, 0];
    let count = 0;
    let shift = 0;
    let value = 0;
    for (let at = 0; at <= mappings.length; at++) {
      const char = at === mappings.length ? 59 : mappings.charCodeAt(at);
      if (char === 44 || char === 59) {
        if (count > 0) this.#push(fields, count, sourceBase, nameBase);
        count = 0;
        if (char === 59) {
          fields[0] = 0;
          if (at < mappings.length) this.#beginLine();
        }
        continue;
      }
      const digit = DIGIT[char] ?? -1;
      if (digit < 0) throw new Error(`invalid source map: character ${JSON.stringify(mappings[at])} in its mappings`);
      if (shift === 30 && digit > 3) throw new RuntimeError("it has a number of more than 32 bits");
      value |= (digit & 31) << shift;
      shift += 5;
      if (digit & 32) continue;
      if (count < FIELDS) fields[count] = fields[count]! + (value & 1 ? -(value >>> 1) : value >>> 1);
      count++;
      value = 0;
      shift = 0;
    }
  }
  /** A place that there cannot be is left out, and so is a segment that begins before the one before it. */
  #push(
    [column, source, line, originalColumn, name]: readonly number[],
    count: number,
    sourceBase: number,
    nameBase: number,
  ): void {
    if (!isInt32(column)) return;
    const at = this.#length * WIDTH;
    if (this.#length > this.#lineStart[this.#lines - 1]! && column < this.#segments[at - WIDTH]!) return;
    if (this.#length++ === BOUNDS.segments) throw over("segments", BOUNDS.segments);
    if (at === this.#segments.length) this.#segments = larger(this.#segments);
    const placed = count >= 4 && source! >= 0 && sourceBase + source! < this.#sources.length && isInt32(line);
    const named = count >= 5 && name! >= 0 && nameBase + name! < this.#names.length;
    this.#segments[at] = column;
    this.#segments[at + 1] = placed ? sourceBase + source! : -1;
    this.#segments[at + 2] = placed ? line : 0;
    this.#segments[at + 3] = placed && isInt32(originalColumn) ? originalColumn! : 0;
    this.#segments[at + 4] = named ? nameBase + name! : -1;
  }

  #beginLine(): void {
    if (this.#lines > BOUNDS.lines) throw over("lines", BOUNDS.lines);
    if (this.#lines === this.#lineStart.length) this.#lineStart = larger(this.#lineStart);
    this.#lineStart[this.#lines++] = this.#length;
  }

  /** A name of a file or an identifier; undefined where it can be none. */
  #name(value: unknown): string | undefined {
    if (typeof value !== "string" || value.length > BOUNDS.name) return undefined;
    this.#textLength += value.length;
    return value;
  }

  #text(value: unknown): string | undefined {
    if (typeof value !== "string") return undefined;
    this.#textLength += value.length;
    return value;
  }
}

function objectOf(value: unknown): Raw {
  if (typeof value !== "object" || value === null) throw new Error("invalid source map: not an object");
  return value as Raw;
}

function listOf(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`invalid source map: its ${name} are no list`);
  return value;
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isInt32(value: number | undefined): value is number {
  return value !== undefined && value >= 0 && value <= 2 ** 31 - 1;
}

function over(what: string, most: number): RuntimeError {
  return new RuntimeError(`it has more than ${most} ${what}`);
}

function larger(column: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const twice = new Int32Array(column.length * 2);
  twice.set(column);
  return twice;
}
