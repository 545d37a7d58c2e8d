// Hot: the neighbours of every box are looked at, of a million in 30 ms. Bench: bench/src/pages.ts, "first picture ms".
import type { CallTree } from "@pprof-ts/report";
import { PACKAGE_COLOURS } from "../../session/preference/palette.ts";
import type { Packages } from "./frame-columns.ts";

/** A colour for each package, such that boxes beside and below each other share none unless they are of one package. */
export interface PackageColours {
  /** By package. */
  readonly colour: Uint8Array;
  /** The packages, the heaviest first. */
  readonly order: Uint32Array;
  /** By box, where there are not enough colours to go round; undefined where each package has one. */
  readonly boxes: { readonly tree: Uint8Array; readonly callers: Uint8Array | undefined } | undefined;
}

/** Of a tree with more nodes only the boxes are looked at that are wider than this part of the whole. */
const MOST_NODES = 2_000_000;
const LEAST = 1e-5;

/**
 * Chooses colours, the heaviest package first; `weight` is by package. A package keeps the colour that it had in pictures
 * before, as long as no neighbour has it.
 */
export function packageColours(
  trees: { readonly tree: CallTree; readonly callers: CallTree | undefined },
  group: Uint32Array,
  packages: Packages,
  weight: Float64Array,
): PackageColours {
  const count = packages.names.length;
  const pairs = new Pairs(count);
  for (const tree of [trees.tree, trees.callers]) if (tree !== undefined) addNeighbours(tree, group, pairs);
  const { start, other } = pairs.lists();
  const before = packages.colours;
  const colour = new Uint8Array(count).fill(NONE);
  const order = heaviestFirst(weight);
  let isEnough = !pairs.isFull;
  // The heaviest ones differ wherever they are: they stand side by side in the legend.
  let heavy = 0;
  for (let i = 0; i < count; i++) {
    const of = order[i]!;
    let taken = 0;
    for (let at = start[of]!; at < start[of + 1]! && taken !== ALL; at++) {
      const near = colour[other[at]!]!;
      if (near !== NONE) taken |= 1 << near;
    }
    const wanted = of < before.length ? before[of]! : packages.hashes[of]! % PACKAGE_COLOURS;
    let free = freeColour(wanted, alike(taken | heavy));
    if (free < 0) free = freeColour(wanted, taken | heavy);
    if (free < 0) free = freeColour(wanted, alike(taken));
    if (free < 0) free = freeColour(wanted, taken);
    colour[of] = free < 0 ? wanted : free;
    if (free < 0) isEnough = false;
    if (i < HEAVY) heavy |= 1 << colour[of]!;
  }
  packages.colours = colour;
  if (isEnough) return { colour, order, boxes: undefined };
  const ofBoxes = (tree: CallTree): Uint8Array => boxColours(tree, group, colour);
  return { colour, order, boxes: { tree: ofBoxes(trees.tree), callers: trees.callers && ofBoxes(trees.callers) } };
}

/** The rows of a column, those of its largest numbers first. */
function heaviestFirst(weight: Float64Array): Uint32Array {
  return Uint32Array.from(weight, (_, of) => of).sort((a, b) => weight[b]! - weight[a]!);
}

const NONE = 0xff;
/** So many packages have hues of their own. */
const HEAVY = 6;

/** A set of colours, a bit each, with those added that look like one of them: in the palette for colour-blind people every seventh is the same hue, lighter or darker. */
function alike(taken: number): number {
  let all = taken;
  for (let shift = 7; shift < PACKAGE_COLOURS; shift += 7) all |= (taken << shift) | (taken >>> shift);
  return all;
}

const ALL = 2 ** PACKAGE_COLOURS - 1;

/** The first colour from the wanted one on that is not avoided, each colour being a bit; -1 where all are. */
function freeColour(wanted: number, avoided: number): number {
  const free = ~avoided & ALL;
  if (free === 0) return -1;
  const later = free >>> wanted;
  return later === 0 ? lowestBit(free) : wanted + lowestBit(later);
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

/** So many neighbours of a package are looked up at one place, without a hash. */
const RECENT = 16;

/** Which packages have boxes beside or below one another's. */
class Pairs {
  readonly #count: number;
  /** As many as leave each package with twice as many neighbours as there are colours: then these hardly go round. */
  readonly #most: number;
  #length = 0;
  /** Two packages as one number. */
  #pairs: Float64Array<ArrayBuffer> = new Float64Array(4096);
  /** The hash table of pairs: a slot holds a pair's number plus 1. */
  #slots: Float64Array<ArrayBuffer> = new Float64Array(16384);

  /** Of each package some that were added with it, -1 for none: most boxes stand where others of their packages have stood. */
  readonly #recent: Int32Array<ArrayBuffer>;

  constructor(count: number) {
    this.#count = count;
    this.#most = PACKAGE_COLOURS * count;
    this.#recent = new Int32Array(RECENT * count).fill(-1);
  }

  /** Whether there are so many that no more need be looked for: each box then gets a colour by its own neighbours. */
  get isFull(): boolean {
    return this.#length > this.#most;
  }

  add(one: number, other: number): void {
    if (one === other) return;
    const [small, large] = one < other ? [one, other] : [other, one];
    const recent = RECENT * small + (large & (RECENT - 1));
    if (this.#recent[recent] === large) return;
    this.#recent[recent] = large;
    const pair = small * this.#count + large;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash(pair) & mask;
    while (slots[slot] !== 0) {
      if (slots[slot] === pair + 1) return;
      slot = (slot + 1) & mask;
    }
    slots[slot] = pair + 1;
    this.#pairs[this.#length] = pair;
    if (++this.#length === this.#pairs.length) this.#grow();
  }

  #grow(): void {
    const room = 2 * this.#length;
    const pairs = new Float64Array(room);
    pairs.set(this.#pairs);
    this.#pairs = pairs;
    this.#slots = new Float64Array(4 * room);
    const mask = this.#slots.length - 1;
    for (let i = 0; i < this.#length; i++) {
      let slot = hash(pairs[i]!) & mask;
      while (this.#slots[slot]! > 0) slot = (slot + 1) & mask;
      this.#slots[slot] = pairs[i]! + 1;
    }
  }

  /** For each package its neighbours: `other` from `start[of]` up to `start[of + 1]`. */
  lists(): { readonly start: Uint32Array; readonly other: Uint32Array } {
    const start = new Uint32Array(this.#count + 1);
    const one = new Uint32Array(this.#length);
    for (let i = 0; i < one.length; i++) {
      one[i] = this.#pairs[i]! / this.#count;
      start[one[i]! + 1]!++;
      start[this.#pairs[i]! - one[i]! * this.#count + 1]!++;
    }
    for (let of = 0; of < this.#count; of++) start[of + 1]! += start[of]!;
    const other = new Uint32Array(2 * this.#length);
    const next = start.slice();
    for (let i = 0; i < one.length; i++) {
      const two = this.#pairs[i]! - one[i]! * this.#count;
      other[next[one[i]!]!++] = two;
      other[next[two]!++] = one[i]!;
    }
    return { start, other };
  }
}

function hash(pair: number): number {
  const h = Math.imul(pair | 0, 0x9e3779b1);
  return h ^ (h >>> 15);
}

/** Tells of each node, a row after the other, what is above it and the box that ends where it begins; -1: none, or the root. */
function eachNode(tree: CallTree, look: (node: number, above: number, left: number) => void): void {
  const { parent, rowStart, start, width } = tree;
  for (let row = 1; row + 1 < rowStart.length; row++) {
    let [last, end] = [-1, 0];
    for (let node = rowStart[row]!; node < rowStart[row + 1]!; node++) {
      const begin = start[node]!;
      // What adding up has rounded is no gap.
      const touches = last >= 0 && end >= begin - 1e-9 * begin;
      look(node, parent[node]! > 0 ? parent[node]! : -1, touches ? last : -1);
      // Nodes that nothing is left of have no box.
      if (width[node] === 0) continue;
      last = node;
      end = begin + width[node]!;
    }
  }
}

function addNeighbours(tree: CallTree, group: Uint32Array, pairs: Pairs): void {
  const { frame, length, width } = tree;
  const least = length > MOST_NODES ? LEAST * width[0]! : 0;
  eachNode(tree, (node, above, left) => {
    if (width[node]! <= least || pairs.isFull) return;
    const own = group[frame[node]!]!;
    if (above >= 0) pairs.add(own, group[frame[above]!]!);
    if (left >= 0) pairs.add(own, group[frame[left]!]!);
  });
}

/** The package's colour for each box, but the next free one where a neighbour of another package has that. */
function boxColours(tree: CallTree, group: Uint32Array, colour: Uint8Array): Uint8Array {
  const { frame, length } = tree;
  const boxes = new Uint8Array(length);
  eachNode(tree, (node, above, left) => {
    const own = group[frame[node]!]!;
    let taken = 0;
    if (above >= 0 && group[frame[above]!] !== own) taken |= 1 << boxes[above]!;
    if (left >= 0 && group[frame[left]!] !== own) taken |= 1 << boxes[left]!;
    boxes[node] = freeColour(colour[own]!, taken);
  });
  return boxes;
}
