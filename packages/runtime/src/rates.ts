import { agentThread } from "./agent-instance.ts";
import { beatMillis } from "./block.ts";
import { Heartbeat } from "./heartbeat.ts";
import { registry } from "./registry.ts";

let heartbeat: Heartbeat | undefined;

/**
 * Records in the `block` profile what holds the event loop for longer than `nanoseconds`; 0, the default, ends it.
 *
 * Times below 20 ms are noticed by chance only. Costs a timer that wakes the main thread each half of the rate, and at
 * least every 250 ms.
 */
export async function setBlockProfileRate(nanoseconds: number): Promise<void> {
  heartbeat ??= new Heartbeat();
  heartbeat.beat(beatMillis(nanoseconds));
  await agentThread().ask("tune", { block: { rate: nanoseconds, clock: heartbeat.clock } });
}

/**
 * Records one of `fraction` contentions of `Mutex` and `Semaphore` in the `mutex` profile; 0, the default, ends it, and a
 * negative number changes nothing. Returns the fraction before.
 */
export function setMutexProfileFraction(fraction: number): number {
  const known = registry();
  const before = known.mutexFraction;
  if (fraction >= 0) known.mutexFraction = fraction;
  return before;
}

/** The bytes allocated between two heap samples, as set last (default 512 KiB): what Go's `runtime.MemProfileRate` is. */
export function memProfileRate(): number {
  return registry().memRate;
}

/**
 * Samples one object in each `bytes` allocated, on average (default 512 KiB), for `heap` and `allocs`; 0 ends sampling.
 * What was sampled before is forgotten. Costs less than 1 % at the default, about 2 % at 128 KiB, 18 % at 32 KiB.
 */
export async function setMemProfileRate(bytes: number): Promise<void> {
  await agentThread().ask("tune", { memRate: bytes });
  registry().memRate = bytes;
}
