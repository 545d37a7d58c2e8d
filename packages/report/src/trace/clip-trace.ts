import { NO_THREAD, TRACE_KIND, type Trace } from "@pprof-ts/profile";
import { NO_ROW, SPAN_STATE, spanAt, type TraceIndex } from "./index/trace-index.ts";
import type { TracePart } from "./task-groups.ts";

/**
 * Which events to add for a goroutine that is in a state at an edge of the part. `begins`: after a `run`, the event that puts it into
 * this state where the part begins. `ends`: the event that ends the state where the part ends. That is never a `run`, for of a
 * goroutine whose first run came last, all before would not count.
 */
const AT_EDGES: Readonly<Record<number, { readonly begins: number | undefined; readonly ends: number }>> = {
  [SPAN_STATE.running]: { begins: undefined, ends: TRACE_KIND.wait },
  [SPAN_STATE.ready]: { begins: TRACE_KIND.ready, ends: TRACE_KIND.wait },
  [SPAN_STATE.waiting]: { begins: TRACE_KIND.wait, ends: TRACE_KIND.ready },
  [SPAN_STATE.call]: { begins: TRACE_KIND["call-begin"], ends: TRACE_KIND["call-end"] },
};
/** Half a nanosecond: the last moment at which what goes on at the end of a trace is still there. */
const HALF = 0.5;
const RUN = TRACE_KIND.run;
const WAIT = TRACE_KIND.wait;
const TASK_BEGIN = TRACE_KIND["task-begin"];

/**
 * A part of a trace as a trace of its own: a wait of which half is in the part becomes a wait of that half, so that a profile derived
 * of it is of this time alone. `goroutine` is the row of the one that is kept; `NO_ROW`: all are.
 */
export function clipTrace(index: TraceIndex, { from, to }: TracePart, goroutine: number): Trace {
  const { trace, goroutines, spans, tasks } = index;
  const { events } = trace;
  const rows = goroutine === NO_ROW ? Array.from({ length: goroutines.length }, (_, row) => row) : [goroutine];
  const id = goroutine === NO_ROW ? undefined : goroutines.id[goroutine]!;
  const kept: number[] = [];
  for (let i = 0; i < events.length; i++) {
    const time = events.time[i]!;
    if (time > from && time <= to && (id === undefined || events.goroutine[i] === id)) kept.push(i);
  }
  const out = new ClippedEvents(kept.length + rows.length * 4);
  const at = (time: number): { row: number; span: number }[] =>
    rows.map((row) => ({ row, span: spanAt(index, row, time) })).filter(({ span }) => span !== NO_ROW);
  // A span ends where its trace does: at that time itself nothing would be found to go on.
  const last = to < trace.durationNanos ? to : trace.durationNanos - HALF;
  // Which goroutines are tasks is known of all of them, whenever those began.
  const { task } = goroutines;
  for (const row of rows) {
    const isKnown = task[row] === NO_ROW || (tasks.from[task[row]!]! > from && tasks.from[task[row]!]! <= to);
    if (isKnown) continue;
    const said = { goroutine: goroutines.id[row]!, stack: 0 };
    out.add(TASK_BEGIN, 0, { ...said, a: tasks.id[task[row]!]!, c: tasks.name[task[row]!]! });
  }
  for (const { row, span } of at(from)) {
    const { begins } = AT_EDGES[spans.state[span]!]!;
    const said = { goroutine: goroutines.id[row]!, stack: spans.stack[span]! };
    // Of what is ready, the stack where it will go on is that of the wait before.
    const isReady = spans.state[span] === SPAN_STATE.ready && span > goroutines.spanStart[row]!;
    out.add(RUN, 0, isReady ? { ...said, stack: spans.stack[span - 1]! } : said);
    if (begins !== undefined) out.add(begins, 0, { ...said, a: begins === WAIT ? spans.reason[span]! : 0 });
  }
  for (const i of kept) out.copy(events, i, events.time[i]! - from);
  for (const { row, span } of at(last)) {
    out.add(AT_EDGES[spans.state[span]!]!.ends, to - from, { goroutine: goroutines.id[row]!, stack: 0 });
  }
  return {
    ...trace,
    timeNanos: trace.timeNanos + BigInt(Math.round(from)),
    durationNanos: to - from,
    events: out.events(),
  };
}

type Events = Trace["events"];

/** The events of the part, while they are written. */
class ClippedEvents {
  readonly #columns: Omit<Events, "length">;
  #length = 0;

  constructor(room: number) {
    this.#columns = {
      time: new Float64Array(room),
      kind: new Uint8Array(room),
      thread: new Int32Array(room),
      goroutine: new Float64Array(room),
      a: new Float64Array(room),
      b: new Float64Array(room),
      c: new Float64Array(room),
      stack: new Uint32Array(room),
    };
  }

  add(
    kind: number,
    time: number,
    said: { readonly goroutine: number; readonly stack: number; readonly a?: number; readonly c?: number },
  ): void {
    const at = this.#length++;
    const { time: times, kind: kinds, thread, goroutine, a, c, stack } = this.#columns;
    times[at] = time;
    kinds[at] = kind;
    thread[at] = NO_THREAD;
    goroutine[at] = said.goroutine;
    a[at] = said.a ?? 0;
    c[at] = said.c ?? 0;
    stack[at] = said.stack;
  }

  copy(events: Events, i: number, time: number): void {
    const at = this.#length++;
    const { time: times, kind, thread, goroutine, a, b, c, stack } = this.#columns;
    times[at] = time;
    kind[at] = events.kind[i]!;
    thread[at] = events.thread[i]!;
    goroutine[at] = events.goroutine[i]!;
    a[at] = events.a[i]!;
    b[at] = events.b[i]!;
    c[at] = events.c[i]!;
    stack[at] = events.stack[i]!;
  }

  events(): Events {
    return { length: this.#length, ...this.#columns };
  }
}
