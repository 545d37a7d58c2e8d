import {
  LEAST_SPAN_NANOS,
  NO_ROW,
  SPAN_STATE,
  spanEnd,
  type TraceCounter,
  type TraceIndex,
  toldOfWait,
} from "@pprof-ts/report";

/** What a counter of tasks is called, by their kind. */
const KINDS: Readonly<Record<string, string>> = {
  http: "requests in flight",
  "http client": "calls in flight",
};

/** Counters that are not in the trace itself: how many requests, calls and tasks are in flight at each time, and how many goroutines wait for the thread pool or to run. */
export function derivedCounters(index: TraceIndex): TraceCounter[] {
  const { tasks, goroutines, trace } = index;
  const flights = new Map<string, number[]>();
  for (let row = 0; row < tasks.length; row++) {
    const kind = trace.strings[goroutines.kind[tasks.goroutine[row]!]!]!;
    const name = KINDS[kind] ?? "tasks in flight";
    const known = flights.get(name);
    if (known === undefined) flights.set(name, [row]);
    else known.push(row);
  }
  const counters = Array.from(flights, ([name, rows]) =>
    counted(
      name,
      Float64Array.from(rows, (row) => tasks.from[row]!),
      Float64Array.from(rows, (row) => tasks.to[row]!),
    ),
  );
  const isPooled = pooledStacks(index);
  const { state, stack } = index.spans;
  const more = [
    statesCounter(
      index,
      "waiting for the pool",
      (span) => isPooled[stack[span]!] === 1 && state[span] === SPAN_STATE.waiting,
    ),
    statesCounter(index, "waiting to run", (span) => state[span] === SPAN_STATE.ready),
  ];
  return [...counters.sort((a, b) => (a.name < b.name ? 1 : -1)), ...more.filter((counter) => counter !== undefined)];
}

/** What the recorder calls waits for libuv's thread pool. */
const POOLED: ReadonlySet<string> = new Set(["(file)", "(dns)", "(crypto)", "(zlib)"]);

/** 1 for the stacks of waits for the thread pool. */
function pooledStacks({ trace }: TraceIndex): Uint8Array {
  const isPooled = new Uint8Array(trace.stacks.length);
  for (let stack = 0; stack < isPooled.length; stack++) {
    const told = toldOfWait(trace, stack);
    if (told !== NO_ROW && POOLED.has(trace.strings[told]!)) isPooled[stack] = 1;
  }
  return isPooled;
}

/** Of more spans than this the counter is an average: in each of `PARTS` equal parts of the whole time. */
const MOST_EXACT = 200_000;
const PARTS = 100_000;

type IsCounted = (span: number) => boolean;

/** Counts the goroutines that are in a span that `isCounted`; undefined where none ever is. */
function statesCounter(index: TraceIndex, name: string, isCounted: IsCounted): TraceCounter | undefined {
  let count = 0;
  eachSpan(index, isCounted, () => count++);
  if (count === 0) return undefined;
  if (count > MOST_EXACT) return averaged(index, name, isCounted);
  const from = new Float64Array(count);
  const to = new Float64Array(count);
  let at = 0;
  eachSpan(index, isCounted, (begin, end) => {
    from[at] = begin;
    to[at++] = end;
  });
  return counted(name, from, to);
}

function eachSpan(index: TraceIndex, isCounted: IsCounted, visit: (from: number, to: number) => void): void {
  const { goroutines, spans } = index;
  for (let row = 0; row < goroutines.length; row++) {
    const last = goroutines.spanEnd[row]!;
    for (let span = goroutines.spanStart[row]!; span < last; span++) {
      if (!isCounted(span)) continue;
      const to = spanEnd(index, row, span);
      if (to - spans.from[span]! >= LEAST_SPAN_NANOS) visit(spans.from[span]!, to);
    }
  }
}

/** The same as averages over parts of the whole time. */
function averaged(index: TraceIndex, name: string, isCounted: IsCounted): TraceCounter {
  const part = index.trace.durationNanos / PARTS;
  const time = Float64Array.from({ length: PARTS }, (_, at) => at * part);
  const value = new Float64Array(PARTS);
  // Whole parts by where they begin and end, which is summed up afterwards.
  const steps = new Float64Array(PARTS + 1);
  eachSpan(index, isCounted, (from, to) => {
    const first = Math.min(PARTS - 1, Math.floor(from / part));
    const last = Math.min(PARTS - 1, Math.floor(to / part));
    if (first === last) value[first]! += (to - from) / part;
    else {
      value[first]! += first + 1 - from / part;
      value[last]! += to / part - last;
      steps[first + 1]! += 1;
      steps[last]! -= 1;
    }
  });
  for (let at = 0, whole = 0; at < PARTS; at++) {
    whole += steps[at]!;
    value[at]! += whole;
  }
  return { name, unit: "count", time, value };
}

/** How many of these spans go on at each time, from when to when they went on. */
function counted(name: string, from: Float64Array, to: Float64Array): TraceCounter {
  from.sort();
  to.sort();
  const time = new Float64Array(2 * from.length);
  const value = new Float64Array(2 * from.length);
  let begun = 0;
  let ended = 0;
  for (let at = 0; at < time.length; at++) {
    // Of one time, what ends comes before what begins.
    if (begun < from.length && from[begun]! < to[ended]!) time[at] = from[begun++]!;
    else time[at] = to[ended++]!;
    value[at] = begun - ended;
  }
  return { name, unit: "count", time, value };
}
