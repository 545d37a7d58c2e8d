import { NO_THREAD, TRACE_EVENTS, type Trace, type TraceEventName } from "./trace.ts";
import { TraceBuilder, type TraceFrame } from "./trace-builder.ts";

/** A trace of one process of several. */
export interface TraceOfProcess {
  readonly trace: Trace;
  /** What a frame of it becomes among those of the other processes, such as `event loop` with the number of its process. */
  readonly rename?: (frame: TraceFrame) => TraceFrame;
}

/** What a column of an event holds that has another number in the merged trace: tasks are numbered with the goroutines. What is not here is a plain number. */
type Holds = "goroutine" | "proc" | "text" | "stack";
const COLUMNS: Partial<Readonly<Record<TraceEventName, Partial<Record<"a" | "b" | "c", Holds>>>>> = {
  "proc-start": { a: "proc" },
  "proc-stop": { a: "proc" },
  create: { a: "stack" },
  yield: { a: "text" },
  wait: { a: "text" },
  "stop-begin": { a: "text" },
  "task-begin": { a: "goroutine", b: "goroutine", c: "text" },
  "task-end": { a: "goroutine" },
  "region-begin": { a: "goroutine", b: "text" },
  "region-end": { a: "goroutine", b: "text" },
  log: { a: "goroutine", b: "text", c: "text" },
  counter: { a: "text" },
};
/** Events of which formats know one at a time: while a collection of one process goes on, those that begin in others are left out. */
const SHARED: Partial<Readonly<Record<TraceEventName, readonly [what: string, begins: boolean]>>> = {
  "gc-begin": ["gc", true],
  "gc-end": ["gc", false],
  "stop-begin": ["stop", true],
  "stop-end": ["stop", false],
};

/**
 * One trace of several processes that ran at the same time, with the threads, procs and goroutines of all, numbered anew. Formats know
 * one process alone: where the garbage collector stops one of them, the merged trace says that all are stopped.
 */
export function mergeTraces(parts: readonly TraceOfProcess[]): Trace {
  const begins = parts.map(({ trace }) => trace.timeNanos).sort((a, b) => (a < b ? -1 : 1));
  const [begin = 0n] = begins;
  const builder = new TraceBuilder();
  const owners = new Map<string, number>();
  const rows: { readonly time: number; add(time: number): void }[] = [];
  let duration = 0;
  let threads = 0;
  let goroutines = 0;
  for (const [part, { trace, rename = (frame: TraceFrame) => frame }] of parts.entries()) {
    const { events, stacks, frames, strings } = trace;
    const late = Number(trace.timeNanos - begin);
    duration = Math.max(duration, late + trace.durationNanos);
    const numbers = new Map<number, number>([[0, 0]]);
    const numberOf = (number: number): number => {
      const known = numbers.get(number);
      if (known !== undefined) return known;
      numbers.set(number, ++goroutines);
      return goroutines;
    };
    const firstThread = threads;
    const stackRows = new Map<number, number>();
    const stackOf = (stack: number): number => {
      const known = stackRows.get(stack);
      if (known !== undefined) return known;
      const own = Array.from(
        stacks.frame.subarray(stacks.start[stack]!, stacks.start[stack + 1]!),
        (row): TraceFrame => rename([strings[frames.function[row]!]!, strings[frames.file[row]!]!, frames.line[row]!]),
      );
      const row = own.length === 0 ? 0 : builder.stack(own);
      stackRows.set(stack, row);
      return row;
    };
    const column = (holds: Holds | undefined, value: number): number => {
      if (holds === "goroutine") return numberOf(value);
      if (holds === "text") return builder.text(strings[value]!);
      if (holds === "stack") return stackOf(value);
      return holds === "proc" ? value + firstThread : value;
    };
    for (let i = 0; i < events.length; i++) {
      const { name } = TRACE_EVENTS[events.kind[i]!]!;
      const thread = events.thread[i]!;
      if (thread !== NO_THREAD) threads = Math.max(threads, firstThread + thread + 1);
      if (name === "proc-start" || name === "proc-stop") threads = Math.max(threads, firstThread + events.a[i]! + 1);
      // What a later process finds present is said to be there from the beginning of all, for formats say so only there.
      const time = name === "present" ? 0 : late + events.time[i]!;
      rows.push({
        time,
        add(at) {
          if (name === "procs") return;
          const shared = SHARED[name];
          if (shared !== undefined && !isTold(owners, ...shared, part)) return;
          const { a, b, c } = COLUMNS[name] ?? {};
          builder.add(name, at, {
            thread: thread === NO_THREAD ? thread : thread + firstThread,
            goroutine: numberOf(events.goroutine[i]!),
            a: column(a, events.a[i]!),
            b: column(b, events.b[i]!),
            c: column(c, events.c[i]!),
            stack: stackOf(events.stack[i]!),
          });
        },
      });
    }
  }
  // Of equal times each part keeps its order.
  rows.sort((a, b) => a.time - b.time);
  for (const { time, add } of rows) add(time);
  return builder.build(begin, duration);
}

/** Whether to keep the beginning or end of something shared: the first process that begins it has it until that one ends it. */
function isTold(owners: Map<string, number>, what: string, begins: boolean, part: number): boolean {
  const owner = owners.get(what);
  if (begins) {
    if (owner === undefined) owners.set(what, part);
    return owner === undefined;
  }
  if (owner !== part) return false;
  owners.delete(what);
  return true;
}
