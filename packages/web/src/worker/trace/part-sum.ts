import { addTimeSpent, type TraceIndex, type TracePart, WaitTotals } from "@pprof-ts/report";
import type { PartSum } from "../../session/trace-protocol.ts";

/** Where the time of all goroutines went in a part of a trace, and for how long all stood still. */
export function partSum(index: TraceIndex, { from, to }: TracePart): PartSum {
  const spent = { running: 0, ready: 0, call: 0, waiting: 0 };
  const waits = new WaitTotals(index);
  for (let goroutine = 0; goroutine < index.goroutines.length; goroutine++) {
    addTimeSpent(index, { goroutine, from, to }, spent, waits);
  }
  const { stops } = index;
  let stopped = 0;
  for (let row = 0; row < stops.length; row++) {
    if (stops.isCollection[row] === 1) continue;
    stopped += Math.max(0, Math.min(stops.to[row]!, to) - Math.max(stops.from[row]!, from));
  }
  const lanes = index.lanes.filter(({ length }) => length > 0).length;
  return { ...spent, stopped, lanes, durationNanos: to - from };
}
