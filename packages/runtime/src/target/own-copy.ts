// What runs inside the program to use a module of CommonJS that the program may use as well. Sent there as its source text.

/** A module in a copy of the profiler's own. */
export interface OwnCopy<Exports> {
  readonly exports: Exports;
  /** Has the next one load another copy, and takes away what this one does as the program ends. */
  forget(): void;
}

/**
 * The module of this file, and all below its folder but native code, beside those that the program has loaded: what fails there
 * leaves neither a module behind that the program finds broken, nor a listener that changes how it ends. `kept`: where the copy is
 * until it is forgotten.
 */
export function loadOwnCopy<Exports>(
  file: string,
  folder: string,
  kept: Record<string, OwnCopy<Exports> | undefined>,
): OwnCopy<Exports> {
  const known = kept[file];
  if (known !== undefined) return known;
  const require = process.getBuiltinModule("node:module").createRequire(file);
  const { cache } = require;
  const node: NodeJS.Process = require("node:process");
  const before = node.rawListeners("exit");
  const take = (): [string, NodeJS.Module | undefined][] =>
    Object.keys(cache)
      .filter((key) => key.startsWith(folder) && !key.endsWith(".node"))
      .map((key) => {
        const loaded = cache[key];
        delete cache[key];
        return [key, loaded];
      });
  const forget = (): void => {
    kept[file] = undefined;
    for (const listener of own) node.off("exit", listener as () => void);
  };
  let own: readonly unknown[] = [];
  const programs = take();
  try {
    const copy = { exports: require(file) as Exports, forget };
    kept[file] = copy;
    return copy;
  } finally {
    own = node.rawListeners("exit").filter((listener) => !before.includes(listener));
    if (kept[file] === undefined) forget();
    take();
    for (const [key, loaded] of programs) cache[key] = loaded;
  }
}

/** What `act` makes of the copy, which is forgotten, once `end` has ended what goes on in it, where that fails. */
export function useOwnCopy<Exports>(
  load: typeof loadOwnCopy<Exports>,
  file: string,
  folder: string,
  kept: Record<string, OwnCopy<Exports> | undefined>,
  act: (exports: Exports) => unknown,
  end: (exports: Exports) => unknown,
): unknown {
  const { exports, forget } = load(file, folder, kept);
  try {
    return act(exports);
  } catch (error) {
    try {
      end(exports);
    } catch {
      // It had not begun.
    }
    forget();
    throw error;
  }
}
