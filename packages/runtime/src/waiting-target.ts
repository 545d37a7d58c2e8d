// What runs inside a profiled thread to find what waits in it. These functions are sent there as their source text, so
// they may use nothing of this file, only globals and what they are handed.
import type { makeStackReader, SiteFrame } from "./target.ts";

/** What of a thread's objects can wait, or be waited for. */
export interface Found {
  readonly promises: readonly Promise<unknown>[];
  readonly generators: readonly object[];
  /** Who may settle a promise: its resolving function, or the promise itself where the holder has that. */
  readonly settlers: Settler[];
  /** Functions that hold on to such a function in their scope, which only the inspector sees. */
  closures: Closure[];
  /** All such functions that were ever met. */
  readonly met: Set<object>;
}

export interface Settler {
  readonly settler: object;
  /** What it is part of, such as `timer`. */
  readonly kind: string;
  /** For how long that has been at work; -1 where nothing says so. */
  readonly millis: number;
}

export interface Closure extends Settler {
  readonly settler: (...args: never[]) => unknown;
}

/** An async function that waits: its stack from the `await` outwards. */
export interface Suspended {
  readonly frames: readonly SiteFrame[];
  readonly count: number;
  /** What it waits for, where that is known: "" for a promise. */
  readonly kind: string;
  /** The longest wait that is known of, in milliseconds: at least since an earlier profile met it; 0 where nothing is known. */
  readonly millis: number;
}

/** The stack above a promise that something will settle. */
export interface Target {
  readonly key: string;
  readonly kind: string;
  readonly millis: number;
}

/** Sorts out a thread's objects. */
export function findWaiting(objects: readonly object[]): Found {
  const KINDS: Record<string, string> = {
    Timeout: "timer",
    FSReqPromise: "fs",
    FSReqCallback: "fs",
    FileHandleCloseReq: "fs",
    GetAddrInfoReqWrap: "dns",
    GetNameInfoReqWrap: "dns",
    QueryReqWrap: "dns",
    TCPConnectWrap: "socket",
    PipeConnectWrap: "socket",
    Socket: "socket",
    TLSSocket: "socket",
    Server: "socket",
    ChildProcess: "process",
    Worker: "worker",
    MessagePort: "message",
    FSWatcher: "fs",
  };
  const KEYS_OF_OTHERS = new Set(["server", "_server", "_idleNext", "_idlePrev", "parent", "_parent"]);
  const MAX_OBJECTS = 50_000;
  const MAX_OBJECTS_EACH = 150;
  const { types } = process.getBuiltinModule("node:util");
  const { EventEmitter } = process.getBuiltinModule("node:events");
  const { getPrototypeOf, getOwnPropertyDescriptor } = Object;
  const nativeText = /\{\s*\[native code\]\s*\}$/;
  const propertyOf = (object: object, key: PropertyKey): unknown => getOwnPropertyDescriptor(object, key)?.value;

  const probe = setTimeout(() => {}, 1) as unknown as { readonly _idleStart: number };
  const now = probe._idleStart;
  clearTimeout(probe as unknown as NodeJS.Timeout);

  const kinds = new Map<object | null, string>();
  const kindOf = (object: object): string => {
    const prototype = getPrototypeOf(object);
    let kind = kinds.get(prototype);
    if (kind === undefined) {
      const maker = prototype === null ? undefined : propertyOf(prototype, "constructor");
      const name = typeof maker === "function" ? String(propertyOf(maker, "name")) : "";
      if (Object.hasOwn(KINDS, name)) kind = KINDS[name]!;
      else if (/^[A-Z]\w+Job$/.test(name)) kind = "crypto";
      else if (prototype === Object.prototype) kind = "(plain)";
      else kind = object instanceof EventEmitter ? "(emitter)" : "";
      kinds.set(prototype, kind);
    }
    return kind;
  };

  const promises: Promise<unknown>[] = [];
  const generators: object[] = [];
  const closures: Closure[] = [];
  const met = new Set<object>();
  const addClosure = (settler: unknown, kind: string, millis: number): void => {
    if (typeof settler !== "function" || met.has(settler)) return;
    met.add(settler);
    closures.push({ settler: settler as Closure["settler"], kind, millis });
  };
  const holders: { readonly holder: object; readonly kind: string; readonly millis: number }[] = [];
  for (const object of objects) {
    if (types.isPromise(object)) promises.push(object);
    else if (types.isGeneratorObject(object)) generators.push(object);
    else {
      const kind = kindOf(object);
      if (kind === "(plain)") {
        // What Node's fetch keeps of a request: what its answer is handed to, and its start on the clock of `performance`.
        const answered = propertyOf(object, "processResponse");
        if (typeof answered !== "function") continue;
        const start = (propertyOf(object, "timingInfo") as { readonly startTime?: unknown } | undefined)?.startTime;
        addClosure(answered, "fetch", typeof start === "number" ? performance.now() - start : -1);
        continue;
      }
      if (kind === "(emitter)") {
        // Of all listeners those by which `events.once` settles its promise.
        for (const listener of Object.values(propertyOf(object, "_events") ?? {}).flat()) {
          const called = typeof listener === "function" ? propertyOf(listener, "listener") : undefined;
          if (typeof called === "function" && propertyOf(called, "name") === "resolver")
            addClosure(called, "event", -1);
        }
        continue;
      }
      if (kind === "" || object === probe || propertyOf(object, "_destroyed") === true) continue;
      // The prototype of a class that extends one of these.
      if (Object.hasOwn(object, "constructor")) continue;
      const start = kind === "timer" ? propertyOf(object, "_idleStart") : undefined;
      holders.push({ holder: object, kind, millis: typeof start === "number" ? Math.max(now - start, 0) : -1 });
    }
  }

  // From each holder along its own properties to functions, a bounded way.
  const settlers: Settler[] = [];
  const seen = new Set<object>(holders.map(({ holder }) => holder));
  for (const { holder, kind, millis } of holders) {
    const queue: object[] = [holder];
    for (let i = 0; i < queue.length && i < MAX_OBJECTS_EACH && seen.size < MAX_OBJECTS; i++) {
      const object = queue[i]!;
      if (types.isPromise(object)) {
        settlers.push({ settler: object, kind, millis });
        continue;
      }
      if (typeof object === "function") {
        const settler = object as Closure["settler"];
        const native = nativeText.test(Function.prototype.toString.call(settler));
        if (!native) addClosure(settler, kind, millis);
        else if (propertyOf(settler, "name") === "") {
          met.add(settler);
          settlers.push({ settler, kind, millis });
        }
        const listener = propertyOf(settler, "listener");
        if (typeof listener !== "function") continue;
      }
      if (ArrayBuffer.isView(object) || types.isProxy(object)) continue;
      for (const key of Reflect.ownKeys(object)) {
        if (typeof key === "string" && KEYS_OF_OTHERS.has(key)) continue;
        const value = propertyOf(object, key);
        if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) continue;
        if (typeof object === "function" && key !== "listener") continue;
        seen.add(value);
        queue.push(value);
      }
    }
  }
  // Timers first: there are few of them, and they know for how long.
  closures.sort((a, b) => b.millis - a.millis);
  return { promises, generators, settlers, closures, met };
}

/** A list of a function's scopes, the innermost first, as the inspector hands it out. */
export type Scopes = ArrayLike<{ readonly description: string; readonly object: object }>;

/** What the inner scopes of closures hold that may settle a promise; closures that they hold take the place of those. */
export function findInScopes(found: Found, scopesOf: readonly Scopes[]): void {
  const MAX_VARIABLES = 50;
  const nativeText = /\{\s*\[native code\]\s*\}$/;
  const next: Closure[] = [];
  for (const [index, scopes] of scopesOf.entries()) {
    const { settler, kind, millis } = found.closures[index]!;
    const text = Function.prototype.toString.call(settler);
    for (let i = 0; i < 2 && i < scopes.length; i++) {
      if (!/^(Closure|Block|Catch)/.test(scopes[i]!.description)) break;
      const { object } = scopes[i]!;
      const names = Object.keys(object);
      // That many belong to a module, not to a call.
      if (names.length > MAX_VARIABLES) break;
      for (const name of names) {
        // What a function does not name, it does not call.
        if (!text.includes(name)) continue;
        // Either settles the same promise, which is to be met once.
        const settling = name === "reject" && names.includes("resolve") ? "resolve" : name;
        const value = Object.getOwnPropertyDescriptor(object, settling)!.value;
        if (value === null || (typeof value !== "object" && typeof value !== "function")) continue;
        const held = typeof value === "object" ? Object.getOwnPropertyDescriptor(value, "resolve")?.value : value;
        if (typeof held !== "function" || found.met.has(held)) continue;
        found.met.add(held);
        const native = nativeText.test(Function.prototype.toString.call(held));
        if (!native) next.push({ settler: held, kind, millis });
        else if (held.name === "") found.settlers.push({ settler: held, kind, millis });
      }
    }
  }
  found.closures = next;
}

/**
 * The suspended stacks above the promises, and of those that something will settle, by what.
 *
 * V8 prints the async functions that wait for a promise only when something runs that will settle it. So for each promise
 * P a reaction is made whose derived promise, by way of `Symbol.species`, is P itself; while that reaction runs, a stack
 * trace walks from P to whoever awaits it. P is neither resolved nor changed. From a resolving function it walks as well,
 * when that is the one reaction of a promise that is never settled.
 */
export async function readSuspended(
  found: Found,
  makeReader: typeof makeStackReader,
): Promise<{ readonly suspended: Suspended[]; readonly targets: Target[] }> {
  const read = makeReader();
  // How long a promise has been pending is known from when an earlier profile met it.
  const seenKey = Symbol.for("@pprof-ts/runtime/seen");
  const store = globalThis as unknown as Record<symbol, WeakMap<object, number> | undefined>;
  store[seenKey] ??= new WeakMap();
  const seen = store[seenKey];
  const now = Date.now();
  const none = (): void => {};

  const walk = async (promises: readonly Promise<unknown>[], each: (frames: SiteFrame[], at: number) => void) => {
    let go = none;
    const turn = new Promise<void>((resolve) => {
      go = resolve;
    });
    for (const [at, promise] of promises.entries()) {
      const reaction = turn.then(function reactionOf() {
        const frames = read(1, 64, true);
        if (frames.length > 0) each(frames, at);
      });
      const Species = function Species(executor: (resolve: () => void, reject: () => void) => void): object {
        executor(none, none);
        return promise;
      };
      Object.defineProperty(reaction, "constructor", { value: { [Symbol.species]: Species }, configurable: true });
      reaction.then(none, none);
    }
    const last = turn.then(none);
    go();
    await last;
  };

  const stacks = new Map<string, { frames: SiteFrame[]; count: number; since: number }>();
  await walk(found.promises, (frames, at) => {
    const promise = found.promises[at]!;
    const since = seen.get(promise) ?? now;
    seen.set(promise, since);
    const key = JSON.stringify(frames);
    const known = stacks.get(key);
    if (known === undefined) stacks.set(key, { frames, count: 1, since });
    else {
      known.count++;
      known.since = Math.min(known.since, since);
    }
  });
  const suspended = [...stacks.values()].map(({ frames, count, since }) => {
    return { frames, count, kind: "", millis: now - since };
  });

  const targets: Target[] = [];
  const unsettled = found.settlers.map(({ settler }) => {
    if (typeof settler !== "function") return settler as Promise<unknown>;
    const never = new Promise(none);
    never.then(settler as () => void);
    return never;
  });
  await walk(unsettled, (frames, at) => {
    const { kind, millis } = found.settlers[at]!;
    targets.push({ key: JSON.stringify(frames), kind, millis });
  });
  return { suspended, targets };
}
