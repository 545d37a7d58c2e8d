// Hot: runs with every frame of a zoom, 16 ms, on lanes with millions of entries: those that begin in one pixel become one box.
// Bench: bench/src/trace-pages.ts, "view p95 ms".

import { firstTimeAfter, SPAN_STATE, type TraceIndex, type TraceLane } from "@pprof-ts/report";
import { BOX_STYLES, type ViewAsked } from "../../../session/trace-protocol.ts";
import { type BoxWriter, styleOfName } from "./box-writer.ts";

const CALL_STYLE = BOX_STYLES.indexOf("call");
/** Entries that are narrower than a pixel are put together in cells of so many pixels. */
const CELL = 2;
/** So many entries of a cell are looked at to find the longest, which gives it its colour. */
const LOOKED = 5;

/** Writes boxes for what ran on a lane. */
export function laneBoxes(
  index: TraceIndex,
  lane: TraceLane,
  { from, to, pixel }: ViewAsked,
  row: number,
  out: BoxWriter,
): void {
  const { length, from: begins, to: ends, busy, goroutine, state } = lane;
  const { name } = index.goroutines;
  const cell = pixel * CELL;
  const styleOf = (entry: number): number =>
    state[entry] === SPAN_STATE.call ? CALL_STYLE : styleOfName(name[goroutine[entry]!]!);
  for (let entry = firstTimeAfter(ends, from, 0, length); entry < length && begins[entry]! < to; ) {
    if (ends[entry]! - begins[entry]! >= pixel) {
      out.add(row, begins[entry]!, ends[entry]!, styleOf(entry), name[goroutine[entry]!]!);
      entry++;
      continue;
    }
    const right = Math.floor(begins[entry]! / cell) * cell + cell;
    let next = firstFrom(begins, right, entry + 1, length);
    // The last one may be a wide one that begins here.
    if (next - 1 > entry && ends[next - 1]! - begins[next - 1]! >= pixel) next--;
    const end = ends[next - 1]!;
    const share = (busy[next]! - busy[entry]!) / (end - begins[entry]!);
    const longest = longestOf(entry, next, (at) => ends[at]! - begins[at]!);
    out.addPixel(row, begins[entry]!, end, styleOf(longest), Math.max(48, Math.min(255, Math.round(share * 255))));
    entry = next;
  }
}

/** The first row from `low` on whose time is no less than `time`. It looks in ever longer steps, for mostly that row is near. */
export function firstFrom(times: Float64Array, time: number, low: number, high: number): number {
  let step = 1;
  while (low + step < high && times[low + step]! < time) {
    low += step;
    step *= 2;
  }
  let end = Math.min(high, low + step);
  while (low < end) {
    const middle = (low + end) >>> 1;
    if (times[middle]! >= time) end = middle;
    else low = middle + 1;
  }
  return low;
}

/** Of some of these the longest. */
export function longestOf(from: number, to: number, lengthOf: (at: number) => number): number {
  const step = Math.max(1, Math.floor((to - from) / LOOKED));
  let best = from;
  for (let at = from + step; at < to; at += step) if (lengthOf(at) > lengthOf(best)) best = at;
  return best;
}
