import type { Trace } from "@pprof-ts/profile";
import { WAKERS } from "../../exchange/trace-records.ts";
import type { AwaitStacks } from "./await-stacks.ts";
import { LoopTrace } from "./loop-trace.ts";
import type { TraceRecord } from "./record-table.ts";
import { sleepsOf, utilization } from "./sleeps.ts";
import { Story } from "./story.ts";
import type { TimedSample } from "./timed-samples.ts";

/** All that was recorded between two times; times are in nanoseconds of `process.hrtime`, which all threads share. */
export interface Recorded {
  readonly from: number;
  readonly to: number;
  readonly records: readonly TraceRecord[];
  /** Whether each callback was noted, and not only beginnings and ends of requests. */
  readonly isExact: boolean;
  /** What was sampled on all threads, in the order of time. */
  readonly samples: readonly TimedSample[];
  readonly stacks: AwaitStacks;
  /** Sentences for whoever reads the trace: what is missing in it, and why. */
  readonly notes: readonly string[];
  /** When `from` was, in nanoseconds since 1970. */
  readonly timeNanos: bigint;
}

/** A timer that ran no more than this after it was due was on time: Node counts in milliseconds. */
const LATE_MICROS = 1_500;

/** The row of `WAKERS` of a timer. */
const TIMER = WAKERS.indexOf("Timeout");

/** The `thread` of samples of the main thread. */
const MAIN = "main";

/** Something that happens at a time: a record, a sample, a beginning or end of sleep. The trace is made of them in the order of time. */
interface Step {
  readonly time: number;
  /** Whether it may happen while a garbage collection stops the program. */
  readonly quiet?: boolean;
  act(time: number): void;
}

/** Makes a trace of what was recorded. Records that contradict each other, as some do where others were lost, are left out. */
export function assemble({ from, to, records, isExact, samples: all, stacks, notes, timeNanos }: Recorded): Trace {
  const sorted = [...records].sort((a, b) => a.time - b.time);
  const samples = all.filter(({ isIdle }) => !isIdle);
  const own = samples.filter(({ thread }) => thread === MAIN);
  const idle = all.filter(({ thread, isIdle }) => isIdle && thread === MAIN).map(({ time }) => time);
  const workers = new Set(samples.map(({ thread }) => thread));
  workers.delete(MAIN);
  const story = new Story(sorted, isExact, from, stacks);
  const trace = new LoopTrace(workers, (task, time) => story.waitOf(task, time));
  const busy = [...sorted.filter(({ name }) => name !== "turn"), ...own].map(({ time }) => time).sort((a, b) => a - b);
  const sleeps = sleepsOf(sorted, busy, idle);
  const steps: Step[] = [
    // Of steps at the same time the loop wakes first, and goes to sleep last.
    ...sleeps.map(({ to: end }) => ({ time: end, act: (time: number) => trace.wake(time) })),
    ...sorted.map((record) => ({ time: record.time, act: (time: number) => story.act(record, time, trace) })),
    ...sorted
      .filter(({ name, value, other }) => name === "runs" && (value & 0xff) === TIMER && other > LATE_MICROS)
      .map(({ time, id, other }) => ({
        time: time - other * 1000,
        quiet: true,
        act: (at: number) => story.due(id, at, trace),
      })),
    ...sorted
      .filter(({ name }) => name === "collection")
      .map(({ time, id }) => ({ time: time + id * 1000, quiet: true, act: (at: number) => trace.goOn(at) })),
    ...samples.map(({ time: at, thread, frames }) => ({
      time: at,
      quiet: true,
      act: (time: number) => (thread === MAIN ? trace.sample(time, frames) : trace.sampleOf(thread, time, frames)),
    })),
    ...utilization(sorted, sleeps).map(({ time, percent }) => ({
      time,
      quiet: true,
      act: (at: number) => trace.counter("event loop utilization, %", percent, at),
    })),
    ...sleeps.map(({ from: begin }) => ({ time: begin, act: (time: number) => trace.sleep(time) })),
  ];
  steps.sort((a, b) => a.time - b.time);
  let time = 0;
  for (const step of steps) {
    if (step.time > to) break;
    time = Math.max(time, Math.round(step.time - from));
    if (step.quiet !== true) trace.goOn(time);
    step.act(time);
  }
  const end = Math.max(time, Math.round(to - from));
  trace.goOn(end);
  for (const note of notes) trace.log("pprof", note, end);
  return trace.builder.build(timeNanos, end);
}
