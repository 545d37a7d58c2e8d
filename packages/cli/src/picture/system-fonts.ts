import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { readFont, readGlyphs, readTypeface, SCRIPTS, type Typeface } from "./font.ts";

/** So many files are looked at, in directories so deep. */
const MOST_FILES = 3000;
const DEEPEST = 5;

/** Names of the fonts with the most letters, which are looked at first; and those that are no plain ones, last. */
const FIRST = /cjk|source ?han|wqy|fallback|pingfang|hiragino|stheiti|msyh|yugoth|msgothic|malgun|arial ?uni|unifont/i;
const LAST = /bold|italic|oblique|light|thin|black|condensed|mono/i;

/** Where this system keeps its fonts. */
export function fontDirectories(): string[] {
  const home = homedir();
  if (process.platform === "darwin") return ["/System/Library/Fonts", "/Library/Fonts", join(home, "Library/Fonts")];
  if (process.platform === "win32") {
    const { windir = "C:\\Windows", LOCALAPPDATA = join(home, "AppData", "Local") } = process.env;
    return [join(windir, "Fonts"), join(LOCALAPPDATA, "Microsoft", "Windows", "Fonts")];
  }
  const data = process.env.XDG_DATA_HOME || join(home, ".local/share");
  return ["/usr/share/fonts", "/usr/local/share/fonts", join(data, "fonts"), join(home, ".fonts")];
}

/** Fonts of this machine for the letters of a graph that the tool's own have not. */
export interface MoreFonts {
  readonly typefaces: readonly Typeface[];
  /** The letters that no font has. */
  readonly missing: string;
}

/** Looks for fonts with the letters of this text, as few as can be; most texts need none. */
export function fontsFor(text: string, directories: readonly string[] = fontDirectories()): MoreFonts {
  // Latin letters are in every font, and marks that cannot be seen need none.
  const letters = new Set(text.match(/[\u0180-\u{10ffff}]/gu)?.filter((letter) => !/[\p{C}\p{Z}\p{M}]/u.test(letter)));
  const left = new Set([...letters].map((letter) => letter.codePointAt(0)!));
  for (const script of left.size > 0 ? SCRIPTS : []) take(left, readTypeface(readFont(script)).glyph);
  const typefaces: Typeface[] = [];
  for (const path of left.size > 0 ? fontFiles(directories) : []) {
    const before = left.size;
    const glyphs = readCoverage(path);
    if (glyphs !== undefined) take(left, (letter) => glyphs.get(letter) ?? 0);
    if (left.size < before) typefaces.push(readTypeface(readFileSync(path)));
    if (left.size === 0) break;
  }
  return { typefaces, missing: String.fromCodePoint(...[...left].slice(0, 10)) };
}

function take(left: Set<number>, glyph: (letter: number) => number): void {
  for (const letter of [...left]) if (glyph(letter) !== 0) left.delete(letter);
}

function fontFiles(directories: readonly string[]): string[] {
  const files: string[] = [];
  const waiting = directories.map((directory) => ({ directory, depth: 0 }));
  for (let next = waiting.shift(); next !== undefined && files.length < MOST_FILES; next = waiting.shift()) {
    const { directory, depth } = next;
    let entries: import("node:fs").Dirent[] = [];
    try {
      entries = readdirSync(directory, { withFileTypes: true });
    } catch {
      // A directory that this machine has not.
    }
    for (const entry of entries) {
      const path = join(directory, entry.name);
      if (entry.isDirectory() && depth < DEEPEST) waiting.push({ directory: path, depth: depth + 1 });
      else if (/\.(?:ttf|ttc|otf|otc)$/i.test(entry.name)) files.push(path);
    }
  }
  const rank = (path: string): number => (LAST.test(path) ? 2 : 0) + (FIRST.test(path) ? 0 : 1);
  return files.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/** The letters of a font file with outlines, read without the outlines; undefined where it is none. */
function readCoverage(path: string): Map<number, number> | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const head = read(file, 0, 16);
    const start = head.toString("latin1", 0, 4) === "ttcf" ? head.readUInt32BE(12) : 0;
    const directory = read(file, start, 12 + 16 * read(file, start, 6).readUInt16BE(4));
    let cmap: Buffer | undefined;
    let hasOutlines = false;
    for (let entry = 12; entry + 16 <= directory.length; entry += 16) {
      const name = directory.toString("latin1", entry, entry + 4);
      if (name === "glyf" || name === "CFF ") hasOutlines = true;
      if (name === "cmap") cmap = read(file, directory.readUInt32BE(entry + 8), directory.readUInt32BE(entry + 12));
    }
    return cmap === undefined || !hasOutlines ? undefined : readGlyphs(cmap);
  } catch {
    // Damaged, or not readable: there may be others.
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** More than any table of letters. */
const LARGEST_TABLE = 1 << 24;

function read(file: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(Math.min(length, LARGEST_TABLE));
  return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, at));
}
