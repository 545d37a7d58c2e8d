// What runs inside a thread of the program to tell that its event loop turns. Sent there as its source text, so it may use
// nothing of this file, only globals and what it is handed.
import type { makeStackReader } from "./target.ts";

/** What a thread tells the agent once: a nanosecond clock in shared memory, an int64 that its event loop sets as it turns. */
export interface HeartbeatStarted {
  readonly id: number;
  readonly clock: BigInt64Array;
}

/**
 * Has this thread's event loop beat each `millis` from now on, never keeping the thread alive; 0 ends it. The clock goes over
 * the channel of this name, with the `id`, and stays under a symbol of it. Returns whether that is done: while Node itself
 * runs, which may be about to begin this thread, it has no timers yet.
 */
export function setHeartbeat(makeReader: typeof makeStackReader, name: string, id: number, millis: number): boolean {
  const store = globalThis as unknown as Record<symbol, { clock: BigInt64Array; timer: NodeJS.Timeout } | undefined>;
  const key = Symbol.for(name);
  // Not the globals, which the program may have replaced.
  const { setInterval, clearInterval } = process.getBuiltinModule("node:timers");
  clearInterval(store[key]?.timer);
  Reflect.deleteProperty(store, key);
  if (millis <= 0) return true;
  const urls = makeReader()(2, 64).map(([, url]) => url);
  if (urls.length > 0 && urls.every((url) => url === "" || url.startsWith("node:"))) return false;
  const clock = new BigInt64Array(new SharedArrayBuffer(8));
  const beat = (): void => void Atomics.store(clock, 0, process.hrtime.bigint());
  beat();
  store[key] = { clock, timer: setInterval(beat, millis).unref() };
  const channel = new (process.getBuiltinModule("node:worker_threads").BroadcastChannel)(name);
  channel.postMessage({ id, clock });
  channel.close();
  return true;
}
