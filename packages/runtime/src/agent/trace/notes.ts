import { LOST, newRing } from "../../exchange/trace-records.ts";
import { drain, recordsOf } from "./record-table.ts";

/** How often the ring is read: of the busiest server it holds half a second. */
const DRAIN_MILLIS = 50;
/** So many bytes of notes are kept; beyond that the oldest go. */
const MOST_BYTES = 128 * 2 ** 20;

/** Wants to know of requests that took at least so many nanoseconds. */
export interface OnSlow {
  readonly nanos: number;
  hear(nanos: number): void;
}

/** Reads what the main thread writes into a ring in shared memory, again and again, and keeps it. */
export class Notes {
  readonly ring: SharedArrayBuffer = newRing();
  readonly #keepMillis: number;
  readonly #onSlow: OnSlow | undefined;
  readonly #kept: { readonly slots: Float64Array; readonly atMillis: number }[] = [];
  readonly #timer: NodeJS.Timeout;
  /** By the number of a request that is not answered yet, when it came, in milliseconds of the main thread's clock. */
  readonly #open = new Map<number, number>();
  #bytes = 0;
  #dropped = 0;

  /** `keepMillis`: notes older than this go, too. */
  constructor(keepMillis: number = Number.POSITIVE_INFINITY, onSlow?: OnSlow) {
    this.#keepMillis = keepMillis;
    this.#onSlow = onSlow;
    this.#timer = setInterval(() => this.read(), DRAIN_MILLIS);
  }

  /** What is kept, the oldest first: each piece as it was read from the ring. */
  get kept(): readonly Float64Array[] {
    return this.#kept.map(({ slots }) => slots);
  }

  /** Sentences on what was lost. */
  get said(): readonly string[] {
    const lost = new Int32Array(this.ring)[LOST]!;
    return [
      ...(lost > 0 ? [`${lost} events are missing: there was no room for them`] : []),
      ...(this.#dropped > 0 ? [`the oldest ${Math.ceil(this.#dropped / 2 ** 20)} MB of events are left out`] : []),
    ];
  }

  read(): void {
    const slots = drain(this.ring);
    const atMillis = performance.now();
    if (slots !== undefined) {
      this.#kept.push({ slots, atMillis });
      this.#bytes += slots.byteLength;
      if (this.#onSlow !== undefined) this.#look(slots, this.#onSlow);
    }
    while (this.#kept.length > 0 && this.#kept[0]!.atMillis < atMillis - this.#keepMillis) {
      this.#bytes -= this.#kept.shift()!.slots.byteLength;
    }
    while (this.#bytes > MOST_BYTES) {
      const { byteLength } = this.#kept.shift()!.slots;
      this.#bytes -= byteLength;
      this.#dropped += byteLength;
    }
  }

  end(): void {
    clearInterval(this.#timer);
    this.read();
  }

  /** Looks for the slowest of the requests that were answered in this piece, and tells of it. */
  #look(slots: Float64Array, { nanos, hear }: OnSlow): void {
    let slowest = 0;
    for (const { name, id, time } of recordsOf(slots, 0)) {
      if (name === "request") this.#open.set(id, time);
      if (name !== "answered") continue;
      slowest = Math.max(slowest, time - (this.#open.get(id) ?? time));
      this.#open.delete(id);
    }
    if (slowest >= nanos) hear(slowest);
  }
}
