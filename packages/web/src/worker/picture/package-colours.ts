// Hot: the neighbours of every box are looked at, of a million in 20 ms. Bench: bench/src/pages.ts, "callers first".
import type { CallTree } from "@pprof-ts/report";
import { PACKAGE_COLOURS } from "../../session/preference/palette.ts";
import { firstRows } from "./first-rows.ts";
import type { Packages } from "./frame-columns.ts";

/** A colour for each package, such that boxes beside and below each other share none unless they are of one package. */
export interface PackageColours {
  /** By package. */
  readonly colour: Uint8Array;
  /** The packages that stand in the legend, the heaviest first. */
  readonly named: readonly number[];
  /** By box, where there are not enough colours to go round; undefined where each package has one. */
  readonly boxes: { readonly tree: Uint8Array; readonly callers: Uint8Array | undefined } | undefined;
}

/** Of a tree with more nodes only the boxes are looked at that are wider than this part of the whole. */
const MOST_NODES = 2_000_000;
const LEAST = 1e-5;
/** So many packages are named beside a picture, and so many of these have hues that none of the others has. */
const NAMED = 12;
const HEAVY = 6;
/** Where more packages than this would need another colour than before, all keep theirs, and their boxes have others where they meet. */
const MOST_MOVED = 64;

/**
 * Chooses colours, the heaviest package first; `weight` is by package. A package keeps the colour that it had in pictures
 * before, unless a heavier one has it and has a box beside or below one of its own, or stands out in the legend: so of most
 * pictures only a few neighbours are looked at twice.
 */
export function packageColours(
  trees: { readonly tree: CallTree; readonly callers: CallTree | undefined },
  group: Uint32Array,
  packages: Packages,
  weight: Float64Array,
): PackageColours {
  const count = packages.names.length;
  const boxes = packageBoxes(trees.callers === undefined ? [trees.tree] : [trees.tree, trees.callers], group, count);
  // Those that only call others have boxes, too, of a colour that someone may ask for: the more, the wider they are.
  const seen = (of: number): number => Math.max(weight[of]!, boxes.widest[of]!);
  const named = firstRows(
    count,
    NAMED,
    (a, b) => seen(a) > seen(b),
    (of) => boxes.widest[of]! > 0,
  ).sort((a, b) => weight[b]! - weight[a]! || boxes.widest[b]! - boxes.widest[a]!);
  const colour = new Uint8Array(count).fill(NONE);
  colour.set(packages.colours);
  const movers = moversOf(boxes, colour, weight, named);
  const moved = movers && movedApart(movers, boxes, colour, packages, named);
  if (moved?.isEnough) {
    packages.colours = moved.colour;
    return { colour: moved.colour, named, boxes: undefined };
  }
  // Those that had a colour keep it, whatever boxes they are beside here.
  for (let of = 0; of < count; of++)
    if (colour[of] === NONE) colour[of] = moved?.colour[of] ?? wantedColour(packages, of);
  packages.colours = colour;
  const ofBoxes = (tree: CallTree): Uint8Array => boxColours(tree, group, colour);
  return { colour, named, boxes: { tree: ofBoxes(trees.tree), callers: trees.callers && ofBoxes(trees.callers) } };
}

function wantedColour({ hashes }: Packages, of: number): number {
  return hashes[of]! % PACKAGE_COLOURS;
}

/** The boxes of packages: where those of two packages touch, the pair of them, as often as that happens. */
interface PackageBoxes {
  readonly length: number;
  readonly one: Uint32Array;
  readonly other: Uint32Array;
  /** How wide the widest box of each package is; 0 where it has none. */
  readonly widest: Float64Array;
}

function packageBoxes(trees: readonly CallTree[], group: Uint32Array, count: number): PackageBoxes {
  const widest = new Float64Array(count);
  const most = trees.reduce((sum, tree) => sum + 2 * tree.length, 0);
  const one = new Uint32Array(most);
  const other = new Uint32Array(most);
  let length = 0;
  for (const { frame, parent, rowStart, start, width, length: nodes } of trees) {
    const least = nodes > MOST_NODES ? LEAST * width[0]! : 0;
    for (let row = 1; row + 1 < rowStart.length; row++) {
      let left = -1;
      let end = 0;
      for (let node = rowStart[row]!; node < rowStart[row + 1]!; node++) {
        const wide = width[node]!;
        // Nodes that nothing is left of have no box.
        if (wide <= least) continue;
        const own = group[frame[node]!]!;
        if (wide > widest[own]!) widest[own] = wide;
        const above = parent[node]! > 0 ? group[frame[parent[node]!]!]! : own;
        if (above !== own) {
          one[length] = own;
          other[length++] = above;
        }
        if (left >= 0 && left !== own && touches(end, start[node]!)) {
          one[length] = own;
          other[length++] = left;
        }
        left = own;
        end = start[node]! + wide;
      }
    }
  }
  return { length, one, other, widest };
}

/** Whether a box that ends there touches one that begins here: what adding up has rounded is no gap. */
function touches(end: number, begin: number): boolean {
  return end >= begin - 1e-9 * begin;
}

/** Packages that need another colour than they have, or one at all. */
interface Movers {
  /** The heaviest first. */
  readonly rows: Uint32Array;
  /** 1 for each of them. */
  readonly isOne: Uint8Array;
}

/** Undefined where there are too many. */
function moversOf(
  { length, one, other }: PackageBoxes,
  colour: Uint8Array,
  weight: Float64Array,
  named: readonly number[],
): Movers | undefined {
  const isOne = new Uint8Array(colour.length);
  for (let of = 0; of < isOne.length; of++) isOne[of] = colour[of] === NONE ? 1 : 0;
  let moved = 0;
  for (let i = 0; i < length; i++) {
    const a = one[i]!;
    const b = other[i]!;
    if (colour[a] !== colour[b] || colour[a] === NONE) continue;
    const lighter = weight[a]! < weight[b]! || (weight[a] === weight[b] && a > b) ? a : b;
    if (isOne[lighter] === 1) continue;
    isOne[lighter] = 1;
    if (++moved > MOST_MOVED) return undefined;
  }
  let heavy = 0;
  named.forEach((of, i) => {
    if (colour[of] === NONE) return;
    const own = 1 << colour[of]!;
    if ((own & (i < HEAVY ? alike(heavy) : heavy)) !== 0) isOne[of] = 1;
    else if (i < HEAVY) heavy |= own;
  });
  let count = 0;
  const rows = new Uint32Array(isOne.length);
  for (let of = 0; of < isOne.length; of++) if (isOne[of] === 1) rows[count++] = of;
  return { rows: rows.subarray(0, count).sort((a, b) => weight[b]! - weight[a]! || a - b), isOne };
}

/** The colours with others for those that move; `isEnough`: no neighbours share one. */
function movedApart(
  { rows, isOne }: Movers,
  { length, one, other }: PackageBoxes,
  before: Uint8Array,
  packages: Packages,
  named: readonly number[],
): { readonly colour: Uint8Array; readonly isEnough: boolean } {
  const colour = before.slice();
  if (rows.length === 0) return { colour, isEnough: true };
  /** By package, the colours of its neighbours, a bit each: of those that stay, and of the others once they have one. */
  const taken = new Uint32Array(colour.length);
  const pairs = new Pairs(colour.length);
  for (let i = 0; i < length && !pairs.isFull; i++) {
    const a = one[i]!;
    const b = other[i]!;
    if (isOne[a] === 1) {
      if (isOne[b] === 1) pairs.add(a, b);
      else taken[a]! |= 1 << colour[b]!;
    } else if (isOne[b] === 1) taken[b]! |= 1 << colour[a]!;
  }
  const neighbours = pairs.lists();
  const isHeavy = new Uint8Array(colour.length);
  let isEnough = !pairs.isFull;
  let heavy = 0;
  for (const of of named.slice(0, HEAVY)) {
    isHeavy[of] = 1;
    if (isOne[of] === 0) heavy |= 1 << colour[of]!;
  }
  for (const of of rows) {
    const near = taken[of]!;
    const wanted = colour[of] === NONE ? wantedColour(packages, of) : colour[of]!;
    // The heaviest ones differ wherever they are: they stand side by side in the legend.
    let free = freeColour(wanted, alike(near | heavy));
    if (free < 0) free = freeColour(wanted, near | heavy);
    if (free < 0) free = freeColour(wanted, alike(near));
    if (free < 0) free = freeColour(wanted, near);
    if (free < 0) isEnough = false;
    const own = free < 0 ? wanted : free;
    colour[of] = own;
    if (isHeavy[of] === 1) heavy |= 1 << own;
    for (let at = neighbours.start[of]!; at < neighbours.start[of + 1]!; at++)
      taken[neighbours.other[at]!]! |= 1 << own;
  }
  return { colour, isEnough };
}

const NONE = 0xff;
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

/** The package's colour for each box, but the next free one where a neighbour of another package has that. */
function boxColours(tree: CallTree, group: Uint32Array, colour: Uint8Array): Uint8Array {
  const { frame, length, parent, rowStart, start, width } = tree;
  const boxes = new Uint8Array(length);
  for (let row = 1; row + 1 < rowStart.length; row++) {
    let left = -1;
    let end = 0;
    for (let node = rowStart[row]!; node < rowStart[row + 1]!; node++) {
      const own = group[frame[node]!]!;
      const above = parent[node]!;
      let taken = 0;
      if (above > 0 && group[frame[above]!] !== own) taken |= 1 << boxes[above]!;
      if (left >= 0 && group[frame[left]!] !== own && touches(end, start[node]!)) taken |= 1 << boxes[left]!;
      boxes[node] = freeColour(colour[own]!, taken);
      if (width[node] === 0) continue;
      left = node;
      end = start[node]! + width[node]!;
    }
  }
  return boxes;
}
