// Hot: a profile is derived of 9 million events in 5 s: what an event leads to is looked up by its number.
// Bench: bench/src/trace-pages.ts.

import { TRACE_EVENTS, TRACE_KIND, type Trace, type TraceEventName } from "./trace.ts";

/** What a goroutine does: it runs, may run, waits, or is in a system call. */
export type GoroutineState = "running" | "ready" | "waiting" | "call";

/** A time in which a goroutine was in one state. */
export interface StateSpan {
  readonly goroutine: number;
  readonly state: GoroutineState;
  readonly from: number;
  readonly to: number;
  /** The thread on which that began; `NO_THREAD`: on none. */
  readonly thread: number;
  /** Why it waits or gave way, as a row of `strings`. */
  readonly reason: number;
  /** Where the event that began it happened. */
  readonly stack: number;
  /** Whether it went on at the end of the trace. */
  readonly isOpen: boolean;
}

/** The state that an event of this name leads to; undefined: the goroutine has ended; an event that is not here changes none. */
const LEADS_TO: Partial<Readonly<Record<TraceEventName, GoroutineState | undefined>>> = {
  present: "waiting",
  create: "ready",
  run: "running",
  yield: "ready",
  wait: "waiting",
  ready: "ready",
  end: undefined,
  "call-begin": "call",
  "call-end": "running",
};

/** The same by the kind of an event, its row in `TRACE_EVENTS`: the state of its goroutine from then on; undefined: it has ended; null: as before. */
export const STATE_AFTER: readonly (GoroutineState | undefined | null)[] = TRACE_EVENTS.map(({ name }) =>
  name in LEADS_TO ? LEADS_TO[name] : null,
);

/** The states that all goroutines were in, in the order in which they end; those that go on at the end of the trace come last. */
export function* statesOf({ events, durationNanos }: Trace): Generator<StateSpan> {
  /** By goroutine, the event that began the state which goes on. */
  const open = new Map<number, number>();
  const spanOf = (begin: number, to: number, isOpen: boolean): StateSpan => {
    const kind = events.kind[begin]!;
    return {
      goroutine: events.goroutine[begin]!,
      state: STATE_AFTER[kind]!,
      from: events.time[begin]!,
      to,
      thread: events.thread[begin]!,
      reason: kind === TRACE_KIND.wait || kind === TRACE_KIND.yield ? events.a[begin]! : 0,
      stack: events.stack[begin]!,
      isOpen,
    };
  };
  for (let i = 0; i < events.length; i++) {
    const state = STATE_AFTER[events.kind[i]!];
    if (state === null) continue;
    const goroutine = events.goroutine[i]!;
    const before = open.get(goroutine);
    // A state that is said again, as Go does where a new part of the file begins, goes on.
    if (before !== undefined && STATE_AFTER[events.kind[before]!] === state) continue;
    if (before !== undefined) yield spanOf(before, events.time[i]!, false);
    if (state === undefined) open.delete(goroutine);
    else open.set(goroutine, i);
  }
  for (const begin of open.values()) yield spanOf(begin, Math.max(durationNanos, events.time[begin]!), true);
}

/** What goroutines are called: the outermost frame that is known of each. */
export function goroutineNames({ events, stacks, frames, strings }: Trace): Map<number, string> {
  const names = new Map<number, string>();
  for (let i = 0; i < events.length; i++) {
    const { name } = TRACE_EVENTS[events.kind[i]!]!;
    const goroutine = events.goroutine[i]!;
    if (goroutine === 0 || names.has(goroutine) || name === "ready") continue;
    // The event that makes it happens on its maker's stack; its own is `a`.
    const stack = name === "create" ? events.a[i]! : events.stack[i]!;
    const end = stacks.start[stack + 1]!;
    if (end === stacks.start[stack]) continue;
    names.set(goroutine, strings[frames.function[stacks.frame[end - 1]!]!]!);
  }
  return names;
}
