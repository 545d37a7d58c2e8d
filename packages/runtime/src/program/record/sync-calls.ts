import { syncBuiltinESMExports } from "node:module";
import process from "node:process";
import { makeStackReader } from "../../target/stack-reader.ts";
import { registry } from "./registry.ts";

type Call = (...args: unknown[]) => unknown;

/** Whose functions `…Sync` are watched. */
const MODULES = ["fs", "child_process", "crypto", "zlib"];
const MIN_MILLIS = 5;
const MAX_CALLS = 1_000;

const readStack = makeStackReader();
// As they are before the program may change them: this is called when it runs.
const { getBuiltinModule, hrtime } = process;
const { keys, getOwnPropertyDescriptor, getOwnPropertyDescriptors, defineProperties } = Object;
const NumberOf = Number;
// The program may replace its clock, and a test often does.
const { now } = Date;
let unwatch: (() => void) | undefined;

/**
 * Has native code charged to the synchronous call that ran it: V8 is asked for a stack while the code runs, and answers when
 * JavaScript runs next, which may be long after `spawnSync` or `readFileSync` has returned. So the functions are wrapped, and
 * the long calls are noted in the registry. Each call then takes about 0.15 µs more. `on` false takes the wrappers out again.
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
    const functions = getBuiltinModule(module) as unknown as Record<string, Call>;
    for (const name of keys(functions)) {
      const { value: call, writable } = getOwnPropertyDescriptor(functions, name)!;
      if (!name.endsWith("Sync") || typeof call !== "function" || !writable) continue;
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

function wrap(call: Call, name: string): Call {
  function wrapper(this: unknown, ...args: unknown[]): unknown {
    // The cheapest clock; when it is set, a wait that seems long is cut to the time for which the loop was held.
    const begun = now();
    try {
      return call.apply(this, args);
    } finally {
      const millis = now() - begun;
      if (millis > MIN_MILLIS) note(millis * 1e6);
    }
  }
  return defineProperties(wrapper, {
    ...getOwnPropertyDescriptors(call),
    name: { value: name, configurable: true },
  });
}

function note(nanos: number): void {
  const { syncCalls, currentLabels } = registry();
  const ended = NumberOf(hrtime.bigint());
  if (syncCalls.length >= MAX_CALLS) syncCalls.shift();
  syncCalls.push({ frames: readStack(2, 64), labels: currentLabels(), begun: ended - nanos, ended });
}
