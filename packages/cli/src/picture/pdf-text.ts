import { deflateSync } from "node:zlib";
import { readFont, readTypeface, SCRIPTS, type Typeface } from "./font.ts";
import type { PdfFile, Reference } from "./pdf.ts";

/** A font of the page's own, and which of its letters are used. */
interface Embedded {
  readonly name: string;
  readonly typeface: Typeface;
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
  readonly #embedded: Embedded[] = [];

  constructor(file: PdfFile) {
    this.#file = file;
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
    for (const [i, script] of SCRIPTS.entries()) {
      this.#embedded[i] ??= { name: `F${i}`, typeface: readTypeface(readFont(script)), used: new Map() };
      const { name, typeface, used } = this.#embedded[i];
      const glyph = typeface.glyph(code);
      if (glyph === 0) continue;
      used.set(glyph, letter);
      return [name, hex(glyph, 4)];
    }
    return ["F", hex(0x3f, 2)];
  }

  #write({ name, typeface, used }: Embedded): Reference {
    const font = `/BaseFont /Tinos-${name}`;
    const file = this.#file.add(`/Length1 ${typeface.file.length}`, deflateSync(typeface.file));
    // Of these, readers use the file alone; the rest must be there.
    const descriptor = this.#file.add(
      `/Type /FontDescriptor /FontName /Tinos-${name} /Flags 4 /FontBBox [-200 -300 1200 1000] /ItalicAngle 0
/Ascent 891 /Descent -216 /CapHeight 662 /StemV 80 /FontFile2 ${file}`,
    );
    const widths = [...used.keys()].map((glyph) => `${glyph} [${typeface.advance(glyph)}]`).join(" ");
    const descendant = this.#file.add(
      `/Type /Font /Subtype /CIDFontType2 ${font} /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>
/FontDescriptor ${descriptor} /CIDToGIDMap /Identity /W [${widths}]`,
    );
    const letters = this.#file.add("", deflateSync(Buffer.from(toUnicode(used))));
    return this.#file.add(
      `/Type /Font /Subtype /Type0 ${font} /Encoding /Identity-H /DescendantFonts [${descendant}] /ToUnicode ${letters}`,
    );
  }
}

/** What copies and searches of the page find: a table from the font's numbers back to letters. */
function toUnicode(used: ReadonlyMap<number, string>): string {
  const rows = [...used].map(
    ([glyph, letter]) => `<${hex(glyph, 4)}> <${Buffer.from(letter, "utf16le").swap16().toString("hex")}>`,
  );
  const blocks: string[] = [];
  // A block holds a hundred rows at most.
  for (let i = 0; i < rows.length; i += 100) {
    const block = rows.slice(i, i + 100);
    blocks.push(`${block.length} beginbfchar`, ...block, "endbfchar");
  }
  return `/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def /CMapType 2 def
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
