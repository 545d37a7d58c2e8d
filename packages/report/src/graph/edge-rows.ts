// Hot: asked for every call that a stack does not share with the one before it: 10 million calls of 1.2 million edges in 0.7 s,
// where a search for each takes 3.4. See the shape `deep` of bench/src/shapes.ts.
import { grown } from "../stack/grown.ts";
import { PairTable } from "../stack/pair-table.ts";
import { type LocationNodes, SEVERAL } from "./location-nodes.ts";

/** Which edges are asked for, by node: those from its callers, those to its callees, or both together. */
export type WantedEdges = Uint8Array;
export const CALLERS = 1;
export const CALLEES = 2;

/** The call goes by way of nodes that have been removed. */
export const RESIDUAL = 1;
/** Some call has not been inlined. */
export const CALLED = 2;
/** The stack that is walked over has the call. */
const OPEN = 4;

/** The row of all other calls, which are no edges or were not asked for; nobody reads it. */
export const NO_EDGE = 0;
const UNKNOWN = -1;

/** Calls while they are found: a row for each pair of nodes of which the first calls the second, from row 1 on. */
export class EdgeRows {
  readonly #pairs: PairTable = new PairTable();
  readonly #nodes: LocationNodes;
  readonly #wanted: WantedEdges;
  readonly #areAllWanted: boolean;
  /** By location, 1 where every call from it is asked for. */
  readonly #isAsked: Uint8Array;
  /** By location, the node that it calls most, and the edge; apart from those of another call, which are seldom looked at. */
  readonly #last: Int32Array;
  readonly #other: Int32Array;
  /** By place in `lists`, the edge to the node there from the one before it. */
  readonly #within: Int32Array;
  #weights = new Float64Array(1024);
  /** What is known of each edge, one byte: these stay in the processor's cache where what edges weigh does not. */
  #known = new Uint8Array(1024);

  constructor(nodes: LocationNodes, wanted: WantedEdges) {
    this.#nodes = nodes;
    this.#wanted = wanted;
    this.#areAllWanted = wanted.every((ends) => (ends & CALLERS) !== 0);
    this.#isAsked = new Uint8Array(nodes.of.length);
    for (let location = 0; location < nodes.of.length; location++) {
      const node = nodes.of[location]!;
      if (node < 0 && node > SEVERAL) continue;
      this.#isAsked[location] = (wanted[innermost(nodes, location)]! & CALLEES) === 0 ? 0 : 1;
    }
    this.#last = new Int32Array(2 * nodes.of.length).fill(UNKNOWN);
    this.#other = new Int32Array(2 * nodes.of.length).fill(UNKNOWN);
    this.#within = new Int32Array(nodes.lists.length).fill(UNKNOWN);
  }

  /** The row of the call from a location's innermost node, or `NO_EDGE`. */
  from(location: number, callee: number): number {
    if (!this.#areAllWanted && (this.#wanted[callee]! & CALLERS) === 0 && this.#isAsked[location] === 0) return NO_EDGE;
    const last = this.#last;
    const at = 2 * location;
    if (last[at] === callee) return last[at + 1]!;
    const other = this.#other;
    const isOther = other[at] === callee;
    const row = isOther ? other[at + 1]! : this.#row(innermost(this.#nodes, location), callee);
    // What is called now and then does not take the place of what is called again and again.
    if (isOther || last[at] === UNKNOWN) {
      other[at] = last[at]!;
      other[at + 1] = last[at + 1]!;
      last[at] = callee;
      last[at + 1] = row;
    } else {
      other[at] = callee;
      other[at + 1] = row;
    }
    return row;
  }

  /** The same of the call from one node of a location to the next that there is, which stands at this place in `lists`. */
  within(caller: number, place: number): number {
    let row = this.#within[place]!;
    if (row === UNKNOWN) {
      row = this.#row(caller, this.#nodes.lists[place]!);
      this.#within[place] = row;
    }
    return row;
  }

  /** Begins a call: the stacks from here on have it. Gives back its row, or `NO_EDGE` where they have it already. */
  open(row: number, known: number): number {
    const before = this.#known[row]!;
    // All ones where the call is new, else 0: it would be guessed wrong too often to be a condition.
    const isNew = ((before & OPEN) >> 2) - 1;
    this.#known[row] = before | OPEN | (known & isNew);
    return row & isNew;
  }

  /** Ends a call: the stacks that had it are worth so much. */
  close(row: number, value: number): void {
    this.#known[row]! &= ~OPEN;
    this.#weights[row]! += value;
  }

  /** Gives back what the edges weigh, and sets them to nothing for the next sums. */
  takeWeights(): Float64Array {
    const weights = this.#weights.slice(1, this.#pairs.length + 1);
    this.#weights.fill(0);
    return weights;
  }

  /** The edges in the order in which they were found. */
  finish(): {
    readonly length: number;
    readonly src: Int32Array;
    readonly dst: Int32Array;
    readonly residual: Uint8Array;
    readonly inline: Uint8Array;
  } {
    const { length, first, second } = this.#pairs;
    const residual = new Uint8Array(length);
    const inline = new Uint8Array(length);
    for (let edge = 0; edge < length; edge++) {
      const known = this.#known[edge + 1]!;
      residual[edge] = known & RESIDUAL;
      inline[edge] = (known & CALLED) === 0 ? 1 : 0;
    }
    return { length, src: first.slice(0, length), dst: second.slice(0, length), residual, inline };
  }

  #row(src: number, dst: number): number {
    const wanted = this.#wanted;
    if (src === dst || ((wanted[src]! & CALLEES) | (wanted[dst]! & CALLERS)) === 0) return NO_EDGE;
    const row = this.#pairs.row(src, dst) + 1;
    if (row >= this.#weights.length) {
      this.#weights = grown(this.#weights, new Float64Array(2 * row));
      this.#known = grown(this.#known, new Uint8Array(2 * row));
    }
    return row;
  }
}

/** The last node of a location that has not been removed. */
function innermost({ of, lists }: LocationNodes, location: number): number {
  const node = of[location]!;
  if (node > SEVERAL) return node;
  const list = SEVERAL - node;
  let at = list + lists[list]!;
  while (lists[at]! < 0) at--;
  return lists[at]!;
}
