// Hot: sees each event of a trace, of which 5 million are indexed in 0.9 s (index-trace.ts). Bench: bench/src/trace-pages.ts.

import { TRACE_EVENTS, type Trace, type TraceEventName } from "@pprof-ts/profile";
import type { KindCount } from "./event-kinds.ts";
import type { GoroutineRows } from "./goroutine-rows.ts";
import type { LaneWriter } from "./lane-writer.ts";
import {
  NO_ROW,
  type RegionColumns,
  type StopColumns,
  type TaskColumns,
  type TraceCounter,
  type TraceIndex,
} from "./trace-index.ts";

/** What is done with an event of one kind: its row, its time, the row of its goroutine, its thread. */
type Mark = (i: number, time: number, row: number, thread: number) => void;

/** Writes what the other events say, those that change no goroutine's state: tasks, regions, collections of garbage, counters, logs. */
export class MarkWriter {
  readonly #trace: Trace;
  readonly #tasks: { -readonly [K in keyof TaskColumns]: TaskColumns[K] };
  readonly #taskRows = new Map<number, number>();
  readonly #regions: { -readonly [K in keyof RegionColumns]: RegionColumns[K] };
  readonly #openRegions = new Map<number, number[]>();
  readonly #stops: { -readonly [K in keyof StopColumns]: StopColumns[K] };
  #stop = NO_ROW;
  #collection = NO_ROW;
  readonly #counters = new Map<
    string,
    { readonly unit: TraceCounter["unit"]; readonly time: number[]; readonly value: number[] }
  >();
  readonly #logs: number[] = [];
  readonly #marks: readonly (Mark | undefined)[];

  constructor(trace: Trace, count: KindCount, lanes: LaneWriter) {
    this.#trace = trace;
    this.#tasks = taskColumns(count("task-begin"));
    this.#regions = regionColumns(count("region-end"));
    this.#stops = stopColumns(count("stop-begin", "gc-begin"), trace.durationNanos);
    const { events, strings } = trace;
    const marks: Partial<Record<TraceEventName, Mark>> = {
      sample: (i, time, row, thread) => lanes.sample(time, thread, row, events.stack[i]!),
      "proc-start": (i, _time, _row, thread) => lanes.procStart(thread, events.a[i]!),
      "proc-stop": (_i, time, _row, thread) => lanes.procStop(thread, time),
      "stop-begin": (i, time) => {
        // Of programs that are one trace, one may stop while another stands still.
        if (this.#stop === NO_ROW) this.#stop = this.#beginStop(time, events.a[i]!, 0);
      },
      "stop-end": (_i, time) => {
        if (this.#stop !== NO_ROW) this.#stops.to[this.#stop] = time;
        this.#stop = NO_ROW;
      },
      "gc-begin": (_i, time) => {
        if (this.#collection === NO_ROW) this.#collection = this.#beginStop(time, 0, 1);
      },
      "gc-end": (_i, time) => {
        if (this.#collection !== NO_ROW) this.#stops.to[this.#collection] = time;
        this.#collection = NO_ROW;
      },
      heap: (i, time) => this.#count("heap", "bytes", time, events.a[i]!),
      "heap-goal": (i, time) => this.#count("heap goal", "bytes", time, events.a[i]!),
      counter: (i, time) => {
        const name = strings[events.a[i]!]!;
        this.#count(name, /bytes|rss|heap|memory/i.test(name) ? "bytes" : "count", time, events.b[i]!);
      },
      "task-begin": (i, time, row) => this.#beginTask(i, time, row),
      "task-end": (i, time) => this.#endTask(events.a[i]!, time),
      "region-begin": (i, _time, row) => {
        const open = this.#openRegions.get(row);
        if (open === undefined) this.#openRegions.set(row, [i]);
        else open.push(i);
      },
      "region-end": (_i, time, row) => this.#endRegion(time, row),
      log: (i) => {
        this.#logs.push(i);
      },
    };
    this.#marks = TRACE_EVENTS.map(({ name }) => marks[name]);
  }

  mark(kind: number, i: number, time: number, row: number, thread: number): void {
    this.#marks[kind]?.(i, time, row, thread);
  }

  end({ goroutines }: GoroutineRows): Pick<TraceIndex, "stops" | "tasks" | "regions" | "counters" | "logs"> {
    const { task } = goroutines;
    for (let row = this.#tasks.length - 1; row >= 0; row--) {
      const goroutine = this.#tasks.goroutine[row]!;
      if (goroutine < task.length) task[goroutine] = row;
    }
    return {
      stops: this.#stops,
      tasks: this.#tasks,
      regions: this.#regions,
      counters: Array.from(this.#counters, ([name, { unit, time, value }]) => ({
        name,
        unit,
        time: Float64Array.from(time),
        value: Float64Array.from(value),
      })),
      logs: Uint32Array.from(this.#logs),
    };
  }

  #beginStop(time: number, name: number, isCollection: number): number {
    const row = this.#stops.length++;
    this.#stops.from[row] = time;
    this.#stops.name[row] = name;
    this.#stops.isCollection[row] = isCollection;
    return row;
  }

  #count(name: string, unit: TraceCounter["unit"], time: number, value: number): void {
    let counter = this.#counters.get(name);
    if (counter === undefined) {
      counter = { unit, time: [], value: [] };
      this.#counters.set(name, counter);
    }
    counter.time.push(time);
    counter.value.push(value);
  }

  #beginTask(i: number, time: number, goroutine: number): void {
    if (goroutine === NO_ROW) return;
    const { events, durationNanos } = this.#trace;
    const row = this.#tasks.length++;
    const id = events.a[i]!;
    this.#taskRows.set(id, row);
    this.#tasks.id[row] = id;
    this.#tasks.name[row] = events.c[i]!;
    this.#tasks.goroutine[row] = goroutine;
    this.#tasks.from[row] = time;
    this.#tasks.to[row] = durationNanos;
    this.#tasks.isOpen[row] = 1;
    this.#tasks.parent[row] = this.#taskRows.get(events.b[i]!) ?? NO_ROW;
  }

  #endTask(id: number, time: number): void {
    const row = this.#taskRows.get(id);
    if (row === undefined || this.#tasks.isOpen[row] === 0) return;
    this.#tasks.to[row] = time;
    this.#tasks.isOpen[row] = 0;
  }

  #endRegion(time: number, goroutine: number): void {
    const open = this.#openRegions.get(goroutine);
    const begun = open?.pop();
    if (begun === undefined) return;
    const { events } = this.#trace;
    const row = this.#regions.length++;
    this.#regions.goroutine[row] = goroutine;
    this.#regions.from[row] = events.time[begun]!;
    this.#regions.to[row] = time;
    this.#regions.name[row] = events.b[begun]!;
    this.#regions.depth[row] = Math.min(open!.length, 255);
  }
}

function taskColumns(room: number): TaskColumns {
  return {
    length: 0,
    id: new Float64Array(room),
    name: new Uint32Array(room),
    goroutine: new Uint32Array(room),
    from: new Float64Array(room),
    to: new Float64Array(room),
    isOpen: new Uint8Array(room),
    parent: new Int32Array(room),
  };
}

function regionColumns(room: number): RegionColumns {
  return {
    length: 0,
    goroutine: new Uint32Array(room),
    from: new Float64Array(room),
    to: new Float64Array(room),
    name: new Uint32Array(room),
    depth: new Uint8Array(room),
  };
}

/** What is never said to end goes on to the end of the trace. */
function stopColumns(room: number, durationNanos: number): StopColumns {
  return {
    length: 0,
    from: new Float64Array(room),
    to: new Float64Array(room).fill(durationNanos),
    name: new Uint32Array(room),
    isCollection: new Uint8Array(room),
  };
}
