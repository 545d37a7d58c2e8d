// Hot: one pass finds what a screen shows of a million nodes, in under 2 ms: by binary search in each row, and by leaps
// over everything narrower than a pixel.
import type { CallTree } from "@pprof-ts/report";

/** The height of a row, in CSS pixels, as in the reference tool. */
export const ROW = 20;

/** What a flame graph shows: one tree, or a pivot's callees with its callers above them. */
export interface Scene {
  readonly tree: CallTree;
  readonly callers: CallTree | undefined;
  /** How many rows stand above the tree's first one. */
  readonly rowsAbove: number;
  readonly rows: number;
  /** The row of the tree that is shown first: a pivot's root stands for nothing. */
  readonly firstRow: number;
}

/** A box is a node of the tree, or `-1 - node` of the callers' tree. */
export type BoxId = number;

/** What part of a scene is on screen. */
export interface Viewport {
  /** In the unit of the tree's `start`. */
  readonly left: number;
  readonly right: number;
  /** In CSS pixels. */
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export function sceneOf(tree: CallTree, callers: CallTree | undefined): Scene {
  const firstRow = callers === undefined ? 0 : 1;
  const rowsAbove = callers === undefined ? 0 : Math.max(0, callers.rowStart.length - 3);
  return { tree, callers, firstRow, rowsAbove, rows: rowsAbove + tree.rowStart.length - 1 - firstRow };
}

/** The tree that a box is in, and its node. */
export function nodeOf(scene: Scene, box: BoxId): { readonly tree: CallTree; readonly node: number } {
  return box < 0 ? { tree: scene.callers!, node: -1 - box } : { tree: scene.tree, node: box };
}

/** The row that a box stands in, counted from the top. */
export function rowOf(scene: Scene, box: BoxId): number {
  const { tree, node } = nodeOf(scene, box);
  const depth = depthOf(tree, node);
  return box < 0 ? scene.rowsAbove + 1 - depth : scene.rowsAbove + depth - scene.firstRow;
}

function depthOf({ rowStart }: CallTree, node: number): number {
  let low = 0;
  let high = rowStart.length - 1;
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if (rowStart[middle]! <= node) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * A name for a box that holds however far its tree is made: its row and where it begins, as in `3@1250`; after a minus
 * among the callers.
 */
export function placeOf(scene: Scene, box: BoxId): string {
  const { tree, node } = nodeOf(scene, box);
  return `${box < 0 ? "-" : ""}${depthOf(tree, node)}@${tree.start[node]}`;
}

/** The box of this name, or the one nearest outside of it that there is; undefined for the root and for nonsense. */
export function boxAt(scene: Scene, place: string): BoxId | undefined {
  const [, minus, row, start] = /^(-?)(\d+)@([\d.e+-]+)$/.exec(place) ?? [];
  const tree = minus === "-" ? scene.callers : scene.tree;
  if (tree === undefined) return undefined;
  const at = Number(start);
  for (let depth = Math.min(Number(row), tree.rowStart.length - 2); depth > 0; depth--) {
    const end = tree.rowStart[depth + 1]!;
    const node = firstEndingAfter(tree, tree.rowStart[depth]!, end, at);
    if (node < end && tree.start[node]! <= at) return minus === "-" ? -1 - node : node;
  }
  return undefined;
}

/** The boxes on screen, as columns in CSS pixels; filled anew for each picture. */
export class Boxes {
  length = 0;
  x: Float32Array = new Float32Array(4096);
  y: Float32Array = new Float32Array(4096);
  width: Float32Array = new Float32Array(4096);
  id: Int32Array = new Int32Array(4096);
  frame: Int32Array = new Int32Array(4096);

  /** Finds what `view` shows of `scene`. What is narrower than a pixel shows as the first node in that pixel. */
  fill(scene: Scene, view: Viewport): void {
    this.length = 0;
    const first = Math.max(0, Math.floor(view.top / ROW));
    const last = Math.min(scene.rows - 1, Math.floor((view.top + view.height) / ROW));
    const perPixel = (view.right - view.left) / view.width;
    if (!(perPixel > 0)) return;
    for (let row = first; row <= last; row++) {
      const y = row * ROW - view.top;
      if (row < scene.rowsAbove) this.#fillRow(scene.callers!, scene.rowsAbove + 1 - row, y, true, view, perPixel);
      else this.#fillRow(scene.tree, row - scene.rowsAbove + scene.firstRow, y, false, view, perPixel);
    }
  }

  #fillRow(tree: CallTree, depth: number, y: number, isCaller: boolean, view: Viewport, perPixel: number): void {
    const { start, width, frame } = tree;
    const end = tree.rowStart[depth + 1]!;
    let node = firstEndingAfter(tree, tree.rowStart[depth]!, end, view.left);
    while (node < end) {
      const from = start[node]!;
      if (from >= view.right) return;
      // A side of a difference has nodes that only the other side has anything of.
      if (width[node] === 0) {
        node++;
        continue;
      }
      const x = (from - view.left) / perPixel;
      const w = width[node]! / perPixel;
      const left = Math.max(x, 0);
      const right = Math.min(x + w, view.width);
      this.#push(left, y, Math.max(right - left, 1), isCaller ? -1 - node : node, frame[node]!);
      node++;
      if (w < 1) node = firstStartingFrom(start, node, end, view.left + (Math.floor(left) + 1) * perPixel);
    }
  }

  #push(x: number, y: number, width: number, id: BoxId, frame: number): void {
    const at = this.length++;
    if (at === this.x.length) {
      this.x = larger(this.x, new Float32Array(at * 2));
      this.y = larger(this.y, new Float32Array(at * 2));
      this.width = larger(this.width, new Float32Array(at * 2));
      this.id = larger(this.id, new Int32Array(at * 2));
      this.frame = larger(this.frame, new Int32Array(at * 2));
    }
    this.x[at] = x;
    this.y[at] = y;
    this.width[at] = width;
    this.id[at] = id;
    this.frame[at] = frame;
  }

  /** The box at this point, or undefined. */
  at(x: number, y: number): BoxId | undefined {
    for (let i = this.length - 1; i >= 0; i--) {
      if (y >= this.y[i]! && y < this.y[i]! + ROW && x >= this.x[i]! && x < this.x[i]! + this.width[i]!)
        return this.id[i];
    }
    return undefined;
  }
}

function larger<T extends Float32Array | Int32Array>(column: T, into: T): T {
  into.set(column);
  return into;
}

function firstEndingAfter(tree: CallTree, low: number, high: number, left: number): number {
  let from = low;
  let to = high;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (tree.start[middle]! + tree.width[middle]! <= left) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** The next node is most often near: doubling steps first, then halves. */
function firstStartingFrom(start: Float64Array, low: number, high: number, left: number): number {
  let from = low;
  let step = 1;
  while (from + step < high && start[from + step]! < left) {
    from += step;
    step *= 2;
  }
  let to = Math.min(high, from + step);
  while (from < to) {
    const middle = (from + to) >> 1;
    if (start[middle]! < left) from = middle + 1;
    else to = middle;
  }
  return from;
}
