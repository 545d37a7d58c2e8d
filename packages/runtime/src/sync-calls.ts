import { syncBuiltinESMExports } from "node:module";
import type { SiteFrame } from "./target.ts";

type Call = (...args: unknown[]) => unknown;

/** Whose functions `…Sync` are watched. */
const MODULES = ["fs", "child_process", "crypto", "zlib"];
/** What is over sooner was hardly asked for its stack. */
const MIN_MILLIS = 5;

let unwatch: (() => void) | undefined;

/**
 * Has native code charged to the synchronous call that ran it: V8 is asked for a stack while the code runs, and answers when
 * JavaScript runs next, which may be long after `spawnSync` or `readFileSync` has returned. So the functions are wrapped, and
 * the wrapper gives V8 the opportunity. Each call then takes about 0.15 µs more. `on` false takes the wrappers out again.
 */
export function watchSyncCalls(on: boolean): void {
  if (on === (unwatch !== undefined)) return;
  if (on) unwatch = wrapAll();
  else {
    unwatch?.();
    unwatch = undefined;
  }
}

function wrapAll(): () => void {
  const undo: (() => void)[] = [];
  for (const module of MODULES) {
    const functions = process.getBuiltinModule(module) as unknown as Record<string, Call>;
    for (const name of Object.keys(functions)) {
      const call = functions[name];
      if (!name.endsWith("Sync") || typeof call !== "function") continue;
      const wrapper = wrap(call, name);
      functions[name] = wrapper;
      undo.push(() => {
        // Somebody else may have wrapped it since.
        if (functions[name] === wrapper) functions[name] = call;
      });
    }
  }
  syncBuiltinESMExports();
  return () => {
    for (const restore of undo) restore();
    syncBuiltinESMExports();
  };
}

const cell = new Int32Array(new SharedArrayBuffer(4));
const { wait } = Atomics;

function wrap(call: Call, name: string): Call {
  function wrapper(this: unknown, ...args: unknown[]): unknown {
    const begun = performance.now();
    try {
      return Reflect.apply(call, this, args);
    } finally {
      // V8 looks for interrupts as it begins to wait, and it cannot inline that as it does small functions.
      if (performance.now() - begun > MIN_MILLIS) wait(cell, 0, 0, 0);
    }
  }
  return Object.defineProperties(wrapper, {
    ...Object.getOwnPropertyDescriptors(call),
    name: { value: name, configurable: true },
  });
}

/** The stack without the wrappers, and without what Node does in their calls: each call is as a native function. */
export function withoutWrappers(frames: readonly SiteFrame[]): readonly SiteFrame[] {
  const top = frames.findIndex(isWrapper);
  if (top < 0) return frames;
  const inside = frames.slice(0, top);
  // A function of the program's that Node calls, such as a filter of `fs.cpSync`.
  const calledBack = inside.some(([, url]) => url !== "" && !url.startsWith("node:"));
  const outside = frames.slice(top + 1).filter((frame) => !isWrapper(frame));
  return [...(calledBack ? inside : []), [frames[top]![0], "", 0, 0, 0, 0], ...outside];
}

function isWrapper([, url]: SiteFrame): boolean {
  return url === import.meta.url;
}
