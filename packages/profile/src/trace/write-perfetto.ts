import { WireWriter } from "../proto/wire.ts";
import { goroutineNames, statesOf } from "./states.ts";
import { NO_THREAD, TRACE_EVENTS, type Trace, type TraceEventName } from "./trace.ts";

// Numbers of fields of perfetto.protos, by message.
const PACKET = {
  clock: 58,
  time: 8,
  sequence: 10,
  interned: 12,
  flags: 13,
  event: 11,
  defaults: 59,
  descriptor: 60,
  sample: 66,
  first: 87,
};
const DESCRIPTOR = { uuid: 1, name: 2, process: 3, thread: 4, parent: 5, counter: 8 };
const EVENT = { categories: 3, annotations: 4, type: 9, name: 10, track: 11, value: 30, stack: 56 };
const INTERNED = { categories: 1, names: 2, annotations: 3, functions: 5, frames: 6, stacks: 7, files: 18 };
const SLICE_BEGIN = 1;
const SLICE_END = 2;
const INSTANT = 3;
const COUNTER = 4;
/** The clock of the times, BOOTTIME: a trace has one alone, so any will do. */
const CLOCK = 6;
const SEQUENCE = 1;
/** State is thrown away; what comes needs state. */
const CLEARED = 1;
const NEEDS_STATE = 2;
const BYTES_UNIT = 3;
const USER_MODE = 2;

const PID = 1;
/** Tracks by number: of the process, of threads, of counters, of goroutines. */
const PROCESS_TRACK = 1;
const THREADS = 10;
const COUNTERS = 1_000_000;
const GOROUTINES = 2_000_000;

/**
 * Writes a trace as Perfetto's protobuf: a track a thread with what runs there, one a goroutine with what it does and waits for and
 * the stack of that, counters, logs, and CPU samples with their stacks.
 */
export function writePerfetto(trace: Trace): Uint8Array {
  return new PerfettoWriter(trace).write();
}

/** Something that comes at a time, in whose order packets are best written. */
interface Timed {
  readonly time: number;
  write(): void;
}

class PerfettoWriter {
  readonly #trace: Trace;
  readonly #out = new WireWriter(1 << 16);
  readonly #names: Map<number, string>;
  /** What was told once and is referred to by number, for each kind of it. */
  readonly #known = new Map<number, Map<string, number>>();
  /** What the next packet has to tell of that. */
  #pending: (() => void)[] = [];
  #first = true;
  readonly #tracks = new Set<number>();

  constructor(trace: Trace) {
    this.#trace = trace;
    this.#names = goroutineNames(trace);
  }

  write(): Uint8Array {
    this.#track(PROCESS_TRACK, 0, "", () => {
      const process = this.#out.open(DESCRIPTOR.process);
      this.#out.uintField(1, PID);
      this.#text(6, "node");
      this.#out.close(process);
    });
    const timed = [...this.#spans(), ...this.#others()];
    timed.sort((a, b) => a.time - b.time);
    for (const one of timed) one.write();
    return this.#out.finish();
  }

  *#spans(): Generator<Timed> {
    const { strings } = this.#trace;
    for (const { goroutine, state, from, to, thread, reason, stack } of statesOf(this.#trace)) {
      if (from === to) continue;
      const name = this.#names.get(goroutine) ?? `goroutine ${goroutine}`;
      const runs = state === "running" || state === "call";
      if (runs) yield* this.#slice(this.#threadTrack(thread), name, "run", from, to, 0);
      const what = state === "waiting" ? strings[reason]! || "waits" : state === "ready" ? "waits for the loop" : state;
      yield* this.#slice(() => this.#goroutineTrack(goroutine, name), what, "state", from, to, stack);
    }
  }

  *#slice(
    track: number | (() => number),
    name: string,
    category: string,
    from: number,
    to: number,
    stack: number,
  ): Generator<Timed> {
    const numberOf = typeof track === "number" ? () => track : track;
    yield {
      time: from,
      write: () => this.#event(from, SLICE_BEGIN, numberOf(), { name, category, stack }),
    };
    yield { time: to, write: () => this.#event(to, SLICE_END, numberOf(), {}) };
  }

  *#others(): Generator<Timed> {
    const { events, strings } = this.#trace;
    const tellers: Partial<Readonly<Record<TraceEventName, (i: number, time: number) => void>>> = {
      log: (i, time) => {
        const track = this.#threadTrack(events.thread[i]!);
        this.#event(time, INSTANT, track, {
          name: strings[events.b[i]!]!,
          category: "log",
          value: strings[events.c[i]!]!,
        });
      },
      heap: (i, time) => this.#count(time, "heap", events.a[i]!),
      "heap-goal": (i, time) => this.#count(time, "heap goal", events.a[i]!),
      counter: (i, time) => this.#count(time, strings[events.a[i]!]!, events.b[i]!),
      "stop-begin": (i, time) =>
        this.#event(time, INSTANT, this.#threadTrack(events.thread[i]!), {
          name: strings[events.a[i]!]!,
          category: "gc",
        }),
      sample: (i, time) => this.#sample(time, events.thread[i]!, events.stack[i]!),
    };
    for (let i = 0; i < events.length; i++) {
      const tell = tellers[TRACE_EVENTS[events.kind[i]!]!.name];
      const time = events.time[i]!;
      if (tell !== undefined) yield { time, write: () => tell(i, time) };
    }
  }

  #sample(time: number, thread: number, stack: number): void {
    const iid = this.#stack(stack);
    this.#packet(time, () => {
      const sample = this.#out.open(PACKET.sample);
      this.#out.uintField(1, 0, true);
      this.#out.uintField(2, PID);
      this.#out.uintField(3, thread + 1);
      this.#out.uintField(4, iid);
      this.#out.uintField(5, USER_MODE);
      this.#out.close(sample);
    });
  }

  #count(time: number, name: string, value: number): void {
    const track = COUNTERS + this.#iid(-1, name);
    this.#track(track, PROCESS_TRACK, name, () => {
      const counter = this.#out.open(DESCRIPTOR.counter);
      if (name.startsWith("heap")) this.#out.uintField(3, BYTES_UNIT);
      this.#out.close(counter);
    });
    this.#event(time, COUNTER, track, { count: value });
  }

  #threadTrack(thread: number): number {
    const number = thread === NO_THREAD ? 0 : thread;
    return this.#track(THREADS + number, PROCESS_TRACK, "", () => {
      const own = this.#out.open(DESCRIPTOR.thread);
      this.#out.uintField(1, PID);
      this.#out.uintField(2, number + 1);
      this.#text(5, number === 0 ? "event loop" : `thread ${number + 1}`);
      this.#out.close(own);
    });
  }

  #goroutineTrack(goroutine: number, name: string): number {
    return this.#track(GOROUTINES + goroutine, PROCESS_TRACK, name, () => {});
  }

  /** The track, which is described where it is new. */
  #track(uuid: number, parent: number, name: string, more: () => void): number {
    if (this.#tracks.has(uuid)) return uuid;
    this.#tracks.add(uuid);
    this.#packet(undefined, () => {
      const descriptor = this.#out.open(PACKET.descriptor);
      this.#out.uintField(DESCRIPTOR.uuid, uuid);
      if (name !== "") this.#text(DESCRIPTOR.name, name);
      if (parent !== 0) this.#out.uintField(DESCRIPTOR.parent, parent);
      more();
      this.#out.close(descriptor);
    });
    return uuid;
  }

  #event(
    time: number,
    type: number,
    track: number,
    say: {
      readonly name?: string;
      readonly category?: string;
      readonly value?: string;
      readonly count?: number;
      readonly stack?: number;
    },
  ): void {
    const name = say.name === undefined ? 0 : this.#named(INTERNED.names, say.name);
    const category = say.category === undefined ? 0 : this.#named(INTERNED.categories, say.category);
    const annotation = say.value === undefined ? 0 : this.#named(INTERNED.annotations, "value");
    const stack = say.stack ? this.#stack(say.stack) : 0;
    this.#packet(time, () => {
      const event = this.#out.open(PACKET.event);
      this.#out.uintField(EVENT.categories, category);
      if (annotation !== 0) {
        const own = this.#out.open(EVENT.annotations);
        this.#out.uintField(1, annotation);
        this.#text(6, say.value!);
        this.#out.close(own);
      }
      this.#out.uintField(EVENT.type, type);
      this.#out.uintField(EVENT.name, name);
      this.#out.uintField(EVENT.track, track);
      if (say.count !== undefined) this.#out.uintField(EVENT.value, Math.round(say.count), true);
      this.#out.uintField(EVENT.stack, stack);
      this.#out.close(event);
    });
  }

  /** `time`: undefined for what holds at any. */
  #packet(time: number | undefined, write: () => void): void {
    const packet = this.#out.open(1);
    if (time !== undefined) {
      this.#out.uintField(PACKET.time, Math.round(time), true);
      this.#out.uintField(PACKET.clock, CLOCK);
    }
    this.#out.uintField(PACKET.sequence, SEQUENCE);
    this.#out.uintField(PACKET.flags, this.#first ? CLEARED | NEEDS_STATE : NEEDS_STATE);
    if (this.#first) {
      this.#first = false;
      this.#out.uintField(PACKET.first, 1);
      const defaults = this.#out.open(PACKET.defaults);
      this.#out.uintField(58, CLOCK);
      this.#out.close(defaults);
    }
    if (this.#pending.length > 0) {
      const interned = this.#out.open(PACKET.interned);
      for (const tell of this.#pending) tell();
      this.#pending = [];
      this.#out.close(interned);
    }
    write();
    this.#out.close(packet);
  }

  /** The number of what is told once; `kind`: the field of `InternedData` it is told by. */
  #iid(kind: number, key: string, tell?: (iid: number) => void): number {
    let rows = this.#known.get(kind);
    if (rows === undefined) {
      rows = new Map();
      this.#known.set(kind, rows);
    }
    const known = rows.get(key);
    if (known !== undefined) return known;
    const iid = rows.size + 1;
    rows.set(key, iid);
    if (tell !== undefined) this.#pending.push(() => tell(iid));
    return iid;
  }

  #named(kind: number, name: string): number {
    return this.#iid(kind, name, (iid) => {
      const own = this.#out.open(kind);
      this.#out.uintField(1, iid);
      this.#text(2, name);
      this.#out.close(own);
    });
  }

  #stack(stack: number): number {
    const { stacks } = this.#trace;
    const rows = stacks.frame.subarray(stacks.start[stack]!, stacks.start[stack + 1]!);
    // The outermost comes first there.
    const iids = Array.from(rows, (frame) => this.#frame(frame)).reverse();
    return this.#iid(INTERNED.stacks, iids.join(), (iid) => {
      const own = this.#out.open(INTERNED.stacks);
      this.#out.uintField(1, iid);
      for (const frame of iids) this.#out.uintField(2, frame);
      this.#out.close(own);
    });
  }

  #frame(frame: number): number {
    const { frames, strings } = this.#trace;
    const name = this.#named(INTERNED.functions, strings[frames.function[frame]!]!);
    const file = this.#named(INTERNED.files, strings[frames.file[frame]!]!);
    const line = frames.line[frame]!;
    return this.#iid(INTERNED.frames, `${name} ${file} ${line}`, (iid) => {
      const own = this.#out.open(INTERNED.frames);
      this.#out.uintField(1, iid);
      this.#out.uintField(2, name);
      this.#out.uintField(5, file);
      this.#out.uintField(6, line);
      this.#out.close(own);
    });
  }

  #text(field: number, text: string): void {
    this.#out.bytesField(field, UTF8.encode(text));
  }
}

const UTF8 = new TextEncoder();
