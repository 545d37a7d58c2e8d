// Hot: adds up the labels of a million samples on the 20 to 40 nodes of each stack, most of what `-dot` takes longer than `-top`:
// 1.4 s of processor time where a hash table took 2.2. See the shape `narrow` of bench/src/shapes.ts.
import { grown } from "../stack/grown.ts";
import { PairTable } from "../stack/pair-table.ts";

/** What some samples have in a node, and what that is to be divided by for a mean. */
export interface TagSum {
  readonly flat: number;
  readonly cum: number;
  readonly flatDivisor: number;
  readonly cumDivisor: number;
}

/** Words of a row of sums. */
const FLAT = 0;
const CUM = 1;
const FLAT_DIVISOR = 2;
const CUM_DIVISOR = 3;
const WIDTH = 4;

/** With more pairs of a set and a node than this, those that there are are looked up. */
const MOST_ROWS = 1 << 20;

/** Sums of samples by set of labels and by node, both numbered from 0 on. */
export class SetSums {
  readonly #nodeCount: number;
  /** Where a table of all pairs would be too large. */
  readonly #pairs: PairTable | undefined;
  #sums: Float64Array;
  #isSeen: Uint8Array;
  /** The sets that the stack at hand has, and by set what its samples are worth. */
  readonly #sets: Int32Array;
  #count = 0;
  readonly #isOnStack: Uint8Array;
  readonly #value: Float64Array;
  readonly #divisor: Float64Array;

  constructor(setCount: number, nodeCount: number, mostRows: number = MOST_ROWS) {
    this.#nodeCount = nodeCount;
    const rows = setCount * nodeCount;
    this.#pairs = rows > mostRows ? new PairTable() : undefined;
    const room = this.#pairs === undefined ? rows : 1024;
    this.#sums = new Float64Array(WIDTH * room);
    this.#isSeen = new Uint8Array(room);
    this.#sets = new Int32Array(setCount);
    this.#isOnStack = new Uint8Array(setCount);
    this.#value = new Float64Array(setCount);
    this.#divisor = new Float64Array(setCount);
  }

  /** Adds a sample with this set to the stack at hand. */
  addSample(set: number, value: number, divisor: number): void {
    if (this.#isOnStack[set] === 0) {
      this.#isOnStack[set] = 1;
      this.#sets[this.#count++] = set;
    }
    this.#value[set]! += value;
    this.#divisor[set]! += divisor;
  }

  /** Ends the stack at hand, which has the first `count` of these nodes, each once, and ends in `leaf`, or in none of them (-1). */
  addStack(nodes: Int32Array, count: number, leaf: number): void {
    while (this.#count > 0) {
      const set = this.#sets[--this.#count]!;
      const value = this.#value[set]!;
      const divisor = this.#divisor[set]!;
      this.#isOnStack[set] = 0;
      this.#value[set] = 0;
      this.#divisor[set] = 0;
      for (let i = 0; i < count; i++) {
        const at = WIDTH * this.#row(set, nodes[i]!);
        const sums = this.#sums;
        sums[at + CUM]! += value;
        sums[at + CUM_DIVISOR]! += divisor;
      }
      if (leaf < 0) continue;
      const at = WIDTH * this.#row(set, leaf);
      this.#sums[at + FLAT]! += value;
      this.#sums[at + FLAT_DIVISOR]! += divisor;
    }
  }

  /** Goes over the pairs that some stack has, those of a set side by side unless they are very many. */
  each(see: (set: number, node: number, sum: TagSum) => void): void {
    const pairs = this.#pairs;
    const sums = this.#sums;
    const rows = pairs === undefined ? this.#isSeen.length : pairs.length;
    for (let row = 0; row < rows; row++) {
      if (this.#isSeen[row] === 0) continue;
      const set = pairs === undefined ? Math.floor(row / this.#nodeCount) : pairs.first[row]!;
      const node = pairs === undefined ? row % this.#nodeCount : pairs.second[row]!;
      const at = WIDTH * row;
      see(set, node, {
        flat: sums[at + FLAT]!,
        cum: sums[at + CUM]!,
        flatDivisor: sums[at + FLAT_DIVISOR]!,
        cumDivisor: sums[at + CUM_DIVISOR]!,
      });
    }
  }

  #row(set: number, node: number): number {
    const row = this.#pairs === undefined ? set * this.#nodeCount + node : this.#pairs.row(set, node);
    if (row >= this.#isSeen.length) {
      this.#isSeen = grown(this.#isSeen, new Uint8Array(2 * row));
      this.#sums = grown(this.#sums, new Float64Array(WIDTH * this.#isSeen.length));
    }
    this.#isSeen[row] = 1;
    return row;
  }
}
