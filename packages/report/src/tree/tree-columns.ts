// Hot: half a million nodes are made in a tenth of a second. See bench/src/pages.ts.

import { ReportError } from "../error.ts";
import { grown } from "../stack/grown.ts";
import { sortSiblings } from "./sort-siblings.ts";

/**
 * Stacks merged into a tree, as columns. Node 0 is the root; nodes stand in rows from the root down, in a row from left
 * to right, siblings by width. So a row is a range of nodes, and so are a node's children.
 */
export interface CallTree {
  readonly length: number;
  /** A row of the frame table; -1 for the root. */
  readonly frame: Int32Array;
  /** -1 for the root. */
  readonly parent: Int32Array;
  /** Node i's children are the nodes `firstChild[i]` up to but without `firstChild[i + 1]`. */
  readonly firstChild: Uint32Array;
  /** Row d is the nodes `rowStart[d]` up to but without `rowStart[d + 1]`; row 0 is the root. */
  readonly rowStart: Uint32Array;
  /** The value of the stacks that pass through this node or end at it; `selfOf` gives what ends at it. */
  readonly total: Float64Array;
  /** Where the node begins and how wide it is: `total`, or the sum of absolute values where some are negative. */
  readonly start: Float64Array;
  readonly width: Float64Array;
}

/** The value of the stacks that end at a node. */
export function selfOf(tree: CallTree, node: number): number {
  let self = tree.total[node]!;
  for (let child = tree.firstChild[node]!; child < tree.firstChild[node + 1]!; child++) self -= tree.total[child]!;
  return self;
}

/** About so many nodes are made at most, and as many again of the part that is looked at. */
const MOST = 200_000;
/**
 * Once an eighth of them is made, nodes narrower than 2 ** NARROWEST of the whole are not taken apart: half a pixel of a
 * large screen. The more are made, the wider a node must be.
 */
const NARROWEST = -13;
/** Once all are made, those narrower than 2 ** WIDEST of the whole: so a row has never more than about a thousand to open. */
const WIDEST = -10;

/** How far a tree is made. */
export interface Detail {
  /** About so many nodes are made at most; of those of the part that is looked at, as many again. Infinity makes all. */
  readonly most?: number | undefined;
  /** The part that is looked at, in the unit of `start`: what it shows is made as if there were nothing else. */
  readonly seen?: { readonly from: number; readonly to: number } | undefined;
  /** Siblings by their frames' ranks, in place of the widest first. */
  readonly rank?: Uint32Array | undefined;
}

/** A tree in which narrow nodes may lack their children: `cut` is the width of the widest of those, 0 where there are none. */
export interface DetailedTree {
  readonly tree: CallTree;
  readonly cut: number;
}

/** A tree that is made row by row. */
export class TreeColumns {
  length = 0;
  frame: Int32Array<ArrayBuffer> = new Int32Array(4096);
  parent: Int32Array<ArrayBuffer> = new Int32Array(4096);
  firstChild: Uint32Array<ArrayBuffer> = new Uint32Array(4096);
  start: Float64Array<ArrayBuffer> = new Float64Array(4096);
  total: Float64Array<ArrayBuffer> = new Float64Array(4096);
  width: Float64Array<ArrayBuffer>;
  readonly #rows = [0];
  readonly #most: number;
  readonly #from: number;
  readonly #to: number;
  readonly #rank: Uint32Array | undefined;
  #seen = 0;
  #least = 0;
  #leastSeen = 0;
  #cut = 0;

  constructor({ most = MOST, seen, rank }: Detail, hasNegative: boolean) {
    if (!(most > 0)) throw new ReportError(`invalid number of nodes ${most}: must be above 0, or Infinity for all`);
    this.#most = most;
    this.#from = seen?.from ?? 0;
    this.#to = seen?.to ?? 0;
    this.#rank = rank;
    this.width = hasNegative ? new Float64Array(4096) : this.total;
  }

  push(frame: number, parent: number, start: number, total: number, width: number): void {
    if (this.length === this.frame.length) this.#grow();
    const row = this.length++;
    this.frame[row] = frame;
    this.parent[row] = parent;
    this.start[row] = start;
    this.total[row] = total;
    if (this.width !== this.total) this.width[row] = width;
    if (this.#isSeen(start, width)) this.#seen++;
  }

  /** Ends a row; the node that it begins with, or -1 where it would have none. */
  nextRow(): number {
    const first = this.#rows.at(-1)!;
    if (first === this.length) return -1;
    this.#rows.push(this.length);
    this.#least = this.width[0]! * this.#leastShare(this.length - this.#seen);
    this.#leastSeen = (this.#to - this.#from) * this.#leastShare(this.#seen);
    return first;
  }

  /** Whether a node of the last row is to be taken apart. All of them are asked for, one after the other. */
  opens(node: number): boolean {
    this.firstChild[node] = this.length;
    const width = this.width[node]!;
    if (width >= (this.#isSeen(this.start[node]!, width) ? this.#leastSeen : this.#least)) return true;
    this.#cut = Math.max(this.#cut, width);
    return false;
  }

  /** Sorts the first of these rows of siblings. */
  arrange(siblings: Int32Array, count: number, frame: Int32Array, width: Float64Array): void {
    const rank = this.#rank;
    const before = (a: number, b: number): number =>
      rank === undefined ? width[b]! - width[a]! || frame[a]! - frame[b]! : rank[frame[a]!]! - rank[frame[b]!]!;
    sortSiblings(siblings, count, before);
  }

  finish(): DetailedTree {
    const { length } = this;
    const firstChild = new Uint32Array(length + 1);
    firstChild.set(this.firstChild.subarray(0, length));
    firstChild[length] = length;
    const total = this.total.slice(0, length);
    const tree = {
      length,
      frame: this.frame.slice(0, length),
      parent: this.parent.slice(0, length),
      firstChild,
      rowStart: Uint32Array.from(this.#rows),
      total,
      start: this.start.slice(0, length),
      width: this.width === this.total ? total : this.width.slice(0, length),
    };
    return { tree, cut: this.#cut };
  }

  #isSeen(start: number, width: number): boolean {
    return start < this.#to && start + width > this.#from;
  }

  /** The part of the whole that a node must have to be taken apart, once so many are made; 0 for any. */
  #leastShare(made: number): number {
    const few = this.#most / 8;
    if (made <= few) return 0;
    const used = Math.min(1, (made - few) / (this.#most - few));
    return 2 ** (NARROWEST + (WIDEST - NARROWEST) * used);
  }

  #grow(): void {
    const room = this.length * 2;
    const isSame = this.width === this.total;
    this.frame = grown(this.frame, new Int32Array(room));
    this.parent = grown(this.parent, new Int32Array(room));
    this.firstChild = grown(this.firstChild, new Uint32Array(room));
    this.start = grown(this.start, new Float64Array(room));
    this.total = grown(this.total, new Float64Array(room));
    this.width = isSame ? this.total : grown(this.width, new Float64Array(room));
  }
}
