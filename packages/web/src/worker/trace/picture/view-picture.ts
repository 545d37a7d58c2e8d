import { firstTimeAfter, type TraceCounter, type TraceIndex } from "@pprof-ts/report";
import {
  BOX_STYLES,
  type CounterLine,
  type ViewAsked,
  type ViewPicture,
  type ViewRow,
} from "../../../session/trace-protocol.ts";
import { BoxWriter } from "./box-writer.ts";
import { goroutineBoxes, waitLooks } from "./goroutine-boxes.ts";
import { laneBoxes } from "./lane-boxes.ts";
import { stackBoxes } from "./stack-boxes.ts";

/** Draws rows of one trace. */
export function viewer(index: TraceIndex): (asked: ViewAsked) => ViewPicture {
  const waitLook = waitLooks(index.trace);
  return (asked) => {
    const out = new BoxWriter(index.trace.strings);
    const lines: CounterLine[] = [];
    const draw: Readonly<Record<ViewRow["kind"], (of: number, row: number) => void>> = {
      lane: (of, row) => laneBoxes(index, index.lanes[of]!, asked, row, out),
      stack: (of, row) => stackBoxes(index, index.lanes[of]!, asked, row, out),
      stops: (_, row) => stopBoxes(index, asked, row, out),
      counter: (of, row) => lines.push(counterLine(index.counters[of]!, asked, row)),
      task: (of, row) => taskBox(index, of, row, out),
      goroutine: (of, row) => goroutineBoxes(index, of, asked, row, waitLook, out),
    };
    for (const [row, { kind, of }] of asked.rows.entries()) draw[kind](of, row);
    return { asked, ...out.end(), lines };
  };
}

const TASK = BOX_STYLES.indexOf("task");
const COLLECTION = BOX_STYLES.indexOf("gc");
const STOP = BOX_STYLES.indexOf("stop");

/** A task that has no goroutine of its own: nothing is known but when it was. */
function taskBox({ tasks }: TraceIndex, task: number, row: number, out: BoxWriter): void {
  out.add(row, tasks.from[task]!, tasks.to[task]!, TASK, tasks.name[task]!);
}

/** Collections, and in front of them what stood still. */
function stopBoxes({ stops }: TraceIndex, { from, to, pixel }: ViewAsked, row: number, out: BoxWriter): void {
  for (const isCollection of [1, 0]) {
    let drawn = Number.NEGATIVE_INFINITY;
    for (let at = 0; at < stops.length; at++) {
      if (stops.isCollection[at] !== isCollection || stops.to[at]! <= from || stops.from[at]! >= to) continue;
      if (stops.to[at]! - drawn < pixel) continue;
      drawn = stops.to[at]!;
      out.add(row, stops.from[at]!, stops.to[at]!, isCollection === 1 ? COLLECTION : STOP, stops.name[at]! || -1);
    }
  }
}

const mosts = new WeakMap<TraceCounter, number>();
/** A pixel in which a counter has more values is told by so many of them. */
const LOOKED = 32;

function counterLine(counter: TraceCounter, { from, to, pixel }: ViewAsked, row: number): CounterLine {
  const { time, value } = counter;
  let most = mosts.get(counter);
  if (most === undefined) {
    most = value.reduce((most, value) => Math.max(most, value), 0);
    mosts.set(counter, most);
  }
  const pixels = Math.max(1, Math.ceil((to - from) / pixel));
  const low = new Float64Array(pixels).fill(Number.NaN);
  const high = new Float64Array(pixels).fill(Number.NaN);
  let next = firstTimeAfter(time, from, 0, time.length);
  let now = next > 0 ? value[next - 1]! : Number.NaN;
  for (let x = 0; x < pixels; x++) {
    const end = firstTimeAfter(time, from + (x + 1) * pixel, next, time.length);
    let [least, largest] = [now, now];
    const step = Math.max(1, Math.floor((end - next) / LOOKED));
    for (let at = next; at < end; at += step) {
      least = Number.isNaN(least) ? value[at]! : Math.min(least, value[at]!);
      largest = Number.isNaN(largest) ? value[at]! : Math.max(largest, value[at]!);
    }
    low[x] = least;
    high[x] = largest;
    if (end > next) now = value[end - 1]!;
    next = end;
  }
  return { row, low, high, most, unit: counter.unit };
}
