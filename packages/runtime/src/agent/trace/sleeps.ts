import type { TraceRecord } from "./record-table.ts";

/** A time in which the event loop slept. */
export interface Sleep {
  readonly from: number;
  readonly to: number;
}

/** Shorter sleeps are left out. */
const LEAST_NANOS = 10_000;

/**
 * When the event loop slept. It sleeps once a turn, and libuv tells for how long, but not when. So the place is looked for: the sleep
 * must lie between two moments at which something ran, with enough room, and it ends at the second, for that is what woke the loop.
 *
 * V8 samples by a signal, and of a sleep that a signal interrupts libuv tells only the rest. So where samples found the loop idle, it
 * is taken to have slept since the last moment at which something ran.
 *
 * `busy` are the times at which something ran, `idle` those at which samples found that nothing did; both in order.
 */
export function sleepsOf(
  records: readonly TraceRecord[],
  busy: readonly number[],
  idle: readonly number[] = [],
): Sleep[] {
  const sleeps: Sleep[] = [];
  let last = 0;
  let turned: number | undefined;
  let told: TraceRecord[] = [];
  let at = 0;
  let seen = 0;
  for (const record of records) {
    if (record.name === "woke") told.push(record);
    if (record.name !== "turn") continue;
    const { time, id } = record;
    const from = Math.max(turned ?? time - id * 1000, last);
    const points = [from];
    for (; at < busy.length && busy[at]! <= time; at++) if (busy[at]! > from) points.push(busy[at]!);
    points.push(time);
    const slept = Math.min(id * 1000, time - from);
    let asleep: number | undefined;
    for (; seen < idle.length && idle[seen]! <= time; seen++) if (idle[seen]! > from) asleep = idle[seen];
    const found =
      asleep === undefined ? (slept >= LEAST_NANOS ? place(points, slept, told) : undefined) : around(points, asleep);
    if (found !== undefined && found.to - found.from >= LEAST_NANOS) {
      sleeps.push(found);
      last = found.to;
    }
    turned = time;
    told = [];
  }
  return sleeps;
}

/** The time between the two neighbouring points around this one. */
function around(points: readonly number[], time: number): Sleep {
  const next = points.findIndex((point) => point > time);
  const at = next < 0 ? points.length - 1 : next;
  return { from: points[at - 1]!, to: points[at]! };
}

/** In the turn whose begin, busy times and end are `points`; `told`: how long it had slept at some of them. */
function place(points: readonly number[], slept: number, told: readonly TraceRecord[]): Sleep | undefined {
  const hadSlept = ({ id }: TraceRecord): boolean => id * 2000 >= slept;
  const least = told.findLast((record) => !hadSlept(record))?.time ?? points[0]!;
  const most = told.find(hadSlept)?.time ?? points.at(-1)!;
  let found: Sleep | undefined;
  let room = 0;
  for (let i = 1; i < points.length; i++) {
    const [begin, end] = [points[i - 1]!, points[i]!];
    if (begin < least || end > most) continue;
    const fits = Math.min(end - begin, slept);
    // Where it fits between several pairs of points it is the last: the loop woke for what ran next.
    if (fits >= room) found = { from: end - fits, to: end };
    room = Math.max(room, fits);
  }
  return found;
}

/** The share of time for which the loop did not sleep, from one record of the heap's size to the next. */
export function utilization(
  records: readonly TraceRecord[],
  sleeps: readonly Sleep[],
): { readonly time: number; readonly percent: number }[] {
  const found: { time: number; percent: number }[] = [];
  let before: number | undefined;
  let at = 0;
  for (const { name, time } of records) {
    if (name !== "heap") continue;
    if (before !== undefined && time > before) {
      let slept = 0;
      while (at < sleeps.length && sleeps[at]!.to <= before) at++;
      for (let i = at; i < sleeps.length && sleeps[i]!.from < time; i++) {
        slept += Math.min(sleeps[i]!.to, time) - Math.max(sleeps[i]!.from, before);
      }
      found.push({ time, percent: Math.round(1000 * (1 - slept / (time - before))) / 10 });
    }
    before = time;
  }
  return found;
}
