// What runs inside a profiled thread to make a realm there: a global of its own, with the language's own functions whatever the
// program has made of its own, and an `Error` that is not the program's. Sent there as text, so it may use nothing of this file.

/** What only the thread's own realm has. */
export interface Host {
  readonly process: NodeJS.Process;
  readonly setTimeout: (callback: () => void, millis: number) => object;
  readonly clearTimeout: (timer: never) => void;
  readonly isProxy: (value: unknown) => boolean;
  readonly isPromise: (value: unknown) => boolean;
  /** The clock of `performance`. */
  readonly now: () => number;
}

/** Makes a realm, and calls there the function of this source text. */
export function enterRealm(make: string): unknown {
  const { createContext, runInContext } = process.getBuiltinModule("node:vm");
  const { isProxy, isPromise } = process.getBuiltinModule("node:util").types;
  const { setTimeout, clearTimeout } = process.getBuiltinModule("node:timers");
  const { performance } = process.getBuiltinModule("node:perf_hooks");
  const now = (): number => performance.now();
  const node = process.getBuiltinModule("node:process");
  const host: Host = { process: node, setTimeout, clearTimeout, isProxy, isPromise, now };
  // The name that profiles know all of this by: `OWN_SOURCE` of agent/inspector/evaluate.ts.
  return runInContext(make, createContext(Object.create(null)), "pprof:")(host);
}
