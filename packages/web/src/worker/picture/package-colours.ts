// Hot: the neighbours of every box are looked at, of a million in 30 ms. Bench: bench/src/pages.ts, "first picture ms".
import type { CallTree } from "@pprof-ts/report";
import { PACKAGE_COLOURS } from "../../session/palette.ts";
import type { Packages } from "./frame-columns.ts";

/** A colour for each package, such that boxes beside and below each other share none unless they are of one package. */
export interface PackageColours {
  /** By package. */
  readonly colour: Uint8Array;
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
  const order = Array.from({ length: count }, (_, of) => of).sort((a, b) => weight[b]! - weight[a]!);
  let isEnough = true;
  // The heaviest ones differ wherever they are: they stand side by side in the legend.
  let heavy = 0;
  order.forEach((of, i) => {
    let taken = 0;
    for (let i = start[of]!; i < start[of + 1]!; i++) if (colour[other[i]!] !== NONE) taken |= 1 << colour[other[i]!]!;
    const wanted = before[of] ?? hashText(packages.names[of]!) % PACKAGE_COLOURS;
    colour[of] = freeColour(wanted, near(taken | heavy), taken | heavy, near(taken), taken);
    if (taken & (1 << colour[of]!)) isEnough = false;
    if (i < HEAVY) heavy |= 1 << colour[of]!;
  });
  packages.colours = colour;
  if (isEnough) return { colour, boxes: undefined };
  const ofBoxes = (tree: CallTree): Uint8Array => boxColours(tree, group, colour);
  return { colour, boxes: { tree: ofBoxes(trees.tree), callers: trees.callers && ofBoxes(trees.callers) } };
}

const NONE = 0xff;
/** So many packages have hues of their own. */
const HEAVY = 6;

/** Colours, and those that are like them: in the safe palette every seventh is another lightness of one hue. */
function near(taken: number): number {
  let all = taken;
  for (let shift = 7; shift < PACKAGE_COLOURS; shift += 7) all |= (taken << shift) | (taken >>> shift);
  return all;
}

/** The first colour from the wanted one on that is none to be avoided, or at least none of the fewer that come after. */
function freeColour(wanted: number, ...avoid: readonly number[]): number {
  for (const avoided of avoid) {
    for (let step = 0; step < PACKAGE_COLOURS; step++) {
      const at = (wanted + step) % PACKAGE_COLOURS;
      if ((avoided & (1 << at)) === 0) return at;
    }
  }
  return wanted;
}

/** Which packages have boxes beside or below one another's. */
class Pairs {
  readonly #count: number;
  #slots = new Float64Array(1024).fill(-1);
  #length = 0;

  constructor(count: number) {
    this.#count = count;
  }

  add(a: number, b: number): void {
    if (a === b) return;
    const key = a < b ? a * this.#count + b : b * this.#count + a;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = (Math.imul(a + b, 0x9e3779b1) ^ Math.imul(a ^ b, 0x85ebca6b)) & mask;
    for (; ; slot = (slot + 1) & mask) {
      if (slots[slot] === key) return;
      if (slots[slot]! < 0) break;
    }
    slots[slot] = key;
    if (++this.#length * 2 > slots.length) this.#grow();
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Float64Array(4 * before.length).fill(-1);
    this.#length = 0;
    for (const key of before) if (key >= 0) this.add(Math.floor(key / this.#count), key % this.#count);
  }

  /** For each package its neighbours: `other` from `start[of]` up to `start[of + 1]`. */
  lists(): { readonly start: Uint32Array; readonly other: Uint32Array } {
    const start = new Uint32Array(this.#count + 1);
    const each = (take: (a: number, b: number) => void): void => {
      for (const key of this.#slots) if (key >= 0) take(Math.floor(key / this.#count), key % this.#count);
    };
    each((a, b) => {
      start[a + 1]!++;
      start[b + 1]!++;
    });
    for (let of = 0; of < this.#count; of++) start[of + 1]! += start[of]!;
    const other = new Uint32Array(start[this.#count]!);
    const next = start.slice();
    each((a, b) => {
      other[next[a]!++] = b;
      other[next[b]!++] = a;
    });
    return { start, other };
  }
}

/** The box of a row that ends where this one begins, as its node; -1 for none. */
function leftOf({ start, width, rowStart }: CallTree, node: number, row: number): number {
  let left = node - 1;
  // Nodes that nothing is left of have no box.
  while (left >= rowStart[row]! && width[left] === 0) left--;
  return left >= rowStart[row]! && start[left]! + width[left]! >= start[node]! - 1e-9 * start[node]! ? left : -1;
}

function addNeighbours(tree: CallTree, group: Uint32Array, pairs: Pairs): void {
  const { frame, length, parent, rowStart, width } = tree;
  const least = length > MOST_NODES ? LEAST * width[0]! : 0;
  for (let row = 1; row + 1 < rowStart.length; row++) {
    for (let node = rowStart[row]!; node < rowStart[row + 1]!; node++) {
      if (width[node]! <= least) continue;
      const own = group[frame[node]!]!;
      const above = parent[node]!;
      if (above > 0) pairs.add(own, group[frame[above]!]!);
      const left = leftOf(tree, node, row);
      if (left >= 0) pairs.add(own, group[frame[left]!]!);
    }
  }
}

/** The package's colour for each box, but the next free one where a neighbour of another package has that. */
function boxColours(tree: CallTree, group: Uint32Array, colour: Uint8Array): Uint8Array {
  const { frame, length, parent, rowStart } = tree;
  const boxes = new Uint8Array(length);
  for (let row = 1; row + 1 < rowStart.length; row++) {
    for (let node = rowStart[row]!; node < rowStart[row + 1]!; node++) {
      const own = group[frame[node]!]!;
      let taken = 0;
      for (const near of [parent[node]!, leftOf(tree, node, row)])
        if (near > 0 && group[frame[near]!] !== own) taken |= 1 << boxes[near]!;
      boxes[node] = freeColour(colour[own]!, taken);
    }
  }
  return boxes;
}

/** FNV-1a. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length && i < 256; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
