// Hot: every row of every profile that is merged is looked up here: 1,000 of 74 kB are merged in 1.7 s, gunzip included. See
// bench/src/codec.ts.
import { grown } from "../grown.ts";
import { StringTable } from "../strings.ts";

/** A growing set of byte strings with a row for each, in the order in which they came; row 0 is the empty one. */
export class StringRows {
  length = 0;
  #utf8: Uint8Array = new Uint8Array(1 << 12);
  #own = viewOf(this.#utf8);
  /** The array that was asked for last, and a view of it: four bytes at a time are read by it. */
  #asked: Uint8Array = this.#utf8;
  #view = this.#own;
  #start = new Uint32Array(1 << 8);
  #slots: Int32Array = new Int32Array(1 << 10);

  constructor() {
    this.row(this.#utf8, 0, 0);
  }

  /** The row of the string that is `bytes[from]` up to but without `bytes[to]`. */
  row(bytes: Uint8Array, from: number, to: number): number {
    if (bytes !== this.#asked) {
      this.#asked = bytes;
      this.#view = viewOf(bytes);
    }
    const view = this.#view;
    const own = this.#own;
    const size = to - from;
    let hash = size;
    let at4 = from;
    for (; at4 + 4 <= to; at4 += 4) {
      hash = Math.imul(hash ^ view.getInt32(at4, true), 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    for (; at4 < to; at4++) hash = Math.imul(hash ^ bytes[at4]!, 0x01000193);
    hash = mix(hash);
    const slots = this.#slots;
    const starts = this.#start;
    const utf8 = this.#utf8;
    const mask = slots.length - 1;
    let slot = (2 * hash) & mask;
    for (let taken = slots[slot]!; taken !== 0; taken = slots[slot]!) {
      const start = starts[taken - 1]!;
      if (slots[slot + 1] === hash && starts[taken]! - start === size) {
        let i = 0;
        while (i + 4 <= size && own.getInt32(start + i, true) === view.getInt32(from + i, true)) i += 4;
        while (i < size && utf8[start + i] === bytes[from + i]) i++;
        if (i === size) return taken - 1;
      }
      slot = (slot + 2) & mask;
    }
    const row = this.length++;
    const at = starts[row]!;
    slots[slot] = row + 1;
    slots[slot + 1] = hash;
    if (at + size > utf8.length) {
      this.#utf8 = grown(utf8, Uint8Array, at + size);
      this.#own = viewOf(this.#utf8);
    }
    for (let i = 0; i < size; i++) this.#utf8[at + i] = bytes[from + i]!;
    if (row + 2 > starts.length) this.#start = grown(starts, Uint32Array, row + 2);
    this.#start[row + 1] = at + size;
    if (3 * row > slots.length) this.#slots = larger(slots);
    return row;
  }

  finish(): StringTable {
    return new StringTable(this.#utf8.slice(0, this.#start[this.length]!), this.#start.slice(0, this.length + 1));
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * A growing set of tuples of 32-bit words with a row for each, in the order in which they came. All that belongs to a
 * tuple lies together: what looking for one costs are the places in memory that have to be fetched.
 */
export class TupleRows {
  length = 0;
  /** Tuple i begins at `start[i]`; before it are words of the caller's, its row and its size. */
  words: Uint32Array = new Uint32Array(1 << 10);
  start: Uint32Array = new Uint32Array(1 << 8);
  readonly #before: number;
  #end = 0;
  #slots: Int32Array = new Int32Array(1 << 10);

  /** Before each tuple, `own` words are the caller's to change, 0 at first. */
  constructor(own = 0) {
    this.#before = own + 2;
  }

  /** The row of the tuple that is the first `size` words of `tuple`. */
  row(tuple: Uint32Array, size: number): number {
    // In this order: what finds a tuple may make a larger array.
    const at = this.find(tuple, size);
    return this.words[at - 2]!;
  }

  /** Where the tuple that is the first `size` words of `tuple` begins. */
  find(tuple: Uint32Array, size: number): number {
    let hash = size;
    for (let i = 0; i < size; i++) {
      hash = Math.imul(hash ^ tuple[i]!, 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    hash = mix(hash);
    const slots = this.#slots;
    const words = this.words;
    const mask = slots.length - 1;
    let slot = (2 * hash) & mask;
    for (let start = slots[slot]!; start !== 0; start = slots[slot]!) {
      if (slots[slot + 1] === hash && words[start - 1] === size) {
        let i = 0;
        while (i < size && words[start + i] === tuple[i]) i++;
        if (i === size) return start;
      }
      slot = (slot + 2) & mask;
    }
    const row = this.length++;
    const at = this.#end + this.#before;
    this.#end = at + size;
    slots[slot] = at;
    slots[slot + 1] = hash;
    // Threefold: memory that is not written to costs nothing, copying does.
    if (this.#end > words.length) this.words = grown(words, Uint32Array, 3 * this.#end);
    const into = this.words;
    into[at - 2] = row;
    into[at - 1] = size;
    for (let i = 0; i < size; i++) into[at + i] = tuple[i]!;
    if (row === this.start.length) this.start = grown(this.start, Uint32Array, row + 1);
    this.start[row] = at;
    if (3 * row > slots.length) this.#slots = larger(slots);
    return at;
  }
}

/** Open addressing: pairs of where something is, 0 for nothing, and its hash; at the most two thirds are taken. */
function larger(slots: Int32Array): Int32Array {
  const into = new Int32Array(4 * slots.length);
  const mask = into.length - 1;
  for (let from = 0; from < slots.length; from += 2) {
    if (slots[from] === 0) continue;
    let slot = (2 * slots[from + 1]!) & mask;
    while (into[slot] !== 0) slot = (slot + 2) & mask;
    into[slot] = slots[from]!;
    into[slot + 1] = slots[from + 1]!;
  }
  return into;
}

/** Spreads the high bits of a hash over its low ones, by which slots are chosen. */
function mix(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
  return hash ^ (hash >>> 15);
}
