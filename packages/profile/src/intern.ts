// Hot: merging 1,000 profiles asks these tables for every row of every profile; see bench/src/codec.ts.
import { grown } from "./grown.ts";
import { StringTable } from "./strings.ts";

/** A growing set of byte strings with a row for each, in the order in which they came; row 0 is the empty one. */
export class StringRows {
  length = 0;
  #utf8: Uint8Array = new Uint8Array(1 << 12);
  #start = new Uint32Array(1 << 8);
  readonly #index = new HashIndex();

  constructor() {
    this.row(this.#utf8, 0, 0);
  }

  /** The row of the string that is `bytes[from]` up to but without `bytes[to]`. */
  row(bytes: Uint8Array, from: number, to: number): number {
    let hash = to - from;
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    hash = mix(hash);
    const size = to - from;
    for (let slot = this.#index.first(hash); ; slot = this.#index.next(slot)) {
      const row = this.#index.row(slot, hash);
      if (row === NONE) break;
      if (row === OTHER) continue;
      const start = this.#start[row]!;
      if (this.#start[row + 1]! - start !== size) continue;
      let i = 0;
      while (i < size && this.#utf8[start + i] === bytes[from + i]) i++;
      if (i === size) return row;
    }
    const at = this.#start[this.length]!;
    if (this.length + 2 > this.#start.length) this.#start = grown(this.#start, Uint32Array, this.length + 2);
    if (at + size > this.#utf8.length) this.#utf8 = grown(this.#utf8, Uint8Array, at + size);
    for (let i = 0; i < size; i++) this.#utf8[at + i] = bytes[from + i]!;
    this.#start[this.length + 1] = at + size;
    this.#index.add(hash, this.length);
    return this.length++;
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
  readonly #index = new HashIndex();

  /** The row of the tuple that is the first `size` words of `tuple`. */
  row(tuple: Uint32Array, size: number): number {
    let hash = size;
    for (let i = 0; i < size; i++) {
      hash = Math.imul(hash ^ tuple[i]!, 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    hash = mix(hash);
    for (let slot = this.#index.first(hash); ; slot = this.#index.next(slot)) {
      const row = this.#index.row(slot, hash);
      if (row === NONE) break;
      if (row === OTHER) continue;
      const start = this.start[row]!;
      if (this.start[row + 1]! - start !== size) continue;
      let i = 0;
      while (i < size && this.words[start + i] === tuple[i]) i++;
      if (i === size) return row;
    }
    const at = this.start[this.length]!;
    if (this.length + 2 > this.start.length) this.start = grown(this.start, Uint32Array, this.length + 2);
    if (at + size > this.words.length) this.words = grown(this.words, Uint32Array, at + size);
    for (let i = 0; i < size; i++) this.words[at + i] = tuple[i]!;
    this.start[this.length + 1] = at + size;
    this.#index.add(hash, this.length);
    return this.length++;
  }
}

const NONE = -1;
const OTHER = -2;

/** Open addressing from hashes to rows: a power of two of slots, at most half of them taken. */
class HashIndex {
  #rows = new Int32Array(1 << 9).fill(NONE);
  #hashes = new Int32Array(1 << 9);
  #length = 0;

  first(hash: number): number {
    return hash & (this.#rows.length - 1);
  }

  next(slot: number): number {
    return (slot + 1) & (this.#rows.length - 1);
  }

  /** The row in this slot if it was added under `hash`, else NONE where the slot is free and OTHER where it is not. */
  row(slot: number, hash: number): number {
    const row = this.#rows[slot]!;
    return row === NONE || this.#hashes[slot] === hash ? row : OTHER;
  }

  add(hash: number, row: number): void {
    if (2 * (this.#length + 1) > this.#rows.length) this.#grow();
    let slot = this.first(hash);
    while (this.#rows[slot] !== NONE) slot = this.next(slot);
    this.#rows[slot] = row;
    this.#hashes[slot] = hash;
    this.#length++;
  }

  #grow(): void {
    const rows = this.#rows;
    const hashes = this.#hashes;
    this.#rows = new Int32Array(rows.length * 2).fill(NONE);
    this.#hashes = new Int32Array(rows.length * 2);
    this.#length = 0;
    for (let i = 0; i < rows.length; i++) if (rows[i] !== NONE) this.add(hashes[i]!, rows[i]!);
  }
}

function mix(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
  return hash ^ (hash >>> 15);
}
