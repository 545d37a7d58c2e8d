import { firstTimeAfter, NO_ROW, type TraceIndex, type TraceLane } from "@pprof-ts/report";
import type { ViewAsked } from "../../../session/trace-protocol.ts";
import { type BoxWriter, styleOfName } from "./box-writer.ts";
import { firstFrom } from "./lane-boxes.ts";

/** So many frames of each stack are drawn below a lane at most. */
const DEEPEST = 14;
/** So many samples are looked at to find out how deep they are. */
const LOOKED = 2000;
/** Samples that are at most so many usual gaps apart are drawn as one run of the function. */
const GAPS = 3;
/** The runtime's own frames. */
const RUNTIME = /^node:/;

/** How many rows of frames the samples of a lane need or, without samples, its slices. */
export function stackDepth(index: TraceIndex, lane: TraceLane): number {
  const { samples } = lane;
  let deepest = 0;
  const step = Math.max(1, Math.floor(samples.length / LOOKED));
  for (let at = 0; at < samples.length; at += step) {
    deepest = Math.max(deepest, shownFrames(index, samples.stack[at]!).length);
  }
  if (samples.length === 0 && lane.only !== NO_ROW) {
    const { regions } = index;
    for (let row = 0; row < regions.length; row++) {
      if (regions.goroutine[row] === lane.only) deepest = Math.max(deepest, regions.depth[row]! + 1);
    }
  }
  return Math.min(DEEPEST, deepest);
}

/** Writes boxes for what was sampled on a lane or, without samples, for its slices. */
export function stackBoxes(index: TraceIndex, lane: TraceLane, asked: ViewAsked, row: number, out: BoxWriter): void {
  if (lane.samples.length > 0) sampleBoxes(index, lane, asked, row, out);
  else if (lane.only !== NO_ROW) regionBoxes(index, lane.only, asked, row, out);
}

/** One box for each function that was sampled several times in a row. Of more samples than pixels one a pixel is looked at. */
function sampleBoxes(
  index: TraceIndex,
  { samples, from: begins, to: ends, length }: TraceLane,
  { from, to, pixel }: ViewAsked,
  row: number,
  out: BoxWriter,
): void {
  const { time, stack, goroutine } = samples;
  const { frames } = index.trace;
  const gap = Math.max(usualGap(samples) * GAPS, pixel * GAPS);
  let open: { readonly fn: number; readonly box: number }[] = [];
  let last = Number.NEGATIVE_INFINITY;
  let lastGoroutine = NO_ROW;
  let at = Math.max(0, firstTimeAfter(time, from, 0, samples.length) - 1);
  while (at < samples.length && time[at]! < to) {
    const begin = time[at]!;
    const next = firstFrom(time, (Math.floor(begin / pixel) + 1) * pixel, at + 1, samples.length);
    const until = next < samples.length ? time[next]! : begin + gap / GAPS;
    // A sample stands for the time up to the next one, but not for time in which the lane was idle.
    const entry = firstTimeAfter(ends, begin, 0, length);
    const runsUntil = entry < length && begins[entry]! <= begin ? ends[entry]! : begin + gap / GAPS;
    const end = Math.max(Math.min(until, begin + gap, Math.max(runsUntil, begin + pixel)), begin + pixel * 0.5);
    const shown = shownFrames(index, stack[at]!);
    const goesOn = begin - last <= gap && lastGoroutine === goroutine[at];
    const now: typeof open = [];
    let isSame = goesOn;
    for (const [depth, frame] of shown.entries()) {
      if (depth >= DEEPEST) break;
      const fn = frames.function[frame]!;
      const before = open[depth];
      isSame = isSame && before?.fn === fn;
      if (isSame) {
        out.extend(before!.box, end);
        now.push(before!);
      } else now.push({ fn, box: out.add(row, begin, end, styleOfName(fn), fn, depth) });
    }
    open = now;
    last = end;
    lastGoroutine = goroutine[at]!;
    at = next;
  }
}

const shownOf = new WeakMap<TraceIndex, Map<number, Uint32Array>>();

/** The frames of a stack, outermost first, without the one that only names its goroutine and without Node's own that call the program's. */
function shownFrames(index: TraceIndex, stack: number): Uint32Array {
  let known = shownOf.get(index);
  if (known === undefined) {
    known = new Map();
    shownOf.set(index, known);
  }
  let shown = known.get(stack);
  if (shown !== undefined) return shown;
  const { stacks, frames, strings } = index.trace;
  const all = stacks.frame.slice(stacks.start[stack]!, stacks.start[stack + 1]!).reverse();
  const isRuntime = (frame: number): boolean => RUNTIME.test(strings[frames.file[frame]!]!);
  let first = all.length > 0 && frames.line[all[0]!] === 0 ? 1 : 0;
  let own = first;
  while (own < all.length && isRuntime(all[own]!)) own++;
  if (own < all.length) first = own;
  shown = all.subarray(first);
  known.set(stack, shown);
  return shown;
}

const gaps = new WeakMap<TraceLane["samples"], number>();

/** How far samples are apart: the median. */
function usualGap(samples: TraceLane["samples"]): number {
  let gap = gaps.get(samples);
  if (gap === undefined) {
    const step = Math.max(1, Math.floor(samples.length / LOOKED));
    const found: number[] = [];
    for (let at = 1; at < samples.length; at += step) found.push(samples.time[at]! - samples.time[at - 1]!);
    found.sort((a, b) => a - b);
    gap = found[found.length >> 1] ?? 1e6;
    gaps.set(samples, gap);
  }
  return gap;
}

/** The regions of a goroutine at one depth, in the order of time; they do not overlap. */
interface RegionRow {
  readonly from: Float64Array;
  readonly to: Float64Array;
  readonly name: Uint32Array;
}

const regionRows = new WeakMap<TraceIndex, Map<number, readonly RegionRow[]>>();

function regionRowsOf(index: TraceIndex, goroutine: number): readonly RegionRow[] {
  let known = regionRows.get(index);
  if (known === undefined) {
    known = new Map();
    regionRows.set(index, known);
  }
  let rows = known.get(goroutine);
  if (rows !== undefined) return rows;
  const { regions } = index;
  const found: number[][] = Array.from({ length: DEEPEST }, () => []);
  for (let at = 0; at < regions.length; at++) {
    if (regions.goroutine[at] === goroutine) found[regions.depth[at]!]?.push(at);
  }
  rows = found.map((all) => {
    all.sort((a, b) => regions.from[a]! - regions.from[b]!);
    return {
      from: Float64Array.from(all, (at) => regions.from[at]!),
      to: Float64Array.from(all, (at) => regions.to[at]!),
      name: Uint32Array.from(all, (at) => regions.name[at]!),
    };
  });
  known.set(goroutine, rows);
  return rows;
}

function regionBoxes(
  index: TraceIndex,
  goroutine: number,
  { from, to, pixel }: ViewAsked,
  row: number,
  out: BoxWriter,
): void {
  for (const [depth, { from: begins, to: ends, name }] of regionRowsOf(index, goroutine).entries()) {
    const { length } = begins;
    for (let at = firstTimeAfter(ends, from, 0, length); at < length && begins[at]! < to; ) {
      const isNarrow = ends[at]! - begins[at]! < pixel;
      out.add(row, begins[at]!, ends[at]!, styleOfName(name[at]!), isNarrow ? -1 : name[at]!, depth);
      // What begins in the same pixel is not seen.
      at = isNarrow ? firstFrom(begins, begins[at]! + pixel, at + 1, length) : at + 1;
    }
  }
}
