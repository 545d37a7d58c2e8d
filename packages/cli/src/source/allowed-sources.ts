import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import { goRoots } from "./go-sources.ts";

/** Kinds of files that are sources, by the ends of their names: what else a profile names is none of a page's business. */
const KINDS: ReadonlySet<string> = new Set(
  [
    "js mjs cjs jsx ts mts cts tsx vue svelte astro coffee",
    "go s asm c h cc cpp cxx c++ hh hpp hxx h++ inc inl ipp tcc m mm cu cuh y l",
    "rs zig nim d swift f f90 f95 f03 f08 for adb ads pas v sv",
    "py pyx pxd pyi rb erb php pl pm lua r jl ex exs erl hrl hs ml mli dart",
    "java kt kts scala groovy clj cljs cljc cs fs vb",
  ]
    .join(" ")
    .split(" "),
);
const LARGEST = 64 << 20;

/**
 * The sources that may be on a page: a profile may come from anybody and name any file, and a page can be asked for by
 * other programs than the user. The commands `list` and `weblist` of the user's own read whatever there is.
 */
export class AllowedSources {
  /** Directories below which sources are, before links are resolved. */
  readonly #roots: readonly string[];
  /** Why files that are there were not read, by their paths as they were asked for. */
  readonly refusals: Map<string, string> = new Map();

  /** `searchPath` are the directories of `-source_path`. */
  constructor(directory: string, searchPath: readonly string[]) {
    this.#roots = [directory, ...searchPath, ...moduleDirectories(directory)];
  }

  /** The text of a file, or undefined: where it is there all the same, `refusals` says why. */
  read(file: string): string | undefined {
    const real = resolved(file);
    if (real === undefined) return undefined;
    const why = this.#whyNot(real);
    if (why !== undefined) {
      this.refusals.set(file, `${file} is not shown: ${why}`);
      return undefined;
    }
    return readRegular(real);
  }

  #whyNot(real: string): string | undefined {
    const kind = path.extname(real).slice(1).toLowerCase();
    if (!KINDS.has(kind)) return "it is not of a kind that sources are; pprof -list=FUNCTION prints it in a terminal";
    const roots = kind === "go" || kind === "s" ? [...this.#roots, ...goRoots()] : this.#roots;
    const ways = roots.map((root) => wayTo(resolved(root), real)).filter((way) => way !== undefined);
    if (ways.some((way) => !isHidden(way))) return undefined;
    const where = "the working directory, -source_path and the caches of modules";
    const why = ways.length > 0 ? "what is hidden is no source" : `it is not below ${where}`;
    return `${why}; -source_path=${path.dirname(real)} allows what is there`;
  }
}

/** Where Node looks for modules, above the directory too. */
function moduleDirectories(directory: string): string[] {
  const found: string[] = [];
  for (let at = path.resolve(directory); ; at = path.dirname(at)) {
    found.push(path.join(at, "node_modules"));
    if (at === path.dirname(at)) return found;
  }
}

/** The folders on the way from a root to a file, and its name; undefined where it is not below. */
function wayTo(root: string | undefined, file: string): readonly string[] | undefined {
  if (root === undefined) return undefined;
  const way = path.relative(root, file);
  if (way === "" || path.isAbsolute(way)) return undefined;
  const parts = way.split(path.sep);
  if (parts[0] === "..") return undefined;
  // Where the root is a folder of modules, its own name says what is directly in it.
  return [path.basename(root), ...parts];
}

/** Where package managers and bundlers keep modules below `node_modules`. */
const STORES: ReadonlySet<string> = new Set([".pnpm", ".store", ".bun", ".vite", ".cache"]);

/** Whether something on the way is hidden, as `.git` and `.ssh` are, and no store of modules, as `node_modules/.pnpm` is. */
function isHidden([root = "", ...parts]: readonly string[]): boolean {
  const isStore = (part: string, above: string): boolean => above === "node_modules" && STORES.has(part);
  return parts.some((part, i) => part.startsWith(".") && !isStore(part, i === 0 ? root : parts[i - 1]!));
}

function resolved(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}

/** A pipe or a device by the name of a source would never end. */
function readRegular(file: string): string | undefined {
  try {
    const fd = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0));
    try {
      const stats = fstatSync(fd);
      return stats.isFile() && stats.size <= LARGEST ? readFileSync(fd, "utf8") : undefined;
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
