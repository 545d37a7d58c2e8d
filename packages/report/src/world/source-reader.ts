import { joinPath, parentPath, pathList, trimSourcePath } from "../go/paths.ts";
import type { Options } from "../options.ts";
import type { World } from "./world.ts";

/** The lines of a source file, or why there are none. */
export type Source = { readonly lines: readonly string[] } | { readonly error: string };

/**
 * Finds and reads source files: those with an absolute path there and nowhere else, others below the directories of
 * `source_path` (else the working directory) and below the parents of those. Each is read once.
 */
export class SourceReader {
  readonly #world: World;
  readonly #searchPath: string;
  readonly #trimPath: string;
  readonly #known = new Map<string, Source>();

  constructor(world: World, { source_path, trim_path }: Options) {
    this.#world = world;
    this.#searchPath = source_path === "" ? (world.directory ?? "/") : source_path;
    this.#trimPath = trim_path;
  }

  read(path: string): Source {
    let source = this.#known.get(path);
    if (source === undefined) {
      source = this.#find(trimSourcePath(path, this.#trimPath, this.#searchPath));
      if ("error" in source) {
        const text = this.#world.findSource?.(path);
        if (text !== undefined) source = linesOf(text);
      }
      this.#known.set(path, source);
    }
    return source;
  }

  /** Whether this file was asked for before. */
  hasRead(path: string): boolean {
    return this.#known.has(path);
  }

  /** A line by its number, counted from 1. */
  line(path: string, number: number): string | undefined {
    const source = this.read(path);
    return "lines" in source && number > 0 ? source.lines[number - 1] : undefined;
  }

  #find(path: string): Source {
    if (path.startsWith("/")) return this.#open(path) ?? { error: `open ${path}: no such file or directory` };
    for (const start of pathList(this.#searchPath)) {
      let directory = start;
      for (;;) {
        const found = this.#open(joinPath(directory, path));
        if (found !== undefined) return found;
        const parent = parentPath(directory);
        if (parent === directory) break;
        directory = parent;
      }
    }
    return { error: `could not find file ${path} on path ${this.#searchPath}` };
  }

  #open(path: string): Source | undefined {
    const text = this.#world.readSource?.(path);
    return text === undefined ? undefined : linesOf(text);
  }
}

function linesOf(text: string): Source {
  const lines = text.split("\n").map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
  if (lines.at(-1) === "") lines.pop();
  return { lines };
}
