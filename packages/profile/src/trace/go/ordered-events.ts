// Hot: finds which of 20 million events of a trace comes next; they are read in some 15 s. Threads' next events are kept in order, and what a
// kind of event is like is looked up by its number. Bench: bench/src/trace-pages.ts.

import { ProfileError } from "../../error.ts";
import { NO_THREAD } from "../trace.ts";
import { advance, type GoTraceEvent } from "./advance.ts";
import { GO_EVENTS, type GoEvent } from "./events.ts";
import { type Batch, type CpuSample, type Generation, generations, TraceReader } from "./generations.ts";
import { Schedule } from "./schedule.ts";

/** An event of a thread, and what that had before it; or a CPU sample. */
export interface Ordered {
  readonly generation: Generation;
  /** In nanoseconds; no two are equal. */
  readonly time: number;
  readonly thread: number;
  readonly proc: number | undefined;
  readonly goroutine: number | undefined;
  readonly event: GoTraceEvent | undefined;
  readonly sample: CpuSample | undefined;
  /** Whether the goroutine or proc that a status is of was not known before. */
  readonly isNew: boolean;
}

/** By the number of an event. */
const EVENT_OF: readonly (GoEvent | undefined)[] = Array.from({ length: 256 }, (_, type) => GO_EVENTS[type]);
const IS_PROC_STATUS: readonly boolean[] = EVENT_OF.map((event) => event?.name === "ProcStatus");
const IS_STATUS: readonly boolean[] = EVENT_OF.map((event) => event?.name.startsWith("GoStatus") === true);

/** The event of a thread that comes next. */
class Cursor {
  readonly thread: number;
  event: GoTraceEvent | undefined;
  readonly #generation: Generation;
  readonly #bytes: Uint8Array;
  readonly #batches: readonly Batch[];
  #at = -1;
  #reader: TraceReader;
  #time = 0;

  constructor(bytes: Uint8Array, thread: number, batches: readonly Batch[], generation: Generation) {
    this.thread = thread;
    this.#bytes = bytes;
    this.#batches = batches;
    this.#generation = generation;
    this.#reader = new TraceReader(bytes, 0, 0);
    this.next();
  }

  next(): void {
    while (this.#reader.pos >= this.#reader.end) {
      const batch = this.#batches[++this.#at];
      this.event = undefined;
      if (batch === undefined) return;
      this.#reader = new TraceReader(this.#bytes, batch.start, batch.end);
      this.#time = Math.trunc(batch.time * this.#generation.nanosPerTick);
    }
    const reader: TraceReader = this.#reader;
    const at = reader.pos;
    const type = reader.byte();
    const known = EVENT_OF[type];
    if (known === undefined) reader.fail(`an event of the unknown kind ${type}`, at);
    this.#time += Math.trunc(reader.size() * this.#generation.nanosPerTick);
    const kinds = known.args;
    const args: number[] = [];
    for (let i = 0; i < kinds.length; i++) args.push(reader.size());
    for (let i = 0; i < kinds.length; i++) {
      const kind = kinds[i]!;
      const row = args[i]!;
      if (kind === "number" || row === 0) continue;
      const { strings, stacks, number } = this.#generation;
      if (!(kind === "string" ? strings : stacks).has(row))
        reader.fail(`${known.name} has ${kind} ${row}, which generation ${number} has not`, at);
    }
    this.event = { type, time: this.#time, args };
  }
}

/**
 * The events of a Go trace in order, as `go tool trace` puts them: by their times, as far as the one that would be next may be so.
 * Throws at what that would refuse.
 */
export function* orderedEvents(bytes: Uint8Array): Generator<Ordered> {
  const schedule = new Schedule();
  let last = 0;
  const later = (time: number): number => {
    last = Math.max(time, last + 1);
    return last;
  };
  for (const generation of generations(bytes)) {
    schedule.begin(generation.number, generation.strings);
    // What Go tells of where a generation begins has a time as well.
    later(earliest(generation) ?? last);
    const { nanosPerTick } = generation;
    const samples = generation.samples
      .map((sample) => ({ sample, time: Math.trunc(sample.time * nanosPerTick) }))
      .sort((a, b) => a.time - b.time);
    let sampled = 0;
    const cursors = Array.from(
      generation.batches,
      ([thread, batches]) => new Cursor(bytes, thread, batches, generation),
    )
      .filter(({ event }) => event !== undefined)
      .sort((a, b) => a.event!.time - b.event!.time);
    for (;;) {
      const first = cursors[0]?.event?.time ?? Number.POSITIVE_INFINITY;
      const next = samples[sampled];
      if (next !== undefined && next.time < first) {
        sampled++;
        const { thread } = next.sample;
        const none = { proc: undefined, goroutine: undefined, event: undefined, isNew: false };
        yield { ...none, generation, time: later(next.time), thread, sample: next.sample };
      } else if (cursors.length === 0) break;
      else yield advanced(cursors, schedule, generation, later);
    }
  }
}

function advanced(
  cursors: Cursor[],
  schedule: Schedule,
  generation: Generation,
  later: (time: number) => number,
): Ordered {
  for (let at = 0; at < cursors.length; at++) {
    const cursor = cursors[at]!;
    const { event, thread } = cursor;
    const { proc, goroutine } = schedule.thread(thread);
    const isNew = isNewcomer(schedule, event!);
    if (!advance(schedule, event!, thread)) continue;
    cursor.next();
    moveBack(cursors, at);
    return { generation, time: later(event!.time), thread, proc, goroutine, event, sample: undefined, isNew };
  }
  throw new ProfileError(`no event may come next: ${cursors.map(described).join(", ")}`);
}

/** Puts a cursor whose event is another one where its time belongs, or away where it has none. */
function moveBack(cursors: Cursor[], at: number): void {
  const cursor = cursors[at]!;
  const { event } = cursor;
  let to = at;
  while (to + 1 < cursors.length && (event === undefined || cursors[to + 1]!.event!.time < event.time)) {
    cursors[to] = cursors[to + 1]!;
    to++;
  }
  cursors[to] = cursor;
  if (event === undefined) cursors.pop();
}

/** Whether what the status is of is told of for the first time. */
function isNewcomer({ goroutines, procs }: Schedule, { type, args }: GoTraceEvent): boolean {
  if (IS_PROC_STATUS[type]) return !procs.has(args[0]!);
  return IS_STATUS[type]! && !goroutines.has(args[0]!);
}

/** Undefined where there is nothing but samples, as at the end of a program's trace. */
function earliest({ batches, nanosPerTick }: Generation): number | undefined {
  const times = Array.from(batches.values(), ([batch]) => batch!.time);
  if (times.length === 0) return undefined;
  return Math.trunc(times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY) * nanosPerTick) || 0;
}

function described({ event, thread }: Cursor): string {
  const { type, args } = event!;
  const where = thread === NO_THREAD ? "no thread" : `thread ${thread}`;
  return `${GO_EVENTS[type]!.name}(${args.join(", ")}) on ${where}`;
}
