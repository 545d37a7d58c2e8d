import type { Trace } from "@pprof-ts/profile";

/** What goroutines do, by the numbers of `SpanColumns.state`; a call is a system call. */
export const SPAN_STATE = { running: 0, ready: 1, waiting: 2, call: 3 } as const;

export type SpanState = keyof typeof SPAN_STATE;

/** Their names, by number. */
export const SPAN_STATE_NAMES = Object.keys(SPAN_STATE) as readonly SpanState[];

/** No row of another table. */
export const NO_ROW = -1;

/**
 * A trace sorted by what it is about: who was in which state when, and what ran where. All tables are columns, and refer to each other
 * by rows; times are in nanoseconds since the trace began.
 */
export interface TraceIndex {
  readonly trace: Trace;
  readonly goroutines: GoroutineColumns;
  readonly spans: SpanColumns;
  readonly lanes: readonly TraceLane[];
  readonly stops: StopColumns;
  readonly counters: readonly TraceCounter[];
  readonly tasks: TaskColumns;
  readonly regions: RegionColumns;
  /** The rows of the events that are logs. */
  readonly logs: Uint32Array;
}

/** Goroutines in the order in which they are first met. The spans of one follow each other without a gap from `from` to `to`. */
export interface GoroutineColumns {
  readonly length: number;
  readonly id: Float64Array;
  /** The function of the outermost frame that is known of each and, where our recorder made that frame, its file: `GET /cart`, `http`. Rows of the strings. */
  readonly name: Uint32Array;
  readonly kind: Uint32Array;
  readonly from: Float64Array;
  readonly to: Float64Array;
  /** Its spans are those from `spanStart` up to but without `spanEnd`. */
  readonly spanStart: Uint32Array;
  readonly spanEnd: Uint32Array;
  /** The first task that began there, a row of the tasks; `NO_ROW`: none. */
  readonly task: Int32Array;
  /** Who made it; `NO_ROW`: nobody that is known. */
  readonly maker: Int32Array;
}

/** A span is a time for which a goroutine was in one state; it ends where the next one of its goroutine begins. */
export interface SpanColumns {
  readonly from: Float64Array;
  /** A row of `SPAN_STATE_NAMES`. */
  readonly state: Uint8Array;
  /** Where it runs, or ran last. */
  readonly lane: Int32Array;
  /** Why it waits, a row of the strings. */
  readonly reason: Uint32Array;
  readonly stack: Uint32Array;
  /** Where it becomes ready, or runs at once: the goroutine that woke it, and that one's stack. */
  readonly waker: Int32Array;
  readonly wakerStack: Uint32Array;
}

/** Where goroutines run, one at a time: a processor of Go's, or a thread. */
export interface TraceLane {
  readonly name: string;
  /** The number of its proc or thread. */
  readonly number: number;
  readonly length: number;
  readonly from: Float64Array;
  readonly to: Float64Array;
  readonly goroutine: Uint32Array;
  /** `SPAN_STATE.running` or `SPAN_STATE.call`. */
  readonly state: Uint8Array;
  /** By entry, how long the lane was busy before it; the last is for all. */
  readonly busy: Float64Array;
  readonly samples: SampleColumns;
  /** The only goroutine that runs there; `NO_ROW`: there are several. */
  readonly only: number;
}

export interface SampleColumns {
  readonly length: number;
  readonly time: Float64Array;
  readonly stack: Uint32Array;
  /** `NO_ROW`: of none that is known. */
  readonly goroutine: Int32Array;
}

/** Times for which nothing of the program could run, and times for which garbage was collected, which may go on beside it. */
export interface StopColumns {
  readonly length: number;
  readonly from: Float64Array;
  readonly to: Float64Array;
  readonly name: Uint32Array;
  readonly isCollection: Uint8Array;
}

/** Numbers over time: each holds until the next. */
export interface TraceCounter {
  readonly name: string;
  readonly unit: "bytes" | "count";
  readonly time: Float64Array;
  readonly value: Float64Array;
}

/** Tasks in the order in which they begin: requests, calls, and the program's own. */
export interface TaskColumns {
  readonly length: number;
  readonly id: Float64Array;
  readonly name: Uint32Array;
  readonly goroutine: Uint32Array;
  readonly from: Float64Array;
  /** When the trace ended, where `isOpen`. */
  readonly to: Float64Array;
  readonly isOpen: Uint8Array;
  /** The task that it is a part of, a row; `NO_ROW`: of none. */
  readonly parent: Int32Array;
}

/** Regions, named parts of what a goroutine does, in the order in which they end; those that did not end are not here. */
export interface RegionColumns {
  readonly length: number;
  readonly goroutine: Uint32Array;
  readonly from: Float64Array;
  readonly to: Float64Array;
  readonly name: Uint32Array;
  /** How many regions of the goroutine are around it. */
  readonly depth: Uint8Array;
}

/** Go's traces have equal times, which its reader sets apart by a nanosecond each: a span this short took no time. */
export const LEAST_SPAN_NANOS = 50;

/** When a span ends. */
export function spanEnd({ goroutines, spans }: TraceIndex, goroutine: number, span: number): number {
  return span + 1 < goroutines.spanEnd[goroutine]! ? spans.from[span + 1]! : goroutines.to[goroutine]!;
}

/** The first row from `low` up to `high` whose time is more than `time`, of times in order. */
export function firstTimeAfter(times: Float64Array, time: number, low: number, high: number): number {
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! > time) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The span that a goroutine is in at a time; `NO_ROW` where it is not there. */
export function spanAt({ goroutines, spans }: TraceIndex, goroutine: number, time: number): number {
  const start = goroutines.spanStart[goroutine]!;
  const end = goroutines.spanEnd[goroutine]!;
  const at = firstTimeAfter(spans.from, time, start, end) - 1;
  return at < start || time >= goroutines.to[goroutine]! ? NO_ROW : at;
}

/** The span of a goroutine that goes on at a time or, where there is none, the first after it. */
export function firstSpanFrom({ goroutines, spans }: TraceIndex, goroutine: number, time: number): number {
  const start = goroutines.spanStart[goroutine]!;
  return Math.max(start, firstTimeAfter(spans.from, time, start, goroutines.spanEnd[goroutine]!) - 1);
}

/** What a goroutine is called. */
export function goroutineName({ trace, goroutines }: TraceIndex, goroutine: number): string {
  return trace.strings[goroutines.name[goroutine]!] || `goroutine ${goroutines.id[goroutine]}`;
}
