// Hot: looked into for every pair that is new, a million of them in 0.2 s where each is in memory that is not at hand: `-tree`
// of 100 MB takes 1.8 s. See bench/src/tool.ts.
import { grown } from "./grown.ts";

/** Pairs of numbers, each with the row it got when it was first seen: an open hash table over growing columns. */
export class PairTable {
  length = 0;
  first: Int32Array = new Int32Array(1024);
  second: Int32Array = new Int32Array(1024);
  /**
   * The hash table. A slot holds a row plus 1 in its low bits and, in the bits above, those of the pair's hash: where these differ the
   * pair itself need not be looked at.
   */
  #slots = new Int32Array(2048);

  row(first: number, second: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const wanted = hash(first, second);
    let slot = wanted & mask;
    for (;;) {
      const known = slots[slot]!;
      if (known === 0) break;
      if (((known ^ wanted) & ~mask) === 0) {
        const row = (known & mask) - 1;
        if (this.first[row] === first && this.second[row] === second) return row;
      }
      slot = (slot + 1) & mask;
    }
    const row = this.length++;
    if (row === this.first.length) {
      this.first = grown(this.first, new Int32Array(row * 2));
      this.second = grown(this.second, new Int32Array(row * 2));
    }
    this.first[row] = first;
    this.second[row] = second;
    slots[slot] = (wanted & ~mask) | (row + 1);
    if (this.length * 2 >= slots.length) this.#rehash();
    return row;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 4);
    const mask = slots.length - 1;
    for (let row = 0; row < this.length; row++) {
      const wanted = hash(this.first[row]!, this.second[row]!);
      let slot = wanted & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = (wanted & ~mask) | (row + 1);
    }
    this.#slots = slots;
  }
}

/** A table with more fields than this is a hash table. */
const DENSE = 1 << 20;

/** Numbers the pairs that two columns make, in the order in which they are first seen. */
export function numberPairs(
  first: Int32Array,
  second: Int32Array,
): {
  /** By row of the columns. */
  readonly of: Int32Array;
  /** By pair, the row of the columns in which it was first seen. */
  readonly seen: readonly number[];
} {
  const of = new Int32Array(first.length);
  const seen: number[] = [];
  const [lowFirst, countFirst] = rangeOf(first);
  const [lowSecond, countSecond] = rangeOf(second);
  if (countFirst * countSecond > DENSE) {
    const pairs = new PairTable();
    for (let row = 0; row < of.length; row++) {
      const pair = pairs.row(first[row]!, second[row]!);
      if (pair === seen.length) seen.push(row);
      of[row] = pair;
    }
    return { of, seen };
  }
  /** By both numbers, the pair plus 1. */
  const known = new Int32Array(countFirst * countSecond);
  for (let row = 0; row < of.length; row++) {
    const at = (first[row]! - lowFirst) * countSecond + second[row]! - lowSecond;
    let pair = known[at]!;
    if (pair === 0) {
      pair = seen.push(row);
      known[at] = pair;
    }
    of[row] = pair - 1;
  }
  return { of, seen };
}

/** The least number of a column, and how many there are up to the largest. */
function rangeOf(column: Int32Array): readonly [low: number, count: number] {
  let low = 0;
  let high = 0;
  for (let row = 0; row < column.length; row++) {
    const number = column[row]!;
    if (row === 0 || number < low) low = number;
    if (row === 0 || number > high) high = number;
  }
  return [low, high - low + 1];
}

function hash(first: number, second: number): number {
  let h = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
  h ^= h >>> 15;
  return Math.imul(h, 0x2c1b3c6d) ^ (h >>> 13);
}
