import type { Trace, TraceEventName } from "../trace.ts";
import { TraceBuilder, type TraceEventFields, type TraceFrame } from "../trace-builder.ts";

/** A thread, or another row of slices. */
export interface Lane {
  readonly thread: number;
  readonly goroutine: number;
  name: string;
  /** The slices that go on, outermost first. */
  readonly open: number[];
}

/** Something that happens at a time. Of steps at the same time the one with the smaller `order` comes first. */
interface Step {
  readonly nanos: number;
  readonly order: number;
  act(time: number): void;
}

/**
 * Makes a trace of slices, which say "on thread 3, `parse` from 5 to 9 ms". Each thread or other row of slices, a lane, becomes a
 * goroutine that runs while any slice of it goes on. Slices become its regions, one within the other, and slices that are bound to no
 * thread become tasks. They may come in any order; times are in nanoseconds since any moment.
 */
export class SliceTrace {
  readonly #builder = new TraceBuilder();
  readonly #steps: Step[] = [];
  readonly #lanes = new Map<string, Lane>();
  readonly #tasks = new Map<string, number>();
  #begun = 0;
  #from = Number.POSITIVE_INFINITY;
  #to = Number.NEGATIVE_INFINITY;

  /** The lane of this key; `name`: how it is called, where that is known. */
  lane(key: string, name?: string): Lane {
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      const thread = this.#lanes.size;
      lane = { thread, goroutine: thread + 1, name: `thread ${thread + 1}`, open: [] };
      this.#lanes.set(key, lane);
    }
    if (name !== undefined && name !== "") lane.name = name;
    return lane;
  }

  begin(lane: Lane, nanos: number, name: string): void {
    this.#begin(lane, nanos, 0, name);
  }

  end(lane: Lane, nanos: number): void {
    // Of one time, what ends comes before what begins.
    this.#add(nanos, Number.NEGATIVE_INFINITY, (time) => {
      const name = lane.open.pop();
      // A slice that began before the trace did has an end alone.
      if (name === undefined) return;
      this.#of(lane, "region-end", time, { b: name });
      if (lane.open.length === 0) this.#of(lane, "wait", time, { stack: this.#builder.stack([frameOf(lane)]) });
    });
  }

  /** A slice with its end. Of slices that begin at the same time the longest is around the others. */
  slice(lane: Lane, nanos: number, lasts: number, name: string): void {
    this.#begin(lane, nanos, lasts, name);
    this.end(lane, nanos + lasts);
  }

  /** A task that begins; its end comes with the same `key`. */
  beginTask(lane: Lane, nanos: number, key: string, name: string): void {
    this.#add(nanos, 0, (time) => {
      const a = ++this.#begun;
      this.#tasks.set(key, a);
      this.#of(lane, "task-begin", time, { a, c: this.#builder.text(name) });
    });
  }

  endTask(lane: Lane, nanos: number, key: string): void {
    this.#add(nanos, Number.NEGATIVE_INFINITY, (time) => {
      const a = this.#tasks.get(key);
      if (a !== undefined) this.#of(lane, "task-end", time, { a });
      this.#tasks.delete(key);
    });
  }

  instant(lane: Lane, nanos: number, name: string, said: string): void {
    this.#add(nanos, 0, (time) =>
      this.#of(lane, "log", time, { b: this.#builder.text(name), c: this.#builder.text(said) }),
    );
  }

  counter(nanos: number, name: string, value: number): void {
    this.#add(nanos, 0, (time) => this.#builder.add("counter", time, { a: this.#builder.text(name), b: value }));
  }

  /** A sample with its frames, leaf first. */
  sample(lane: Lane, nanos: number, frames: readonly TraceFrame[]): void {
    this.#add(nanos, 0, (time) => {
      this.#of(lane, "sample", time, { stack: this.#builder.stack([...frames, frameOf(lane)]) });
    });
  }

  /** Undefined where nothing became an event: there was nothing, or ends alone. */
  build(): Trace | undefined {
    this.#steps.sort((a, b) => a.nanos - b.nanos || (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));
    for (const { nanos, act } of this.#steps) act(nanos - this.#from);
    return this.#builder.length === 0 ? undefined : this.#builder.build(0n, this.#to - this.#from);
  }

  #begin(lane: Lane, nanos: number, lasts: number, text: string): void {
    this.#add(nanos, -lasts, (time) => {
      const { thread, goroutine } = lane;
      if (lane.open.length === 0) {
        this.#builder.add("ready", time, { goroutine });
        this.#builder.add("run", time, { thread, goroutine, stack: this.#builder.stack([frameOf(lane)]) });
      }
      const name = this.#builder.text(text);
      lane.open.push(name);
      this.#of(lane, "region-begin", time, { b: name });
    });
  }

  #of({ thread, goroutine }: Lane, name: TraceEventName, time: number, fields: TraceEventFields): void {
    this.#builder.add(name, time, { thread, goroutine, ...fields });
  }

  #add(nanos: number, order: number, act: (time: number) => void): void {
    this.#from = Math.min(this.#from, nanos);
    this.#to = Math.max(this.#to, nanos);
    this.#steps.push({ nanos, order, act });
  }
}

function frameOf({ name }: Lane): TraceFrame {
  return [name, "", 0];
}
