// Hot: looked into for every frame of every path, in 16 ns: `-tree` of 100 MB takes 1.8 s. See bench/src/tool.ts.
import { grown } from "./grown.ts";

/** A slot is four numbers side by side, so that one that is looked into is one cache line: a pair, and its row plus 1. */
const ROW = 2;

/** Pairs of numbers, each with the row it got when it was first seen: an open hash table over growing columns. */
export class PairTable {
  length = 0;
  first: Int32Array = new Int32Array(1024);
  second: Int32Array = new Int32Array(1024);
  #slots = new Int32Array(4 * 2048);

  row(first: number, second: number): number {
    const slots = this.#slots;
    const mask = (slots.length >> 2) - 1;
    let slot = hash(first, second) & mask;
    for (;;) {
      const known = slots[4 * slot + ROW]!;
      if (known === 0) break;
      if (slots[4 * slot] === first && slots[4 * slot + 1] === second) return known - 1;
      slot = (slot + 1) & mask;
    }
    const row = this.length++;
    if (row === this.first.length) {
      this.first = grown(this.first, new Int32Array(row * 2));
      this.second = grown(this.second, new Int32Array(row * 2));
    }
    this.first[row] = first;
    this.second[row] = second;
    slots[4 * slot] = first;
    slots[4 * slot + 1] = second;
    slots[4 * slot + ROW] = row + 1;
    if (this.length * 8 > slots.length) this.#rehash();
    return row;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 4);
    const mask = (slots.length >> 2) - 1;
    for (let row = 0; row < this.length; row++) {
      let slot = hash(this.first[row]!, this.second[row]!) & mask;
      while (slots[4 * slot + ROW] !== 0) slot = (slot + 1) & mask;
      slots[4 * slot] = this.first[row]!;
      slots[4 * slot + 1] = this.second[row]!;
      slots[4 * slot + ROW] = row + 1;
    }
    this.#slots = slots;
  }
}

/** Tables of more numbers than this are hashed. */
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
