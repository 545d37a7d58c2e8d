import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { FunctionRange } from "./function-ranges.ts";
import { functionRanges, inlinedAt, rangeAt, reachedFrom } from "./function-ranges.ts";
import { importsOf } from "./imports.ts";
import { RemoteMaps } from "./remote-map.ts";
import { SourceMap } from "./source-map.ts";

/** A place in a file that a person wrote; lines count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

const MAX_SCRIPT_BYTES = 64 * 2 ** 20;
const MAX_CACHED_BYTES = 256 * 2 ** 20;
/** The largest script that is scanned for functions: a second of work. */
const MAX_SCANNED_BYTES = 4 * 2 ** 20;
/** From Node 26 on, V8 credits samples of inlined functions to them itself. */
export const CREDITS_INLINED: boolean = Number.parseInt(process.versions.node, 10) >= 26;

/** What is known of a script; no map where it names none, or one that cannot be read. */
interface Entry {
  readonly map: SourceMap | undefined;
  /** What the map's sources are relative to. */
  readonly base: string;
  readonly bytes: number;
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

  /** Reads the maps of these scripts that are not known yet, for `original` and `functionName`. Never throws. */
  async load(urls: Iterable<string>): Promise<void> {
    for (const url of urls) {
      const known = this.#entries.get(url);
      if (known !== undefined) {
        // The map that was asked for last is the last to go.
        this.#entries.delete(url);
        this.#entries.set(url, known);
        continue;
      }
      const entry = await readEntry(url, this.remote);
      this.#entries.set(url, entry);
      this.#bytes += entry.bytes;
      for (const [oldest, { bytes }] of this.#entries) {
        if (this.#bytes <= MAX_CACHED_BYTES || oldest === url) break;
        this.#entries.delete(oldest);
        this.#bytes -= bytes;
      }
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
      Object.assign(entry, await readFunctions(url));
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
    return this.#entries.get(url)?.imports.slice(0, MAX_IMPORTS) ?? [];
  }

  /** The innermost function of this name around a line (from 0) of the script, which was scanned; undefined where there is none. */
  functionAt(url: string, name: string, line: number): FunctionRange | undefined {
    // They come in the order in which they end, so the innermost first.
    return this.#entries
      .get(url)
      ?.functions?.find((range) => range.name === name && range.line <= line && line <= range.endLine);
  }
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
  const none: Entry = { map: undefined, base: url, bytes: url.length * 2, functions: undefined, imports: [] };
  const script = scriptUrl(url);
  if (script === undefined) return none;
  try {
    const reference = mapReference(await readText(script, MAX_SCRIPT_BYTES));
    if (reference === undefined) return none;
    const mapUrl = new URL(reference, script);
    const inline = mapUrl.protocol === "data:";
    const map = new SourceMap(inline ? readData(reference) : await readMap(mapUrl, remote));
    return { ...none, map, base: inline ? script.href : mapUrl.href, bytes: map.size };
  } catch {
    // A map that is missing or broken is no reason to withhold the profile: the generated places are true as well.
    return none;
  }
}

function readMap(url: URL, remote: RemoteMaps): Promise<string> {
  return url.protocol === "file:" ? readText(url, MAX_SCRIPT_BYTES) : remote.read(url, MAX_SCRIPT_BYTES);
}

async function readFunctions(url: string): Promise<Pick<Entry, "functions" | "imports">> {
  try {
    const script = scriptUrl(url);
    if (script === undefined) return { functions: [], imports: [] };
    const source = await readText(script, MAX_SCANNED_BYTES);
    return { functions: functionRanges(source), imports: importsOf(url, source) };
  } catch {
    return { functions: [], imports: [] };
  }
}

/** Where a script's text is: a CommonJS script goes by its path, a module by its URL; others are in no file. */
function scriptUrl(url: string): URL | undefined {
  if (path.isAbsolute(url)) return pathToFileURL(url);
  return url.startsWith("file:") ? new URL(url) : undefined;
}

async function readText(url: URL, most: number): Promise<string> {
  const { size } = await stat(url);
  if (size > most) throw new Error(`${url.href} has ${size} bytes, more than ${most}`);
  return readFile(url, "utf8");
}

/** What the last `sourceMappingURL` comment of a script says. */
function mapReference(text: string): string | undefined {
  const at = Math.max(text.lastIndexOf("//# sourceMappingURL="), text.lastIndexOf("//@ sourceMappingURL="));
  return at < 0 ? undefined : /^[^\s'"]+/.exec(text.slice(at + 21))?.[0];
}

function readData(url: string): string {
  const comma = url.indexOf(",");
  const body = url.slice(comma + 1);
  return url.slice(0, comma).endsWith(";base64") ? Buffer.from(body, "base64").toString() : decodeURIComponent(body);
}

function resolveSource(source: string, base: string): string {
  if (source.startsWith("/")) return source;
  try {
    return fileOf(new URL(source, base).href);
  } catch {
    return source;
  }
}
