import { createHash } from "node:crypto";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { getHeapStatistics } from "node:v8";
import { RuntimeError } from "../../error.ts";
import { readRegularFile } from "../source-map/regular-file.ts";
import type { RemoteMaps } from "../source-map/remote-map.ts";
import { SourceMap } from "../source-map/source-map.ts";
import { type FunctionRange, functionRanges } from "./function-ranges.ts";
import { importsOf } from "./imports.ts";

/** The largest script, and the largest map, that is read: a map of this size takes a second, and eight times as much memory. */
const MAX_BYTES = 64 * 2 ** 20;
const MEMORY_EACH = 8;
/** The largest script that is scanned for functions: a second of work. */
const MAX_SCANNED_BYTES = 4 * 2 ** 20;
/** So many characters of a URL that is the script's text are shown. */
const DATA_LENGTH = 60;
/** So many imports of a script are looked through, and of those that it imports. */
const MAX_IMPORTS = 200;

/** What a script's map is, as far as there is one. */
export interface ReadMap {
  readonly map: SourceMap | undefined;
  /** The map of what `map` leads to, where that was itself made of the original. */
  readonly before: SourceMap | undefined;
  /** What the map's sources are relative to. */
  readonly base: string;
  /** Why the map was refused. */
  readonly refused: string | undefined;
}

/** What is found by going through a script's text. */
export interface Scanned {
  readonly functions: readonly FunctionRange[];
  readonly imports: readonly string[];
}

/** The map of a script: of the file, or of this text of it, which has no map but its own where it is not the file's. */
export async function readMapOf(
  url: string,
  remote: RemoteMaps,
  running?: { readonly text: string; readonly asOnDisk: boolean },
): Promise<ReadMap> {
  const none: ReadMap = { map: undefined, before: undefined, base: url, refused: undefined };
  try {
    const script = scriptUrl(url);
    if (script === undefined && running === undefined) return none;
    const most = mostBytes();
    const text = running === undefined ? await readRegularFile(script!, most) : Buffer.from(running.text);
    const reference = mapReference(text);
    if (reference === undefined) return none;
    const inline = isData(reference);
    if (!inline && running?.asOnDisk === false) return none;
    const mapUrl = inline ? script : new URL(reference, script);
    const map = new SourceMap(inline ? readData(reference) : await readMap(mapUrl!, most, remote));
    const base = mapUrl?.href ?? url;
    return { ...none, map, before: inline ? mapBefore(text, url, map, base) : undefined, base };
  } catch (error) {
    // A map that is missing or broken is no reason to withhold the profile: the generated places are true as well.
    return error instanceof RuntimeError ? { ...none, refused: error.message } : none;
  }
}

/** Goes through the file of a script, or through its text where that is known. */
export async function scanScript(url: string, running?: string): Promise<Scanned> {
  try {
    if (running !== undefined) {
      const functions = running.length > MAX_SCANNED_BYTES ? [] : functionRanges(running);
      // What it imports runs in the same way, and is not what is on disk either.
      return { functions, imports: [] };
    }
    const script = scriptUrl(url);
    if (script === undefined) return { functions: [], imports: [] };
    const source = (await readRegularFile(script, Math.min(mostBytes(), MAX_SCANNED_BYTES))).toString();
    return { functions: functionRanges(source), imports: importsOf(url, source, MAX_IMPORTS) };
  } catch {
    return { functions: [], imports: [] };
  }
}

/** A program may run with a small heap, and its profiler with it. */
export function mostBytes(): number {
  const { heap_size_limit, used_heap_size } = getHeapStatistics();
  return Math.min(MAX_BYTES, Math.floor(Math.max(heap_size_limit - used_heap_size, 0) / MEMORY_EACH));
}

function readMap(url: URL, most: number, remote: RemoteMaps): Promise<Buffer> {
  return url.protocol === "file:" ? readRegularFile(url, most) : remote.read(url, most);
}

/** Where a script's text is: a CommonJS script goes by its path, a module by its URL; others are in no file. */
export function scriptUrl(url: string): URL | undefined {
  if (path.isAbsolute(url)) return pathToFileURL(url);
  return url.startsWith("file:") ? new URL(url) : undefined;
}

/**
 * The map that stands in front of the last one. Node 24 transforms a CommonJS script twice where its module loader loads it: its
 * last map leads to what came out the first time, under the name of the file, and there is that one's map in the text.
 */
function mapBefore(text: Buffer, url: string, map: SourceMap, base: string): SourceMap | undefined {
  const at = lastReference(text);
  const rest = text.subarray(0, at).toString().trimEnd();
  const from = rest.lastIndexOf("\n") + 1;
  const line = rest.slice(from);
  const comment = line.lastIndexOf("//# sourceMappingURL=data:");
  if (comment < 0 || /\s/.test(line.slice(comment + 4))) return undefined;
  const [source, other] = map.sources;
  if (source === undefined || other !== undefined || resolveSource(source, base) !== fileOf(url)) return undefined;
  return new SourceMap(readData(line.slice(comment + 21)));
}

/** What the last `sourceMappingURL` comment of a script says. */
function mapReference(text: Buffer): string | undefined {
  const at = lastReference(text);
  return at < 0 ? undefined : /^[^\s'"]+/.exec(text.toString("utf8", at + 21))?.[0];
}

function lastReference(text: Buffer): number {
  return Math.max(text.lastIndexOf("//# sourceMappingURL="), text.lastIndexOf("//@ sourceMappingURL="));
}

function readData(url: string): Buffer {
  const comma = url.indexOf(",");
  const body = url.slice(comma + 1);
  return /;base64$/i.test(url.slice(0, comma)) ? Buffer.from(body, "base64") : Buffer.from(decodeURIComponent(body));
}

export function resolveSource(source: string, base: string): string {
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

/** A script's URL as the file name that people know it by; of one that is the script's text, how it begins and a hash. */
export function fileOf(url: string): string {
  if (isData(url) && url.length > DATA_LENGTH)
    return `${url.slice(0, DATA_LENGTH)}…${createHash("sha256").update(url).digest("hex").slice(0, 8)}`;
  if (!url.startsWith("file:")) return url;
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}

/** Whether a URL is the text itself. */
export function isData(url: string): boolean {
  return /^data:/i.test(url);
}
