// Sees who waits by `Atomics.wait` in the thread that it is loaded in.
import process from "node:process";
import { BroadcastChannel } from "node:worker_threads";
import type { makeStackReader, SiteFrame } from "./stack-reader.ts";

/** What the threads tell the agent. */
export type AtomicsEvent =
  /** A wait that a notification ended, on this place in shared memory; times are nanoseconds of `process.hrtime`. */
  | { readonly place: string; readonly since: number; readonly until: number }
  /** A notification that woke so many. */
  | { readonly place: string; readonly at: number; readonly woken: number; readonly frames: SiteFrame[] };

/** Replaces `Atomics.wait` and `Atomics.notify` of this thread by ones that tell the channel; `on` false: puts them back. */
export function watchAtomics(on: boolean, channelName: string, makeReader: typeof makeStackReader): void {
  const key = Symbol.for(channelName);
  const store = globalThis as unknown as Record<symbol, (() => void) | undefined>;
  if (on === (store[key] !== undefined)) return;
  if (!on) {
    store[key]!();
    Reflect.deleteProperty(store, key);
    return;
  }
  const channel = new BroadcastChannel(channelName);
  // The types of Node 20 lack that it is there.
  (channel as unknown as { unref(): void }).unref();
  const read = makeReader();
  // Of either kind of array.
  const { wait, notify } = Atomics as unknown as Record<"wait" | "notify", (...args: unknown[]) => unknown>;
  const now = (): number => Number(process.hrtime.bigint());
  // Each thread has an object of its own for the same memory: its size and the place in it tell which.
  const placeOf = (array: Int32Array, index: number): string =>
    `${array.buffer.byteLength}:${array.byteOffset + index * array.BYTES_PER_ELEMENT}`;

  const watchedWait = (array: Int32Array, index: number, ...rest: unknown[]): unknown => {
    const since = now();
    const result = wait(array, index, ...rest);
    if (result === "ok") channel.postMessage({ place: placeOf(array, index), since, until: now() });
    return result;
  };
  const watchedNotify = (array: Int32Array, index: number, ...rest: unknown[]): unknown => {
    const at = now();
    const woken = notify(array, index, ...rest) as number;
    if (woken > 0) channel.postMessage({ place: placeOf(array, index), at, woken, frames: read(1, 64) });
    return woken;
  };
  Object.assign(Atomics, { wait: watchedWait, notify: watchedNotify });
  store[key] = () => {
    channel.close();
    Object.assign(Atomics, { wait, notify });
  };
}
