import { ProfileError } from "../../error.ts";
import { BYTES, FIXED32, FIXED64, VARINT, WireReader } from "../../proto/wire.ts";
import type { ReadTrace } from "../read-trace.ts";
import type { TraceFrame } from "../trace-builder.ts";
import { type Lane, SliceTrace } from "./slice-trace.ts";

/** What a message holds: of each field its values, numbers or the bytes of a text or message. */
type Fields = ReadonlyMap<number, readonly (number | Uint8Array)[]>;

/** What is told once in a sequence of packets and referred to by number, by the field of `InternedData`. */
type Interned = Map<number, Map<number, Fields>>;

/** A sequence of packets, as one writer has written them. */
interface Sequence {
  interned: Interned;
  /** Which clock and track its packets mean where they do not say. */
  clock: number;
  track: string | undefined;
  /** Clocks of its own, which count on from packet to packet. */
  readonly clocks: Map<number, { readonly unit: number; nanos: number; readonly adds: boolean }>;
}

// Numbers of fields of perfetto.protos, by message.
const PACKET = {
  time: 8,
  sequence: 10,
  event: 11,
  interned: 12,
  flags: 13,
  clear: 41,
  clock: 58,
  defaults: 59,
  track: 60,
};
const SNAPSHOT = 6;
const SAMPLE = 66;
/** What most packets have one of. */
const PACKETS: ReadonlySet<number> = new Set([
  1, 2, 6, 8, 10, 11, 12, 13, 33, 36, 41, 42, 43, 44, 58, 59, 60, 66, 87, 90,
]);
const EVENT = {
  delta: 1,
  categoryIid: 3,
  type: 9,
  nameIid: 10,
  track: 11,
  absolute: 16,
  category: 22,
  name: 23,
  legacy: 6,
};
const COUNT = { whole: 30, double: 44 };
const NAMES = 2;
const FUNCTIONS = 5;
const FRAMES = 6;
const STACKS = 7;
const FILES = 18;
const CLEARED = 1;
/** Types of events, and phases of those that are as Chrome's were. */
const [SLICE_BEGIN, SLICE_END, INSTANT, COUNTER] = [1, 2, 3, 4];
const PHASES: Readonly<Record<number, number>> = { 66: SLICE_BEGIN, 69: SLICE_END, 73: INSTANT, 105: INSTANT };
const WHOLE_PHASE = 88;
/** Clocks from this number on are a sequence's own. */
const OWN_CLOCKS = 64;
const NO_TRACK = "0";
const UTF8 = new TextDecoder();

/** Whether these bytes look like Perfetto's: packets, one after the other. */
export function isPerfetto(bytes: Uint8Array): boolean {
  if (bytes[0] !== PACKET_TAG) return false;
  try {
    const reader = new WireReader(bytes, 1);
    const end = reader.byteLength() + reader.pos;
    const fields = fieldsOf(bytes.subarray(reader.pos, end));
    return (
      (end === bytes.length || bytes[end] === PACKET_TAG) && [...fields.keys()].some((field) => PACKETS.has(field))
    );
  } catch {
    return false;
  }
}

const PACKET_TAG = 0x0a;

/** Reads what tracks of a trace of Perfetto hold: slices, instants and counters, and CPU samples; see `SliceTrace`. */
export function readPerfetto(bytes: Uint8Array): ReadTrace {
  const read = new PerfettoReader();
  const reader = new WireReader(bytes);
  let broken: string | undefined;
  try {
    while (reader.pos < bytes.length) {
      const tag = reader.size();
      if (tag !== PACKET_TAG) {
        reader.skip(tag & 7);
        continue;
      }
      const length = reader.byteLength();
      const packet = bytes.subarray(reader.pos, reader.pos + length);
      reader.pos += length;
      read.packet(fieldsOf(packet));
    }
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    broken = error.message.replace("malformed profile", "malformed trace");
  }
  const trace = read.slices.build();
  if (trace === undefined) throw new ProfileError(broken ?? "the trace holds no slices");
  return { trace, broken };
}

class PerfettoReader {
  readonly slices: SliceTrace = new SliceTrace();
  readonly #sequences = new Map<number, Sequence>();
  /** By their numbers: what tracks are called, and which are counters. */
  readonly #counters = new Map<string, string>();
  /** By process and thread, the lanes of samples. */
  readonly #threads = new Map<number, string>();

  packet(packet: Fields): void {
    const id = numberIn(packet, PACKET.sequence) ?? 0;
    let sequence = this.#sequences.get(id);
    if (sequence === undefined) {
      sequence = { interned: new Map(), clock: 0, track: undefined, clocks: new Map() };
      this.#sequences.set(id, sequence);
    }
    if (((numberIn(packet, PACKET.flags) ?? 0) & CLEARED) !== 0 || numberIn(packet, PACKET.clear) === 1) {
      sequence.interned = new Map();
    }
    this.#intern(sequence, messageIn(packet, PACKET.interned));
    this.#defaults(sequence, messageIn(packet, PACKET.defaults));
    this.#clocks(sequence, messageIn(packet, SNAPSHOT));
    const track = messageIn(packet, PACKET.track);
    if (track !== undefined) this.#track(track);
    const nanos = this.#nanos(sequence, packet);
    const event = messageIn(packet, PACKET.event);
    if (event !== undefined) this.#event(sequence, event, nanos);
    const sample = messageIn(packet, SAMPLE);
    if (sample !== undefined) this.#sample(sequence, sample, nanos);
  }

  #intern({ interned }: Sequence, data: Fields | undefined): void {
    for (const [kind, rows] of data ?? []) {
      let known = interned.get(kind);
      if (known === undefined) {
        known = new Map();
        interned.set(kind, known);
      }
      for (const row of rows) {
        if (typeof row === "number") continue;
        const fields = fieldsOf(row);
        known.set(numberIn(fields, 1) ?? 0, fields);
      }
    }
  }

  #defaults(sequence: Sequence, defaults: Fields | undefined): void {
    if (defaults === undefined) return;
    sequence.clock = numberIn(defaults, PACKET.clock) ?? sequence.clock;
    const track = numberIn(messageIn(defaults, PACKET.event), EVENT.track);
    if (track !== undefined) sequence.track = String(track);
  }

  #clocks({ clocks }: Sequence, snapshot: Fields | undefined): void {
    const all = (snapshot?.get(1) ?? []).flatMap((clock) => (typeof clock === "number" ? [] : [fieldsOf(clock)]));
    // Where they stand by those that all share; without one of these, by themselves.
    const shared = all.find((clock) => (numberIn(clock, 1) ?? 0) < OWN_CLOCKS);
    for (const clock of all) {
      const id = numberIn(clock, 1) ?? 0;
      if (id < OWN_CLOCKS) continue;
      const unit = numberIn(clock, 4) ?? 1;
      const own = (numberIn(clock, 2) ?? 0) * unit;
      const nanos = shared === undefined ? own : (numberIn(shared, 2) ?? 0);
      clocks.set(id, { unit, nanos, adds: numberIn(clock, 3) === 1 });
    }
  }

  #nanos({ clock, clocks }: Sequence, packet: Fields): number {
    const time = numberIn(packet, PACKET.time) ?? 0;
    const own = clocks.get(numberIn(packet, PACKET.clock) ?? clock);
    if (own === undefined) return time;
    if (!own.adds) return time * own.unit;
    own.nanos += time * own.unit;
    return own.nanos;
  }

  #track(track: Fields): void {
    const key = String(numberIn(track, 1) ?? 0);
    const [thread, process] = [messageIn(track, 4), messageIn(track, 3)];
    const name = textIn(track, 2) || textIn(thread, 5) || textIn(process, 6) || textIn(track, 10);
    if (track.has(8)) this.#counters.set(key, name || `counter ${key}`);
    else this.slices.lane(key, name);
    const tid = numberIn(thread, 2);
    if (tid !== undefined) this.#threads.set(tid, key);
  }

  #event(sequence: Sequence, event: Fields, at: number): void {
    const key = String(numberIn(event, EVENT.track) ?? sequence.track ?? NO_TRACK);
    const legacy = messageIn(event, EVENT.legacy);
    const phase = numberIn(legacy, 2) ?? 0;
    const type = numberIn(event, EVENT.type) ?? PHASES[phase] ?? 0;
    const absolute = numberIn(event, EVENT.absolute);
    const nanos = absolute === undefined ? at : absolute * 1000;
    const name =
      textIn(event, EVENT.name) || this.#name(sequence, numberIn(event, EVENT.nameIid) ?? numberIn(legacy, 1));
    if (type === COUNTER) {
      const value = signed(numberIn(event, COUNT.whole)) ?? doubleIn(event, COUNT.double) ?? 0;
      this.slices.counter(nanos, this.#counters.get(key) ?? (name || `counter ${key}`), value);
      return;
    }
    const lane = this.slices.lane(key);
    if (type === SLICE_BEGIN) this.slices.begin(lane, nanos, name);
    else if (type === SLICE_END) this.slices.end(lane, nanos);
    else if (type === INSTANT) this.slices.instant(lane, nanos, name, saidBy(event));
    else if (phase === WHOLE_PHASE) this.slices.slice(lane, nanos, (numberIn(legacy, 3) ?? 0) * 1000, name);
  }

  #sample(sequence: Sequence, sample: Fields, nanos: number): void {
    const tid = numberIn(sample, 3) ?? 0;
    const lane: Lane = this.slices.lane(this.#threads.get(tid) ?? `thread ${tid}`);
    this.slices.sample(lane, nanos, this.#stack(sequence, numberIn(sample, 4) ?? 0));
  }

  #name({ interned }: Sequence, iid: number | undefined): string {
    return iid === undefined ? "" : textIn(interned.get(NAMES)?.get(iid), 2);
  }

  /** Leaf first; the outermost stands first there. */
  #stack({ interned }: Sequence, iid: number): TraceFrame[] {
    const frames = numbersIn(interned.get(STACKS)?.get(iid), 2);
    const of = (kind: number, row: number | undefined): string =>
      row === undefined ? "" : textIn(interned.get(kind)?.get(row), 2);
    return frames.reverse().map((row): TraceFrame => {
      const frame = interned.get(FRAMES)?.get(row);
      return [of(FUNCTIONS, numberIn(frame, 2)), of(FILES, numberIn(frame, 5)), numberIn(frame, 6) ?? 0];
    });
  }
}

/** What the first annotation of an event says. */
function saidBy(event: Fields): string {
  const said = messageIn(event, 4);
  return textIn(said, 6) || String(numberIn(said, 4) ?? numberIn(said, 3) ?? "");
}

function fieldsOf(bytes: Uint8Array): Fields {
  const fields = new Map<number, (number | Uint8Array)[]>();
  const reader = new WireReader(bytes);
  while (reader.pos < bytes.length) {
    const tag = reader.size();
    const field = Math.floor(tag / 8);
    const type = tag % 8;
    let value: number | Uint8Array | undefined;
    if (type === VARINT) value = reader.size();
    else if (type === BYTES) {
      const length = reader.byteLength();
      value = bytes.subarray(reader.pos, reader.pos + length);
      reader.pos += length;
    } else {
      const from = reader.pos;
      reader.skip(type);
      if (type === FIXED64 || type === FIXED32) value = bytes.subarray(from, reader.pos);
    }
    if (value === undefined) continue;
    const known = fields.get(field);
    if (known === undefined) fields.set(field, [value]);
    else known.push(value);
  }
  return fields;
}

function numberIn(fields: Fields | undefined, field: number): number | undefined {
  const value = fields?.get(field)?.at(-1);
  if (typeof value === "number" || value === undefined) return value;
  if (value.length !== 8 && value.length !== 4) return undefined;
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  return value.length === 8 ? Number(view.getBigUint64(0, true)) : view.getUint32(0, true);
}

function doubleIn(fields: Fields, field: number): number | undefined {
  const value = fields.get(field)?.at(-1);
  if (value === undefined || typeof value === "number" || value.length !== 8) return undefined;
  const double = new DataView(value.buffer, value.byteOffset, 8).getFloat64(0, true);
  return Number.isFinite(double) ? double : undefined;
}

/** Numbers of one field, each by itself or packed. */
function numbersIn(fields: Fields | undefined, field: number): number[] {
  return (fields?.get(field) ?? []).flatMap((value) => {
    if (typeof value === "number") return [value];
    const reader = new WireReader(value);
    const found: number[] = [];
    while (reader.pos < value.length) found.push(reader.size());
    return found;
  });
}

/** An int64 that was read as what its bits are. */
function signed(value: number | undefined): number | undefined {
  return value !== undefined && value >= 2 ** 63 ? value - 2 ** 64 : value;
}

function messageIn(fields: Fields | undefined, field: number): Fields | undefined {
  const value = fields?.get(field)?.at(-1);
  return value === undefined || typeof value === "number" ? undefined : fieldsOf(value);
}

function textIn(fields: Fields | undefined, field: number): string {
  const value = fields?.get(field)?.at(-1);
  return value === undefined || typeof value === "number" ? "" : UTF8.decode(value);
}
