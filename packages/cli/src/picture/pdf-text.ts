import { deflateSync } from "node:zlib";
import { readFont, readTypeface, SCRIPTS, type Typeface } from "./font.ts";
import { type EmbeddedFont, subset } from "./font-subset.ts";
import type { PdfFile, Reference } from "./pdf-file.ts";

/** A font of the page's own, and which of its letters are used. */
interface Embedded {
  readonly name: string;
  readonly typeface: Typeface;
  /** Whether it comes with the tool, and goes into the file as it is. */
  readonly isOwn: boolean;
  readonly used: Map<number, string>;
}

/** The letters of Windows-1252, which the standard fonts are shown in, that Unicode has elsewhere. */
const MOVED = "€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ";

/**
 * Sets text in Times, which every reader of PDF has; letters that Times does not have come from fonts that are put into
 * the file.
 */
export class PdfText {
  readonly #file: PdfFile;
  readonly #more: readonly Typeface[];
  readonly #embedded: Embedded[] = [];

  /** `more` are fonts for letters that those of the tool have not. */
  constructor(file: PdfFile, more: readonly Typeface[]) {
    this.#file = file;
    this.#more = more;
  }

  /** How wide this text is where that must be known: Graphviz guesses the letters that Times does not have. */
  width(text: string, size: number): number | undefined {
    let [width, isGuessed] = [0, false];
    for (const letter of text) {
      const code = letter.codePointAt(0)!;
      const own = windows1252(code) !== undefined;
      if (!own) isGuessed = true;
      const typeface = own ? this.#latin() : this.#fontWith(code)?.typeface;
      if (typeface !== undefined) width += (typeface.advance(typeface.glyph(code)) * size) / 1000;
    }
    return isGuessed ? width : undefined;
  }

  /** The operators that show this text at the current place, run by run. */
  show(text: string, size: number): string {
    const out: string[] = [];
    let [font, codes] = ["", ""];
    const flush = (): void => {
      if (codes !== "") out.push(`/${font} ${size} Tf <${codes}> Tj`);
    };
    for (const letter of text) {
      const standard = windows1252(letter.codePointAt(0)!);
      const [next, code] = standard === undefined ? this.#embed(letter) : ["F", hex(standard, 2)];
      if (next !== font) {
        flush();
        [font, codes] = [next, ""];
      }
      codes += code;
    }
    flush();
    return out.join(" ");
  }

  /** The fonts that were used, as entries of the page's dictionary. */
  fonts(): string {
    const times = this.#file.add("/Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding /WinAnsiEncoding");
    const embedded = this.#embedded.filter(({ used }) => used.size > 0);
    return [`/F ${times}`, ...embedded.map((font) => `/${font.name} ${this.#write(font)}`)].join(" ");
  }

  #embed(letter: string): [string, string] {
    const code = letter.codePointAt(0)!;
    const font = this.#fontWith(code);
    if (font === undefined) return ["F", hex(0x3f, 2)];
    const glyph = font.typeface.glyph(code);
    font.used.set(glyph, letter);
    return [font.name, hex(glyph, 4)];
  }

  /** The first font that has this letter. */
  #fontWith(letter: number): Embedded | undefined {
    for (let i = 0; i < SCRIPTS.length + this.#more.length; i++) {
      const font = this.#font(i);
      if (font.typeface.glyph(letter) !== 0) return font;
    }
    return undefined;
  }

  #font(row: number): Embedded {
    const script = SCRIPTS[row];
    this.#embedded[row] ??= {
      name: `F${row}`,
      isOwn: script !== undefined,
      typeface: script === undefined ? this.#more[row - SCRIPTS.length]! : readTypeface(readFont(script)),
      used: new Map(),
    };
    return this.#embedded[row];
  }

  /** Tinos has the widths of Times. */
  #latin(): Typeface {
    return this.#font(SCRIPTS.indexOf("latin")).typeface;
  }

  #write({ name, typeface, isOwn, used }: Embedded): Reference {
    const { bytes, key, entries, type, code }: EmbeddedFont = isOwn
      ? {
          bytes: typeface.file,
          key: "FontFile2",
          entries: `/Length1 ${typeface.file.length}`,
          type: "CIDFontType2",
          code: (glyph) => glyph,
        }
      : subset(typeface, used.keys());
    const baseName = isOwn ? `Tinos-${name}` : `PPROFX+System-${name}`;
    const file = this.#file.add(entries, deflateSync(bytes));
    // Of these, readers use the file alone; the rest must be there.
    const descriptor = this.#file.add(
      `/Type /FontDescriptor /FontName /${baseName} /Flags 4 /FontBBox [-200 -300 1200 1000] /ItalicAngle 0
/Ascent 891 /Descent -216 /CapHeight 662 /StemV 80 /${key} ${file}`,
    );
    const widths = [...used.keys()].map((glyph) => `${code(glyph)} [${typeface.advance(glyph)}]`).join(" ");
    const toGlyphs = type === "CIDFontType2" ? " /CIDToGIDMap /Identity" : "";
    const descendant = this.#file.add(
      `/Type /Font /Subtype /${type} /BaseFont /${baseName} /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>
/FontDescriptor ${descriptor}${toGlyphs} /W [${widths}]`,
    );
    const letters = this.#file.add("", deflateSync(Buffer.from(toUnicode(used))));
    // A page calls glyphs by their numbers in the font; one with numbers of its own for them says here which are which.
    const isPlain = [...used.keys()].every((glyph) => code(glyph) === glyph);
    const encoding = isPlain
      ? "/Identity-H"
      : this.#file.add(CMAP_ENTRIES, deflateSync(Buffer.from(toCodes(used, code))));
    return this.#file.add(
      `/Type /Font /Subtype /Type0 /BaseFont /${baseName} /Encoding ${encoding} /DescendantFonts [${descendant}] /ToUnicode ${letters}`,
    );
  }
}

const CMAP_ENTRIES =
  "/Type /CMap /CMapName /Pprof-Glyphs /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>";

/** A table from glyphs to a font's own numbers for them. */
function toCodes(used: ReadonlyMap<number, string>, code: (glyph: number) => number): string {
  const rows = [...used.keys()].map((glyph) => `<${hex(glyph, 4)}> ${code(glyph)}`);
  return cmap("/CMapName /Pprof-Glyphs def /CMapType 1 def", "cidchar", rows);
}

/** What copies and searches of the page find: a table from the font's numbers back to letters. */
function toUnicode(used: ReadonlyMap<number, string>): string {
  const rows = [...used].map(
    ([glyph, letter]) => `<${hex(glyph, 4)}> <${Buffer.from(letter, "utf16le").swap16().toString("hex")}>`,
  );
  return cmap("/CMapName /Adobe-Identity-UCS def /CMapType 2 def", "bfchar", rows);
}

function cmap(name: string, kind: string, rows: readonly string[]): string {
  const blocks: string[] = [];
  // A block holds a hundred rows at most.
  for (let i = 0; i < rows.length; i += 100) {
    const block = rows.slice(i, i + 100);
    blocks.push(`${block.length} begin${kind}`, ...block, `end${kind}`);
  }
  return `/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (${kind === "bfchar" ? "UCS" : "Identity"}) /Supplement 0 >> def
${name}
1 begincodespacerange <0000> <ffff> endcodespacerange
${blocks.join("\n")}
endcmap end end`;
}

function windows1252(letter: number): number | undefined {
  if ((letter >= 0x20 && letter < 0x7f) || (letter >= 0xa0 && letter <= 0xff)) return letter;
  const moved = letter === 0 ? -1 : MOVED.indexOf(String.fromCodePoint(letter));
  return moved < 0 ? undefined : 0x80 + moved;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
