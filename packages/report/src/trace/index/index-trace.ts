// Hot: a trace of 5 million events is indexed in 0.9 s: events are gone through twice, first to know how much room each column
// needs. Bench: bench/src/trace-pages.ts, "first picture ms", which is that and reading it.

import { TRACE_KIND, type Trace } from "@pprof-ts/profile";
import { countKinds, ENDED, LEADS_TO, SAME } from "./event-kinds.ts";
import { GoroutineRows } from "./goroutine-rows.ts";
import { LaneWriter } from "./lane-writer.ts";
import { MarkWriter } from "./mark-writer.ts";
import { LEAST_SPAN_NANOS, NO_ROW, SPAN_STATE, type SpanColumns, type TraceIndex } from "./trace-index.ts";

const PRESENT = TRACE_KIND.present;
const CREATE = TRACE_KIND.create;
const YIELD = TRACE_KIND.yield;
const WAIT = TRACE_KIND.wait;
const MADE_READY = TRACE_KIND.ready;

/** Sorts what a trace says by what it is about: goroutines, lanes, tasks, counters. */
export function indexTrace(trace: Trace): TraceIndex {
  const counts = countKinds(trace);
  const rows = new GoroutineRows(trace);
  const lanes = new LaneWriter(counts);
  const marks = new MarkWriter(trace, counts, lanes);
  const spans = writeSpans(trace, rows, lanes, marks);
  const { goroutines } = rows;
  return { trace, goroutines, spans, lanes: lanes.end(trace, goroutines), ...marks.end(rows) };
}

/** The spans of all goroutines, those of one side by side; tells `lanes` who runs where, and `marks` of all other events. */
function writeSpans(trace: Trace, rows: GoroutineRows, lanes: LaneWriter, marks: MarkWriter): SpanColumns {
  const { events } = trace;
  const { room } = rows;
  const { length, spanStart, spanEnd, from: begins, to: ends, maker } = rows.goroutines;
  const columns = {
    from: new Float64Array(room),
    state: new Uint8Array(room),
    lane: new Int32Array(room),
    reason: new Uint32Array(room),
    stack: new Uint32Array(room),
    waker: new Int32Array(room),
    wakerStack: new Uint32Array(room),
  };
  const { from, state, lane, reason, stack, waker, wakerStack } = columns;
  const wokenBy = new Int32Array(length).fill(NO_ROW);
  const wokenAt = new Uint32Array(length);
  for (let i = 0; i < events.length; i++) {
    const kind = events.kind[i]!;
    const time = events.time[i]!;
    const id = events.goroutine[i]!;
    const thread = events.thread[i]!;
    const row = id === 0 ? NO_ROW : rows.rowOf(id);
    const next = LEADS_TO[kind]!;
    if (next === SAME) {
      marks.mark(kind, i, time, row, thread);
      continue;
    }
    if (row === NO_ROW) continue;
    if (kind === MADE_READY) {
      wokenBy[row] = lanes.runs(thread, row);
      wokenAt[row] = events.stack[i]!;
    } else if (kind === CREATE) maker[row] = lanes.runs(thread, row);
    if (next === ENDED) {
      ends[row] = time;
      lanes.leave(row, time);
      continue;
    }
    const end = spanEnd[row]!;
    const isFirst = end === spanStart[row];
    // A state that is said again, as Go does where a new part of the file begins, is one span.
    if (!isFirst && state[end - 1] === next) continue;
    if (next === SPAN_STATE.running || next === SPAN_STATE.call) lanes.enter(thread, row, next, time);
    else lanes.leave(row, time);
    // A goroutine that was ready for next to no time has no such span: what comes next takes its place.
    const replaces = !isFirst && state[end - 1] === SPAN_STATE.ready && time - from[end - 1]! < LEAST_SPAN_NANOS;
    // Who woke it is told with the span in which it became ready or, where it has none, with the one in which it runs.
    const isWoken =
      next === SPAN_STATE.ready ||
      (next === SPAN_STATE.running && (isFirst || replaces || state[end - 1] !== SPAN_STATE.ready));
    const at = replaces ? end - 1 : end;
    spanEnd[row] = at + 1;
    // What is said to be present was there from the beginning of the trace, whenever that is said.
    from[at] = isFirst && kind === PRESENT ? 0 : time;
    if (isFirst) begins[row] = from[at]!;
    state[at] = next;
    lane[at] = lanes.laneOf(thread);
    reason[at] = kind === YIELD || kind === WAIT ? events.a[i]! : 0;
    stack[at] = events.stack[i]!;
    waker[at] = isWoken ? wokenBy[row]! : NO_ROW;
    wakerStack[at] = isWoken ? wokenAt[row]! : 0;
    if (next === SPAN_STATE.running) {
      wokenBy[row] = NO_ROW;
      wokenAt[row] = 0;
    }
  }
  return columns;
}
