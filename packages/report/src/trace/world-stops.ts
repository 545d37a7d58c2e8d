import { firstSpanFrom, firstTimeAfter, SPAN_STATE, spanEnd, type TraceIndex } from "./index/trace-index.ts";
import type { Unit } from "./task-groups.ts";

/** When nothing of the program could run, for the garbage collector or such ("stop the world"): in order, in nanoseconds since the trace began. */
export interface WorldStops {
  readonly from: Float64Array;
  readonly to: Float64Array;
}

export function worldStops({ stops }: TraceIndex): WorldStops {
  const rows = Array.from({ length: stops.length }, (_, row) => row).filter((row) => stops.isCollection[row] === 0);
  return {
    from: Float64Array.from(rows, (row) => stops.from[row]!),
    to: Float64Array.from(rows, (row) => stops.to[row]!),
  };
}

/** For how long the world was stopped between two times. */
export function stoppedIn(stops: WorldStops, from: number, to: number): number {
  const { length } = stops.to;
  let nanos = 0;
  for (let row = firstTimeAfter(stops.to, from, 0, length); row < length && stops.from[row]! < to; row++) {
    nanos += Math.min(stops.to[row]!, to) - Math.max(stops.from[row]!, from);
  }
  return nanos;
}

/** For how long the world was stopped while a task or goroutine was running. */
export function stoppedWhileRunning(index: TraceIndex, stops: WorldStops, { goroutine, from, to }: Unit): number {
  const { goroutines, spans } = index;
  const end = goroutines.spanEnd[goroutine]!;
  let nanos = 0;
  for (let span = firstSpanFrom(index, goroutine, from); span < end; span++) {
    if (spans.from[span]! >= to) break;
    if (spans.state[span] !== SPAN_STATE.running) continue;
    nanos += stoppedIn(stops, Math.max(spans.from[span]!, from), Math.min(spanEnd(index, goroutine, span), to));
  }
  return nanos;
}
