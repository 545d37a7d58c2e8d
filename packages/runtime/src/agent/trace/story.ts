import type { TraceFrame } from "@pprof-ts/profile";
import { AWAIT, type TraceRecordName } from "../../exchange/trace-records.ts";
import type { AwaitStacks } from "./await-stacks.ts";
import type { LoopTrace, Task, Wait } from "./loop-trace.ts";
import type { TraceRecord } from "./record-table.ts";
import { Routes } from "./route.ts";
import { waitFor } from "./wakers.ts";

/** How V8 collects garbage, by its numbers. */
const COLLECTIONS: Readonly<Record<number, string>> = {
  1: "scavenge",
  2: "minor mark-sweep",
  4: "mark-sweep-compact",
  8: "incremental marking",
  16: "weak callbacks",
};
/** The number of a collection of all of the heap. */
const WHOLE = 4;
const UNKNOWN: Wait = { reason: "select", what: undefined };
const NETWORK: Wait = { reason: "network", what: undefined };

/** So many of the callbacks that run next for a task are looked at. */
const MOST_NEXT = 12;
/** Clocks count in microseconds: what began at most so many nanoseconds after a task began to wait counts as there before. */
const CLOCK_NANOS = 2_000;

type Act = (record: TraceRecord, time: number, trace: LoopTrace) => void;

function isOfProgram([, file]: TraceFrame): boolean {
  return file !== "" && !file.startsWith("node:");
}

/** Goes through what the main thread has noted, in the order of time, and writes it as a trace. What contradicts what came before is left out. */
export class Story {
  readonly #routes = new Routes();
  /** By the number of a request, its route in the program's framework, which is known once it is answered. */
  readonly #named = new Map<number, string>();
  /** The regions that have waited for something. Others run meanwhile, so each of these is a goroutine of its own. */
  readonly #waiting = new Set<number>();
  /** By the number of a request or task, the records of what woke it, the last one first. */
  readonly #wakers = new Map<number, TraceRecord[]>();
  readonly #open = new Map<number, Task>();
  readonly #numbers = new Map<Task, number>();
  /** What goes on for the sake of each request or task, such as calls that are not answered yet; and for each of those, for whose sake it is. */
  readonly #parts = new Map<Task, Set<Task>>();
  readonly #wholes = new Map<Task, Task>();
  /** By goroutine, the numbers of the regions that go on there. */
  readonly #regions = new Map<Task | undefined, number[]>();
  /** What was told at the beginning of each of those, and of the others that go on. */
  readonly #fields = new Map<number, { readonly a: number; readonly b: number }>();
  /** The tasks that are ready, and have not run since. */
  readonly #late = new Set<Task>();
  readonly #isExact: boolean;
  readonly #from: number;
  readonly #stacks: AwaitStacks;

  /** `isExact`: whether each callback was noted; `from`: the time at which the trace begins. */
  constructor(records: readonly TraceRecord[], isExact: boolean, from: number, stacks: AwaitStacks) {
    this.#isExact = isExact;
    this.#from = from;
    this.#stacks = stacks;
    for (let i = records.length - 1; i >= 0; i--) {
      const record = records[i]!;
      const { name, id, text } = record;
      if (name === "answered" && text !== "") this.#named.set(id, this.#routes.known(text));
      if (name === "region") this.#waiting.add(id);
      // What comes after its end does not wake it.
      if (name === "answered" || name === "task-end") this.#wakers.delete(id);
      if (name !== "runs") continue;
      const wakers = this.#wakers.get(id);
      if (wakers === undefined) this.#wakers.set(id, [record]);
      else wakers.push(record);
    }
    // Those that have ended without waiting are on the goroutine on which they have begun.
    for (const { name, id, value } of records) if (name === "region-end" && value === 0) this.#waiting.delete(id);
  }

  act(record: TraceRecord, time: number, trace: LoopTrace): void {
    this.#acts[record.name]?.(record, time, trace);
  }

  /** What a task that has just run waits for: the call that goes on for its sake or, without one, what will wake it next. */
  waitOf(task: Task, time: number): Wait {
    const wakers = this.#wakers.get(this.#numbers.get(task) ?? 0) ?? [];
    const frames = this.#framesAt(wakers, time);
    for (const part of this.#parts.get(task) ?? []) return { ...UNKNOWN, what: part.frame[0], frames };
    const next = wakers.at(-1);
    return next === undefined ? UNKNOWN : { ...waitFor(next.value), frames };
  }

  /**
   * The stack at which a task awaits what it waits for at this time. The callback that wakes it resolves promises, and each that goes on
   * is a record with the stack of its await. Those that were awaited by this time count, and of these the first that shows the program.
   */
  #framesAt(wakers: readonly TraceRecord[], time: number): readonly TraceFrame[] {
    let found: readonly TraceFrame[] = [];
    for (let i = wakers.length - 1; i >= Math.max(wakers.length - MOST_NEXT, 0); i--) {
      const { value, time: at, other } = wakers[i]!;
      if ((value & 0xff) !== AWAIT) {
        if (i < wakers.length - 1) break;
        continue;
      }
      if (at - other * 1000 - CLOCK_NANOS > time + this.#from) break;
      const frames = this.#stacks.get(value >> 8) ?? [];
      if (frames.some(isOfProgram)) return frames;
      if (found.length === 0) found = frames;
    }
    return found;
  }

  readonly #acts: Partial<Readonly<Record<TraceRecordName, Act>>> = {
    turn: (_record, time, trace) => {
      if (!trace.sleeps) trace.back(time);
    },
    request: ({ id, text }, time, trace) => {
      if (this.#open.has(id)) return;
      trace.back(time);
      const name = this.#named.get(id) ?? this.#routes.of(text);
      const task = this.#create(id, name, "http", time, trace);
      trace.run(task, time, { isNew: true });
      this.#begin(task, name, 0, time, trace);
      trace.log("url", text, time);
    },
    returned: ({ id }, time, trace) => {
      // What its handler has put off is known to be of it where each callback is noted.
      if (!this.#isExact && trace.running !== undefined && trace.running === this.#open.get(id)) trace.back(time);
    },
    answered: ({ id, value }, time, trace) => this.#end(id, value, time, trace),
    call: ({ id, other, text }, time, trace) => {
      if (this.#open.has(id)) return;
      const [method = "", rest = ""] = text.split(" ", 2);
      const name = `${method} ${rest.split("/", 1)[0]}`;
      const caller = this.#open.get(other) ?? trace.running;
      const parent = caller?.goroutine ?? 0;
      const task = this.#create(id, name, "http client", time, trace);
      this.#join(task, caller);
      const begin = (): void => {
        this.#begin(task, name, parent, time, trace);
        trace.log("url", text, time);
      };
      trace.inside(task, time, NETWORK, begin, true);
    },
    called: ({ id, value }, time, trace) => this.#end(id, value, time, trace),
    collection: ({ value }, time, trace) => trace.stop(`GC ${COLLECTIONS[value] ?? value}`, value === WHOLE, time),
    heap: ({ id, other }, time, trace) => {
      trace.note("heap", time, { a: id * 1024 });
      trace.counter("resident memory", other * 1024, time);
    },
    happened: ({ text }, time, trace) => trace.log("node", text, time),
    runs: (record, time, trace) => this.#runs(record, time, trace),
    task: ({ id, other, text }, time, trace) => {
      if (this.#open.has(id)) return;
      const whole = this.#open.get(other);
      const parent = whole?.goroutine ?? 0;
      const task = this.#create(id, text, "task", time, trace);
      this.#join(task, whole);
      trace.inside(task, time, this.waitOf(task, time), () => this.#begin(task, text, parent, time, trace), true);
    },
    "task-end": ({ id }, time, trace) => this.#end(id, undefined, time, trace),
    region: (record, time, trace) => this.#region(record, time, trace),
    "region-end": ({ id }, time, trace) => {
      if (this.#waiting.has(id)) this.#end(id, undefined, time, trace);
      else this.#endRegion(id, time, trace);
    },
    log: ({ id, text }, time, trace) => {
      const [key = "", ...value] = text.split("\0");
      trace.log(key, value.join("\0"), time, this.#open.get(id));
    },
  };

  #runs({ id }: TraceRecord, time: number, trace: LoopTrace): void {
    // Still to come is what it waits for next, so that it is known when it is made to wait.
    this.#wakers.get(id)?.pop();
    const task = this.#open.get(id);
    if (task === undefined) trace.back(time);
    else if (task !== trace.running) this.#run(task, time, trace);
  }

  #run(task: Task, time: number, trace: LoopTrace): void {
    trace.run(task, time, { isReady: this.#late.delete(task) });
  }

  /** A timer of a request or task is due: that is ready, and runs once the loop is free. */
  due(id: number, time: number, trace: LoopTrace): void {
    const task = this.#open.get(id);
    if (task === undefined || task === trace.running || this.#late.has(task)) return;
    this.#late.add(task);
    trace.ready(task, time);
  }

  #region({ id, other, text }: TraceRecord, time: number, trace: LoopTrace): void {
    if (this.#open.has(id)) return;
    const of = this.#open.get(other);
    const fields = { a: of?.goroutine ?? 0, b: trace.builder.text(text) };
    if (!this.#waiting.has(id)) {
      const began = this.#regions.get(trace.running);
      if (began === undefined) this.#regions.set(trace.running, [id]);
      else began.push(id);
      this.#fields.set(id, fields);
      trace.note("region-begin", time, fields);
      return;
    }
    const task = this.#create(id, text, "region", time, trace);
    this.#join(task, of);
    this.#fields.set(id, fields);
    trace.inside(task, time, UNKNOWN, () => trace.note("region-begin", time, fields), true);
  }

  /** Ends a region. Those of one goroutine must end in the reverse order; one that does not is left open. */
  #endRegion(id: number, time: number, trace: LoopTrace): void {
    const began = this.#regions.get(trace.running);
    if (began?.at(-1) !== id) return;
    began.pop();
    trace.note("region-end", time, this.#fields.get(id)!);
    this.#fields.delete(id);
  }

  #create(id: number, name: string, kind: string, time: number, trace: LoopTrace): Task {
    const task = trace.create(name, kind, time);
    this.#open.set(id, task);
    this.#numbers.set(task, id);
    return task;
  }

  #begin(task: Task, name: string, parent: number, time: number, trace: LoopTrace): void {
    trace.note("task-begin", time, { a: task.goroutine, b: parent, c: trace.builder.text(name) });
  }

  /** Ends a request, a call, a task, or a region that has a goroutine of its own. */
  #end(id: number, status: number | undefined, time: number, trace: LoopTrace): void {
    const task = this.#open.get(id);
    if (task === undefined) return;
    this.#open.delete(id);
    this.#numbers.delete(task);
    this.#regions.delete(task);
    this.#parts.delete(task);
    const region = this.#fields.get(id);
    this.#fields.delete(id);
    const said = (): void => {
      if (region !== undefined) trace.note("region-end", time, region);
      else {
        if (status !== undefined) trace.log("status", status === 0 ? "given up" : String(status), time);
        trace.note("task-end", time, { a: task.goroutine });
      }
    };
    if (trace.running === task) {
      said();
      trace.end(time);
    } else trace.inside(task, time, undefined, said, this.#late.delete(task));
    this.#leave(task, time, trace);
  }

  /** Notes that one is a part of the other, which waits for it. */
  #join(part: Task, whole: Task | undefined): void {
    if (whole === undefined) return;
    this.#wholes.set(part, whole);
    const parts = this.#parts.get(whole);
    if (parts === undefined) this.#parts.set(whole, new Set([part]));
    else parts.add(part);
  }

  /**
   * Notes that a part has ended, so that what waited for it may go on. Code that awaited it runs within the callback that ended it,
   * which may be another request's; so what runs now is taken for what waited.
   */
  #leave(part: Task, time: number, trace: LoopTrace): void {
    const whole = this.#wholes.get(part);
    this.#wholes.delete(part);
    if (whole === undefined) return;
    this.#parts.get(whole)?.delete(part);
    const isOpen = this.#open.get(this.#numbers.get(whole) ?? 0) === whole;
    if (this.#isExact && isOpen && whole !== trace.running) this.#run(whole, time, trace);
  }
}
