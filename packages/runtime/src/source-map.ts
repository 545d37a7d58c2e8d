// Hot: a bundle's map has a million segments; as columns they take 16 bytes each, where module.SourceMap takes 140.

/** Where a piece of generated code comes from. Lines count from 0. */
export interface Original {
  readonly source: string;
  readonly line: number;
}

interface RawMap {
  readonly sourceRoot?: string;
  readonly sources?: readonly (string | null)[];
  readonly names?: readonly string[];
  readonly mappings?: string;
  readonly sections?: readonly { readonly offset: { line: number; column: number }; readonly map: RawMap }[];
}

const DIGIT = new Int8Array(128).fill(-1);
for (const [value, char] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].entries()) {
  DIGIT[char.charCodeAt(0)] = value;
}

// A segment's columns: generated column, source (-1: none), original line, name (-1: none).
const WIDTH = 4;
const FIELDS = 5;

/** A source map (revision 3, also with sections), ready to be asked. */
export class SourceMap {
  readonly #sources: string[] = [];
  readonly #names: string[] = [];
  #segments = new Int32Array(1024 * WIDTH);
  #length = 0;
  /** Generated line i's segments are `lineStart[i]` up to but without `lineStart[i + 1]`. */
  readonly #lineStart: number[] = [0];

  /** Reads a map; throws an `Error` where the text is none. */
  constructor(json: string) {
    // Some servers guard JSON with a first line that is none.
    const map = JSON.parse(json.startsWith(")]}") ? json.slice(json.indexOf("\n")) : json) as RawMap;
    if (typeof map !== "object" || map === null) throw new Error("invalid source map: not an object");
    for (const { offset, map: part } of map.sections ?? [{ offset: { line: 0, column: 0 }, map }]) {
      this.#add(part, offset.line, offset.column);
    }
    this.#lineStart.push(this.#length);
  }

  /** How much memory the map holds, in bytes; about. */
  get size(): number {
    return this.#segments.byteLength + this.#lineStart.length * 8;
  }

  /**
   * Where the code at this place comes from: by the last segment that begins at or before the column, and where none is
   * given or none begins so early, by the first of the line.
   */
  original(line: number, column: number = 0): Original | undefined {
    const at = this.#find(line, column) * WIDTH;
    const source = this.#segments[at + 1] ?? -1;
    return at < 0 || source < 0 ? undefined : { source: this.#sources[source] ?? "", line: this.#segments[at + 2]! };
  }

  /** What the identifier that begins exactly here is called in the original, where the map says it. */
  nameAt(line: number, column: number): string | undefined {
    const at = this.#find(line, column) * WIDTH;
    return at < 0 || this.#segments[at] !== column ? undefined : this.#names[this.#segments[at + 3]!];
  }

  /** The row of the last segment of the line that begins at or before the column, else of its first; -1: none. */
  #find(line: number, column: number): number {
    let low = this.#lineStart[line] ?? this.#length;
    const end = this.#lineStart[line + 1] ?? this.#length;
    if (low === end) return -1;
    let high = end - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#segments[middle * WIDTH]! <= column) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #add(map: RawMap, line: number, column: number): void {
    const { mappings = "", sources = [], names = [], sourceRoot = "" } = map;
    const sourceBase = this.#sources.length;
    const nameBase = this.#names.length;
    const root = sourceRoot === "" || sourceRoot.endsWith("/") ? sourceRoot : `${sourceRoot}/`;
    for (const source of sources) this.#sources.push(source === null ? "" : root + source);
    for (const name of names) this.#names.push(name);
    while (this.#lineStart.length <= line) this.#lineStart.push(this.#length);

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
          if (at < mappings.length) this.#lineStart.push(this.#length);
        }
        continue;
      }
      const digit = DIGIT[char] ?? -1;
      if (digit < 0) throw new Error(`invalid source map: character ${JSON.stringify(mappings[at])} in its mappings`);
      value += (digit & 31) << shift;
      shift += 5;
      if (digit & 32) continue;
      if (count < FIELDS) fields[count] = fields[count]! + (value & 1 ? -(value >>> 1) : value >>> 1);
      count++;
      value = 0;
      shift = 0;
    }
  }

  #push(fields: readonly number[], count: number, sourceBase: number, nameBase: number): void {
    const at = this.#length++ * WIDTH;
    if (at === this.#segments.length) {
      const larger = new Int32Array(at * 2);
      larger.set(this.#segments);
      this.#segments = larger;
    }
    this.#segments[at] = fields[0]!;
    this.#segments[at + 1] = count >= 4 ? fields[1]! + sourceBase : -1;
    this.#segments[at + 2] = fields[2]!;
    this.#segments[at + 3] = count >= 5 ? fields[4]! + nameBase : -1;
  }
}
