import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { getHeapStatistics } from "node:v8";
import { RuntimeError } from "../../error.ts";
import { readRegularFile } from "../source-map/regular-file.ts";
import { RemoteMaps } from "../source-map/remote-map.ts";
import { SourceMap } from "../source-map/source-map.ts";
import type { FunctionRange } from "./function-ranges.ts";
import { functionRanges, inlinedAt, rangeAt, reachedFrom } from "./function-ranges.ts";
import { importsOf } from "./imports.ts";

/** A place in a file that a person wrote; lines count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** The largest script, and the largest map, that is read: a map of this size takes a second, and eight times as much memory. */
const MAX_BYTES = 64 * 2 ** 20;
const MEMORY_EACH = 8;
const MAX_CACHED_BYTES = 256 * 2 ** 20;
/** What is remembered of a script, and of each of its functions; about. */
const ENTRY_BYTES = 512;
/** How long the maps of one profile may take: servers may be slow, and scripts be many. */
const LOAD_MILLIS = 10_000;
/** The largest script that is scanned for functions: a second of work. */
const MAX_SCANNED_BYTES = 4 * 2 ** 20;
/** From Node 26 on, V8 credits samples of inlined functions to them itself. */
export const CREDITS_INLINED: boolean = Number.parseInt(process.versions.node, 10) >= 26;

/** What is known of a script; no map where it names none, or one that cannot be read. */
interface Entry {
  readonly map: SourceMap | undefined;
  /** What the map's sources are relative to. */
  readonly base: string;
  /** Why the map was refused. */
  readonly refused: string | undefined;
  bytes: number;
  functions: readonly FunctionRange[] | undefined;
  /** The scripts that it imports, known together with its functions. */
  imports: readonly string[];
}

/** A function of a script. */
export interface Inlined {
  readonly url: string;
  readonly range: FunctionRange;
}

/** How far imports are followed: V8 inlines few levels deep. */
const IMPORT_DEPTH = 2;
/** So many imports of a script are looked through, and of those that it imports. */
const MAX_IMPORTS = 200;

/** The program's scripts: their original sources and functions, read when first asked for; a bounded number of bytes is kept. */
export class Scripts {
  /** Where maps with a URL are asked for. */
  readonly remote: RemoteMaps = new RemoteMaps();
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

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
      if (performance.now() > end) {
        left.set(`those before it took more than ${LOAD_MILLIS / 1000} s`, url);
        continue;
      }
      const entry = await readEntry(url, this.remote);
      if (entry.refused !== undefined) left.set(entry.refused, url);
      this.#entries.set(url, entry);
      this.#grow(url, entry.bytes);
    }
    return left;
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
  original(url: string, line: number, column?: number): Place {
    const entry = this.#entries.get(url);
    const found = entry?.map?.original(line - 1, column === undefined ? undefined : column - 1);
    if (entry === undefined || found === undefined) return { file: fileOf(url), line };
    return { file: resolveSource(found.source, entry.base), line: found.line + 1 };
  }

  /** What the function is called in its original: `column`, from 1, is where V8 says that it begins, behind its name. */
  functionName(url: string, line: number, column: number, generated: string): string {
    // V8 also names functions for what they are assigned to; only a name that stands there is one that the map knows.
    return this.#entries.get(url)?.map?.nameAt(line - 1, column - 1 - generated.length) ?? generated;
  }

  /** Finds the functions of these scripts, which are loaded, for `inlinedAt` and `functionAt`. Never throws. */
  async scan(urls: Iterable<string>): Promise<void> {
    for (const url of urls) {
      const entry = this.#entries.get(url);
      if (entry === undefined || entry.functions !== undefined) continue;
      const found = await readFunctions(url);
      const more = (found.functions?.length ?? 0) * ENTRY_BYTES + found.imports.join().length * 2;
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

  /**
   * The function that a line (from 0) of a sample in the one that begins at `caller` belongs to: V8 before 14 (Node 26)
   * credits what it has inlined to the caller. "elsewhere" where it is a line of another script, and nothing tells whose.
   */
  inlinedAt(
    url: string,
    caller: { readonly line: number; readonly column: number },
    line: number,
  ): Inlined | "caller" | "elsewhere" {
    const functions = this.#entries.get(url)?.functions;
    if (functions === undefined || CREDITS_INLINED) return "caller";
    const found = inlinedAt(functions, caller, line);
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
    return this.#entries
      .get(url)
      ?.functions?.find((range) => range.name === name && range.line <= line && line <= range.endLine);
  }
}

/** What a profile says of source maps that were left out: as much as there are reasons, however many maps there are. */
export function leftOut(why: string, url: string): string {
  return `a source map is left out, for ${why}: that of ${fileOf(url)}`;
}

/** A script's URL as the file name that people know it by. */
export function fileOf(url: string): string {
  if (!url.startsWith("file:")) return url;
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}

async function readEntry(url: string, remote: RemoteMaps): Promise<Entry> {
  const none: Entry = {
    map: undefined,
    base: url,
    refused: undefined,
    bytes: ENTRY_BYTES + url.length * 2,
    functions: undefined,
    imports: [],
  };
  try {
    const script = scriptUrl(url);
    if (script === undefined) return none;
    const most = mostBytes();
    const reference = mapReference(await readRegularFile(script, most));
    if (reference === undefined) return none;
    const inline = /^data:/i.test(reference);
    const mapUrl = inline ? script : new URL(reference, script);
    const map = new SourceMap(inline ? readData(reference) : await readMap(mapUrl, most, remote));
    return { ...none, map, base: mapUrl.href, bytes: none.bytes + map.size };
  } catch (error) {
    // A map that is missing or broken is no reason to withhold the profile: the generated places are true as well.
    return error instanceof RuntimeError ? { ...none, refused: error.message } : none;
  }
}

/** A program may run with a small heap, and its profiler with it. */
function mostBytes(): number {
  const { heap_size_limit, used_heap_size } = getHeapStatistics();
  return Math.min(MAX_BYTES, Math.floor(Math.max(heap_size_limit - used_heap_size, 0) / MEMORY_EACH));
}

function readMap(url: URL, most: number, remote: RemoteMaps): Promise<Buffer> {
  return url.protocol === "file:" ? readRegularFile(url, most) : remote.read(url, most);
}

async function readFunctions(url: string): Promise<Pick<Entry, "functions" | "imports">> {
  try {
    const script = scriptUrl(url);
    if (script === undefined) return { functions: [], imports: [] };
    const source = (await readRegularFile(script, Math.min(mostBytes(), MAX_SCANNED_BYTES))).toString();
    return { functions: functionRanges(source), imports: importsOf(url, source, MAX_IMPORTS) };
  } catch {
    return { functions: [], imports: [] };
  }
}

/** Where a script's text is: a CommonJS script goes by its path, a module by its URL; others are in no file. */
function scriptUrl(url: string): URL | undefined {
  if (path.isAbsolute(url)) return pathToFileURL(url);
  return url.startsWith("file:") ? new URL(url) : undefined;
}

/** What the last `sourceMappingURL` comment of a script says. */
function mapReference(text: Buffer): string | undefined {
  const at = Math.max(text.lastIndexOf("//# sourceMappingURL="), text.lastIndexOf("//@ sourceMappingURL="));
  return at < 0 ? undefined : /^[^\s'"]+/.exec(text.toString("utf8", at + 21))?.[0];
}

function readData(url: string): Buffer {
  const comma = url.indexOf(",");
  const body = url.slice(comma + 1);
  return /;base64$/i.test(url.slice(0, comma)) ? Buffer.from(body, "base64") : Buffer.from(decodeURIComponent(body));
}

function resolveSource(source: string, base: string): string {
  if (source.startsWith("/")) return source;
  try {
    const url = new URL(source, base);
    // Where somebody's password stands in a map, it is no part of the file's name.
    url.username = "";
    url.password = "";
    return fileOf(url.href);
  } catch {
    return source;
  }
}
