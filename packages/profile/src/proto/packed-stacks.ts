// Hot: 600,000 stacks of 28 million locations are told apart by their bytes while they are read, and of the 300,000 that are
// there 5 million locations are decoded: what a stack does not share with the one before it. See the shape `300,000 stacks`
// of bench/src/shapes.ts.
import { grown } from "../grown.ts";
import type { SharedStacks } from "../shared-stacks.ts";
import { irregular } from "./irregular.ts";
import { orderOfWritten } from "./stack-order.ts";

/** A stack is compared with so many others that have its hash, then it counts as new: a stack that is there twice changes no sum. */
const MOST_COMPARED = 32;
/** No array is longer than 2 ** 32. */
const LARGEST_STEP = 2 ** 28;

/** Collects stacks as their bytes in the message, ids one after the other, and keeps equal ones once. */
export class PackedStacks {
  /** How many bytes there may be in all. */
  readonly #expected: number;
  #length = 0;
  /** The bytes of all stacks one after the other. Before the first stands one more byte, so that a loop that goes back from a stack's beginning meets the end of an id. */
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  /** By stack, where its bytes begin, and behind the last one where they end. */
  #start = Uint32Array.of(1, 0);
  #hashes = new Int32Array(1024);
  /** The hash table. A slot holds a stack plus 1 in its low bits and, in the bits above, those of its hash. */
  #slots = new Int32Array(2048);
  /** How many pieces the stack that is being added has so far, and where the first one is; the bytes of several are put together. */
  #pieces = 0;
  #from = 0;
  #to = 0;
  #joined = new Uint8Array(64);
  #joinedView = new DataView(this.#joined.buffer);
  #joinedSize = 0;

  constructor(expected: number) {
    this.#expected = expected;
  }

  /** Takes ids that stand between these places; what is added until `end` is one stack. */
  add(bytes: Uint8Array, from: number, to: number): void {
    if (from === to) return;
    if (bytes[to - 1]! >= 0x80) irregular();
    if (++this.#pieces === 1) {
      this.#from = from;
      this.#to = to;
      return;
    }
    // Mostly a stack is in one piece, but Go writes one or two locations each by itself.
    if (this.#pieces === 2) this.#join(bytes, this.#from, this.#to);
    this.#join(bytes, from, to);
  }

  #join(bytes: Uint8Array, from: number, to: number): void {
    if (this.#joinedSize + to - from > this.#joined.length) {
      this.#joined = grown(this.#joined, Uint8Array, this.#joinedSize + to - from);
      this.#joinedView = new DataView(this.#joined.buffer);
    }
    while (from < to) this.#joined[this.#joinedSize++] = bytes[from++]!;
  }

  /** The number of the stack whose ids have been added from `bytes`, which `view` shows as well. */
  end(bytes: Uint8Array, view: DataView): number {
    const pieces = this.#pieces;
    this.#pieces = 0;
    if (pieces < 2) return this.#row(bytes, view, pieces === 0 ? 0 : this.#from, pieces === 0 ? 0 : this.#to);
    const size = this.#joinedSize;
    this.#joinedSize = 0;
    return this.#row(this.#joined, this.#joinedView, 0, size);
  }

  #row(bytes: Uint8Array, view: DataView, from: number, to: number): number {
    const hash = hashOf(bytes, view, from, to);
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (let tries = 0; slots[slot] !== 0 && tries < MOST_COMPARED; tries++) {
      const known = slots[slot]!;
      if (((known ^ hash) & ~mask) === 0) {
        const stack = (known & mask) - 1;
        if (this.#isSame(stack, bytes, view, from, to)) return stack;
      }
      slot = (slot + 1) & mask;
    }
    return this.#add(bytes, view, from, to, hash, slot);
  }

  #isSame(stack: number, bytes: Uint8Array, view: DataView, from: number, to: number): boolean {
    let at = this.#start[stack]!;
    if (this.#start[stack + 1]! - at !== to - from) return false;
    const own = this.#view;
    for (; from + 8 <= to; from += 8, at += 8) {
      const low = own.getInt32(at, true) ^ view.getInt32(from, true);
      const high = own.getInt32(at + 4, true) ^ view.getInt32(from + 4, true);
      if ((low | high) !== 0) return false;
    }
    for (; from < to; from++, at++) if (this.#bytes[at] !== bytes[from]) return false;
    return true;
  }

  #add(bytes: Uint8Array, view: DataView, from: number, to: number, hash: number, slot: number): number {
    const stack = this.#length++;
    let at = this.#start[stack]!;
    const end = at + to - from;
    if (end > this.#bytes.length) {
      // Room that is not written to costs nothing, copying does.
      const larger = new Uint8Array(Math.max(end + Math.min(end, LARGEST_STEP), Math.min(16 * end, this.#expected)));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    if (stack + 1 >= this.#start.length) this.#start = grown(this.#start, Uint32Array, 2 * stack + 2);
    if (stack === this.#hashes.length) this.#hashes = grown(this.#hashes, Int32Array, 2 * stack);
    const own = this.#view;
    for (; from + 4 <= to; from += 4, at += 4) own.setInt32(at, view.getInt32(from, true), true);
    for (; from < to; from++, at++) this.#bytes[at] = bytes[from]!;
    this.#start[stack + 1] = end;
    this.#hashes[stack] = hash;
    const mask = this.#slots.length - 1;
    if (this.#slots[slot] === 0) this.#slots[slot] = (hash & ~mask) | (stack + 1);
    if (2 * this.#length >= this.#slots.length) this.#rehash();
    return stack;
  }

  #rehash(): void {
    const slots = new Int32Array(4 * this.#slots.length);
    const mask = slots.length - 1;
    for (let stack = 0; stack < this.#length; stack++) {
      const hash = this.#hashes[stack]!;
      let slot = hash & mask;
      // Where no slot is free after so many tries, the stack is not put in, and comes again as a new one: that may be.
      for (let tries = 0; slots[slot] !== 0 && tries < MOST_COMPARED; tries++) slot = (slot + 1) & mask;
      if (slots[slot] === 0) slots[slot] = (hash & ~mask) | (stack + 1);
    }
    this.#slots = slots;
  }

  /** The stacks in order, with their ids as rows: an id is a row plus one. `of` has the number of each sample's stack; `largest` is the largest row. */
  finish(of: Int32Array): { readonly shared: SharedStacks; readonly largest: number } {
    const length = this.#length;
    const starts = this.#start.subarray(0, length + 1);
    const bytes = this.#bytes;
    const view = this.#view;
    const order = orderOfWritten(view, starts);
    const rank = new Int32Array(length);
    const shared = new Uint32Array(length);
    const start = new Uint32Array(length + 1);
    let locations = new Uint32Array(starts[length]! >> 3);
    let size = 0;
    let deepest = 0;
    let largest = 0;
    let before = 1;
    let beforeFirst = 1;
    for (let i = 0; i < length; i++) {
      const stack = order[i]!;
      const first = starts[stack]!;
      const last = starts[stack + 1]!;
      rank[stack] = i;
      let at = last;
      let other = before;
      let common = 0;
      while (at - 4 >= first && other - 4 >= beforeFirst) {
        const word = view.getInt32(at - 4, true);
        if (word !== view.getInt32(other - 4, true)) break;
        // The last byte of each id, and no other, has no high bit.
        common += Math.imul((~word >>> 7) & 0x01010101, 0x01010101) >>> 24;
        at -= 4;
        other -= 4;
      }
      while (at > first && other > beforeFirst && bytes[at - 1] === bytes[other - 1]) {
        at--;
        other--;
        if (bytes[at]! < 0x80) common++;
      }
      // Where the two stacks part in the middle of an id, all of it is not shared.
      if (bytes[at - 1]! >= 0x80 || bytes[other - 1]! >= 0x80) {
        while (bytes[at]! >= 0x80) at++;
        at++;
        common--;
      }
      shared[i] = common;
      // No more locations than bytes.
      if (size + at - first > locations.length) locations = grown(locations, Uint32Array, size + at - first);
      while (at > first) {
        // An id is read backwards: its last byte holds its highest bits.
        let id = bytes[--at]!;
        let byte = bytes[at - 1]!;
        if (byte >= 0x80) {
          id = (id << 7) | (byte & 0x7f);
          byte = bytes[--at - 1]!;
          if (byte >= 0x80) {
            id = (id << 7) | (byte & 0x7f);
            byte = bytes[--at - 1]!;
            if (byte >= 0x80) {
              id = (id << 7) | (byte & 0x7f);
              if (bytes[--at - 1]! >= 0x80) irregular();
            }
          }
        }
        const row = (id - 1) >>> 0;
        if (row > largest) largest = row;
        locations[size++] = row;
      }
      start[i + 1] = size;
      deepest = Math.max(deepest, common + size - start[i]!);
      before = last;
      beforeFirst = first;
    }
    const stackOf = of.map((stack) => rank[stack]!);
    return { shared: { length, shared, start, locations: locations.subarray(0, size), deepest, of: stackOf }, largest };
  }
}

function hashOf(bytes: Uint8Array, view: DataView, from: number, to: number): number {
  let hash = to - from;
  // Two at a time, of which neither has to wait for the other.
  let other = 0;
  for (; from + 8 <= to; from += 8) {
    hash = Math.imul(((hash << 5) | (hash >>> 27)) ^ view.getInt32(from, true), 0x9e3779b1);
    other = Math.imul(((other << 5) | (other >>> 27)) ^ view.getInt32(from + 4, true), 0x85ebca6b);
  }
  for (; from < to; from++) hash = Math.imul(((hash << 5) | (hash >>> 27)) ^ bytes[from]!, 0x9e3779b1);
  hash = Math.imul(hash ^ other ^ (hash >>> 16), 0x2c1b3c6d);
  return hash ^ (hash >>> 15);
}
