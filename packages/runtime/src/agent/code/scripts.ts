import { readRegularFile } from "../source-map/regular-file.ts";
import { RemoteMaps } from "../source-map/remote-map.ts";
import type { Original } from "../source-map/source-map.ts";
import type { Begin, Begun } from "./function-begin.ts";
import { type FunctionRange, inlinedAt, lastWord, rangeAt, reachedFrom } from "./function-ranges.ts";
import { fileOf, isData, type ReadMap, readMapOf, resolveSource, scanScript, scriptUrl } from "./read-script.ts";

/** A place in a file that a person wrote; lines count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

const MAX_CACHED_BYTES = 256 * 2 ** 20;
/** What is remembered of a script, and of each of its functions; about. */
const ENTRY_BYTES = 512;
const NAME_BYTES = 100;
/** No URL has it. */
const NAMES = "\n";
/** How long the maps of one profile may take: servers may be slow, and scripts be many. */
const LOAD_MILLIS = 10_000;
/** The largest original that is read to see what a function is called there. */
const MAX_ORIGINAL_BYTES = 4 * 2 ** 20;
/** So many characters of originals are read for a script: its map may lead each function to another file, or another way to one. */
const MAX_ORIGINALS = 16 * 2 ** 20;
/** How long the functions of the scripts of one profile may be looked for. */
const SCAN_MILLIS = 10_000;
/** From Node 26 on, V8 credits samples of inlined functions to them itself. */
export const CREDITS_INLINED: boolean = Number.parseInt(process.versions.node, 10) >= 26;

/** What is known of a script; no map where it names none, or one that cannot be read. */
interface Entry extends ReadMap {
  readonly url: string;
  /** What runs, where it is not known to be what is on disk. */
  readonly running: Running | undefined;
  bytes: number;
  /** Where the names of functions stand, by where the functions begin. */
  readonly nameColumns: Map<string, number | undefined>;
  /** How many characters of originals were read. */
  originals: number;
  /** Where it begins as a whole, once that was asked for. */
  begin: Place | undefined;
  functions: readonly FunctionRange[] | undefined;
  /** The scripts that it imports, known together with its functions. */
  imports: readonly string[];
  /** Lines of code that it has made of text and called, the first and the last that are known; from 0. */
  evaluated: readonly [from: number, to: number] | undefined;
}

/** What V8 has of a script. */
interface Running {
  /** undefined where that could not be learnt, though it is not what is on disk. */
  readonly text: string | undefined;
  /** Whether the file on disk, as it is now, has the same places. */
  readonly asOnDisk: boolean;
}

/** A function of a script. */
export interface Inlined {
  readonly url: string;
  readonly range: FunctionRange;
}

/** How far imports are followed: V8 inlines few levels deep. */
const IMPORT_DEPTH = 2;
/** So many names of `data:` URLs are kept. */
const MOST_DATA_FILES = 100;

/**
 * The program's scripts: their original sources and functions, read when first asked for; a bounded number of bytes is kept.
 *
 * A script goes by its URL where what runs is what is on disk, and else by a name that `add` gives.
 */
export class Scripts {
  /** Where maps with a URL are asked for. */
  readonly remote: RemoteMaps = new RemoteMaps();
  readonly #entries = new Map<string, Entry>();
  /** The files of `data:` URLs, which may be long, and every frame asks. */
  readonly #dataFiles = new Map<string, string>();
  #bytes = 0;
  #added = 0;

  /**
   * Reads the maps of these scripts that are not known yet, for `original` and `functionName`, and resolves with why some were
   * left out, each reason with one of them. Never throws.
   */
  async load(urls: Iterable<string>): Promise<ReadonlyMap<string, string>> {
    const left = new Map<string, string>();
    const end = performance.now() + LOAD_MILLIS;
    for (const url of urls) {
      const known = this.#entries.get(url);
      if (known !== undefined) {
        // The map that was asked for last is the last to go.
        this.#entries.delete(url);
        this.#entries.set(url, known);
        if (known.refused !== undefined) left.set(known.refused, url);
        continue;
      }
      // One that was added and is forgotten again is in no file.
      if (url !== urlOf(url)) continue;
      if (performance.now() > end) {
        left.set(`those before it took more than ${LOAD_MILLIS / 1000} s`, url);
        continue;
      }
      const entry = entryOf(url, await readMapOf(url, this.remote));
      if (entry.refused !== undefined) left.set(entry.refused, url);
      this.#entries.set(url, entry);
      this.#grow(url, entry.bytes);
    }
    return left;
  }

  /** Takes a script whose text is not known to be that of its file, and resolves with the name that it goes by. Never throws. */
  async add(url: string, running: Running): Promise<string> {
    const { text, asOnDisk } = running;
    const none: ReadMap = { map: undefined, before: undefined, base: url, refused: undefined };
    const read = text === undefined ? none : await readMapOf(url, this.remote, { text, asOnDisk });
    const script = `${url}${NAMES}${++this.#added}`;
    const entry = entryOf(url, read, running);
    this.#entries.set(script, entry);
    this.#grow(script, entry.bytes);
    return script;
  }

  /** Whether it is known still, for what was asked for longest ago is forgotten. */
  has(script: string): boolean {
    return this.#entries.has(script);
  }

  /** Whether it has a map. */
  isMapped(script: string): boolean {
    return this.#entries.get(script)?.map !== undefined;
  }

  /** What V8 has of a script that was added. */
  textOf(script: string): string | undefined {
    return this.#entries.get(script)?.running?.text;
  }

  /** Notes where the names of functions of a script stand, which is loaded, for `functionName`. Never throws. */
  async learn(script: string, begins: Iterable<readonly [Begun, Begin]>): Promise<void> {
    const entry = this.#entries.get(script);
    if (entry === undefined) return;
    for (const [{ lineNumber, columnNumber }, { nameColumn }] of begins) {
      const place = `${lineNumber}:${columnNumber}`;
      if (entry.nameColumns.has(place)) continue;
      entry.nameColumns.set(place, nameColumn);
      entry.bytes += NAME_BYTES;
      this.#bytes += NAME_BYTES;
      const known = nameColumn === undefined ? undefined : entry.map?.identifierAt(lineNumber, nameColumn);
      if (known === undefined || known.stands !== undefined) continue;
      // Without the original's text a name could not be seen to stand there.
      const hasRoom = entry.originals < MAX_ORIGINALS;
      const text = hasRoom ? await readOriginal(resolveSource(known.source, entry.base)) : "";
      entry.map!.provide(known.source, text);
      entry.originals += text.length;
      entry.bytes += text.length * 2;
      if (this.#entries.get(script) === entry) this.#grow(script, text.length * 2);
    }
  }

  /** The scripts that were asked for longest ago go first, but not the one for which room is made. */
  #grow(url: string, more: number): void {
    this.#bytes += more;
    for (const [oldest, { bytes }] of this.#entries) {
      if (this.#bytes <= MAX_CACHED_BYTES || oldest === url) break;
      this.#entries.delete(oldest);
      this.#bytes -= bytes;
    }
  }

  /** The original of a place in a script, lines and columns counted from 1; without a map, the place itself. */
  original(script: string, line: number, column?: number): Place {
    const found = this.#entries.get(script)?.map?.original(line - 1, column === undefined ? undefined : column - 1);
    return this.#placeOf(script, line, found);
  }

  /** The original of a line as a whole, of which no column is known: the line itself where it comes from several. */
  originalOfLine(script: string, line: number): Place {
    return this.#placeOf(script, line, this.#entries.get(script)?.map?.originalOfLine(line - 1));
  }

  /** The place that a script's map leads to, and else this line of what runs. */
  #placeOf(script: string, line: number, found: Original | undefined): Place {
    const entry = this.#entries.get(script);
    const { before } = entry ?? {};
    const first = found === undefined || before === undefined ? found : before.original(found.line, found.column);
    if (entry === undefined || first === undefined) return { file: this.#generated(script), line };
    return { file: resolveSource(first.source, entry.base), line: first.line + 1 };
  }

  /** Where a script as a whole begins. */
  beginOf(script: string): Place {
    const entry = this.#entries.get(script);
    const file = this.file(script);
    if (entry?.running === undefined || entry.map?.original(0, 0) !== undefined) return this.original(script, 1, 1);
    if (entry.begin === undefined) {
      // A map may have very many sources, and every frame of a module asks.
      const own = entry.map?.sources.some((source) => resolveSource(source, entry.base) === file) === true;
      entry.begin = own ? { file, line: 1 } : this.original(script, 1, 1);
    }
    return entry.begin;
  }

  /** The file that a script is named for. */
  file(script: string): string {
    const url = this.#entries.get(script)?.url ?? urlOf(script);
    if (!isData(url)) return fileOf(url);
    let file = this.#dataFiles.get(url);
    if (file === undefined) {
      if (this.#dataFiles.size >= MOST_DATA_FILES) this.#dataFiles.clear();
      file = fileOf(url);
      this.#dataFiles.set(url, file);
    }
    return file;
  }

  /** How a place is called that has no original: what runs is not always what the file of that name has. */
  #generated(script: string): string {
    const running = this.#entries.get(script)?.running;
    const file = this.file(script);
    const own = running === undefined ? script !== urlOf(script) : !running.asOnDisk;
    return own && scriptUrl(urlOf(script)) !== undefined ? `${file} (as transpiled)` : file;
  }

  /** What the function is called in its original that begins at this place, from 1: at its parameters. */
  functionName(script: string, line: number, column: number, generated: string): string {
    const entry = this.#entries.get(script);
    const map = entry?.before === undefined ? entry?.map : undefined;
    if (map === undefined) return generated;
    // V8 also names functions for what they are assigned to, by more than one word.
    const word = lastWord(generated);
    const place = `${line - 1}:${column - 1}`;
    const seen = entry!.nameColumns.has(place);
    const at = seen ? entry!.nameColumns.get(place) : column - 1 - word.length;
    const found = at === undefined ? undefined : map.identifierAt(line - 1, at);
    // What was not looked at in the script's text must at least be seen in the original.
    if (found?.stands !== true) return generated;
    return generated.slice(0, generated.length - word.length) + found.name;
  }

  /**
   * Finds the functions of these scripts, which are loaded, for `inlinedAt` and `functionAt`; those for which there is no time
   * any more are left for the next profile. Never throws.
   */
  async scan(urls: Iterable<string>): Promise<void> {
    const end = performance.now() + SCAN_MILLIS;
    for (const url of urls) {
      if (performance.now() > end) break;
      const entry = this.#entries.get(url);
      if (entry === undefined || entry.functions !== undefined) continue;
      const found = await scanScript(entry.url, entry.running?.text);
      const more = found.functions.length * ENTRY_BYTES + found.imports.join().length * 2;
      Object.assign(entry, found, { bytes: entry.bytes + more });
      if (this.#entries.get(url) === entry) this.#grow(url, more);
    }
  }

  /** Loads and scans what these scripts import, and what that imports, for `inlinedAt`. Never throws. */
  async scanImports(urls: Iterable<string>): Promise<void> {
    let level = [...urls];
    for (let depth = 0; depth < IMPORT_DEPTH; depth++) {
      level = [...new Set(level.flatMap((url) => this.#imports(url)))];
      await this.load(level);
      await this.scan(level);
    }
  }

  /** Has it known that this script calls code without a file, which has these lines (from 0) at least: V8 may inline that, too. */
  noteEvaluated(url: string, from: number, to: number): void {
    const entry = this.#entries.get(url);
    if (entry === undefined) return;
    const [first, last] = entry.evaluated ?? [from, to];
    entry.evaluated = [Math.min(first, from), Math.max(last, to)];
  }

  /**
   * The function that a line (from 0) of a sample in the one that begins at `caller` belongs to: V8 before 14 (Node 26)
   * credits what it has inlined to the caller. "elsewhere" where it is a line of another script, and nothing tells whose; "unclear"
   * where it may be of code that has no file.
   */
  inlinedAt(
    url: string,
    caller: { readonly line: number; readonly column: number },
    line: number,
  ): Inlined | "caller" | "elsewhere" | "unclear" {
    const { functions, evaluated } = this.#entries.get(url) ?? {};
    if (functions === undefined || CREDITS_INLINED) return "caller";
    const found = inlinedAt(functions, caller, line);
    // One of this script's own, or what was made of text: nothing tells which.
    if (found !== "caller" && evaluated !== undefined && evaluated[0] <= line && line <= evaluated[1]) return "unclear";
    if (found === "elsewhere") return this.#importedAt(url, rangeAt(functions, caller)!, line) ?? found;
    return found === "caller" ? found : { url, range: found };
  }

  /** The one function around this line, of the scripts that a function's script imports, that the function can reach by name. */
  #importedAt(url: string, { mentions, beyond }: FunctionRange, line: number): Inlined | undefined {
    const { words } = reachedFrom(this.#entries.get(url)!.functions!, new Set([...mentions, ...beyond]), line);
    let level = [{ url, words }];
    const seen = new Set([url]);
    for (let depth = 0; depth < IMPORT_DEPTH; depth++) {
      const next: typeof level = [];
      const found: Inlined[] = [];
      for (const from of level) {
        for (const imported of this.#imports(from.url)) {
          const functions = this.#entries.get(imported)?.functions;
          if (functions === undefined || seen.has(imported)) continue;
          seen.add(imported);
          const { at, words } = reachedFrom(functions, from.words, line);
          if (at !== undefined) found.push({ url: imported, range: at });
          next.push({ url: imported, words });
        }
      }
      if (found.length > 0) return found.length === 1 ? found[0] : undefined;
      level = next;
    }
    return undefined;
  }

  #imports(url: string): readonly string[] {
    return this.#entries.get(url)?.imports ?? [];
  }

  /** The innermost function of this name around a line (from 0) of the script, which was scanned; undefined where there is none. */
  functionAt(url: string, name: string, line: number): FunctionRange | undefined {
    // They come in the order in which they end, so the innermost first.
    const [inner, next] = (this.#entries.get(url)?.functions ?? []).filter(
      (range) => range.name === name && range.line <= line && line <= range.endLine,
    );
    // Of two on the same lines, nothing tells which one it is.
    return next !== undefined && next.line === inner!.line && next.endLine === inner!.endLine ? undefined : inner;
  }
}

function entryOf(url: string, read: ReadMap, running?: Running): Entry {
  const bytes = ENTRY_BYTES + url.length * 2 + (read.map?.size ?? 0) + (running?.text?.length ?? 0);
  return {
    ...read,
    url,
    running,
    bytes,
    nameColumns: new Map(),
    originals: 0,
    begin: undefined,
    functions: undefined,
    imports: [],
    evaluated: undefined,
  };
}

/** The URL in the name of a script that was added. */
function urlOf(script: string): string {
  return script.split(NAMES, 1)[0]!;
}

async function readOriginal(file: string): Promise<string> {
  const url = scriptUrl(file);
  if (url === undefined) return "";
  return readRegularFile(url, MAX_ORIGINAL_BYTES).then(
    (bytes) => bytes.toString(),
    () => "",
  );
}

/** What a profile says of source maps that were left out: as much as there are reasons, however many maps there are. */
export function leftOut(why: string, url: string): string {
  return `a source map is left out, for ${why}: that of ${fileOf(urlOf(url))}`;
}
