/**
 * What may happen in a trace, and what each such event has in its columns `a`, `b` and `c`, where a text is a row of `strings`. The
 * column `goroutine` says to whom it happens; the column `thread` says where, which may be a thread that runs another goroutine: one
 * that makes this one ready.
 */
export const TRACE_EVENTS = [
  /** `a`: how many procs there are. */
  { name: "procs" },
  /** The thread takes the proc `a`, or lets go of it, for it sleeps. */
  { name: "proc-start" },
  { name: "proc-stop" },
  /** The goroutine is there from the start of the trace, waiting. */
  { name: "present" },
  /** It is made, and is ready to run; `a`: the stack that it begins with, whose outermost frame names it; `stack`: where it is made. */
  { name: "create" },
  { name: "run" },
  /** It gave way, for the reason `a`. */
  { name: "yield" },
  /** It waits, for the reason `a`. */
  { name: "wait" },
  /** What it waited for is there. */
  { name: "ready" },
  { name: "end" },
  /** It is in a system call from now on, until `call-end`. */
  { name: "call-begin" },
  { name: "call-end" },
  /** All threads stand still, for `a`. */
  { name: "stop-begin" },
  { name: "stop-end" },
  { name: "gc-begin" },
  { name: "gc-end" },
  /** `a`: bytes. */
  { name: "heap" },
  { name: "heap-goal" },
  /** The task `a`, a part of the task `b` (0: none), called `c`. */
  { name: "task-begin" },
  { name: "task-end" },
  /** Of the task `a`, called `b`. Regions of a goroutine end in the reverse order of their beginnings. */
  { name: "region-begin" },
  { name: "region-end" },
  /** A word on the task `a` (0: on no task), with the key `b` and the text `c`. */
  { name: "log" },
  /** The counter called `a` is `b`. */
  { name: "counter" },
  /** A profiler looked, and the thread was at `stack`. */
  { name: "sample" },
] as const;

export type TraceEventName = (typeof TRACE_EVENTS)[number]["name"];

/** By its name, the row of `TRACE_EVENTS`, which is what the column `kind` holds. */
export const TRACE_KIND: Readonly<Record<TraceEventName, number>> = Object.fromEntries(
  TRACE_EVENTS.map(({ name }, row) => [name, row]),
) as Record<TraceEventName, number>;

/** The `thread` of what happens on none that is traced, such as when the system says that an answer has come. */
export const NO_THREAD = -1;

/** An execution trace as immutable columns. Tables refer to each other by row; text is a row of `strings`, whose row 0 is "". */
export interface Trace {
  /** When it begins, in nanoseconds since 1970; its events' times count from then. */
  readonly timeNanos: bigint;
  readonly durationNanos: number;
  readonly events: TraceEvents;
  readonly stacks: TraceStacks;
  readonly frames: TraceFrames;
  readonly strings: readonly string[];
}

/** Events in the order in which they happened, a row each: `kind` is a row of `TRACE_EVENTS`, which says what `a`, `b` and `c` hold. */
export interface TraceEvents {
  readonly length: number;
  /** In nanoseconds since the trace began. */
  readonly time: Float64Array;
  readonly kind: Uint8Array;
  readonly thread: Int32Array;
  /** 0: none. */
  readonly goroutine: Float64Array;
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly c: Float64Array;
  readonly stack: Uint32Array;
}

/** Stack i is `frame[start[i]]` up to but without `frame[start[i + 1]]`, leaf first; stack 0 is empty. */
export interface TraceStacks {
  readonly length: number;
  readonly start: Uint32Array;
  readonly frame: Uint32Array;
}

/** Frames: function and file are rows of `strings`. */
export interface TraceFrames {
  readonly length: number;
  readonly function: Uint32Array;
  readonly file: Uint32Array;
  /** From 1; 0 where it is not known. */
  readonly line: Uint32Array;
}
