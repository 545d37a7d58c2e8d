import { grown } from "../grown.ts";
import { NO_THREAD, TRACE_KIND, type Trace, type TraceEventName } from "./trace.ts";

/** A function, its file and the line in it; 0: not known. */
export type TraceFrame = readonly [name: string, file: string, line: number];

/** What an event says beside its time; what is left out is none or zero. */
export interface TraceEventFields {
  readonly thread?: number;
  readonly goroutine?: number;
  readonly a?: number;
  readonly b?: number;
  readonly c?: number;
  readonly stack?: number;
}

/** Builds a trace event by event, in the order in which they happened. Strings, frames and stacks that are equal get one row. */
export class TraceBuilder {
  readonly #strings = new Map<string, number>([["", 0]]);
  readonly #frames = new Map<string, number>();
  readonly #functions: number[] = [];
  readonly #files: number[] = [];
  readonly #lines: number[] = [];
  readonly #stacks = new Map<string, number>([["", 0]]);
  readonly #stackStart: number[] = [0, 0];
  readonly #stackFrames: number[] = [];
  #room = 1024;
  #time = new Float64Array(this.#room);
  #kind = new Uint8Array(this.#room);
  #thread = new Int32Array(this.#room);
  #goroutine = new Float64Array(this.#room);
  #a = new Float64Array(this.#room);
  #b = new Float64Array(this.#room);
  #c = new Float64Array(this.#room);
  #stack = new Uint32Array(this.#room);
  #hasB = false;
  #hasC = false;
  #length = 0;

  /** How many events there are so far. */
  get length(): number {
    return this.#length;
  }

  /** The row of this text. */
  text(text: string): number {
    return rowOf(this.#strings, text);
  }

  /** The row of this stack, leaf first. */
  stack(frames: readonly TraceFrame[]): number {
    const rows = frames.map((frame) => this.#frame(frame));
    const key = rows.join();
    const known = this.#stacks.get(key);
    if (known !== undefined) return known;
    const row = this.#stacks.size;
    this.#stacks.set(key, row);
    for (const frame of rows) this.#stackFrames.push(frame);
    this.#stackStart.push(this.#stackFrames.length);
    return row;
  }

  /** Adds an event; `time`: nanoseconds since the trace began. */
  add(name: TraceEventName, time: number, fields: TraceEventFields = {}): void {
    const at = this.#length++;
    if (at === this.#room) this.#grow();
    this.#time[at] = time;
    this.#kind[at] = TRACE_KIND[name];
    this.#thread[at] = fields.thread ?? NO_THREAD;
    this.#goroutine[at] = fields.goroutine ?? 0;
    this.#a[at] = fields.a ?? 0;
    // Few events have these: of none that is written to, a column takes no memory.
    if (fields.b) {
      this.#b[at] = fields.b;
      this.#hasB = true;
    }
    if (fields.c) {
      this.#c[at] = fields.c;
      this.#hasC = true;
    }
    this.#stack[at] = fields.stack ?? 0;
  }

  build(timeNanos: bigint, durationNanos: number): Trace {
    const length = this.#length;
    return {
      timeNanos,
      durationNanos,
      events: {
        length,
        time: this.#time.subarray(0, length),
        kind: this.#kind.subarray(0, length),
        thread: this.#thread.subarray(0, length),
        goroutine: this.#goroutine.subarray(0, length),
        a: this.#a.subarray(0, length),
        b: this.#b.subarray(0, length),
        c: this.#c.subarray(0, length),
        stack: this.#stack.subarray(0, length),
      },
      stacks: {
        length: this.#stacks.size,
        start: Uint32Array.from(this.#stackStart),
        frame: Uint32Array.from(this.#stackFrames),
      },
      frames: {
        length: this.#frames.size,
        function: Uint32Array.from(this.#functions),
        file: Uint32Array.from(this.#files),
        line: Uint32Array.from(this.#lines),
      },
      strings: [...this.#strings.keys()],
    };
  }

  #frame([name, file, line]: TraceFrame): number {
    const fields = [this.text(name), this.text(file), line] as const;
    const key = fields.join();
    const known = this.#frames.get(key);
    if (known !== undefined) return known;
    const row = this.#frames.size;
    this.#frames.set(key, row);
    this.#functions.push(fields[0]);
    this.#files.push(fields[1]);
    this.#lines.push(line);
    return row;
  }

  #grow(): void {
    this.#time = grown(this.#time, Float64Array, this.#length);
    this.#room = this.#time.length;
    this.#kind = grown(this.#kind, Uint8Array, this.#length);
    this.#thread = grown(this.#thread, Int32Array, this.#length);
    this.#goroutine = grown(this.#goroutine, Float64Array, this.#length);
    this.#a = grown(this.#a, Float64Array, this.#length);
    this.#b = this.#hasB ? grown(this.#b, Float64Array, this.#length) : new Float64Array(this.#room);
    this.#c = this.#hasC ? grown(this.#c, Float64Array, this.#length) : new Float64Array(this.#room);
    this.#stack = grown(this.#stack, Uint32Array, this.#length);
  }
}

function rowOf(rows: Map<string, number>, text: string): number {
  const known = rows.get(text);
  if (known !== undefined) return known;
  rows.set(text, rows.size);
  return rows.size - 1;
}
