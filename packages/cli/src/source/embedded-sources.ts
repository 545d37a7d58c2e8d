import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { readTextFile } from "../host/file/regular-file.ts";
import { workingDirectory } from "../host/working-directory.ts";

/**
 * So many source maps of so many bytes are read, and directories so many and so deep looked into, before the search is given
 * up: anybody's may lie below the working directory.
 */
const MOST_MAPS = 500;
const MOST_BYTES = { each: 64 * 2 ** 20, all: 256 * 2 ** 20 };
const MOST_DIRECTORIES = 20_000;
const DEEPEST = 6;

/** A map as somebody may have written it. */
interface SourceMap {
  readonly sources?: unknown;
  readonly sourceRoot?: unknown;
  readonly sourcesContent?: unknown;
}

/** The sources that source maps hold: of programs of which only what was built is here. */
export class EmbeddedSources {
  readonly #directories: readonly string[];
  /** The texts by path. */
  #texts: Map<string, string> | undefined;

  constructor(directories: readonly string[]) {
    this.#directories = directories;
  }

  /** The text of the source with this path, or with as much of its end as tells it from all others. */
  find(file: string): string | undefined {
    this.#texts ??= readMaps(this.#directories);
    const exact = this.#texts.get(path.resolve(workingDirectory(), file));
    if (exact !== undefined) return exact;
    const parts = file.split("/").filter(Boolean);
    for (let from = 0; from < Math.max(1, parts.length - 1); from++) {
      const end = `/${parts.slice(from).join("/")}`;
      const found = [...this.#texts].filter(([name]) => name.endsWith(end));
      if (found.length === 1) return found[0]![1];
    }
    return undefined;
  }
}

function readMaps(directories: readonly string[]): Map<string, string> {
  const texts = new Map<string, string>();
  const waiting = directories.map((directory) => ({ directory: path.resolve(directory), depth: 0 }));
  let left = MOST_MAPS;
  let bytes = 0;
  for (let at = 0; at < waiting.length && at < MOST_DIRECTORIES && left > 0; at++) {
    const { directory, depth } = waiting[at]!;
    for (const entry of entriesOf(directory)) {
      const file = path.join(directory, entry.name);
      if (entry.isDirectory()) {
        const skipped = entry.name === "node_modules" || entry.name.startsWith(".");
        if (!skipped && depth < DEEPEST) waiting.push({ directory: file, depth: depth + 1 });
      } else if (/\.[cm]?js\.map$/.test(entry.name) && left > 0) {
        const size = sizeOf(file);
        if (size === undefined || size > MOST_BYTES.each || bytes + size > MOST_BYTES.all) continue;
        left--;
        bytes += size;
        addTexts(file, texts);
      }
    }
  }
  return texts;
}

function addTexts(file: string, texts: Map<string, string>): void {
  try {
    const { sources, sourceRoot, sourcesContent } = JSON.parse(readTextFile(file)) as SourceMap;
    if (!Array.isArray(sources) || !Array.isArray(sourcesContent)) return;
    const root = typeof sourceRoot === "string" ? sourceRoot : "";
    for (const [i, text] of sourcesContent.entries()) {
      const source: unknown = sources[i];
      if (typeof source !== "string" || typeof text !== "string") continue;
      const name = source.replace(/^[a-z]+:\/\/\/?/i, "");
      texts.set(path.resolve(path.dirname(file), root, name), text);
    }
  } catch {
    // No source map after all.
  }
}

/** Of a regular file; undefined of anything else, such as a pipe, which would never end. */
function sizeOf(file: string): number | undefined {
  try {
    const found = statSync(file);
    return found.isFile() ? found.size : undefined;
  } catch {
    return undefined;
  }
}

function entriesOf(directory: string): import("node:fs").Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}
