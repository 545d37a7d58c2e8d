import type { Profile } from "@pprof-ts/profile";
import { analyze, callTree, defaultOptions, frameName, frameTable } from "@pprof-ts/report";
import { FleetError } from "../error.ts";

/** A profile, and which of its values is drawn. */
export interface FlameSide {
  readonly profile: Profile;
  readonly sampleIndex: number;
}

/**
 * A flame graph as Pyroscope has it. A level is a row of boxes from left to right, each of four numbers: how far it begins behind
 * the end of the one before, its total, its own value, its name's row. Of two sides a box has the first three for either.
 */
export interface FlameLevels {
  readonly names: readonly string[];
  readonly levels: readonly (readonly number[])[];
  /** By side. */
  readonly totals: readonly number[];
  readonly maxSelf: number;
}

/** What narrow boxes beside each other become. */
const OTHER = "other";
/** So many boxes are drawn where nothing is said, as in Pyroscope. */
export const USUAL_NODES = 8192;
const MOST_NODES = 200_000;
/** Nodes that are told apart at all: what any one answer may hold in memory. */
const MOST_BUILT = 8_000_000;
/** Above every row of names, and below what two rows may be in an exact number. */
const NAMES = 2 ** 26;

/** Draws the stacks of one profile, or of two beside each other, with the `maxNodes` largest boxes (0: as many as usual). */
export function flameLevels(sides: readonly FlameSide[], maxNodes: number): FlameLevels {
  const tree = new NameTree(sides.length);
  sides.forEach((side, at) => {
    tree.add(side, at);
  });
  const most = Math.min(maxNodes > 0 ? maxNodes : USUAL_NODES, MOST_NODES);
  return new LevelWriter(tree, tree.largest(most)).write();
}

/** Stacks of all sides merged by the names of functions; a node stands behind its parent. */
class NameTree {
  readonly names: string[] = ["total"];
  readonly name: number[] = [0];
  readonly parent: number[] = [-1];
  /** By side, then by node. */
  readonly totals: number[][];
  readonly #nameRows = new Map<string, number>([["total", 0]]);
  readonly #children = new Map<number, number>();

  constructor(sides: number) {
    this.totals = Array.from({ length: sides }, () => [0]);
  }

  /** The row of a name. */
  nameRow(name: string): number {
    let row = this.#nameRows.get(name);
    if (row === undefined) {
      row = this.names.push(name) - 1;
      this.#nameRows.set(name, row);
    }
    return row;
  }

  add({ profile, sampleIndex }: FlameSide, side: number): void {
    const { selection, values } = analyze(profile, { ...defaultOptions, sample_index: String(sampleIndex) });
    const frames = frameTable(selection, "functions", false);
    // A function is one box, whether it was inlined or called.
    const rowOf = frames.rowOf.map((row) => frames.same[row]!);
    const tree = callTree({ selection, frames: { ...frames, rowOf }, values: values.values.numbers });
    const nameOf = Int32Array.from({ length: frames.length }, (_, row) =>
      this.nameRow(frameName(profile, frames, row)),
    );
    const nodeOf = new Int32Array(tree.length);
    const totals = this.totals[side]!;
    for (let row = 0; row < tree.length; row++) {
      const node = row === 0 ? 0 : this.#child(nodeOf[tree.parent[row]!]!, nameOf[tree.frame[row]!]!);
      nodeOf[row] = node;
      totals[node]! += tree.total[row]!;
    }
  }

  #child(parent: number, name: number): number {
    const key = parent * NAMES + name;
    const known = this.#children.get(key);
    if (known !== undefined) return known;
    const node = this.parent.push(parent) - 1;
    if (node > MOST_BUILT)
      throw new FleetError(`a flame graph of more than ${MOST_BUILT} boxes: a shorter range has less`);
    this.name.push(name);
    for (const totals of this.totals) totals.push(0);
    this.#children.set(key, node);
    return node;
  }

  /** What a node is worth on all sides. */
  worth(node: number): number {
    return this.totals.reduce((sum, totals) => sum + totals[node]!, 0);
  }

  /** 1 for the largest nodes, so many of them; none without its parent. */
  largest(most: number): Uint8Array {
    const isKept = new Uint8Array(this.parent.length);
    const worth = Float64Array.from(this.parent, (_, node) => this.worth(node));
    if (worth.length <= most) return isKept.fill(1);
    const order = Uint32Array.from(worth, (_, node) => node).sort((a, b) => worth[b]! - worth[a]! || a - b);
    isKept[0] = 1;
    for (const node of order.subarray(0, most))
      isKept[node] = this.parent[node]! < 0 || isKept[this.parent[node]!] ? 1 : 0;
    return isKept;
  }
}

/** A box of the level that is written: what it is worth and where it begins, by side. */
interface Box {
  /** -1 for what was too narrow. */
  readonly node: number;
  readonly totals: readonly number[];
  readonly starts: readonly number[];
}

class LevelWriter {
  readonly #tree: NameTree;
  readonly #children: readonly (readonly number[])[];
  /** By side, what the children of a node that are not drawn are worth. */
  readonly #left: readonly Float64Array[];
  #maxSelf = 0;

  constructor(tree: NameTree, isKept: Uint8Array) {
    this.#tree = tree;
    const children: number[][] = Array.from(isKept, () => []);
    const left = tree.totals.map(() => new Float64Array(isKept.length));
    for (let node = 1; node < isKept.length; node++) {
      const parent = tree.parent[node]!;
      if (isKept[parent] === 0) continue;
      if (isKept[node] === 1) children[parent]!.push(node);
      else for (const [side, sums] of left.entries()) sums[parent]! += tree.totals[side]![node]!;
    }
    for (const siblings of children) siblings.sort((a, b) => tree.worth(b) - tree.worth(a) || a - b);
    this.#children = children;
    this.#left = left;
  }

  write(): FlameLevels {
    const { totals } = this.#tree;
    const roots = totals.map((of) => of[0]!);
    const levels: number[][] = [];
    let boxes: Box[] = [{ node: 0, totals: roots, starts: roots.map(() => 0) }];
    while (boxes.length > 0) {
      const level: number[] = [];
      const ends = totals.map(() => 0);
      const next: Box[] = [];
      for (const box of boxes) {
        const below = this.#below(box);
        box.totals.forEach((total, side) => {
          const self = below.reduce((rest, child) => rest - child.totals[side]!, total);
          this.#maxSelf = Math.max(this.#maxSelf, self);
          level.push(box.starts[side]! - ends[side]!, total, self);
          ends[side] = box.starts[side]! + total;
        });
        level.push(box.node < 0 ? this.#tree.nameRow(OTHER) : this.#tree.name[box.node]!);
        for (const child of below) next.push(child);
      }
      levels.push(level);
      boxes = next;
    }
    return { names: this.#tree.names, levels, totals: roots, maxSelf: this.#maxSelf };
  }

  /** The boxes below one: its own value stands to their left, and what is too narrow to their right. */
  #below({ node, totals, starts }: Box): Box[] {
    if (node < 0) return [];
    const tree = this.#tree;
    const worth = this.#children[node]!.map((child) => ({ node: child, totals: tree.totals.map((of) => of[child]!) }));
    const left = this.#left.map((sums) => sums[node]!);
    if (left.some((sum) => sum !== 0)) worth.push({ node: -1, totals: left });
    const at = totals.map(
      (total, side) => starts[side]! + worth.reduce((rest, child) => rest - child.totals[side]!, total),
    );
    return worth.map((child) => {
      const box = { ...child, starts: [...at] };
      for (const [side, total] of child.totals.entries()) at[side]! += total;
      return box;
    });
  }
}
