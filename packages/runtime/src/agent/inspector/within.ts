import { setTimeout as sleep } from "node:timers/promises";
import { RuntimeError } from "../../error.ts";

/** Waits for the end of a capture, in vain where its client goes or the program ends; what is then to be said of it. */
export async function waitFor(seconds: number, gone: AbortSignal, ending?: AbortSignal): Promise<string[]> {
  const begun = performance.now();
  const signal = ending === undefined ? gone : AbortSignal.any([gone, ending]);
  await sleep(seconds * 1000, undefined, { signal }).catch(() => {});
  if (!ending?.aborted) return [];
  const passed = ((performance.now() - begun) / 1000).toFixed(1);
  return [`partial: the program ended after ${passed} of ${seconds} seconds`];
}

/** What the promise resolves with; rejects when that takes longer than so many milliseconds. */
export async function within<Value>(millis: number, promise: Promise<Value>): Promise<Value> {
  const late = new AbortController();
  const timeout = sleep(millis, undefined, { signal: late.signal }).then(() => {
    throw new RuntimeError(`no answer within ${millis} ms`);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    late.abort();
    timeout.catch(() => {});
    promise.catch(() => {});
  }
}
