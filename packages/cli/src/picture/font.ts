import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { inflateSync } from "node:zlib";

/** The scripts that come with the tool, each a font of its own. Other letters are drawn as the font's empty box. */
export const SCRIPTS = [
  "latin",
  "latin-ext",
  "greek",
  "greek-ext",
  "cyrillic",
  "cyrillic-ext",
  "vietnamese",
  "hebrew",
] as const;
export type Script = (typeof SCRIPTS)[number];

/** Tinos, which has the widths of Times, the font that Graphviz measures with: TrueType as it is in a WOFF file. */
export function readFont(script: Script): Buffer {
  const { resolve } = createRequire(import.meta.url);
  return unpackWoff(readFileSync(resolve(`@fontsource/tinos/files/tinos-${script}-400-normal.woff`)));
}

/** TrueType out of WOFF 1.0 (https://www.w3.org/TR/WOFF/): the same tables, each deflated. */
function unpackWoff(woff: Buffer): Buffer {
  const count = woff.readUInt16BE(12);
  const head = Buffer.alloc(12 + 16 * count);
  woff.copy(head, 0, 4, 8);
  head.writeUInt16BE(count, 4);
  const rank = Math.floor(Math.log2(count));
  head.writeUInt16BE(16 << rank, 6);
  head.writeUInt16BE(rank, 8);
  head.writeUInt16BE(16 * count - (16 << rank), 10);
  const parts: Uint8Array[] = [head];
  let size = head.length;
  for (let i = 0; i < count; i++) {
    const row = 44 + 20 * i;
    const [offset, packed, length] = [4, 8, 12].map((at) => woff.readUInt32BE(row + at)) as [number, number, number];
    const data = woff.subarray(offset, offset + packed);
    const table = packed < length ? inflateSync(data) : data;
    const entry = 12 + 16 * i;
    woff.copy(head, entry, row, row + 4);
    woff.copy(head, entry + 4, row + 16, row + 20);
    head.writeUInt32BE(size, entry + 8);
    head.writeUInt32BE(length, entry + 12);
    const padding = Buffer.alloc(-length & 3);
    parts.push(table, padding);
    size += length + padding.length;
  }
  return Buffer.concat(parts);
}

/** What a page needs to know of a font to set text in it. */
export interface Typeface {
  readonly file: Buffer;
  /** The bytes of one of its tables; undefined where it has none of that name. */
  readonly table: (name: string) => Buffer | undefined;
  /** The number of this letter's picture in the font; 0 where it has none. */
  readonly glyph: (letter: number) => number;
  /** In thousandths of the text's size. */
  readonly advance: (glyph: number) => number;
}

/** Reads the font of a file, or the first one of a collection. */
export function readTypeface(file: Buffer): Typeface {
  const start = file.toString("latin1", 0, 4) === "ttcf" ? file.readUInt32BE(12) : 0;
  const tables = new Map<string, Buffer>();
  for (let i = 0; i < file.readUInt16BE(start + 4); i++) {
    const entry = start + 12 + 16 * i;
    const at = file.readUInt32BE(entry + 8);
    tables.set(file.toString("latin1", entry, entry + 4), file.subarray(at, at + file.readUInt32BE(entry + 12)));
  }
  const needed = (name: string): Buffer => {
    const found = tables.get(name);
    if (found === undefined) throw new Error(`the font has no table ${name}`);
    return found;
  };
  const perEm = needed("head").readUInt16BE(18);
  const widths = needed("hmtx");
  const widthCount = needed("hhea").readUInt16BE(34);
  const glyphs = readGlyphs(needed("cmap"));
  return {
    file,
    table: (name) => tables.get(name),
    glyph: (letter) => glyphs.get(letter) ?? 0,
    advance: (glyph) => Math.round((widths.readUInt16BE(4 * Math.min(glyph, widthCount - 1)) * 1000) / perEm),
  };
}

/** The letters of a `cmap` table: of the Basic Multilingual Plane (format 4), and of all others (format 12). */
export function readGlyphs(cmap: Buffer): Map<number, number> {
  const glyphs = new Map<number, number>();
  for (let i = 0; i < cmap.readUInt16BE(2); i++) {
    const map = cmap.subarray(cmap.readUInt32BE(4 + 8 * i + 4));
    const format = map.readUInt16BE(0);
    if (format === 4) readSegments(map, glyphs);
    else if (format === 12) readGroups(map, glyphs);
  }
  return glyphs;
}

function readSegments(map: Buffer, glyphs: Map<number, number>): void {
  const doubled = map.readUInt16BE(6);
  for (let at = 0; at < doubled; at += 2) {
    const last = map.readUInt16BE(14 + at);
    const first = map.readUInt16BE(16 + doubled + at);
    const delta = map.readUInt16BE(16 + 2 * doubled + at);
    const rangeAt = 16 + 3 * doubled + at;
    const range = map.readUInt16BE(rangeAt);
    for (let letter = first; letter <= last && letter !== 0xffff; letter++) {
      const glyph = range === 0 ? letter : map.readUInt16BE(rangeAt + range + 2 * (letter - first));
      if (glyph !== 0) glyphs.set(letter, (glyph + delta) & 0xffff);
    }
  }
}

function readGroups(map: Buffer, glyphs: Map<number, number>): void {
  for (let at = 16; at < 16 + 12 * map.readUInt32BE(12); at += 12) {
    const [first, last, glyph] = [0, 4, 8].map((field) => map.readUInt32BE(at + field)) as [number, number, number];
    // No font has more glyphs, whatever a damaged one says.
    for (let letter = first; letter <= Math.min(last, first + 0xffff); letter++)
      glyphs.set(letter, glyph + letter - first);
  }
}
