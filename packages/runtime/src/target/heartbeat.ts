// What runs inside the main thread of the program to tell that its event loop turns. Sent there as its source text, so it may
// use nothing of this file, only globals and what it is handed.

/**
 * Has this thread's event loop beat each `millis` from now on, never keeping the process alive; 0 ends it. Its clock, an int64 of
 * nanoseconds in shared memory that the loop sets as it turns, goes over the channel of this name, and stays under a symbol of it.
 */
export function setHeartbeat(name: string, millis: number): void {
  const store = globalThis as unknown as Record<symbol, { clock: BigInt64Array; timer: NodeJS.Timeout } | undefined>;
  const key = Symbol.for(name);
  // Not the globals, which the program may have replaced.
  const { setInterval, clearInterval } = process.getBuiltinModule("node:timers");
  clearInterval(store[key]?.timer);
  Reflect.deleteProperty(store, key);
  if (millis <= 0) return;
  const clock = new BigInt64Array(new SharedArrayBuffer(8));
  const beat = (): void => void Atomics.store(clock, 0, process.hrtime.bigint());
  beat();
  store[key] = { clock, timer: setInterval(beat, millis).unref() };
  const channel = new (process.getBuiltinModule("node:worker_threads").BroadcastChannel)(name);
  channel.postMessage(clock);
  channel.close();
}
