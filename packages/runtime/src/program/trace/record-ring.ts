// Hot: a record without a text takes 0.1 µs, most of it the clock's. See bench/src/trace.ts.
import {
  LOST,
  MOST_TEXT,
  READ,
  RECORD_SLOTS,
  RING_SLOTS,
  RING_START,
  TEXT_UNITS,
  WRITTEN,
} from "../../exchange/trace-records.ts";
import { early } from "./early.ts";

const MASK = RING_SLOTS - 1;

const { atomicAdd: add, atomicLoad: load, atomicStore: store, Times, Words, Units, min, clock, unitAt } = early;

/** The end of the ring that records are written to. What has no room is counted, and lost: the reader never waits, nor does this. */
export class RecordRing {
  readonly #own: Int32Array;
  readonly #times: Float64Array;
  readonly #words: Int32Array;
  readonly #units: Uint16Array;
  #written = 0;

  constructor(ring: SharedArrayBuffer) {
    this.#own = new Words(ring);
    this.#times = new Times(ring, RING_START * 8);
    this.#words = new Words(ring, RING_START * 8);
    this.#units = new Units(ring, RING_START * 8);
  }

  /** The time of now, in milliseconds. */
  now(): number {
    return clock();
  }

  write(kind: number, value: number, id: number, other = 0, text = "", time: number = clock()): void {
    const length = min(text.length, MOST_TEXT);
    const from = this.#written;
    const to = (from + RECORD_SLOTS + ((length + TEXT_UNITS - 1) >> 2)) | 0;
    if (((to - load(this.#own, READ)) | 0) > RING_SLOTS) {
      add(this.#own, LOST, 1);
      return;
    }
    this.#times[from & MASK] = time;
    const head = ((from + 1) & MASK) * 2;
    this.#words[head] = kind | (value << 8);
    this.#words[head + 1] = id;
    const rest = ((from + 2) & MASK) * 2;
    this.#words[rest] = other;
    this.#words[rest + 1] = length;
    for (let i = 0; i < length; i++) {
      this.#units[((from + RECORD_SLOTS + (i >> 2)) & MASK) * TEXT_UNITS + (i & 3)] = unitAt(text, i);
    }
    this.#written = to;
    store(this.#own, WRITTEN, to);
  }
}
