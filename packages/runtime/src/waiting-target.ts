// What runs inside a profiled thread to find what waits in it. These functions are sent there as their source text, so
// they may use nothing of this file, only globals and what they are handed.
import type { makeStackReader, SiteFrame } from "./target.ts";

/** What of a thread's objects can wait, or be waited for. */
export interface Found {
  readonly promises: readonly Promise<unknown>[];
  /** Native functions without a name of one argument: those that V8 resumes async functions by, and that settle promises. */
  readonly resumers: readonly (() => void)[];
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

/** The stack of async functions that wait, from the `await` outwards, and what was found to stand at it. */
export interface Standing {
  readonly frames: readonly SiteFrame[];
  /** Functions that stand there, and functions that settle what they wait for and are unknown; 0 where V8 hides both. */
  resumers: number;
  /** Pending promises that one of them waits for alone. */
  promises: number;
  /** How many of those are known to be settled by something. */
  settled: number;
  /** The longest wait that is known of, in milliseconds: at least since an earlier profile met it; 0 where nothing is known. */
  millis: number;
}

/** What `searchThread` finds: everything by the keys of the stacks. */
export interface Searched extends Found {
  readonly stacks: Map<string, Standing>;
  /** The stack that each resumer stands at. Nothing may hold on to them: see `searchThread`. */
  readonly keys: WeakMap<object, string>;
  /** Those of them that the program holds, so that they settle promises. */
  readonly held: ReadonlySet<object>;
}

/** The stack above a promise that something will settle. */
export interface Target {
  readonly frames: readonly SiteFrame[];
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
  const resumers: (() => void)[] = [];
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
    else if (typeof object === "function") {
      if (propertyOf(object, "name") !== "" || propertyOf(object, "length") !== 1) continue;
      if (nativeText.test(Function.prototype.toString.call(object))) resumers.push(object as () => void);
    } else if (types.isGeneratorObject(object)) generators.push(object);
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
  return { promises, resumers, generators, settlers, closures, met };
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

/** Calls `each` with the stack of async functions above each promise that somebody waits for alone, and its place. */
export type Walk = (
  promises: readonly Promise<unknown>[],
  each: (frames: SiteFrame[], at: number) => void,
) => Promise<void>;

/**
 * V8 prints the async functions that wait for a promise only when something runs that will settle it. So for each promise
 * P a reaction is made whose derived promise, by way of `Symbol.species`, is P itself; while that reaction runs, a stack
 * trace walks from P to whoever awaits it. P is neither resolved nor changed.
 */
export function makeWalk(makeReader: typeof makeStackReader): Walk {
  const MAX_FRAMES = 256;
  const read = makeReader();
  const none = (): void => {};
  return (promises, each) => {
    let go = none;
    const turn = new Promise<void>((resolve) => {
      go = resolve;
    });
    for (const [at, promise] of promises.entries()) {
      const reaction = turn.then(function reactionOf() {
        const frames = read(1, MAX_FRAMES, true);
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
    return last;
  };
}

/**
 * Finds what waits in this thread, as its event loop turns; undefined when that is later than `until`, by `Date.now`.
 *
 * A suspended async function is resumed by a native function of its own, whatever it awaits and whoever awaits the same. A
 * walk from a promise that has this function as its one reaction, and is never settled, begins at the function that waits.
 * V8 ends the process when that is not suspended. So nothing of the program may run between the query, which first
 * collects all functions that will not be called any more, and the walk: the query comes when no microtask is left, which
 * is before the second of two immediates, and those of the walk are the next to run. A debugger that somebody has had list
 * all functions, and that holds on to the list, would break that. V8 14 keeps those of a module that
 * has awaited something when it is done, so there, from Node 25 on, a promise that several await hides them.
 */
export function searchThread(find: typeof findWaiting, walk: Walk, until: number): Promise<Searched | undefined> {
  const { setImmediate } = process.getBuiltinModule("node:timers");
  const { Session } = process.getBuiltinModule("node:inspector");
  const { types } = process.getBuiltinModule("node:util");
  const [major, minor] = process.versions.v8.split(".").map(Number) as [number, number];
  const resumesOnce = major < 13 || (major === 13 && minor <= 6);
  const none = (): void => {};

  // All at once: V8 collects garbage and walks the heap anew for each prototype that it is asked for.
  const queryAll = (): readonly object[] => {
    const key = Symbol.for("@pprof-ts/runtime/objects");
    const store = globalThis as unknown as Record<symbol, (objects: readonly object[]) => void>;
    const session = new Session();
    session.connect();
    try {
      let all: readonly object[] = [];
      store[key] = (objects) => {
        all = objects;
      };
      const post = (method: string, params: object): Record<string, { readonly objectId: string }> => {
        let answer: object | undefined;
        // A session with its own thread answers at once.
        session.post(method, params, (error, result) => {
          if (error) throw error;
          answer = result as object;
        });
        return answer as Record<string, { readonly objectId: string }>;
      };
      const { result } = post("Runtime.evaluate", { expression: "Object.prototype" });
      const { objects } = post("Runtime.queryObjects", { prototypeObjectId: result!.objectId });
      const take = `function () { globalThis[Symbol.for("@pprof-ts/runtime/objects")](this); }`;
      post("Runtime.callFunctionOn", { objectId: objects!.objectId, functionDeclaration: take });
      return all;
    } finally {
      Reflect.deleteProperty(store, key);
      session.disconnect();
    }
  };

  // Which of these functions a list of the program has, or an object: those settle promises. Looks no longer than it may.
  const heldOf = (functions: ReadonlySet<unknown>, objects: readonly object[], millis: number): Set<object> => {
    const MAX_ELEMENTS = 10_000;
    const end = performance.now() + millis;
    const held = new Set<object>();
    const look = (values: Iterable<unknown>): void => {
      for (const value of values) if (functions.has(value)) held.add(value as object);
    };
    const others: object[] = [];
    for (const object of objects) {
      if (types.isMap(object) || types.isSet(object)) {
        if (object.size <= MAX_ELEMENTS) look(object.values());
      } else if (Array.isArray(object) && !types.isProxy(object)) {
        if (object.length <= MAX_ELEMENTS) look(object);
      } else if (typeof object === "object" && !ArrayBuffer.isView(object) && !types.isProxy(object)) {
        others.push(object);
      }
    }
    for (const [index, object] of others.entries()) {
      if (index % 100 === 0 && performance.now() > end) break;
      look(Object.values(Object.getOwnPropertyDescriptors(object)).map(({ value }) => value));
    }
    return held;
  };

  const search = async (): Promise<Searched | undefined> => {
    if (Date.now() > until) return undefined;
    const begun = performance.now();
    const objects = queryAll();
    const all = find(objects);
    const found = { ...all, resumers: [] };
    const resumers = resumesOnce ? all.resumers : [];
    const took = performance.now() - begun;
    // How long something has waited is known from when an earlier profile met it.
    const seenKey = Symbol.for("@pprof-ts/runtime/seen");
    const seenIn = globalThis as unknown as Record<symbol, WeakMap<object, number> | undefined>;
    seenIn[seenKey] ??= new WeakMap();
    const seen = seenIn[seenKey];
    const now = Date.now();
    const stacks = new Map<string, Standing>();
    const keys = new WeakMap<object, string>();
    const waiting = [...resumers, ...found.promises];
    const unsettled = waiting.map((one, at) => {
      if (at >= resumers.length) return one as Promise<unknown>;
      const never = new Promise<void>(none);
      never.then(one as () => void);
      return never;
    });
    await walk(unsettled, (frames, at) => {
      const key = JSON.stringify(frames);
      const known = stacks.get(key) ?? { frames, resumers: 0, promises: 0, settled: 0, millis: 0 };
      stacks.set(key, known);
      const one = waiting[at]!;
      if (at < resumers.length) keys.set(one, key);
      known[at < resumers.length ? "resumers" : "promises"]++;
      const since = seen.get(one) ?? now;
      seen.set(one, since);
      known.millis = Math.max(known.millis, now - since);
    });
    // Where several functions may stand, or one and what settles its promise.
    const unclear = resumers.filter((resumer) => {
      const known = stacks.get(keys.get(resumer) ?? "");
      return known !== undefined && known.resumers > 1 && known.promises > 0;
    });
    const held = unclear.length > 0 ? heldOf(new Set(unclear), objects, took / 10) : new Set<object>();
    return { ...found, stacks, keys, held };
  };
  return new Promise((resolve, reject) => {
    setImmediate(none);
    setImmediate(() => search().then(resolve, reject));
  });
}

/** What was found, and what settles the promises of it: those that were resumers unknown of are so no more. */
export async function readSuspended(
  { settlers: known, met, held, stacks, keys }: Searched,
  walk: Walk,
): Promise<{ readonly standing: Standing[]; readonly targets: Target[] }> {
  const targets: Target[] = [];
  const unknown = [...held].filter((settler) => !met.has(settler));
  const settlers = [...known, ...unknown.map((settler) => ({ settler, kind: "", millis: -1 }))];
  const unsettled = settlers.map(({ settler }) => {
    if (typeof settler !== "function") return settler as Promise<unknown>;
    const key = keys.get(settler);
    if (key !== undefined) stacks.get(key)!.resumers--;
    const never = new Promise<void>(() => {});
    never.then(settler as () => void);
    return never;
  });
  await walk(unsettled, (frames, at) => {
    const { kind, millis } = settlers[at]!;
    targets.push({ frames, kind, millis });
    const standing = stacks.get(JSON.stringify(frames));
    if (standing !== undefined) standing.settled++;
  });
  return { standing: [...stacks.values()], targets };
}
