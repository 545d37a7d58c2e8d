import path from "node:path";
import { fileURLToPath } from "node:url";
import { readTextFile } from "../host/file/regular-file.ts";
import { EmbeddedSources } from "./embedded-sources.ts";
import { GoSources } from "./go-sources.ts";

/** Finds the sources that a profile names by the paths of the machine that built the program. */
export class SourceFinder {
  readonly #directory: string;
  readonly #searchPath: readonly string[];
  readonly #read: (file: string) => string | undefined;
  readonly #embedded: EmbeddedSources;
  readonly #go: GoSources;
  /** Where sources that could not be found have been looked for, by the path in the profile. */
  readonly misses: Map<string, readonly string[]> = new Map();

  /** `searchPath` are the directories of `-source_path`; `read` gives a file's text, or undefined. */
  constructor(directory: string, searchPath: readonly string[], read: (file: string) => string | undefined = readText) {
    this.#directory = directory;
    this.#read = read;
    this.#searchPath = searchPath;
    this.#go = new GoSources(directory);
    this.#embedded = new EmbeddedSources([directory, ...searchPath]);
  }

  /** The text of a source, or undefined: then `misses` says where it would have been. */
  find(file: string): string | undefined {
    const candidates = this.#candidates(file);
    for (const candidate of candidates) {
      const text = this.#read(candidate);
      if (text !== undefined) return text;
    }
    const embedded = this.#embedded.find(toPath(file));
    if (embedded === undefined) this.misses.set(file, [...candidates, "the source maps below the working directory"]);
    return embedded;
  }

  #candidates(file: string): string[] {
    const local = toPath(file);
    const places = file === local ? [] : [local];
    places.push(...this.#go.places(local));
    // The path below some directory of the other machine, longest part first: /app/src/a.ts may be ./src/a.ts here.
    const parts = local.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
    const below = (directory: string, fewest: number): void => {
      for (let from = 0; from <= Math.max(0, parts.length - fewest); from++) {
        places.push(path.join(directory, ...parts.slice(from)));
      }
    };
    // By its name alone a file is taken only from a directory that was named: every program has an index.js.
    below(this.#directory, 2);
    for (const directory of this.#searchPath) below(directory, 1);
    return [...new Set(places)];
  }
}

/** The path in a `file:` or bundler's URL, or what is one already. */
function toPath(file: string): string {
  if (file.startsWith("file://")) {
    try {
      return fileURLToPath(file);
    } catch {
      return file;
    }
  }
  return file.replace(/^(webpack|rollup|vite|turbopack|ng):\/\/\/?([^/]*\/)?/, "").replace(/\?.*$/, "");
}

function readText(file: string): string | undefined {
  try {
    return readTextFile(file);
  } catch {
    return undefined;
  }
}
