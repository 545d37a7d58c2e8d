import {
  firstTimeAfter,
  goroutineName,
  NO_ROW,
  SPAN_STATE_NAMES,
  spanAt,
  spanEnd,
  spanTold,
  stackTexts,
  type TraceIndex,
} from "@pprof-ts/report";
import type { LaneSpot, Spot } from "../../session/trace-protocol.ts";

/** What of a goroutine there is to say at a time. */
export function goroutineSpot(
  index: TraceIndex,
  { goroutine, time }: { readonly goroutine: number; readonly time: number },
): Spot {
  const { goroutines, spans } = index;
  const span = spanAt(index, goroutine, time);
  const name = goroutineName(index, goroutine);
  const id = goroutines.id[goroutine]!;
  if (span === NO_ROW) return { name, id, state: "", from: time, to: time, why: "", stack: [], waker: "", wakerId: 0 };
  return { ...spanTold(index, span), name, id, from: spans.from[span]!, to: spanEnd(index, goroutine, span) };
}

/** What a lane does at a time. */
export function laneSpot(
  index: TraceIndex,
  { lane, time }: { readonly lane: number; readonly time: number },
): LaneSpot {
  const { lanes, goroutines, trace } = index;
  const { from, to, length, goroutine, state, samples } = lanes[lane]!;
  const entry = firstTimeAfter(from, time, 0, length) - 1;
  const runs = entry >= 0 && to[entry]! > time;
  const row = runs ? goroutine[entry]! : NO_ROW;
  const after = firstTimeAfter(samples.time, time, 0, samples.length);
  const near = [after - 1, after].filter((at) => at >= 0 && at < samples.length);
  near.sort((a, b) => Math.abs(samples.time[a]! - time) - Math.abs(samples.time[b]! - time));
  const [sample] = near;
  const isIn =
    sample !== undefined && runs && samples.time[sample]! >= from[entry]! && samples.time[sample]! <= to[entry]!;
  return {
    name: row === NO_ROW ? "" : goroutineName(index, row),
    id: row === NO_ROW ? 0 : goroutines.id[row]!,
    state: runs ? SPAN_STATE_NAMES[state[entry]!]! : "",
    from: runs ? from[entry]! : time,
    to: runs ? to[entry]! : time,
    stack: isIn ? stackTexts(trace, samples.stack[sample]!) : [],
  };
}
