import type { Typeface } from "./font.ts";

/** A font as a PDF holds it, with the outlines of some glyphs only. */
export interface EmbeddedFont {
  readonly bytes: Buffer;
  /** The key of its stream, and what that says of itself. */
  readonly key: "FontFile2" | "FontFile3";
  readonly entries: string;
  readonly type: "CIDFontType2" | "CIDFontType0";
  /** The number by which a page calls a glyph. */
  readonly code: (glyph: number) => number;
}

/**
 * The font with all other outlines made zeros, which take no room once they are compressed: nothing moves, so that no
 * other table need be understood.
 */
export function subset(typeface: Typeface, used: Iterable<number>): EmbeddedFont {
  const postscript = typeface.table("CFF ");
  if (postscript !== undefined) return subsetCff(postscript, new Set([0, ...used]));
  const bytes = subsetTrueType(typeface, new Set([0, ...used]));
  return {
    bytes,
    key: "FontFile2",
    entries: `/Length1 ${bytes.length}`,
    type: "CIDFontType2",
    code: (glyph) => glyph,
  };
}

/** All that readers of a page need. */
const TABLES = ["cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "prep"];

function subsetTrueType({ table }: Typeface, kept: Set<number>): Buffer {
  const [glyf, loca, head] = ["glyf", "loca", "head"].map(table);
  if (glyf === undefined || loca === undefined || head === undefined) throw new Error("the font has no outlines");
  const isLong = head.readInt16BE(50) === 1;
  const at = (glyph: number): number => (isLong ? loca.readUInt32BE(4 * glyph) : 2 * loca.readUInt16BE(2 * glyph));
  const few = Buffer.alloc(glyf.length);
  // The set grows by the parts of glyphs that are made of others.
  for (const glyph of kept) {
    const outline = glyf.subarray(at(glyph), at(glyph + 1));
    outline.copy(few, at(glyph));
    if (outline.length > 0 && outline.readInt16BE(0) < 0) for (const part of partsOf(outline)) kept.add(part);
  }
  const tables = TABLES.flatMap((name) => {
    const bytes = name === "glyf" ? few : table(name);
    return bytes === undefined ? [] : [{ name, bytes }];
  });
  const directory = Buffer.alloc(12 + 16 * tables.length);
  const rank = Math.floor(Math.log2(tables.length));
  directory.writeUInt32BE(0x10000, 0);
  [tables.length, 16 << rank, rank, 16 * tables.length - (16 << rank)].forEach((value, i) => {
    directory.writeUInt16BE(value, 4 + 2 * i);
  });
  const parts: Uint8Array[] = [directory];
  let size = directory.length;
  tables.forEach(({ name, bytes }, i) => {
    const entry = 12 + 16 * i;
    directory.write(name, entry, "latin1");
    directory.writeUInt32BE(size, entry + 8);
    directory.writeUInt32BE(bytes.length, entry + 12);
    const padding = Buffer.alloc(-bytes.length & 3);
    parts.push(bytes, padding);
    size += bytes.length + padding.length;
  });
  return Buffer.concat(parts);
}

const PART = { WORDS: 1, SCALE: 8, MORE: 32, TWO_SCALES: 64, MATRIX: 128 } as const;

/** The glyphs that a glyph is put together from. */
function partsOf(outline: Buffer): number[] {
  const parts: number[] = [];
  let flags: number = PART.MORE;
  for (let at = 10; (flags & PART.MORE) !== 0; ) {
    flags = outline.readUInt16BE(at);
    parts.push(outline.readUInt16BE(at + 2));
    at += 4 + ((flags & PART.WORDS) === 0 ? 2 : 4);
    if ((flags & PART.SCALE) !== 0) at += 2;
    else if ((flags & PART.TWO_SCALES) !== 0) at += 4;
    else if ((flags & PART.MATRIX) !== 0) at += 8;
  }
  return parts;
}

/** Operators of a dictionary in a font of PostScript outlines; those of two bytes from 0xc00 on. */
const OPERATOR = { CHARSET: 15, CHAR_STRINGS: 17, REGISTRY: 0xc1e } as const;

function subsetCff(original: Buffer, kept: ReadonlySet<number>): EmbeddedFont {
  const bytes = Buffer.from(original);
  const names = readIndex(bytes, bytes.readUInt8(2));
  const top = readDictionary(bytes.subarray(...readIndex(bytes, names.end).range(0)));
  const glyphs = readIndex(bytes, top.get(OPERATOR.CHAR_STRINGS) ?? 0);
  let to = glyphs.data;
  for (let glyph = 0; glyph < glyphs.count; glyph++) {
    const [from, end] = glyphs.range(glyph);
    glyphs.setOffset(glyph, to);
    if (!kept.has(glyph)) continue;
    // Backwards only, as nothing gets longer.
    bytes.copyWithin(to, from, end);
    to += end - from;
  }
  glyphs.setOffset(glyphs.count, to);
  bytes.fill(0, to, glyphs.end);
  const numbers = top.has(OPERATOR.REGISTRY)
    ? readCharset(bytes, top.get(OPERATOR.CHARSET) ?? 0, glyphs.count)
    : undefined;
  return {
    bytes,
    key: "FontFile3",
    entries: "/Subtype /CIDFontType0C",
    type: "CIDFontType0",
    code: (glyph) => numbers?.[glyph] ?? glyph,
  };
}

interface CffIndex {
  readonly count: number;
  /** Where the objects begin, and where they end. */
  readonly data: number;
  readonly end: number;
  readonly range: (row: number) => [start: number, end: number];
  readonly setOffset: (row: number, at: number) => void;
}

function readIndex(bytes: Buffer, at: number): CffIndex {
  const count = bytes.readUInt16BE(at);
  if (count === 0) throw new Error("the font has an empty index");
  const size = bytes.readUInt8(at + 2);
  const data = at + 3 + (count + 1) * size;
  // Offsets count from the byte before the objects.
  const offset = (row: number): number => data - 1 + bytes.readUIntBE(at + 3 + row * size, size);
  const end = offset(count);
  return {
    count,
    data,
    end,
    range: (row) => [offset(row), offset(row + 1)],
    setOffset: (row, to) => bytes.writeUIntBE(to - data + 1, at + 3 + row * size, size),
  };
}

/** The last operand of each operator. */
function readDictionary(bytes: Buffer): Map<number, number> {
  const entries = new Map<number, number>();
  let operand = 0;
  for (let at = 0; at < bytes.length; ) {
    const first = bytes.readUInt8(at++);
    if (first <= 21) entries.set(first === 12 ? 0xc00 + bytes.readUInt8(at++) : first, operand);
    else if (first === 28 || first === 29) {
      operand = first === 28 ? bytes.readInt16BE(at) : bytes.readInt32BE(at);
      at += first === 28 ? 2 : 4;
    } else if (first === 30) {
      // A real number, which no offset is, up to the half byte that ends it.
      while ((bytes.readUInt8(at) & 15) !== 15 && bytes.readUInt8(at) >> 4 !== 15) at++;
      at++;
    } else if (first <= 246) operand = first - 139;
    else if (first <= 250) operand = (first - 247) * 256 + bytes.readUInt8(at++) + 108;
    else operand = -(first - 251) * 256 - bytes.readUInt8(at++) - 108;
  }
  return entries;
}

/** The numbers that a font with thousands of letters has for its glyphs. */
function readCharset(bytes: Buffer, at: number, count: number): number[] {
  const numbers = [0];
  const format = bytes.readUInt8(at);
  let from = at + 1;
  while (numbers.length < count) {
    const first = bytes.readUInt16BE(from);
    const more = format === 0 ? 0 : format === 1 ? bytes.readUInt8(from + 2) : bytes.readUInt16BE(from + 2);
    from += 2 + format;
    for (let i = 0; i <= more && numbers.length < count; i++) numbers.push(first + i);
  }
  return numbers;
}
