import { watchOwnAtomics } from "../program/record/atomics.ts";
import { agentThread } from "./agent-instance.ts";
import { checkCount } from "./option-checks.ts";
import { isInspectorPermitted } from "./permissions.ts";
import { registry } from "./record/registry.ts";
import { watchSyncCalls } from "./record/sync-calls.ts";
import { watchWebLocks } from "./record/web-locks.ts";

/**
 * Records in the `block` profile what holds the event loop of the main thread for longer than `nanoseconds`; 0, the default,
 * ends it.
 *
 * Native code cannot be interrupted. What it held the loop for is charged to the function that called it where that is one
 * of the `…Sync` of `fs`, `child_process`, `crypto` and `zlib`, which are wrapped as long as the rate is above 0 and then take
 * about 0.15 µs more (those that CommonJS code took out of their module before are not), or `Atomics.wait`; elsewhere, such
 * as in `JSON.parse`, to the JavaScript that runs right behind it. Times below 20 ms are noticed by chance only. Costs a timer
 * that wakes the thread each half of the rate, and at least every 250 ms.
 */
export function setBlockProfileRate(nanoseconds: number): Promise<void> {
  checkCount("block profile rate", nanoseconds);
  return handled(async () => {
    await agentThread().ask("tune", { blockRate: nanoseconds });
    watchSyncCalls(nanoseconds > 0);
  });
}

/**
 * Records one of `fraction` contentions of `Mutex`, `Semaphore`, locks given to `profileLock`, and this thread's Web Locks
 * (`navigator.locks`, Node 24) in the `mutex` profile, and each of shared memory (`Atomics.wait`) between threads that watch
 * theirs, which is charged to who ended the wait by `Atomics.notify`: this one, and workers that start with
 * `@pprof-ts/runtime/register` and PPROF_MUTEX_FRACTION in their environment; 0, the default, ends it, and a negative number changes nothing. Returns
 * the fraction before.
 *
 * Web Locks and `Atomics` are patched as long as it is above 0: a request of a lock then takes about 5 µs more, a
 * notification that wakes a thread about 50 µs, one that wakes none 0.2 µs.
 */
export function setMutexProfileFraction(fraction: number): number {
  const known = registry();
  const before = known.mutexFraction;
  checkCount("mutex profile fraction", fraction < 0 ? -fraction : fraction);
  if (fraction < 0) return before;
  known.mutexFraction = fraction;
  const on = fraction > 0;
  watchWebLocks(on);
  watchOwnAtomics(on);
  // Without the agent, nobody asks for profiles either.
  if (on !== before > 0) tellAgent(on).catch(() => {});
  return before;
}

async function tellAgent(mutex: boolean): Promise<void> {
  await agentThread().ask("tune", { mutex }, { holds: false });
}

/** The bytes allocated between two heap samples, as set last (default 512 KiB): what Go's `runtime.MemProfileRate` is. */
export function memProfileRate(): number {
  return registry().memRate;
}

/**
 * Samples one object in each `bytes` allocated, on average (default 512 KiB), for `heap` and `allocs`; 0 ends sampling.
 * What was sampled before stays as it was then. Costs less than 1 % at the default, about 2 % at 128 KiB, 18 % at 32 KiB.
 */
export function setMemProfileRate(bytes: number): Promise<void> {
  checkCount("memory profile rate", bytes);
  return handled(async () => {
    await agentThread().ask("tune", { memRate: bytes });
    registry().memRate = bytes;
    sampleBuffers();
  });
}

/** Who does not wait for it has the program go on where it fails, as in a Node without an inspector. */
function handled(act: () => Promise<void>): Promise<void> {
  const done = act();
  done.catch(() => {});
  return done;
}

/** Samples the Buffers of this thread from now on, at the rate of the heap's samples; they are read with these. */
export function sampleBuffers(rate: number = registry().memRate): void {
  if (isInspectorPermitted()) registry().buffers.watch(rate);
}
