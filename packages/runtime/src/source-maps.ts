import { readFile, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { SourceMap } from "./source-map.ts";

/** A place in a file that a person wrote; lines count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

const MAX_SCRIPT_BYTES = 64 * 2 ** 20;
const MAX_CACHED_BYTES = 256 * 2 ** 20;

/** A script's source map, or why there is none to be had: it names none, or the one it names cannot be read. */
interface Entry {
  readonly map: SourceMap | undefined;
  /** What the map's sources are relative to. */
  readonly base: string;
  readonly bytes: number;
}

/** Finds original sources: reads the maps of scripts when they are first asked for, and keeps a bounded number of bytes. */
export class SourceMaps {
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  /** Reads the maps of these scripts that are not known yet; `original` knows them from then on. Never throws. */
  async load(urls: Iterable<string>): Promise<void> {
    for (const url of urls) {
      const known = this.#entries.get(url);
      if (known !== undefined) {
        // The map that was asked for last is the last to go.
        this.#entries.delete(url);
        this.#entries.set(url, known);
        continue;
      }
      const entry = await readEntry(url);
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

async function readEntry(url: string): Promise<Entry> {
  const none = { map: undefined, base: url, bytes: url.length * 2 };
  // A CommonJS script goes by its path, a module by its URL.
  const script = url.startsWith("/") ? new URL(`file://${encodeURI(url)}`).href : url;
  if (!script.startsWith("file:")) return none;
  try {
    const text = await readText(new URL(script));
    const reference = mapReference(text);
    if (reference === undefined) return none;
    const mapUrl = new URL(reference, script);
    const json = mapUrl.protocol === "data:" ? readData(reference) : await readText(mapUrl);
    const map = new SourceMap(json);
    return { map, base: mapUrl.protocol === "data:" ? script : mapUrl.href, bytes: map.size };
  } catch {
    // A map that is missing or broken is no reason to withhold the profile: the generated places are true as well.
    return none;
  }
}

async function readText(url: URL): Promise<string> {
  const { size } = await stat(url);
  if (size > MAX_SCRIPT_BYTES) throw new Error(`${url.href} has ${size} bytes, more than ${MAX_SCRIPT_BYTES}`);
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
