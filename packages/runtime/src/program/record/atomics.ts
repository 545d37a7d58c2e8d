import process from "node:process";
import { BroadcastChannel } from "node:worker_threads";
import { ATOMICS_CHANNEL } from "../../exchange/atomics-channel.ts";
import { makeStackReader } from "../../target/stack-reader.ts";

// Taken as this is loaded: the program may change its globals later.
const read = makeStackReader();

/**
 * Replaces `Atomics.wait` and `Atomics.notify` of the thread that this runs in by ones that tell the agent who waited, and who
 * woke them; `on` false puts them back. Workers that preload `register` do so themselves: they may not be sent JavaScript
 * (`worker-commands.ts`).
 */
export function watchOwnAtomics(on: boolean): void {
  const key = Symbol.for(ATOMICS_CHANNEL);
  const store = globalThis as unknown as Record<symbol, (() => void) | undefined>;
  if (on === (store[key] !== undefined)) return;
  if (!on) {
    store[key]!();
    Reflect.deleteProperty(store, key);
    return;
  }
  const channel = new BroadcastChannel(ATOMICS_CHANNEL);
  // The types of Node 20 lack that it is there.
  (channel as unknown as { unref(): void }).unref();
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
