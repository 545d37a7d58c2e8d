import { ProfileBuilder } from "../builder.ts";
import { ProfileError } from "../error.ts";
import type { Profile } from "../profile.ts";
import { isRealWait } from "./real-wait.ts";
import { goroutineNames, type StateSpan, statesOf } from "./states.ts";
import { TRACE_KIND, type Trace } from "./trace.ts";

/** A profile that can be made of a trace: the stacks at which goroutines were in some state, and for how long. */
interface Derived {
  readonly name: string;
  readonly description: string;
  /** Only goroutines on which tasks began count, where there are any; the event loop's own does not. */
  readonly ofTasks?: boolean;
  /** Whether the stack is that of the wait before, for there it will go on. The stack of a state in which it is ready is that of whoever made it so. */
  readonly goesOn?: boolean;
  /** Whether a span counts. */
  has(span: StateSpan, reason: string): boolean;
}

/** The profiles of `go tool trace -pprof`, and others. */
export const DERIVED_PROFILES: readonly Derived[] = [
  {
    name: "net",
    description: "waits for the network",
    has: ({ state }, reason) => state === "waiting" && reason === "network",
  },
  {
    name: "sync",
    description: "waits for locks, channels and whatever else synchronises",
    has: ({ state }, reason) => state === "waiting" && /chan|sync|select/.test(reason),
  },
  { name: "syscall", description: "system calls", has: ({ state }) => state === "call" },
  { name: "sched", description: "what was ready, and waited to run", has: ({ state }) => state === "ready" },
  {
    name: "await",
    description: "what tasks waited for, whatever that was, where they did",
    ofTasks: true,
    has: ({ state }, reason) => state === "waiting" && isRealWait(reason),
  },
  {
    name: "loopwait",
    description: "what tasks waited for that could have run, had nothing else",
    ofTasks: true,
    goesOn: true,
    has: ({ state }) => state === "ready",
  },
];

/** The names that `deriveProfile` takes. */
export const DERIVED_NAMES: readonly string[] = [...DERIVED_PROFILES.map(({ name }) => name), "loopblock", "cpu"];

/**
 * The profile of this name, one of `DERIVED_NAMES`, of a trace, as `go tool trace -pprof` makes it: by stack how many spans there were
 * and how long they took. What was not over when the trace ended does not count. `cpu` is the samples of the trace.
 */
export function deriveProfile(trace: Trace, name: string): Profile {
  if (name === "cpu") return cpuProfile(trace);
  if (name === "loopblock") return loopBlockProfile(trace);
  const derived = DERIVED_PROFILES.find((row) => row.name === name);
  if (derived === undefined)
    throw new ProfileError(`invalid profile "${name}": must be one of ${DERIVED_NAMES.join(", ")}`);
  const began = firstRuns(trace);
  const tasks = derived.ofTasks === true ? taskGoroutines(trace) : undefined;
  const sums = new Map<number, { count: number; nanos: number }>();
  const waited = new Map<number, number>();
  for (const span of statesOf(trace)) {
    const before = waited.get(span.goroutine);
    waited.set(span.goroutine, span.stack);
    const stack = derived.goesOn === true && before !== undefined ? before : span.stack;
    const nanos = span.to - Math.max(span.from, began.get(span.goroutine) ?? 0);
    if (tasks !== undefined && tasks.size > 0 && !tasks.has(span.goroutine)) continue;
    if (span.isOpen || nanos <= 0 || !derived.has(span, trace.strings[span.reason]!)) continue;
    const sum = sums.get(stack) ?? { count: 0, nanos: 0 };
    sum.count++;
    sum.nanos += nanos;
    sums.set(stack, sum);
  }
  return delays(trace, sums);
}

/** A profile of such sums: by the row of a stack or, where no stack is known, by a name that becomes the only frame. */
function delays(
  trace: Trace,
  sums: ReadonlyMap<number | string, { readonly count: number; readonly nanos: number }>,
): Profile {
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: "contentions", unit: "count" },
      { type: "delay", unit: "nanoseconds" },
    ],
    periodType: { type: "trace", unit: "count" },
    period: 1,
    timeNanos: trace.timeNanos,
    durationNanos: trace.durationNanos,
  });
  const locate = locator(trace, builder);
  const named = (name: string): number => {
    const fn = builder.function({ name });
    return builder.location({ lines: [{ function: fn }] });
  };
  for (const [key, { count, nanos }] of sums) {
    builder.sample(typeof key === "number" ? locate(key) : [named(key)], [count, Math.round(nanos)]);
  }
  return builder.build();
}

/** Shorter runs, in nanoseconds, hold nobody up. */
const LEAST_BLOCK_NANOS = 5e6;

/** What ran for long without a pause: the time of each such run, dealt out evenly to the stacks that were sampled during it. */
function loopBlockProfile(trace: Trace): Profile {
  const samples = new Map<number, { readonly time: number; readonly stack: number }[]>();
  const { events } = trace;
  for (let i = 0; i < events.length; i++) {
    if (events.kind[i] !== TRACE_KIND.sample) continue;
    const known = samples.get(events.thread[i]!);
    const sample = { time: events.time[i]!, stack: events.stack[i]! };
    if (known === undefined) samples.set(events.thread[i]!, [sample]);
    else known.push(sample);
  }
  const names = goroutineNames(trace);
  const sums = new Map<number | string, { count: number; nanos: number }>();
  for (const { state, from, to, thread, goroutine } of statesOf(trace)) {
    if (state !== "running" || to - from < LEAST_BLOCK_NANOS) continue;
    const own = between(samples.get(thread) ?? [], from, to);
    const unknown = names.get(goroutine) ?? `goroutine ${goroutine}`;
    const stacks = own.length > 0 ? own.map((sample) => sample.stack) : [unknown];
    for (const [i, row] of stacks.entries()) {
      const sum = sums.get(row) ?? { count: 0, nanos: 0 };
      // The run counts once, where it was first sampled.
      if (i === 0) sum.count++;
      sum.nanos += (to - from) / stacks.length;
      sums.set(row, sum);
    }
  }
  return delays(trace, sums);
}

/** The samples between two times, of samples in the order of time. */
function between<Sample extends { readonly time: number }>(all: readonly Sample[], from: number, to: number): Sample[] {
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (all[middle]!.time < from) low = middle + 1;
    else high = middle;
  }
  const found: Sample[] = [];
  for (let i = low; i < all.length && all[i]!.time <= to; i++) found.push(all[i]!);
  return found;
}

/** The goroutines on which tasks began. */
function taskGoroutines({ events }: Trace): Set<number> {
  const found = new Set<number>();
  for (let i = 0; i < events.length; i++) {
    if (events.kind[i] === TRACE_KIND["task-begin"]) found.add(events.goroutine[i]!);
  }
  return found;
}

/** When each goroutine ran first: Go's profiles do not count what it did before that, unless it never ran at all. */
function firstRuns({ events }: Trace): Map<number, number> {
  const began = new Map<number, number>();
  for (let i = 0; i < events.length; i++) {
    const goroutine = events.goroutine[i]!;
    if (events.kind[i] === TRACE_KIND.run && !began.has(goroutine)) began.set(goroutine, events.time[i]!);
  }
  return began;
}

function cpuProfile(trace: Trace): Profile {
  const counts = new Map<number, number>();
  const { events } = trace;
  for (let i = 0; i < events.length; i++) {
    if (events.kind[i] !== TRACE_KIND.sample) continue;
    counts.set(events.stack[i]!, (counts.get(events.stack[i]!) ?? 0) + 1);
  }
  const builder = new ProfileBuilder({
    sampleTypes: [{ type: "samples", unit: "count" }],
    timeNanos: trace.timeNanos,
    durationNanos: trace.durationNanos,
  });
  const locate = locator(trace, builder);
  for (const [stack, count] of counts) builder.sample(locate(stack), [count]);
  return builder.build();
}

/** The locations of a stack, a location for each frame. */
function locator({ stacks, frames, strings }: Trace, builder: ProfileBuilder): (stack: number) => number[] {
  const locations = new Map<number, number>();
  const locate = (frame: number): number => {
    const known = locations.get(frame);
    if (known !== undefined) return known;
    const fn = builder.function({ name: strings[frames.function[frame]!]!, filename: strings[frames.file[frame]!]! });
    const row = builder.location({ address: BigInt(frame + 1), lines: [{ function: fn, line: frames.line[frame]! }] });
    locations.set(frame, row);
    return row;
  };
  return (stack) => Array.from(stacks.frame.subarray(stacks.start[stack]!, stacks.start[stack + 1]!), locate);
}
