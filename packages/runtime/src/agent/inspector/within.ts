import { setTimeout as sleep } from "node:timers/promises";
import { RuntimeError } from "../../error.ts";

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
