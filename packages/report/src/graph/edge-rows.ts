// Hot: told of every call that a stack does not share with the one before it: 10 million and more calls of 1.2 million edges.
// Added to their edges as they come, they wait for memory: `-dot` takes 8.4 s of processor time, and 6.3 where they are put side
// by side by their callers first. See the shape `deep` of bench/src/shapes.ts.
import { grown } from "../stack/grown.ts";
import { EdgePart } from "./edge-part.ts";

/** Which edges are asked for, by node: those from its callers, those to its callees, or both together. */
export type WantedEdges = Uint8Array;
export const CALLERS = 1;
export const CALLEES = 2;

/** The call goes by way of nodes that have been removed. */
export const RESIDUAL = 1;
/** Some call has not been inlined. */
export const CALLED = 2;

/** Words of a call: its caller; its callee times four, and what is known of it; the first stack that has it, and the first that no longer has. */
const CALL = 4;
const CALLER = 0;
const CALLEE = 1;
const OPENED = 2;
const CLOSED = 3;

/** How calls are put side by side. */
export interface EdgeRoom {
  /** The edges of so many callers stay in the processor's cache; a power of two. */
  readonly callers: number;
  /** So many calls are added up at a time; where all edges stay in the cache, calls stay there, too. */
  readonly calls: number;
  readonly fewCalls: number;
}

const ROOM: EdgeRoom = { callers: 512, calls: 1 << 20, fewCalls: 1 << 12 };

/** Calls while they are found: an edge for each pair of nodes of which the first calls the second. */
export class EdgeRows {
  readonly #wanted: WantedEdges;
  readonly #shift: number;
  readonly #most: number;
  #limit: number;
  /** The edges by their callers, so many of these in each. */
  readonly #parts: readonly EdgePart[];
  #calls = new Int32Array(CALL << 10);
  #sorted = new Int32Array(0);
  #length = 0;

  constructor(wanted: WantedEdges, { callers, calls, fewCalls }: EdgeRoom = ROOM) {
    this.#wanted = wanted;
    this.#shift = Math.log2(callers);
    this.#parts = Array.from({ length: Math.ceil(wanted.length / callers) }, () => new EdgePart());
    this.#most = this.#parts.length === 1 ? fewCalls : calls;
    this.#limit = this.#most;
  }

  /** Whether it is time to add up what has been told. */
  get isFull(): boolean {
    return this.#length >= this.#limit;
  }

  /** Begins a call: the stacks from this one on have it. Gives back its number, or -1 where it is no edge or was not asked for. */
  open(caller: number, callee: number, known: number, stack: number): number {
    const wanted = this.#wanted;
    if (caller === callee || ((wanted[caller]! & CALLEES) | (wanted[callee]! & CALLERS)) === 0) return -1;
    const call = this.#length++;
    const at = CALL * call;
    if (at === this.#calls.length) this.#calls = grown(this.#calls, new Int32Array(2 * at));
    const calls = this.#calls;
    calls[at + CALLER] = caller;
    calls[at + CALLEE] = (callee << 2) | known;
    calls[at + OPENED] = stack;
    return call;
  }

  /** Ends a call: this stack has it no more. */
  close(call: number, stack: number): void {
    this.#calls[CALL * call + CLOSED] = stack;
  }

  /**
   * Adds up what has been told before this stack, where `before` says what all stacks before each are worth. The first
   * `count` calls of `open`, which have not ended, get new numbers.
   */
  addUp(before: Float64Array, stack: number, open: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) this.close(open[i]!, stack);
    const calls = this.#calls;
    if (this.#parts.length === 1) this.#parts[0]!.add(calls, 0, this.#length, before);
    else this.#addSorted(before);
    for (let i = 0; i < count; i++) {
      const from = CALL * open[i]!;
      calls.copyWithin(CALL * i, from, from + CALL);
      calls[CALL * i + OPENED] = stack;
      open[i] = i;
    }
    this.#length = count;
    // Of stacks that are very deep most calls are still open: to go over those for each stack would take too long.
    this.#limit = Math.max(this.#most, 2 * count);
  }

  /** Each part sees its calls in the order in which they began. */
  #addSorted(before: Float64Array): void {
    const calls = this.#calls;
    const shift = this.#shift;
    const end = CALL * this.#length;
    if (end > this.#sorted.length) this.#sorted = new Int32Array(calls.length);
    const sorted = this.#sorted;
    const next = new Int32Array(this.#parts.length + 1);
    for (let at = 0; at < end; at += CALL) next[(calls[at + CALLER]! >> shift) + 1]!++;
    for (let part = 1; part < next.length; part++) next[part]! += next[part - 1]!;
    const start = next.slice();
    for (let at = 0; at < end; at += CALL) {
      const to = CALL * next[calls[at + CALLER]! >> shift]!++;
      for (let word = 0; word < CALL; word++) sorted[to + word] = calls[at + word]!;
    }
    this.#parts.forEach((part, i) => {
      part.add(sorted, start[i]!, start[i + 1]!, before);
    });
  }

  /** Gives back what the edges weigh, and sets them to nothing for the next sums. */
  takeWeights(): Float64Array {
    const weights = new Float64Array(this.#count());
    let length = 0;
    for (const part of this.#parts) {
      part.takeWeights(weights, length);
      length += part.length;
    }
    this.#length = 0;
    this.#limit = this.#most;
    return weights;
  }

  /** The edges by their callers' parts, there in the order in which they were found. */
  finish(): {
    readonly length: number;
    readonly src: Int32Array;
    readonly dst: Int32Array;
    readonly residual: Uint8Array;
    readonly inline: Uint8Array;
  } {
    const length = this.#count();
    const src = new Int32Array(length);
    const dst = new Int32Array(length);
    const residual = new Uint8Array(length);
    const inline = new Uint8Array(length);
    let edge = 0;
    for (const part of this.#parts) {
      for (let row = 0; row < part.length; row++, edge++) {
        src[edge] = part.caller(row);
        dst[edge] = part.callee(row);
        const known = part.known(row);
        residual[edge] = known & RESIDUAL;
        inline[edge] = (known & CALLED) === 0 ? 1 : 0;
      }
    }
    return { length, src, dst, residual, inline };
  }

  #count(): number {
    let length = 0;
    for (const part of this.#parts) length += part.length;
    return length;
  }
}
