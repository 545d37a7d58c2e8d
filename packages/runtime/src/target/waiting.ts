// What runs inside a profiled thread to find what waits in it. It is sent there as its source text, and runs in a realm of
// its own: so it may use nothing of this file, finds the language's own functions whatever the program has made of its own,
// and leaves the program's `Error` alone.
import type { SiteFrame } from "./stack-reader.ts";

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

/** The stack of async functions above a promise that something will settle, and what that is, such as `timer`. */
export interface Awaited {
  readonly frames: readonly SiteFrame[];
  readonly kind: string;
  /** For how long that has been at work; -1 where nothing says so. */
  readonly millis: number;
}

/** The stack of async functions that wait, from the `await` outwards, and how many pending promises have it. */
export interface Standing {
  readonly frames: readonly SiteFrame[];
  promises: number;
  /** The longest wait that is known of, in milliseconds: since an earlier profile met it; 0 where nothing is known. */
  millis: number;
}

/** The realm, which stays: it knows of each promise when a search met it first. */
export interface Realm {
  begin(): Search;
}

/** What a search keeps in the thread until the profile is made. */
export interface Search {
  /** Looks at what Node itself waits with: its handles and its requests. */
  lookAtHandles(): void;
  /** Looks at these lists of timers. */
  lookAtTimers(...lists: readonly TimersList[]): void;
  /**
   * Functions that may hold in their scope what settles a promise, which only the inspector can read. Each is given once, as
   * many of each kind as there can be.
   */
  takeClosures(most: number): readonly object[];
  /** How many of them were not taken. */
  closuresLeft(): number;
  /** What was found in the scope of the closure of this number, counted as they were taken. */
  lookAtScoped(numbers: readonly number[], ...values: readonly object[]): void;
  /** The stacks above what was found to settle promises. */
  awaited(): Promise<readonly Awaited[]>;
  /** Notes the stacks above these of some promises, from the one to the other. */
  walk(promises: readonly Promise<unknown>[], from: number, to: number): Promise<void>;
  /** All stacks that were noted. */
  standing(): readonly Standing[];
}

/** Node's list of timers of one duration: a ring of which it is a part. */
export interface TimersList {
  readonly _idlePrev?: unknown;
}

/**
 * What begins searches in the realm in which this runs.
 *
 * V8 prints the async functions that wait for a promise only when something runs that will settle it. So for each promise
 * P a reaction is made whose derived promise, by way of `Symbol.species`, is P itself; while that reaction runs, a stack
 * trace walks from P to whoever awaits it. P is neither resolved nor changed. For a function that settles a promise P, a
 * promise is made that has it as its one reaction and is never settled itself: V8 walks on from there to P.
 *
 * All of this is what a program may do with promises and functions that the language has handed out. Nothing else comes
 * here: V8's own functions that resume what is suspended, which the inspector can list, end the process when one is walked
 * from or called at the wrong moment.
 */
export function makeRealm({ process, setTimeout, clearTimeout, isProxy, isPromise, now }: Host): Realm {
  const KINDS: Record<string, string> = {
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
    FSWatcher: "fs",
    FSEvent: "fs",
  };
  const KEYS_OF_OTHERS = new Set(["server", "_server", "parent", "_parent"]);
  const MAX_FRAMES = 256;
  const MAX_TIMERS = 5_000;
  const MAX_OBJECTS = 10_000;
  const MAX_OBJECTS_EACH = 150;
  const MAX_ELEMENTS = 64;
  const nativeText = /\{\s*\[native code\]\s*\}$/;
  const textOf = Function.prototype.toString;
  const none = (): void => {};
  // Of this realm, so nobody else's.
  // biome-ignore lint/suspicious/noExplicitAny: V8's call sites differ between versions of Node.
  type CallSite = any;
  Error.stackTraceLimit = MAX_FRAMES;
  Error.prepareStackTrace = (_error, sites) => sites;

  const propertyOf = (object: object, key: PropertyKey): unknown =>
    Reflect.getOwnPropertyDescriptor(object, key)?.value as unknown;
  const isObject = (value: unknown): value is object =>
    ((typeof value === "object" && value !== null) || typeof value === "function") && !isProxy(value);
  const isNative = (value: object): boolean => nativeText.test(Reflect.apply(textOf, value, []));
  /** Of a list of the program's realm, whose own iterator may be the program's. */
  const elementsOf = (list: unknown, from = 0, to = Number.POSITIVE_INFINITY): unknown[] => {
    const elements: unknown[] = [];
    if (!Array.isArray(list) || isProxy(list)) return elements;
    for (let i = from; i < list.length && i < to; i++) elements.push(propertyOf(list, i));
    return elements;
  };
  const nameOf = (object: object): string => {
    const prototype = Reflect.getPrototypeOf(object);
    const maker = prototype === null ? undefined : propertyOf(prototype, "constructor");
    const name = isObject(maker) ? propertyOf(maker, "name") : undefined;
    return typeof name === "string" ? name : "";
  };

  const frames = (): SiteFrame[] => {
    const holder: { stack?: CallSite } = {};
    Error.captureStackTrace(holder, frames);
    const sites: CallSite[] = holder.stack;
    return sites
      .filter((site) => site.isAsync())
      .map((site): SiteFrame => {
        return [
          site.isPromiseAll?.() === true ? "Promise.all" : (site.getFunctionName() ?? ""),
          site.getScriptNameOrSourceURL() ?? site.getFileName() ?? "",
          site.getLineNumber() ?? 0,
          site.getColumnNumber() ?? 0,
          site.getEnclosingLineNumber?.() ?? 0,
          site.getEnclosingColumnNumber?.() ?? 0,
        ];
      });
  };
  const walkFrom = (promises: readonly object[], each: (frames: SiteFrame[], at: number) => void): Promise<void> => {
    let go = none;
    const turn = new Promise<void>((resolve) => {
      go = resolve;
    });
    for (const [at, promise] of promises.entries()) {
      const reaction = turn.then(() => {
        const found = frames();
        if (found.length > 0) each(found, at);
      });
      const Species = function Species(executor: (resolve: () => void, reject: () => void) => void): object {
        executor(none, none);
        return promise;
      };
      Object.defineProperty(reaction, "constructor", { value: { [Symbol.species]: Species } });
      reaction.then(none, none);
    }
    const last = turn.then(none);
    go();
    return last;
  };

  /** When a search met a promise first. */
  const since = new WeakMap<object, number>();

  const begin = (): Search => {
    const settlers: { readonly settler: object; readonly kind: string; readonly millis: number }[] = [];
    interface Closure {
      readonly closure: object;
      readonly kind: string;
      readonly millis: number;
    }
    const closures = new Map<string, Closure[]>();
    const taken: Closure[] = [];
    const met = new Set<object>();
    const seen = new Set<object>();

    /** A function that may settle a promise: V8's own for that, or one of the program's, whose scope may have it. */
    const meetFunction = (value: object, kind: string, millis: number): void => {
      if (met.has(value)) return;
      met.add(value);
      if (!isNative(value)) {
        const same = closures.get(kind) ?? [];
        closures.set(kind, same);
        same.push({ closure: value, kind, millis });
      } else if (propertyOf(value, "name") === "" && propertyOf(value, "length") === 1)
        settlers.push({ settler: value, kind, millis });
    };

    /** What Node's `fetch` keeps of a request has the function that its answer is handed to, and its start on the clock of `performance`. */
    const meetFetch = (object: object): boolean => {
      const answered = propertyOf(object, "processResponse");
      if (!isObject(answered) || typeof answered !== "function") return false;
      const timing = propertyOf(object, "timingInfo");
      const start = isObject(timing) ? propertyOf(timing, "startTime") : undefined;
      meetFunction(answered, "fetch", typeof start === "number" ? Math.max(now() - start, 0) : -1);
      return true;
    };

    /** From something of Node's along its own properties to functions and promises, a bounded way. */
    const lookFrom = (holder: object, kind: string, millis: number): void => {
      if (seen.has(holder)) return;
      seen.add(holder);
      const queue: object[] = [holder];
      for (let i = 0; i < queue.length && i < MAX_OBJECTS_EACH; i++) {
        const object = queue[i]!;
        if (isPromise(object)) {
          settlers.push({ settler: object, kind, millis });
          continue;
        }
        if (typeof object === "function") {
          meetFunction(object, kind, millis);
          // What `once` has wrapped.
          const listener = propertyOf(object, "listener");
          if (isObject(listener) && typeof listener === "function") meetFunction(listener, kind, millis);
          continue;
        }
        if (ArrayBuffer.isView(object) || meetFetch(object)) continue;
        if (Array.isArray(object) && object.length > MAX_ELEMENTS) continue;
        for (const key of Reflect.ownKeys(object)) {
          // Where AsyncLocalStorage keeps what is the program's.
          if (typeof key === "string" ? KEYS_OF_OTHERS.has(key) : key.description === "kResourceStore") continue;
          const value = propertyOf(object, key);
          if (!isObject(value) || seen.has(value) || seen.size > MAX_OBJECTS) continue;
          seen.add(value);
          queue.push(value);
        }
      }
    };

    const stacks = new Map<string, Standing>();

    return {
      lookAtHandles() {
        const { _getActiveHandles: handles, _getActiveRequests: requests } = process as unknown as Record<
          string,
          (() => readonly object[]) | undefined
        >;
        for (const list of [requests, handles]) {
          for (const holder of list === undefined ? [] : elementsOf(Reflect.apply(list, process, []))) {
            if (!isObject(holder)) continue;
            const kind = KINDS[nameOf(holder)];
            if (kind !== undefined && propertyOf(holder, "_destroyed") !== true) lookFrom(holder, kind, -1);
          }
        }
      },
      lookAtTimers(...lists) {
        const probe = setTimeout(none, 1);
        const last = propertyOf(probe, "_idleStart");
        clearTimeout(probe as never);
        const old: { readonly timer: object; readonly millis: number }[] = [];
        for (const list of lists) {
          for (let timer = list._idlePrev; isObject(timer) && timer !== list && old.length < MAX_TIMERS; ) {
            const start = propertyOf(timer, "_idleStart");
            const known = typeof start === "number" && typeof last === "number";
            if (timer !== probe) old.push({ timer, millis: known ? Math.max(last - start, 0) : -1 });
            timer = propertyOf(timer, "_idlePrev");
          }
        }
        // The oldest first: of closures not all may be asked.
        old.sort((a, b) => b.millis - a.millis);
        for (const { timer, millis } of old) {
          const args = propertyOf(timer, "_timerArgs");
          for (const value of [propertyOf(timer, "_onTimeout"), ...elementsOf(args)]) {
            if (isObject(value) && typeof value === "function") meetFunction(value, "timer", millis);
          }
        }
      },
      takeClosures(most) {
        const from = taken.length;
        for (let before = -1; taken.length !== before && taken.length - from < most; ) {
          before = taken.length;
          for (const same of closures.values()) {
            const next = same.shift();
            if (next !== undefined && taken.length - from < most) taken.push(next);
          }
        }
        return taken.slice(from).map(({ closure }) => closure);
      },
      closuresLeft: () => [...closures.values()].reduce((sum, same) => sum + same.length, 0),
      lookAtScoped(numbers, ...values) {
        for (const [at, value] of values.entries()) {
          const { kind, millis } = taken[numbers[at]!]!;
          if (!isObject(value) || meetFetch(value)) continue;
          const settler = typeof value === "function" ? value : propertyOf(value, "resolve");
          if (isObject(settler) && typeof settler === "function") meetFunction(settler, kind, millis);
        }
      },
      async awaited() {
        const found: Awaited[] = [];
        const promises = settlers.map(({ settler }) => {
          if (typeof settler !== "function") return settler;
          const never = new Promise<void>(none);
          never.then(settler as () => void);
          return never;
        });
        await walkFrom(promises, (stack, at) => {
          const { kind, millis } = settlers[at]!;
          found.push({ frames: stack, kind, millis });
        });
        return found;
      },
      walk(promises, from, to) {
        const some = elementsOf(promises, from, to) as Promise<unknown>[];
        const time = Date.now();
        return walkFrom(some, (stack, at) => {
          const key = JSON.stringify(stack);
          const known = stacks.get(key) ?? { frames: stack, promises: 0, millis: 0 };
          stacks.set(key, known);
          known.promises++;
          const begun = since.get(some[at]!) ?? time;
          since.set(some[at]!, begun);
          known.millis = Math.max(known.millis, time - begun);
        });
      },
      standing: () => [...stacks.values()],
    };
  };
  return { begin };
}
