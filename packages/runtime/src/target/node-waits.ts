// What runs inside a profiled thread, in a realm of its own (`realm.ts`). Sent there as text, so it may use nothing of this file.
import type { ObjectReader } from "./objects.ts";
import type { Host } from "./realm.ts";
import type { Settlers } from "./settlers.ts";

/** Node's list of timers of one duration: a ring of which it is a part. */
export interface TimersList {
  readonly _idlePrev?: unknown;
}

/** Makes what goes from Node's open handles and requests (sockets, files, processes, …) to what settles promises. */
export function makeHandleSearch(
  { process, isPromise }: Host,
  { isObject, propertyOf, elementsOf, nameOf }: ObjectReader,
  { meetPromise, meetFunction, meetFetch }: Settlers,
): () => void {
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
  const MAX_OBJECTS = 10_000;
  const MAX_OBJECTS_EACH = 150;
  const MAX_ELEMENTS = 64;
  const seen = new Set<object>();

  /** From something of Node's along its own properties to functions and promises, a bounded way. */
  const lookFrom = (holder: object, kind: string, millis: number): void => {
    if (seen.has(holder)) return;
    seen.add(holder);
    const queue: object[] = [holder];
    for (let i = 0; i < queue.length && i < MAX_OBJECTS_EACH; i++) {
      const object = queue[i]!;
      if (isPromise(object)) {
        meetPromise(object, kind, millis);
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

  return () => {
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
  };
}

/** Makes what goes from lists of timers to the functions that they call, the oldest first: of closures not all may be asked. */
export function makeTimerSearch(
  { setTimeout, clearTimeout }: Host,
  { isObject, propertyOf, elementsOf }: ObjectReader,
  { meetFunction }: Settlers,
): (...lists: readonly TimersList[]) => void {
  const MAX_TIMERS = 5_000;
  return (...lists) => {
    // A new timer tells the time on the clock of timers.
    const probe = setTimeout(() => {}, 1);
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
    old.sort((a, b) => b.millis - a.millis);
    for (const { timer, millis } of old) {
      const args = propertyOf(timer, "_timerArgs");
      for (const value of [propertyOf(timer, "_onTimeout"), ...elementsOf(args)]) {
        if (isObject(value) && typeof value === "function") meetFunction(value, "timer", millis);
      }
    }
  };
}
