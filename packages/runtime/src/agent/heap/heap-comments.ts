// What is to be said of the numbers in heap profiles, and of what samples them.
import type { HeapMode } from "./heap-sampler.ts";

/** Who else may use V8's one sampler. */
const OTHERS = "another client of the inspector (--heap-prof, DevTools, @datadog/pprof)";
export const BORROWED: string = `allocs would take V8's sampler from ${OTHERS}, which began it: V8 has one`;
export const SEEN =
  "objects with the label seen are as they were at that time, before V8's sampler began anew: what has gone since is left out only where there is no room for it in the heap";

/** The sampler of the main thread, and what samples but for windows. */
export interface Sampling {
  readonly mode: HeapMode | undefined;
  /** Bytes between two samples. */
  readonly rate: number;
  /** Since when. */
  readonly sinceMillis: number;
  /** Whether an `allocs` profile goes on. */
  readonly inWindow: boolean;
  /** Whether it is another client's. */
  readonly borrowed: boolean;
  /** When another client was found to have ended it. */
  readonly interruptedMillis: number | undefined;
}

/** What samples now, for the index. */
export function describeSampling({ mode, inWindow, borrowed, rate, interruptedMillis }: Sampling): string {
  const samples = inWindow ? "all" : mode;
  if (samples === undefined) return "nothing is sampled";
  if (borrowed)
    return `V8's sampling heap profiler as ${OTHERS} began it: without allocs, which would take it from them`;
  const objects = samples === "live" ? "live objects" : "all allocations";
  const taken =
    interruptedMillis === undefined
      ? ""
      : `; another client of the inspector had ended it, as was found at ${time(interruptedMillis)}: older objects are known as they were seen last, or not at all`;
  return `V8's sampling heap profiler of ${objects}, one each ${rate} bytes${taken}`;
}

/** Of the objects that `heap` shows. */
export function liveComments({ mode, inWindow, borrowed, rate, sinceMillis }: Sampling): string[] {
  const comments = [
    mode === "all"
      ? "objects are not shown: the sampler counts all allocations (PPROF_ALLOCS), and V8 cannot do both at once"
      : inWindow
        ? "an allocs profile is not over: V8 cannot sample live objects and all allocations at once, and those that came since it began count as not sampled"
        : `objects sampled since ${time(sinceMillis)}, one each ${rate} bytes allocated`,
    "inuse_objects is an estimate: V8 tells the bytes of a sample, not the number of its objects",
    "alloc_objects and alloc_space are not known: V8 samples live objects or all allocations, not both at once",
  ];
  if (borrowed) comments.push(`V8's sampler is that which ${OTHERS} began: at the rate that was asked for there`);
  return comments;
}

/** Of the allocations of some seconds, or of all since the start. */
export function allocComments(seconds: number, { mode, rate, sinceMillis }: Sampling): string[] {
  return [
    seconds > 0
      ? `all allocations of ${seconds} seconds, one sampled each ${rate} bytes`
      : `all allocations since ${time(sinceMillis)}`,
    mode === "live"
      ? `inuse_objects and inuse_space are those of the beginning, and of Buffers those of now: ${SEEN}`
      : "inuse_objects and inuse_space are known of Buffers alone: no live objects were sampled",
  ];
}

/** Of a worker in `heap`. */
export function notSampled(name: string): string {
  return `${name}: its objects are not sampled: workers do that themselves, where Node preloads @pprof-ts/runtime/register into them`;
}

/** Of a worker in `allocs`. */
export function leftOut(name: string): string {
  return `${name} is left out but for its Buffers, where it samples those: its sampler keeps its live objects for heap, or is another client's`;
}

export function unanswered(name: string, millis: number): string {
  return `${name} is left out: it did not answer within ${millis / 1000} s`;
}

export function interrupted(name: string): string {
  return `another client of the inspector had stopped the heap sampler of ${name}; it runs again from now on`;
}

function time(millis: number): string {
  return new Date(millis).toISOString();
}
