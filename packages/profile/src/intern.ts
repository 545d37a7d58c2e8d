// Hot: merging 1,000 profiles asks these tables for every row of every profile; see bench/src/codec.ts.
import { grown } from "./grown.ts";
import { StringTable } from "./strings.ts";

/** A growing set of byte strings with a row for each, in the order in which they came; row 0 is the empty one. */
export class StringRows {
  length = 0;
  #utf8: Uint8Array = new Uint8Array(1 << 12);
  #start = new Uint32Array(1 << 8);
  #hashes: Int32Array = new Int32Array(1 << 8);
  #slots: Int32Array = new Int32Array(1 << 9);

  constructor() {
    this.row(this.#utf8, 0, 0);
  }

  /** The row of the string that is `bytes[from]` up to but without `bytes[to]`. */
  row(bytes: Uint8Array, from: number, to: number): number {
    const size = to - from;
    let hash = size;
    let at4 = from;
    // Four bytes at a time: one multiplication instead of four that wait for each other.
    for (; at4 + 4 <= to; at4 += 4) {
      const word = bytes[at4]! | (bytes[at4 + 1]! << 8) | (bytes[at4 + 2]! << 16) | (bytes[at4 + 3]! << 24);
      hash = Math.imul(hash ^ word, 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    for (; at4 < to; at4++) hash = Math.imul(hash ^ bytes[at4]!, 0x01000193);
    hash = mix(hash);
    const slots = this.#slots;
    const starts = this.#start;
    const utf8 = this.#utf8;
    let slot = hash & (slots.length - 1);
    for (let taken = slots[slot]!; taken !== 0; taken = slots[slot]!) {
      const start = starts[taken - 1]!;
      if (this.#hashes[taken - 1] === hash && starts[taken]! - start === size) {
        let i = 0;
        while (i < size && utf8[start + i] === bytes[from + i]) i++;
        if (i === size) return taken - 1;
      }
      slot = (slot + 1) & (slots.length - 1);
    }
    const row = this.length++;
    const at = starts[row]!;
    slots[slot] = row + 1;
    if (at + size > utf8.length) this.#utf8 = grown(utf8, Uint8Array, at + size);
    for (let i = 0; i < size; i++) this.#utf8[at + i] = bytes[from + i]!;
    if (row + 2 > starts.length) this.#start = grown(starts, Uint32Array, row + 2);
    this.#start[row + 1] = at + size;
    if (row === this.#hashes.length) this.#hashes = grown(this.#hashes, Int32Array, row + 1);
    this.#hashes[row] = hash;
    if (2 * this.length > slots.length) this.#slots = slotsOf(this.#hashes, this.length);
    return row;
  }

  finish(): StringTable {
    return new StringTable(this.#utf8.slice(0, this.#start[this.length]!), this.#start.slice(0, this.length + 1));
  }
}

/** A growing set of tuples of 32-bit words with a row for each, in the order in which they came. */
export class TupleRows {
  length = 0;
  /** Tuple i is `words[start[i]]` up to but without `words[start[i + 1]]`. */
  words: Uint32Array = new Uint32Array(1 << 10);
  start: Uint32Array = new Uint32Array(1 << 8);
  #hashes: Int32Array = new Int32Array(1 << 8);
  #slots: Int32Array = new Int32Array(1 << 9);

  /** The row of the tuple that is the first `size` words of `tuple`. */
  row(tuple: Uint32Array, size: number): number {
    let hash = size;
    for (let i = 0; i < size; i++) {
      hash = Math.imul(hash ^ tuple[i]!, 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    hash = mix(hash);
    const slots = this.#slots;
    const starts = this.start;
    const words = this.words;
    let slot = hash & (slots.length - 1);
    for (let taken = slots[slot]!; taken !== 0; taken = slots[slot]!) {
      const start = starts[taken - 1]!;
      if (this.#hashes[taken - 1] === hash && starts[taken]! - start === size) {
        let i = 0;
        while (i < size && words[start + i] === tuple[i]) i++;
        if (i === size) return taken - 1;
      }
      slot = (slot + 1) & (slots.length - 1);
    }
    const row = this.length++;
    const at = starts[row]!;
    slots[slot] = row + 1;
    if (at + size > words.length) this.words = grown(words, Uint32Array, at + size);
    for (let i = 0; i < size; i++) this.words[at + i] = tuple[i]!;
    if (row + 2 > starts.length) this.start = grown(starts, Uint32Array, row + 2);
    this.start[row + 1] = at + size;
    if (row === this.#hashes.length) this.#hashes = grown(this.#hashes, Int32Array, row + 1);
    this.#hashes[row] = hash;
    if (2 * this.length > slots.length) this.#slots = slotsOf(this.#hashes, this.length);
    return row;
  }
}

/** Open addressing: where each row, plus one, is found by its hash; a quarter of the slots is taken, 0 is a free one. */
function slotsOf(hashes: Int32Array, length: number): Int32Array {
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(4 * length)));
  const mask = slots.length - 1;
  for (let row = 0; row < length; row++) {
    let slot = hashes[row]! & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = row + 1;
  }
  return slots;
}

/** Spreads the high bits of a hash over its low ones, by which slots are chosen. */
function mix(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
  return hash ^ (hash >>> 15);
}
