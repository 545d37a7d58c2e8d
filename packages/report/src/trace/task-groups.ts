import { firstSpanFrom, goroutineName, NO_ROW, SPAN_STATE, spanEnd, type TraceIndex } from "./index/trace-index.ts";
import { waitKey, waitKeyText } from "./index/wait-text.ts";
import { percentile } from "./percentile.ts";

/** A part of a trace, in nanoseconds since it began. */
export interface TracePart {
  readonly from: number;
  readonly to: number;
}

/** A task, or a goroutine that has none, from when to when. */
export interface Unit {
  /** A row of the tasks; `NO_ROW`: a goroutine without one. */
  readonly task: number;
  readonly goroutine: number;
  readonly from: number;
  readonly to: number;
  readonly isOpen: boolean;
}

/** Where time went, in nanoseconds. */
export interface TimeSpent {
  readonly running: number;
  readonly ready: number;
  readonly call: number;
  readonly waiting: number;
}

/** All tasks, or all goroutines without one, of one name and kind: the requests of a route. Times are in nanoseconds. */
export interface UnitGroup extends TimeSpent {
  readonly name: string;
  /** `http`, `http client`, `task` … as the recorder has it; "": a goroutine. */
  readonly kind: string;
  readonly isTask: boolean;
  readonly count: number;
  /** How many were not over when the trace was. */
  readonly open: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly most: number;
  /** By bucket, how many took so long: see `durationBucketFrom`. Those that are open do not count. */
  readonly histogram: Uint32Array;
  /** What they waited for, the longest first. */
  readonly waits: readonly { readonly what: string; readonly nanos: number; readonly count: number }[];
  readonly units: readonly Unit[];
}

/** So many buckets there are: the first has all durations up to a microsecond, and from each to the second after it they double. */
const DURATION_BUCKETS = 56;

/** The bucket of a duration. */
function durationBucketOf(nanos: number): number {
  return nanos <= 1000 ? 0 : Math.min(DURATION_BUCKETS - 1, Math.floor(2 * Math.log2(nanos / 1000)));
}

/** The least duration of a bucket, in nanoseconds: 1 µs, 1.4 µs, 2 µs, 2.8 µs, … */
export function durationBucketFrom(bucket: number): number {
  return 1000 * 2 ** (bucket / 2);
}

/** Groups the tasks, and the goroutines that have none, that were there at any time of a part of the trace. Tasks come first, then what took the most time. */
export function unitGroups(index: TraceIndex, part: TracePart): UnitGroup[] {
  const groups = new Map<string, Unit[]>();
  const add = (name: string, unit: Unit): void => {
    const { task, goroutine, from, to } = unit;
    if (to < part.from || from > part.to) return;
    const kind = index.trace.strings[index.goroutines.kind[goroutine]!]!;
    const key = `${task === NO_ROW ? 0 : 1}\0${kind}\0${name}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [unit]);
    else group.push(unit);
  };
  const { tasks, goroutines, trace } = index;
  for (let row = 0; row < tasks.length; row++) {
    const name = trace.strings[tasks.name[row]!]!;
    const isOpen = tasks.isOpen[row] === 1;
    add(name, { task: row, goroutine: tasks.goroutine[row]!, from: tasks.from[row]!, to: tasks.to[row]!, isOpen });
  }
  for (let row = 0; row < goroutines.length; row++) {
    if (goroutines.task[row] !== NO_ROW || goroutines.spanEnd[row] === goroutines.spanStart[row]) continue;
    const to = goroutines.to[row]!;
    const isOpen = to >= trace.durationNanos;
    add(goroutineName(index, row), { task: NO_ROW, goroutine: row, from: goroutines.from[row]!, to, isOpen });
  }
  const found = Array.from(groups, ([key, units]) => {
    const [task, kind, name] = key.split("\0");
    return groupOf(index, { name: name!, kind: kind!, isTask: task === "1" }, units);
  });
  const total = ({ running, ready, call, waiting }: UnitGroup): number => running + ready + call + waiting;
  return found.sort((a, b) => Number(b.isTask) - Number(a.isTask) || total(b) - total(a));
}

function groupOf(
  index: TraceIndex,
  named: Pick<UnitGroup, "name" | "kind" | "isTask">,
  units: readonly Unit[],
): UnitGroup {
  const waits = new WaitTotals(index);
  const spent = { running: 0, ready: 0, call: 0, waiting: 0 };
  for (const unit of units) addTimeSpent(index, unit, spent, waits);
  const done = units.filter(({ isOpen }) => !isOpen).map(({ from, to }) => to - from);
  done.sort((a, b) => a - b);
  const histogram = new Uint32Array(DURATION_BUCKETS);
  for (const nanos of done) histogram[durationBucketOf(nanos)]!++;
  return {
    ...named,
    ...spent,
    count: units.length,
    open: units.length - done.length,
    p50: percentile(done, 50),
    p90: percentile(done, 90),
    p99: percentile(done, 99),
    most: done.at(-1) ?? 0,
    histogram,
    waits: waits.sorted(),
    units,
  };
}

/** Adds to `spent` in which states a goroutine was between two times, and its waits to `waits`. */
export function addTimeSpent(
  index: TraceIndex,
  { goroutine, from, to }: Pick<Unit, "goroutine" | "from" | "to">,
  spent: { -readonly [K in keyof TimeSpent]: TimeSpent[K] },
  waits: WaitTotals,
): void {
  const { goroutines, spans } = index;
  const end = goroutines.spanEnd[goroutine]!;
  for (let span = firstSpanFrom(index, goroutine, from); span < end; span++) {
    if (spans.from[span]! >= to) break;
    const nanos = Math.min(spanEnd(index, goroutine, span), to) - Math.max(spans.from[span]!, from);
    if (nanos <= 0) continue;
    const state = spans.state[span]!;
    if (state === SPAN_STATE.running) spent.running += nanos;
    else if (state === SPAN_STATE.ready) spent.ready += nanos;
    else if (state === SPAN_STATE.call) spent.call += nanos;
    else {
      spent.waiting += nanos;
      waits.add(spans.reason[span]!, spans.stack[span]!, nanos);
    }
  }
}

/** Sums up waits by what they were for. */
export class WaitTotals {
  readonly #index: TraceIndex;
  readonly #sums = new Map<number, { nanos: number; count: number }>();

  constructor(index: TraceIndex) {
    this.#index = index;
  }

  add(reason: number, stack: number, nanos: number): void {
    const key = waitKey(reason, stack);
    const sum = this.#sums.get(key);
    if (sum === undefined) this.#sums.set(key, { nanos, count: 1 });
    else {
      sum.nanos += nanos;
      sum.count++;
    }
  }

  /** Longest first. */
  sorted(): { readonly what: string; readonly nanos: number; readonly count: number }[] {
    const sums = new Map<string, { what: string; nanos: number; count: number }>();
    for (const [key, { nanos, count }] of this.#sums) {
      const what = waitKeyText(this.#index.trace, key);
      const sum = sums.get(what);
      if (sum === undefined) sums.set(what, { what, nanos, count });
      else {
        sum.nanos += nanos;
        sum.count += count;
      }
    }
    return [...sums.values()].sort((a, b) => b.nanos - a.nanos);
  }
}
