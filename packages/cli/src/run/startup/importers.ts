import { once } from "node:events";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { importedNames } from "@pprof-ts/runtime/attach";
import { readRegularFile } from "../../host/file/regular-file.ts";

/** So many modules are read, and of each so much and so many names. */
const MOST_MODULES = 5_000;
const MOST_BYTES = 8 << 20;
const MOST_NAMES = 1_000;

/** Whom each module imports, by files, in the order of the source. */
type Imports = ReadonlyMap<string, readonly string[]>;

/** What a name is resolved to, by the rules of Node's own that imports go by; it tells them to workers alone. */
const RESOLVER = `
  import { parentPort } from "node:worker_threads";
  const resolve = ([name, from]) => { try { return import.meta.resolve(name, from); } catch {} };
  parentPort.on("message", (asked) => parentPort.postMessage(asked.map(resolve)));`;

/**
 * Who imported each of these ES modules first, up to the first script: V8 evaluates them one after the other, so that no stack tells.
 * Their sources do, as they are now; those of which they do not are left out.
 */
export async function readImporters(
  script: string,
  wanted: Iterable<string>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const missing = new Set(wanted);
  missing.delete(script);
  if (missing.size === 0 || !path.isAbsolute(script)) return new Map();
  return pathsTo(missing, script, await readImports(script));
}

async function readImports(script: string): Promise<Imports> {
  const imports = new Map<string, readonly string[]>();
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(RESOLVER)}`), {
    execArgv: ["--experimental-import-meta-resolve", "--no-warnings"],
    env: {},
  });
  try {
    let level = [script];
    const failed = once(worker, "error").then(([error]) => Promise.reject(error));
    failed.catch(() => {});
    while (level.length > 0 && imports.size < MOST_MODULES) {
      const asked = level.flatMap((file) => Array.from(namesIn(file), (name) => [file, name] as const));
      for (const file of level) imports.set(file, []);
      const names = asked.map(([file, name]) => [name, pathToFileURL(file).href] as const);
      const urls = await Promise.race([resolved(worker, names), failed]);
      const found = new Set<string>();
      for (const [at, [file]] of asked.entries()) {
        const url = urls[at];
        const target = url?.startsWith("file:") ? fileURLToPath(url) : url;
        if (target === undefined) continue;
        imports.set(file, [...imports.get(file)!, target]);
        if (!imports.has(target) && path.isAbsolute(target)) found.add(target);
      }
      level = [...found];
    }
  } catch {
    // Without the rest of them.
  } finally {
    void worker.terminate();
  }
  return imports;
}

function resolved(
  worker: Worker,
  asked: readonly (readonly [name: string, from: string])[],
): Promise<readonly (string | undefined)[]> {
  return new Promise((resolve) => {
    worker.once("message", resolve);
    worker.postMessage(asked);
  });
}

function namesIn(file: string): Iterable<string> {
  try {
    return importedNames(readRegularFile(file, MOST_BYTES).toString(), MOST_NAMES);
  } catch {
    return [];
  }
}

/** As modules are evaluated: what is imported first comes first, with all below it. */
function pathsTo(
  wanted: ReadonlySet<string>,
  script: string,
  imports: Imports,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const seen = new Set<string>([script]);
  const open: { readonly file: string; next: number }[] = [{ file: script, next: 0 }];
  while (open.length > 0) {
    const top = open.at(-1)!;
    const target = imports.get(top.file)?.[top.next++];
    if (target === undefined) open.pop();
    else if (!seen.has(target)) {
      seen.add(target);
      if (wanted.has(target))
        found.set(
          target,
          open.map(({ file }) => file),
        );
      open.push({ file: target, next: 0 });
    }
  }
  return found;
}
