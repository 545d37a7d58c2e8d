// Hot: runs with every frame of a zoom, 16 ms, for each of 60 rows on screen. Bench: bench/src/trace-pages.ts, "view p95 ms".

import type { Trace } from "@pprof-ts/profile";
import { firstSpanFrom, NO_ROW, SPAN_STATE, spanEnd, type TraceIndex, toldOfWait } from "@pprof-ts/report";
import { BOX_STYLES, type BoxStyle, type ViewAsked } from "../../../session/trace-protocol.ts";
import type { BoxWriter } from "./box-writer.ts";
import { firstFrom } from "./lane-boxes.ts";

const style = (name: BoxStyle): number => BOX_STYLES.indexOf(name);

/** What is waited for, by the words of the reason. */
const WAITS: readonly (readonly [reason: RegExp, style: number])[] = [
  [/^network/, style("network")],
  [/chan|sync|select \(no|mutex|lock/i, style("sync")],
  [/sleep/, style("sleep")],
];
const OF_STATE: Readonly<Record<number, number>> = {
  [SPAN_STATE.running]: style("running"),
  [SPAN_STATE.ready]: style("ready"),
  [SPAN_STATE.call]: style("call"),
};
/** Spans that are narrower than a pixel are put together in cells of so many pixels. */
const CELL = 2;
/** So many spans of a cell are looked at to find its colour. */
const LOOKED = 6;

/** What is waited for runs on another thread meanwhile. */
const POOLED = /^\((file|crypto|zlib|worker|child process)\)$/;

/** How a wait looks. */
interface WaitLook {
  readonly style: number;
  /** A row of the strings; -1: none. */
  readonly label: number;
}

/** How waits look, by their reasons and stacks. */
export function waitLooks(trace: Trace): (reason: number, stack: number) => WaitLook {
  const known = new Map<number, WaitLook>();
  return (reason, stack) => {
    const key = reason * trace.stacks.length + stack;
    let look = known.get(key);
    if (look === undefined) {
      const told = toldOfWait(trace, stack);
      const isPooled = told !== NO_ROW && POOLED.test(trace.strings[told]!);
      const ofReason = WAITS.find(([pattern]) => pattern.test(trace.strings[reason]!))?.[1] ?? style("waiting");
      look = { style: isPooled ? style("pool") : ofReason, label: told === NO_ROW ? reason || -1 : told };
      known.set(key, look);
    }
    return look;
  };
}

/** Writes boxes for the states of a goroutine. */
export function goroutineBoxes(
  index: TraceIndex,
  goroutine: number,
  { from, to, pixel }: ViewAsked,
  row: number,
  waitLook: (reason: number, stack: number) => WaitLook,
  out: BoxWriter,
): void {
  const { goroutines, spans } = index;
  const end = goroutines.spanEnd[goroutine]!;
  const cell = pixel * CELL;
  let last = -1;
  const until = Math.min(to, goroutines.to[goroutine]!);
  const styleOf = (span: number): number =>
    OF_STATE[spans.state[span]!] ?? waitLook(spans.reason[span]!, spans.stack[span]!).style;
  const labelOf = (span: number): number =>
    spans.state[span] === SPAN_STATE.waiting
      ? waitLook(spans.reason[span]!, spans.stack[span]!).label
      : spans.reason[span]! || -1;
  for (let span = firstSpanFrom(index, goroutine, from); span < end; ) {
    const begins = spans.from[span]!;
    if (begins >= until) break;
    const ends = spanEnd(index, goroutine, span);
    if (ends - begins >= pixel) {
      out.add(row, begins, ends, styleOf(span), labelOf(span));
      span++;
      continue;
    }
    const left = Math.floor(begins / cell) * cell;
    let next = firstFrom(spans.from, left + cell, span + 1, end);
    if (next - 1 > span && spanEnd(index, goroutine, next - 1) - spans.from[next - 1]! >= pixel) next--;
    last = mostOf(span, next, last);
    out.addPixel(row, begins, spanEnd(index, goroutine, next - 1), last);
    span = next;
  }

  /** The style of what takes the most of a cell. Running counts four times, so that it is not lost; the style of the cell before counts twice, so that cells do not flicker. */
  function mostOf(first: number, next: number, before: number): number {
    const step = Math.max(1, Math.floor((next - first) / LOOKED));
    let best = first;
    let most = 0;
    for (let span = first; span < next; span += step) {
      const weight = (spans.state[span] === SPAN_STATE.running ? 4 : 1) * (styleOf(span) === before ? 2 : 1);
      const nanos = (spanEnd(index, goroutine, span) - spans.from[span]!) * weight;
      if (nanos <= most) continue;
      most = nanos;
      best = span;
    }
    return styleOf(best);
  }
}
