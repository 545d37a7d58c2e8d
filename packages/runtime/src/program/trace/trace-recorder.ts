import type { AsyncLocalStorage } from "node:async_hooks";
import type { PerformanceEntry, PerformanceObserver } from "node:perf_hooks";
import { AWAIT, TRACE_RECORD, type TraceRecordName } from "../../exchange/trace-records.ts";
import { Awaits } from "./awaits.ts";
import { Callbacks, tellsCallbacksAlone } from "./callbacks.ts";
import { CHANNELS, type Noting, type Told } from "./channels.ts";
import type { Recorder } from "./current-recorder.ts";
import { early } from "./early.ts";
import { RecordRing } from "./record-ring.ts";
import { Spans } from "./spans.ts";

const { NumberOf, MapOf, get, put, drop, each, bigint, nodeTiming, memoryUsage, nextTick, Observer, Store } = early;
const { subscribe, unsubscribe, setImmediate, clearImmediate } = early;

/** How often the heap is asked for its size, and what has been given up is looked for: when the loop turns next after so long. */
const LOOK_MILLIS = 100;

/** A shorter sleep, in milliseconds, is none. */
const LEAST_SLEEP = 0.01;

/** What is not answered yet; Node and the program say by `destroyed` that it never will be. */
type Asked = { readonly destroyed?: unknown };

interface Open {
  readonly id: number;
  readonly ends: number;
  status: number;
}

/** Which request or task what runs is for, by its number. While there is no trace, nobody sets it, and Node hands nothing on. */
const current: AsyncLocalStorage<number> = new Store<number>();

/**
 * Notes what the main thread does from when it is made until `stop`: requests and calls by Node's channels, each turn of the event
 * loop, garbage collections, the heap, and what the program itself says. It takes 2 to 3 µs for each request and 0.3 µs for each
 * turn; before and after, nothing of it is there.
 */
export class TraceRecorder implements Noting, Recorder {
  /** Added to the milliseconds of `performance.now`, times of `process.hrtime`. */
  readonly offsetMillis: number;
  /** Whether it is noted of each callback which request it is for. */
  readonly isExact: boolean;
  readonly #ring: RecordRing;
  readonly #open = new MapOf<Asked, Open>();
  readonly #listeners: { readonly name: string; readonly listener: (told: unknown) => void }[] = [];
  #callbacks: Callbacks | undefined;
  #awaits: Awaits | undefined;
  #spans: Spans | undefined;
  #observer: PerformanceObserver | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #ids = 0;
  /** Of the loop, in milliseconds since the program began. */
  #slept: number;
  /** Whether the loop has turned since the last record. */
  #turned = true;
  /** Whether it had not slept by then: timers come before that, all else after. */
  #unslept = false;
  #looked = 0;
  /** The request whose handler has not returned. */
  #handled = 0;

  /** `exact`: whether callbacks are wanted; undefined: where they cost little. */
  constructor(ring: SharedArrayBuffer, exact: boolean | undefined) {
    this.#ring = new RecordRing(ring);
    this.#slept = nodeTiming.idleTime;
    const before = this.#ring.now();
    const nanos = NumberOf(bigint());
    this.offsetMillis = nanos / 1e6 - (before + this.#ring.now()) / 2;
    this.isExact = exact ?? tellsCallbacksAlone();
    for (let i = 0; i < CHANNELS.length; i++) {
      const { name, note } = CHANNELS[i]!;
      const listener = (told: unknown): void => {
        try {
          note(this, told as Told);
        } catch {
          // See `#safely`, whose closure would cost as much as what is noted.
        }
      };
      this.#listeners[this.#listeners.length] = { name, listener };
      subscribe(name, listener);
    }
    this.#safely(() => {
      this.#observer = new Observer((list) => this.#safely(() => this.#collected(list.getEntries())));
      this.#observer.observe({ entryTypes: ["gc"] });
    });
    if (this.isExact) {
      this.#safely(() => {
        this.#callbacks = new Callbacks(current, (kind, value, id, other) => this.#write(kind, value, id, other));
        this.#awaits = new Awaits(current, (kind, value, id, other, text) => {
          if (kind === TRACE_RECORD.runs) this.#callbacks!.ran(id);
          this.#write(kind, value, id, other, text);
        });
      });
    }
    this.#safely(() => {
      this.#spans = new Spans(this);
    });
    this.#wait();
  }

  stop(): void {
    clearImmediate(this.#immediate);
    this.#immediate = undefined;
    for (let i = 0; i < this.#listeners.length; i++) {
      const { name, listener } = this.#listeners[i]!;
      unsubscribe(name, listener);
    }
    this.#safely(() => this.#observer?.disconnect());
    this.#safely(() => this.#callbacks?.stop());
    this.#safely(() => this.#awaits?.stop());
    this.#safely(() => this.#spans?.stop());
    // Node hands it on for as long as anybody has one.
    this.#safely(() => current.disable());
  }

  request(response: Asked, text: string): void {
    const id = this.#begin(response, "request", "answered", 0, text);
    this.#handled = id;
    if (this.isExact) current.enterWith(id);
    this.#callbacks?.ran(id);
    this.#awaits?.open(id, 0);
    // What was put off until the handler returns comes after this.
    nextTick(this.#returned, id);
  }

  answered(response: Asked, status: number, route: string): void {
    this.#end(response, status, route);
  }

  call(request: Asked, text: string): void {
    this.#begin(request, "call", "called", this.current(), text);
  }

  answeredBy(request: Asked, status: number): void {
    const open = get(this.#open, request);
    if (open !== undefined) open.status = status;
  }

  called(request: Asked, status: number | undefined): void {
    this.#end(request, status, "");
  }

  happened(what: string): void {
    this.#write(TRACE_RECORD.happened, 0, 0, 0, what);
  }

  /** The request or task that what runs is for; 0: none. */
  current(): number {
    return current.getStore() ?? this.#handled;
  }

  /** Runs the function for this task, and all that it awaits. */
  run<Result>(task: number, act: () => Result): Result {
    const before = this.current();
    this.#write(TRACE_RECORD.runs, 0, task);
    try {
      return current.run(task, act);
    } finally {
      this.#write(TRACE_RECORD.runs, 0, before);
    }
  }

  /** Something begins that has a number, which is returned; `other`: what it is a part of. */
  begin(kind: TraceRecordName, other: number, text: string): number {
    const id = ++this.#ids;
    this.#write(TRACE_RECORD[kind], 0, id, other, text);
    if (kind === "task") this.#awaits?.open(id, other);
    return id;
  }

  note(kind: TraceRecordName, value: number, id: number, text = ""): void {
    if (kind === "task-end") this.#awaits?.close(id);
    this.#write(TRACE_RECORD[kind], value, id, 0, text);
  }

  #begin(asked: Asked, begins: "request" | "call", ends: "answered" | "called", other: number, text: string): number {
    const id = this.begin(begins, other, text);
    put(this.#open, asked, { id, ends: TRACE_RECORD[ends], status: 0 });
    return id;
  }

  #end(asked: Asked, status: number | undefined, text: string): void {
    const open = get(this.#open, asked);
    if (open === undefined) return;
    drop(this.#open, asked);
    this.#awaits?.close(open.id);
    this.#write(open.ends, status ?? open.status, open.id, 0, text);
  }

  readonly #returned = (id: number): void => {
    this.#handled = 0;
    this.#write(TRACE_RECORD.returned, 0, id);
  };

  readonly #turn = (): void => {
    this.#safely(() => {
      const slept = nodeTiming.idleTime;
      this.#ring.write(TRACE_RECORD.turn, 0, (slept - this.#slept) * 1000);
      this.#slept = slept;
      this.#turned = true;
      const now = this.#ring.now();
      if (now - this.#looked < LOOK_MILLIS) return;
      this.#looked = now;
      const { heapUsed, rss } = memoryUsage();
      this.#ring.write(TRACE_RECORD.heap, 0, heapUsed / 1024, rss / 1024);
      each(this.#open, ({ id, ends }, asked) => {
        if (asked.destroyed !== true) return;
        drop(this.#open, asked);
        this.#awaits?.close(id);
        this.#ring.write(ends, 0, id);
      });
    });
    if (this.#immediate !== undefined) this.#wait();
  };

  /** Once each turn of the loop, which does not go on turning for it. */
  #wait(): void {
    const immediate = setImmediate(this.#turn);
    this.#immediate = immediate;
    this.#safely(() => immediate.unref());
  }

  #write(kind: number, value: number, id: number, other?: number, text?: string): void {
    if (
      this.#turned ||
      (this.#unslept && (kind === TRACE_RECORD.request || (kind === TRACE_RECORD.runs && value > 1 && value < AWAIT)))
    ) {
      const slept = nodeTiming.idleTime - this.#slept;
      this.#turned = false;
      this.#unslept = slept < LEAST_SLEEP;
      this.#ring.write(TRACE_RECORD.woke, 0, slept * 1000);
    }
    this.#ring.write(kind, value, id, other, text);
  }

  #collected(entries: readonly PerformanceEntry[]): void {
    for (let i = 0; i < entries.length; i++) {
      const { startTime, duration, detail } = entries[i]!;
      const kind = (detail as { readonly kind?: number } | undefined)?.kind ?? 0;
      this.#ring.write(TRACE_RECORD.collection, kind, duration * 1000, 0, "", startTime);
    }
  }

  /** The program goes first: what fails here is lost, and it does not hear of that. */
  #safely(act: () => void): void {
    try {
      act();
    } catch {
      // See above.
    }
  }
}
