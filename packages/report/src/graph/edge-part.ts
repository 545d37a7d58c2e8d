// Hot: adds 10 million calls to 1.2 million edges, in rows that are mostly in one line of the processor's cache. See
// `edge-rows.ts`, and the shape `deep` of bench/src/shapes.ts.
import { grown } from "../stack/grown.ts";

/** Words of a call as `EdgeRows` has it. */
const CALL = 4;

/** Words of an edge: caller, callee, the stack in which it last ended times four and what is known of it; then its weight, a double. */
const CALLER = 0;
const CALLEE = 1;
const STATE = 2;
const EDGE = 6;
/** The same in doubles. */
const WEIGHT = 2;
const WIDTH = 3;
const KNOWN = 3;

/** The edges from some callers: an open hash table. */
export class EdgePart {
  length = 0;
  #rows: Int32Array<ArrayBuffer> = new Int32Array(EDGE << 6);
  #weights = new Float64Array(this.#rows.buffer);
  /** A slot holds a row plus 1 in its low bits and, in the bits above, those of the pair's hash. */
  #slots = new Int32Array(1 << 8);

  /** Adds these calls, which come in the order in which they began; of those that a stack has several times the outermost counts. */
  add(calls: Int32Array, first: number, end: number, before: Float64Array): void {
    for (let at = CALL * first; at < CALL * end; at += CALL) {
      const callee = calls[at + 1]!;
      const row = this.#row(calls[at]!, callee >> 2);
      const state = this.#rows[EDGE * row + STATE]!;
      const opened = calls[at + 2]!;
      if (opened < state >> 2) continue;
      const closed = calls[at + 3]!;
      this.#rows[EDGE * row + STATE] = (closed << 2) | ((state | callee) & KNOWN);
      this.#weights[WIDTH * row + WEIGHT]! += before[closed]! - before[opened]!;
    }
  }

  caller(row: number): number {
    return this.#rows[EDGE * row + CALLER]!;
  }

  callee(row: number): number {
    return this.#rows[EDGE * row + CALLEE]!;
  }

  known(row: number): number {
    return this.#rows[EDGE * row + STATE]! & KNOWN;
  }

  /** Writes what the edges weigh to `into` from `at` on, and sets them to nothing. */
  takeWeights(into: Float64Array, at: number): void {
    for (let row = 0; row < this.length; row++) {
      into[at + row] = this.#weights[WIDTH * row + WEIGHT]!;
      this.#weights[WIDTH * row + WEIGHT] = 0;
      this.#rows[EDGE * row + STATE]! &= KNOWN;
    }
  }

  #row(caller: number, callee: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const wanted = hash(caller, callee);
    let slot = wanted & mask;
    for (;;) {
      const taken = slots[slot]!;
      if (taken === 0) break;
      if (((taken ^ wanted) & ~mask) === 0) {
        const row = (taken & mask) - 1;
        const at = EDGE * row;
        if (this.#rows[at + CALLER] === caller && this.#rows[at + CALLEE] === callee) return row;
      }
      slot = (slot + 1) & mask;
    }
    const row = this.length++;
    const at = EDGE * row;
    if (at === this.#rows.length) {
      this.#rows = grown(this.#rows, new Int32Array(2 * at));
      this.#weights = new Float64Array(this.#rows.buffer);
    }
    this.#rows[at + CALLER] = caller;
    this.#rows[at + CALLEE] = callee;
    slots[slot] = (wanted & ~mask) | (row + 1);
    if (this.length * 2 >= slots.length) this.#rehash();
    return row;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let row = 0; row < this.length; row++) {
      const wanted = hash(this.caller(row), this.callee(row));
      let slot = wanted & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = (wanted & ~mask) | (row + 1);
    }
    this.#slots = slots;
  }
}

function hash(caller: number, callee: number): number {
  let h = Math.imul(caller, 0x9e3779b1) ^ Math.imul(callee, 0x85ebca6b);
  h ^= h >>> 15;
  return Math.imul(h, 0x2c1b3c6d) ^ (h >>> 13);
}
