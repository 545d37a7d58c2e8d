import {
  READ,
  RECORD_SLOTS,
  RING_SLOTS,
  RING_START,
  TEXT_UNITS,
  TRACE_RECORDS,
  type TraceRecordName,
  WRITTEN,
} from "../../exchange/trace-records.ts";

/** Something that the main thread has noted, of a kind of `TRACE_RECORDS`; times are in nanoseconds of `process.hrtime`. */
export interface TraceRecord {
  readonly name: TraceRecordName;
  readonly time: number;
  readonly value: number;
  readonly id: number;
  readonly other: number;
  readonly text: string;
}

/** Copies the records that were written to a ring since the last time, which makes room there; undefined where there are none. */
export function drain(ring: SharedArrayBuffer): Float64Array | undefined {
  const own = new Int32Array(ring);
  const slots = new Float64Array(ring, RING_START * 8);
  const from = Atomics.load(own, READ);
  const to = Atomics.load(own, WRITTEN);
  const count = (to - from) | 0;
  if (count <= 0) return undefined;
  const copy = new Float64Array(count);
  const start = from & (RING_SLOTS - 1);
  const first = Math.min(count, RING_SLOTS - start);
  copy.set(slots.subarray(start, start + first));
  copy.set(slots.subarray(0, count - first), first);
  Atomics.store(own, READ, to);
  return copy;
}

/** The records in such a copy. `offsetMillis` is what their clock is behind `process.hrtime`. */
export function* recordsOf(slots: Float64Array, offsetMillis: number): Generator<TraceRecord> {
  const words = new Int32Array(slots.buffer);
  const units = new Uint16Array(slots.buffer);
  for (let at = 0; at + RECORD_SLOTS <= slots.length; ) {
    const head = words[2 * at + 2]!;
    const length = words[2 * at + 5]!;
    const text = (at + RECORD_SLOTS) * TEXT_UNITS;
    const name = TRACE_RECORDS[head & 0xff];
    if (name === undefined) return;
    yield {
      name,
      time: (slots[at]! + offsetMillis) * 1e6,
      value: head >> 8,
      id: words[2 * at + 3]!,
      other: words[2 * at + 4]!,
      text: length === 0 ? "" : String.fromCharCode(...units.subarray(text, text + length)),
    };
    at += RECORD_SLOTS + Math.ceil(length / TEXT_UNITS);
  }
}
