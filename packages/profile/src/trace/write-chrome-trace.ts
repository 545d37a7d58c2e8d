import { TextWriter } from "../format/build/text-writer.ts";
import { goroutineNames, statesOf } from "./states.ts";
import { NO_THREAD, TRACE_EVENTS, type Trace, type TraceEventName } from "./trace.ts";

/** An event of Chrome's trace format; `ts`: microseconds. All have a thread, for speedscope wants one. */
interface ChromeEvent {
  readonly ph: string;
  readonly ts: number;
  readonly tid: number;
  readonly name: string;
  readonly cat?: string;
  readonly id?: string;
  readonly s?: string;
  readonly args?: object;
}

const PID = 1;
/** It makes way for what runs in its place, which is seen there. */
const AWAY = "system goroutine wait";

/**
 * Writes a trace in Chrome's JSON, which DevTools, Perfetto and speedscope open: what runs on each thread as slices that begin and end
 * in order, tasks, their waits and regions as asynchronous ones, logs as instants, the heap and counters as such. CPU samples are left
 * out: the format has them only as whole profiles.
 */
export function writeChromeTrace(trace: Trace): Uint8Array {
  const events = [...slicesOf(trace), ...othersOf(trace)];
  // Those of equal times stay in the order in which they came.
  events.sort((a, b) => a.ts - b.ts);
  const out = new TextWriter();
  out.write('{"displayTimeUnit":"ms","traceEvents":[');
  let first = true;
  for (const { tid, ...rest } of [...namesOf(events), ...events]) {
    out.write(`${first ? "" : ","}\n${JSON.stringify({ pid: PID, tid, ...rest })}`);
    first = false;
  }
  out.write("\n]}\n");
  return out.finish();
}

function namesOf(events: readonly ChromeEvent[]): ChromeEvent[] {
  const threads = [...new Set(events.map(({ tid }) => tid))].sort((a, b) => a - b);
  return threads.map((tid) => ({
    ph: "M",
    ts: 0,
    tid,
    name: "thread_name",
    args: { name: tid === 1 ? "main" : `thread ${tid}` },
  }));
}

/** Goroutines on threads, and, for those that are tasks, what they wait for. */
function* slicesOf(trace: Trace): Generator<ChromeEvent> {
  const names = goroutineNames(trace);
  for (const { goroutine, state, from, to, thread, reason, stack } of statesOf(trace)) {
    const name = names.get(goroutine) ?? `goroutine ${goroutine}`;
    const [begin, end] = [from / 1000, to / 1000];
    if (to === from) continue;
    if (state === "running" || state === "call") {
      const tid = tidOf(thread);
      const shown = state === "call" ? `${name} (system call)` : name;
      yield { ph: "B", ts: begin, tid, name: shown, cat: "run" };
      yield { ph: "E", ts: end, tid, name: shown, cat: "run" };
      continue;
    }
    if (trace.strings[reason] === AWAY) continue;
    const what = state === "ready" ? "waits for the loop" : trace.strings[reason]! || "waits";
    const id = `g${goroutine}`;
    const leaf = leafOf(trace, stack);
    yield { ph: "b", ts: begin, tid: 1, name: what, cat: "wait", id, args: { of: name, on: leaf } };
    yield { ph: "e", ts: end, tid: 1, name: what, cat: "wait", id };
  }
}

function leafOf({ stacks, frames, strings }: Trace, stack: number): string {
  const start = stacks.start[stack]!;
  return start === stacks.start[stack + 1] ? "" : strings[frames.function[stacks.frame[start]!]!]!;
}

type Other = (row: Row) => ChromeEvent | undefined;

interface Row {
  readonly trace: Trace;
  readonly ts: number;
  readonly tid: number;
  readonly goroutine: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** What has begun and not ended, by its id: ends have no name of their own. */
  readonly open: Map<string, string>;
}

/** What is no state of a goroutine. */
const OTHERS: Partial<Readonly<Record<TraceEventName, Other>>> = {
  "task-begin": ({ trace, ts, tid, a, c, open }) =>
    begin(open, { ts, tid, id: `t${a}`, cat: "task", name: trace.strings[c]! }),
  "task-end": ({ ts, tid, a, open }) => end(open, { ts, tid, id: `t${a}`, cat: "task" }),
  "region-begin": ({ trace, ts, tid, a, b, goroutine, open }) =>
    begin(open, { ts, tid, id: `r${goroutine}.${a}.${b}`, cat: "region", name: trace.strings[b]! }),
  "region-end": ({ ts, tid, a, b, goroutine, open }) =>
    end(open, { ts, tid, id: `r${goroutine}.${a}.${b}`, cat: "region" }),
  "stop-begin": ({ trace, ts, tid, a, open }) =>
    begin(open, { ts, tid, id: `s${tid}`, cat: "gc", name: trace.strings[a]! }),
  "stop-end": ({ ts, tid, open }) => end(open, { ts, tid, id: `s${tid}`, cat: "gc" }),
  log: ({ trace, ts, tid, b, c }) => ({
    ph: "i",
    ts,
    tid,
    s: "t",
    cat: "log",
    name: trace.strings[b]!,
    args: { value: trace.strings[c]! },
  }),
  heap: ({ ts, tid, a }) => ({ ph: "C", ts, tid, name: "heap", args: { bytes: a } }),
  "heap-goal": ({ ts, tid, a }) => ({ ph: "C", ts, tid, name: "heap goal", args: { bytes: a } }),
  counter: ({ trace, ts, tid, a, b }) => ({ ph: "C", ts, tid, name: trace.strings[a]!, args: { value: b } }),
};

function* othersOf(trace: Trace): Generator<ChromeEvent> {
  const { events, durationNanos } = trace;
  const open = new Map<string, string>();
  const running = new Map<number, number>();
  for (let i = 0; i < events.length; i++) {
    const { name } = TRACE_EVENTS[events.kind[i]!]!;
    const thread = events.thread[i]!;
    if (name === "run") running.set(thread, events.goroutine[i]!);
    const event = OTHERS[name]?.({
      trace,
      ts: events.time[i]! / 1000,
      tid: tidOf(thread),
      goroutine: running.get(thread) ?? 0,
      a: events.a[i]!,
      b: events.b[i]!,
      c: events.c[i]!,
      open,
    });
    if (event !== undefined) yield event;
  }
  for (const [key, name] of open) {
    const [cat = "", id = ""] = key.split(" ");
    yield { ph: "e", ts: durationNanos / 1000, tid: 1, cat, id, name };
  }
}

type Async = Required<Pick<ChromeEvent, "ts" | "tid" | "id" | "cat">>;

function begin(open: Map<string, string>, event: Async & { readonly name: string }): ChromeEvent {
  open.set(`${event.cat} ${event.id}`, event.name);
  return { ph: "b", ...event };
}

/** Undefined: it began before the trace. */
function end(open: Map<string, string>, event: Async): ChromeEvent | undefined {
  const key = `${event.cat} ${event.id}`;
  const name = open.get(key);
  open.delete(key);
  return name === undefined ? undefined : { ph: "e", ...event, name };
}

/** Threads are numbered from 1; what is of none stands on the first. */
function tidOf(thread: number): number {
  return thread === NO_THREAD ? 1 : thread + 1;
}
