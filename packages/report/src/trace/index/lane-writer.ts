// Hot: sees each run of a trace, of which 5 million events are indexed in 0.9 s (index-trace.ts). Bench: bench/src/trace-pages.ts.

import type { Trace } from "@pprof-ts/profile";
import { groupRows, type RowGroups } from "../../stack/group-rows.ts";
import type { KindCount } from "./event-kinds.ts";
import {
  type GoroutineColumns,
  LEAST_SPAN_NANOS,
  NO_ROW,
  type SampleColumns,
  SPAN_STATE,
  type TraceLane,
} from "./trace-index.ts";

/** No entry: nothing runs. */
const IDLE = -1;

/** Writes entries, each a time for which one goroutine ran on a lane. A lane is a proc or, in traces that have none, a thread. */
export class LaneWriter {
  readonly #numbers = new Map<string, number>();
  /** By thread: its proc, the lane on which it was last, and the goroutine that runs there. */
  readonly #procs = new Map<number, number>();
  readonly #laneOf = new Map<number, number>();
  /** By lane and by goroutine, the entry that is open. */
  readonly #open: number[] = [];
  readonly #ofGoroutine = new Map<number, number>();
  readonly #last: number[] = [];
  readonly #lane: Int32Array;
  readonly #from: Float64Array;
  readonly #to: Float64Array;
  readonly #goroutine: Uint32Array;
  readonly #state: Uint8Array;
  #length = 0;
  readonly #sampleTime: Float64Array;
  readonly #sampleLane: Int32Array;
  readonly #sampleStack: Uint32Array;
  readonly #sampleGoroutine: Int32Array;
  #samples = 0;

  constructor(count: KindCount) {
    const room = count("run", "call-begin", "call-end");
    this.#lane = new Int32Array(room);
    this.#from = new Float64Array(room);
    this.#to = new Float64Array(room);
    this.#goroutine = new Uint32Array(room);
    this.#state = new Uint8Array(room);
    const samples = count("sample");
    this.#sampleTime = new Float64Array(samples);
    this.#sampleLane = new Int32Array(samples);
    this.#sampleStack = new Uint32Array(samples);
    this.#sampleGoroutine = new Int32Array(samples);
  }

  procStart(thread: number, proc: number): void {
    this.#procs.set(thread, proc);
    this.#laneOf.set(thread, this.#number(`proc ${proc}`));
  }

  procStop(thread: number, time: number): void {
    this.#procs.delete(thread);
    const lane = this.#laneOf.get(thread);
    if (lane !== undefined) this.#close(this.#open[lane]!, time);
  }

  /** The lane that a thread is on, or was last. */
  laneOf(thread: number): number {
    return this.#laneOf.get(thread) ?? NO_ROW;
  }

  /** The goroutine that runs on a thread, unless that is this one. */
  runs(thread: number, except: number): number {
    const lane = this.#laneOf.get(thread);
    const entry = lane === undefined ? IDLE : this.#open[lane]!;
    if (entry === IDLE || this.#state[entry] !== SPAN_STATE.running) return NO_ROW;
    const row = this.#goroutine[entry]!;
    return row === except ? NO_ROW : row;
  }

  enter(thread: number, row: number, state: number, time: number): void {
    this.leave(row, time);
    const lane = this.#laneFor(thread);
    this.#close(this.#open[lane]!, time);
    // It made way for a moment only: the entry before goes on.
    const last = this.#last[lane]!;
    const goesOn =
      last !== IDLE &&
      this.#goroutine[last] === row &&
      this.#state[last] === state &&
      time - this.#to[last]! < LEAST_SPAN_NANOS;
    const entry = goesOn ? last : this.#length++;
    if (!goesOn) {
      this.#lane[entry] = lane;
      this.#from[entry] = time;
      this.#goroutine[entry] = row;
      this.#state[entry] = state;
    }
    this.#to[entry] = Number.POSITIVE_INFINITY;
    this.#open[lane] = entry;
    this.#last[lane] = entry;
    this.#ofGoroutine.set(row, entry);
  }

  /** A goroutine runs no longer, wherever it did. */
  leave(row: number, time: number): void {
    const entry = this.#ofGoroutine.get(row);
    if (entry !== undefined) this.#close(entry, time);
  }

  sample(time: number, thread: number, row: number, stack: number): void {
    const at = this.#samples++;
    const lane = this.#laneFor(thread);
    this.#sampleTime[at] = time;
    this.#sampleLane[at] = lane;
    this.#sampleStack[at] = stack;
    this.#sampleGoroutine[at] = row;
  }

  end(trace: Trace, goroutines: GoroutineColumns): TraceLane[] {
    for (const entry of this.#open) this.#close(entry, trace.durationNanos);
    const names = [...this.#numbers.keys()];
    const entries = groupRows(this.#lane.subarray(0, this.#length), names.length);
    const samples = groupRows(this.#sampleLane.subarray(0, this.#samples), names.length);
    const rowsOf = ({ start, rows }: RowGroups, lane: number): Uint32Array =>
      rows.subarray(start[lane]!, start[lane + 1]!);
    return names.map((key, lane) =>
      this.#laneNamed(key, rowsOf(entries, lane), rowsOf(samples, lane), trace, goroutines),
    );
  }

  #laneNamed(
    key: string,
    rows: Uint32Array,
    samples: Uint32Array,
    { strings }: Trace,
    { name, kind }: GoroutineColumns,
  ): TraceLane {
    const { from, to, goroutine, state, busy, length } = this.#entriesOf(rows);
    const all = new Set([...goroutine.subarray(0, MOST_LOOKED), ...this.#sampledBy(samples)]);
    const loop = [...all].find((row) => strings[name[row]!] === "event loop");
    const only = all.size === 1 && goroutine.length <= MOST_LOOKED ? [...all][0]! : NO_ROW;
    const worker = [...all].find((row) => strings[kind[row]!] === "worker");
    const named = loop ?? (only === NO_ROW ? worker : only);
    return {
      name: (named === undefined ? "" : strings[name[named]!]) || key,
      number: Number(/\d+$/.exec(key)?.[0] ?? 0),
      length,
      from,
      to,
      goroutine,
      state,
      busy,
      samples: this.#samplesOf(samples),
      only,
    };
  }

  /** The entries of a lane, without those that are too short to be any: see `LEAST_SPAN_NANOS`. */
  #entriesOf(rows: Uint32Array): Pick<TraceLane, "length" | "from" | "to" | "goroutine" | "state" | "busy"> {
    const from = new Float64Array(rows.length);
    const to = new Float64Array(rows.length);
    const goroutine = new Uint32Array(rows.length);
    const state = new Uint8Array(rows.length);
    const busy = new Float64Array(rows.length + 1);
    let length = 0;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      const nanos = this.#to[row]! - this.#from[row]!;
      if (nanos < LEAST_SPAN_NANOS) continue;
      from[length] = this.#from[row]!;
      to[length] = this.#to[row]!;
      goroutine[length] = this.#goroutine[row]!;
      state[length] = this.#state[row]!;
      busy[length + 1] = busy[length]! + nanos;
      length++;
    }
    return {
      length,
      from: from.subarray(0, length),
      to: to.subarray(0, length),
      goroutine: goroutine.subarray(0, length),
      state: state.subarray(0, length),
      busy: busy.subarray(0, length + 1),
    };
  }

  #sampledBy(samples: Uint32Array): number[] {
    return Array.from(samples.subarray(0, MOST_LOOKED), (row) => this.#sampleGoroutine[row]!).filter(
      (row) => row !== NO_ROW,
    );
  }

  #samplesOf(rows: Uint32Array): SampleColumns {
    return {
      length: rows.length,
      time: Float64Array.from(rows, (row) => this.#sampleTime[row]!),
      stack: Uint32Array.from(rows, (row) => this.#sampleStack[row]!),
      goroutine: Int32Array.from(rows, (row) => this.#sampleGoroutine[row]!),
    };
  }

  /** The lane that a thread is on or, where it has no proc, its own. */
  #laneFor(thread: number): number {
    let lane = this.#laneOf.get(thread);
    if (lane === undefined) {
      lane = this.#number(`thread ${thread}`);
      this.#laneOf.set(thread, lane);
    }
    return lane;
  }

  #close(entry: number, time: number): void {
    if (entry === IDLE || this.#to[entry] !== Number.POSITIVE_INFINITY) return;
    this.#to[entry] = time;
    this.#open[this.#lane[entry]!] = IDLE;
  }

  #number(key: string): number {
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(key, number);
      this.#open.push(IDLE);
      this.#last.push(IDLE);
    }
    return number;
  }
}

/** So many goroutines and samples of a lane are looked at to find a name for it. */
const MOST_LOOKED = 10_000;
