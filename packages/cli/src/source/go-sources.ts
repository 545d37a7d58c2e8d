import { spawnSync } from "node:child_process";
import path from "node:path";
import { readTextFile } from "../host/file/regular-file.ts";

/** Go sources on this machine, found by the paths that a build put into a binary, whole or trimmed. */
export class GoSources {
  readonly #directory: string;
  #installed: GoDirectories | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Where a source may be: in the standard library, in the cache of modules, or in the module that we are in. */
  places(file: string): string[] {
    if (!/\.(go|s)$/.test(file)) return [];
    this.#installed ??= goDirectories();
    const { root, modules } = this.#installed;
    const places: string[] = [];
    const cached = /(?:^|\/pkg\/mod\/)([^/]+(?:\/[^/]+)*@v[^/]+\/.+)$/.exec(file)?.[1];
    if (cached !== undefined && modules !== "") places.push(path.join(modules, escapeModule(cached)));
    const standard = /\/src\/(.+)$/.exec(file)?.[1] ?? (file.startsWith("/") ? undefined : file);
    if (standard !== undefined && root !== "") places.push(path.join(root, "src", standard));
    const main = mainModule(this.#directory);
    if (main !== undefined && file.startsWith(`${main.name}/`)) {
      places.push(path.join(main.directory, file.slice(main.name.length + 1)));
    }
    // What a program brings of others stands without its version there, and so do the paths of a build from it.
    const brought = cached?.replace(/@v[^/]+/, "") ?? /(?:^|\/vendor\/)([^/]+\.[^/]+\/.+)$/.exec(file)?.[1];
    if (main !== undefined && brought !== undefined) places.push(path.join(main.directory, "vendor", brought));
    return places;
  }
}

/** Capital letters are written as `!` and the small letter in the module cache. */
function escapeModule(file: string): string {
  const at = file.indexOf("@");
  return file.slice(0, at).replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`) + file.slice(at);
}

interface GoDirectories {
  readonly root: string;
  readonly modules: string;
}

/** The directories in which the standard library and the modules of others are; none where Go is not installed. */
export function goRoots(): string[] {
  const { root, modules } = goDirectories();
  return [root, modules].filter((directory) => directory !== "");
}

/** What the environment says, else what Go itself says where it is installed; "" where nobody knows. */
function goDirectories(): GoDirectories {
  const { GOROOT = "", GOMODCACHE = "" } = process.env;
  if (GOROOT !== "" && GOMODCACHE !== "") return { root: GOROOT, modules: GOMODCACHE };
  const { stdout } = spawnSync("go", ["env", "GOROOT", "GOMODCACHE"], { encoding: "utf8", timeout: 10_000 });
  const [root = "", modules = ""] = (stdout ?? "").split("\n");
  return { root: GOROOT || root, modules: GOMODCACHE || modules };
}

/** The module that the working directory is in. */
function mainModule(directory: string): { readonly name: string; readonly directory: string } | undefined {
  for (let at = path.resolve(directory); ; at = path.dirname(at)) {
    try {
      const name = /^module\s+(\S+)/m.exec(readTextFile(path.join(at, "go.mod")))?.[1];
      if (name !== undefined) return { name, directory: at };
    } catch {
      // Not here: further up.
    }
    if (at === path.dirname(at)) return undefined;
  }
}
