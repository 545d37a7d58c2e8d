import { WireWriter } from "../../proto/wire.ts";
import type { Trace } from "../trace.ts";
import {
  CPU_SAMPLE,
  CPU_SAMPLES,
  EVENT_BATCH,
  FREQUENCY,
  MOST_BATCH,
  MOST_FRAMES,
  MOST_STRING,
  STACK,
  STACKS,
  STRING,
  STRINGS,
} from "./events.ts";

/** No event, and no row of a table but a string or a stack, takes more. */
const MOST_EVENT = 128;
/** Where a program's code might be: a frame is known by its address. */
const FIRST_PC = 0x400000;

/** The events of a thread: a batch that is full is followed by another. */
interface Stream {
  readonly thread: number;
  readonly batches: { readonly time: number; readonly bytes: Uint8Array }[];
  out: WireWriter;
  start: number;
  last: number;
}

/**
 * One generation of a Go trace: a part of it that is read by itself, with tables of its own. Times are in nanoseconds, which is
 * what its frequency says.
 */
export class GenerationWriter {
  readonly #trace: Trace;
  readonly #number: number;
  readonly #time: number;
  readonly #streams = new Map<number, Stream>();
  readonly #strings = new Map<number, number>();
  readonly #stacks = new Map<number, number>();
  readonly #samples: (readonly number[])[] = [];
  readonly #utf8 = new TextEncoder();

  constructor(trace: Trace, number: number, time: number) {
    this.#trace = trace;
    this.#number = number;
    this.#time = time;
  }

  /** The number in this generation of a string of the trace. */
  string(row: number): number {
    return numberOf(this.#strings, row);
  }

  /** The number in this generation of a stack of the trace; 0: none. */
  stack(row: number): number {
    return row === 0 ? 0 : numberOf(this.#stacks, row);
  }

  event(thread: number, type: number, time: number, args: readonly number[]): void {
    let stream = this.#streams.get(thread);
    if (stream === undefined) {
      stream = { thread, batches: [], out: new WireWriter(), start: time, last: time };
      this.#streams.set(thread, stream);
    }
    if (stream.out.pos > MOST_BATCH - MOST_EVENT) flush(stream);
    if (stream.out.pos === 0) {
      stream.start = time;
      stream.last = time;
    }
    const { out } = stream;
    out.reserve(MOST_EVENT);
    out.uint(type);
    out.uint(time - stream.last);
    for (const arg of args) out.uint(arg);
    stream.last = time;
  }

  /** `fields`: the time, the thread, the proc (-1: none), the goroutine and the stack. */
  sample(fields: readonly number[]): void {
    this.#samples.push(fields);
  }

  /** Appends the generation. */
  finish(out: WireWriter): void {
    const frequency = new WireWriter();
    frequency.reserve(MOST_EVENT);
    frequency.uint(FREQUENCY);
    frequency.uint(1e9);
    this.#batch(out, undefined, this.#time, frequency.finish());
    for (const stream of this.#streams.values()) {
      flush(stream);
      for (const { time, bytes } of stream.batches) this.#batch(out, stream.thread, time, bytes);
    }
    this.#table(out, CPU_SAMPLES, this.#samples, (row, sample) => {
      row.uint(CPU_SAMPLE);
      for (const field of sample) {
        if (field < 0) row.uint64(-1, -1);
        else row.uint(field);
      }
    });
    this.#table(out, STACKS, this.#stacks, (row, [stack, number]) => this.#writeStack(row, stack, number));
    // Last, for stacks name strings.
    this.#table(out, STRINGS, this.#strings, (row, [string, number]) => {
      const bytes = cut(this.#utf8.encode(this.#trace.strings[string]!));
      row.uint(STRING);
      row.uint(number);
      row.uint(bytes.length);
      row.raw(bytes);
    });
  }

  #writeStack(row: WireWriter, stack: number, number: number): void {
    const { stacks, frames } = this.#trace;
    const start = stacks.start[stack]!;
    const end = stacks.start[stack + 1]!;
    const depth = Math.min(end - start, MOST_FRAMES);
    row.uint(STACK);
    row.uint(number);
    row.uint(depth);
    for (let i = 0; i < depth; i++) {
      // Of a stack that is too deep the outermost frame is kept: it names the goroutine.
      const frame = stacks.frame[i === depth - 1 ? end - 1 : start + i]!;
      row.reserve(MOST_EVENT);
      row.uint(FIRST_PC + frame * 16);
      row.uint(this.string(frames.function[frame]!));
      row.uint(this.string(frames.file[frame]!));
      row.uint(frames.line[frame]!);
    }
  }

  /** Rows as one batch, or several. */
  #table<Row>(out: WireWriter, kind: number, rows: Iterable<Row>, write: (out: WireWriter, row: Row) => void): void {
    let batch: WireWriter | undefined;
    const row = new WireWriter();
    for (const one of rows) {
      row.pos = 0;
      row.reserve(MOST_EVENT);
      write(row, one);
      if (batch !== undefined && batch.pos + row.pos > MOST_BATCH) {
        this.#batch(out, undefined, this.#time, batch.finish());
        batch = undefined;
      }
      if (batch === undefined) {
        batch = new WireWriter();
        batch.reserve(1);
        batch.uint(kind);
      }
      batch.raw(row.finish());
    }
    if (batch !== undefined) this.#batch(out, undefined, this.#time, batch.finish());
  }

  /** `thread`: undefined for what is of none. */
  #batch(out: WireWriter, thread: number | undefined, time: number, bytes: Uint8Array): void {
    out.reserve(MOST_EVENT);
    out.uint(EVENT_BATCH);
    out.uint(this.#number);
    if (thread === undefined) out.uint64(-1, -1);
    else out.uint(thread);
    out.uint(time);
    out.uint(bytes.length);
    out.raw(bytes);
  }
}

function flush(stream: Stream): void {
  if (stream.out.pos === 0) return;
  stream.batches.push({ time: stream.start, bytes: stream.out.finish() });
  stream.out = new WireWriter();
}

/** Rows are numbered from 1, in the order in which they are asked for. */
function numberOf(numbers: Map<number, number>, row: number): number {
  const known = numbers.get(row);
  if (known !== undefined) return known;
  numbers.set(row, numbers.size + 1);
  return numbers.size;
}

/** As much of a text as there is room for, without a part of a character. */
function cut(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= MOST_STRING) return bytes;
  let end = MOST_STRING;
  while ((bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}
