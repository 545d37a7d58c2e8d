import { readdirSync } from "node:fs";
import path from "node:path";
import { readTextFile } from "../regular-file.ts";

/** So many source maps are read, and directories so deep looked into, before the search is given up. */
const MOST_MAPS = 500;
const DEEPEST = 6;

interface SourceMap {
  readonly sources?: readonly (string | null)[];
  readonly sourceRoot?: string;
  readonly sourcesContent?: readonly (string | null)[];
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
    const exact = this.#texts.get(path.resolve(file));
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
  for (let next = waiting.shift(); next !== undefined && left > 0; next = waiting.shift()) {
    const { directory, depth } = next;
    for (const entry of entriesOf(directory)) {
      const file = path.join(directory, entry.name);
      if (entry.isDirectory()) {
        const skipped = entry.name === "node_modules" || entry.name.startsWith(".");
        if (!skipped && depth < DEEPEST) waiting.push({ directory: file, depth: depth + 1 });
      } else if (/\.[cm]?js\.map$/.test(entry.name) && left-- > 0) addTexts(file, texts);
    }
  }
  return texts;
}

function addTexts(file: string, texts: Map<string, string>): void {
  try {
    const { sources = [], sourceRoot = "", sourcesContent = [] } = JSON.parse(readTextFile(file)) as SourceMap;
    sources.forEach((source, i) => {
      const text = sourcesContent[i];
      if (source === null || typeof text !== "string") return;
      const name = source.replace(/^[a-z]+:\/\/\/?/i, "");
      texts.set(path.resolve(path.dirname(file), sourceRoot, name), text);
    });
  } catch {
    // No source map after all.
  }
}

function entriesOf(directory: string): import("node:fs").Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}
