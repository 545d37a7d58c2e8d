// Hot: one pass finds what a screen shows of a million nodes, in under 2 ms: by binary search in each row, and by leaps
// over all that ends within one pixel. Bench: bench/src/pages.ts, "frame p95 ms".
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
  /** The first row of the tree that is shown: 1 for a pivot, whose tree begins with a root that is left out. */
  readonly firstRow: number;
  /** How much of the width is in view where a box is zoomed to: its own; of the sides of a difference the larger one's. */
  readonly room: (box: BoxId) => number;
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
  return {
    tree,
    callers,
    firstRow,
    rowsAbove,
    rows: rowsAbove + tree.rowStart.length - 1 - firstRow,
    room: (box) => (box < 0 ? callers!.width[-1 - box]! : tree.width[box]!),
  };
}

/** The tree that a box is in, and its node. */
export function nodeOf(scene: Scene, box: BoxId): { readonly tree: CallTree; readonly node: number } {
  return box < 0 ? { tree: scene.callers!, node: -1 - box } : { tree: scene.tree, node: box };
}

/** How many nodes that are not empty a box stands for, and what they are together. */
export function sumsOf(
  scene: Scene,
  box: BoxId,
  until: number,
): { readonly count: number; readonly total: number; readonly width: number } {
  const { tree, node } = nodeOf(scene, box);
  let [count, total, width] = [0, 0, 0];
  for (let other = node; other < until; other++) {
    if (tree.width[other] === 0) continue;
    count++;
    total += tree.total[other]!;
    width += tree.width[other]!;
  }
  return { count, total, width };
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

/** Boxes up to this width, in CSS pixels, are drawn as single pixels, each of which may stand for several. */
const NARROW = 1;
/** What rounding may add to a place, in CSS pixels. */
const ROUNDING = 1e-6;

/** Where the boxes of a row of the screen begin: in all columns of `Boxes`, and in its lists of wide and narrow ones. */
interface RowPlace {
  readonly row: number;
  readonly from: number;
  readonly wideFrom: number;
  readonly narrowFrom: number;
}

/** The boxes on screen, as columns in CSS pixels. Where a picture is only scrolled, the rows still in view are kept. */
export class Boxes {
  length = 0;
  x: Float32Array = new Float32Array(4096);
  y: Float32Array = new Float32Array(4096);
  width: Float32Array = new Float32Array(4096);
  id: Int32Array = new Int32Array(4096);
  frame: Int32Array = new Int32Array(4096);
  /** A box stands for the nodes from its own up to but without this one: itself or, where it is a pixel, all that end in it. */
  until: Int32Array = new Int32Array(4096);
  /** Which of them are wider than a pixel, and which are not: a screen may have 50,000 of these, which have no text. */
  wideLength = 0;
  narrowLength = 0;
  wide: Uint32Array = new Uint32Array(4096);
  narrow: Uint32Array = new Uint32Array(4096);

  /** Where the first row begins, and how many there are; boxes stand in any order of rows. */
  top = 0;
  rows = 0;
  #places: RowPlace[] = [];
  #of: { readonly scene: Scene; readonly view: Viewport } | undefined;

  /**
   * Finds what `view` shows of `scene`. Of the nodes that end within one pixel only the first is a box, which stands for
   * them all and has that pixel for itself: what reaches into it is drawn beside it.
   */
  fill(scene: Scene, view: Viewport): void {
    const first = Math.max(0, Math.floor(view.top / ROW));
    const last = Math.min(scene.rows - 1, Math.floor((view.top + view.height) / ROW));
    const perPixel = (view.right - view.left) / view.width;
    const known = this.#of;
    this.#of = { scene, view };
    this.top = first * ROW - view.top;
    this.rows = Math.max(0, last + 1 - first);
    const isScrolled =
      known?.scene === scene &&
      known.view.left === view.left &&
      known.view.right === view.right &&
      known.view.width === view.width;
    const kept = this.#keep(isScrolled ? first : 0, isScrolled ? last : -1);
    if (!(perPixel > 0)) return;
    for (let row = first; row <= last; row++) {
      if (kept.has(row)) continue;
      this.#places.push({ row, from: this.length, wideFrom: this.wideLength, narrowFrom: this.narrowLength });
      if (row < scene.rowsAbove) this.#fillRow(scene.callers!, scene.rowsAbove + 1 - row, true, view, perPixel);
      else this.#fillRow(scene.tree, row - scene.rowsAbove + scene.firstRow, false, view, perPixel);
    }
    this.#places.forEach(({ row, from }, i) => {
      this.y.fill(row * ROW - view.top, from, this.#places[i + 1]?.from ?? this.length);
    });
  }

  /** Removes the boxes of all rows but those from `first` to `last`; answers with the rows that are left. */
  #keep(first: number, last: number): ReadonlySet<number> {
    const before = this.#places;
    const end = { from: this.length, wideFrom: this.wideLength, narrowFrom: this.narrowLength };
    const places: RowPlace[] = [];
    let [at, wide, narrow] = [0, 0, 0];
    before.forEach((place, i) => {
      const { row, from } = place;
      if (row < first || row > last) return;
      const next = before[i + 1] ?? end;
      places.push({ row, from: at, wideFrom: wide, narrowFrom: narrow });
      const by = from - at;
      for (let k = place.wideFrom; k < next.wideFrom; k++) this.wide[wide++] = this.wide[k]! - by;
      for (let k = place.narrowFrom; k < next.narrowFrom; k++) this.narrow[narrow++] = this.narrow[k]! - by;
      for (const column of [this.x, this.width, this.id, this.frame, this.until])
        column.copyWithin(at, from, next.from);
      at += next.from - from;
    });
    this.#places = places;
    [this.length, this.wideLength, this.narrowLength] = [at, wide, narrow];
    return new Set(places.map(({ row }) => row));
  }

  #fillRow(tree: CallTree, depth: number, isCaller: boolean, view: Viewport, perPixel: number): void {
    const { start, width, frame } = tree;
    const { left: viewLeft, right: viewRight } = view;
    const end = tree.rowStart[depth + 1]!;
    const lastPixel = Math.ceil(view.width) - 1;
    let { x, width: widths, id, frame: frames, until, wide, narrow } = this;
    const rowFrom = this.length;
    let at = rowFrom;
    // Where the last pixel that stands for several ends.
    let free = 0;
    let node = firstEndingAfter(tree, tree.rowStart[depth]!, end, viewLeft);
    while (node < end) {
      const from = start[node]!;
      if (from >= viewRight) break;
      const whole = width[node]!;
      // A side of a difference has nodes that only the other side has anything of.
      if (whole === 0) {
        node++;
        continue;
      }
      if (at === x.length) {
        this.#grow();
        ({ x, width: widths, id, frame: frames, until, wide, narrow } = this);
      }
      const left = Math.max((from - viewLeft) / perPixel, free);
      const room = Math.min((from + whole - viewLeft) / perPixel, view.width) - left;
      if (left >= view.width) {
        // It begins in the last pixel, which is taken.
        if (at > rowFrom) until[at - 1] = node + 1;
        break;
      }
      id[at] = isCaller ? -1 - node : node;
      frames[at] = frame[node]!;
      node++;
      if (room > NARROW) {
        x[at] = left;
        widths[at] = room;
        until[at] = node;
        wide[this.wideLength++] = at++;
        continue;
      }
      const pixel = Math.min(lastPixel, Math.floor(left + ROUNDING));
      free = pixel + 1;
      node = firstEndingFrom(tree, node, end, viewLeft + (free + ROUNDING) * perPixel);
      if (at > rowFrom && x[at - 1]! + widths[at - 1]! > pixel) widths[at - 1] = pixel - x[at - 1]!;
      x[at] = pixel;
      widths[at] = NARROW;
      until[at] = node;
      narrow[this.narrowLength++] = at++;
    }
    this.length = at;
  }

  #grow(): void {
    const room = 2 * this.x.length;
    this.x = grown(this.x, new Float32Array(room));
    this.y = grown(this.y, new Float32Array(room));
    this.width = grown(this.width, new Float32Array(room));
    this.id = grown(this.id, new Int32Array(room));
    this.frame = grown(this.frame, new Int32Array(room));
    this.until = grown(this.until, new Int32Array(room));
    this.wide = grown(this.wide, new Uint32Array(room));
    this.narrow = grown(this.narrow, new Uint32Array(room));
  }

  /** The box at this point, or undefined. */
  at(x: number, y: number): BoxId | undefined {
    for (let i = this.length - 1; i >= 0; i--) {
      if (y >= this.y[i]! && y < this.y[i]! + ROW && x >= this.x[i]! && x < this.x[i]! + this.width[i]!)
        return this.id[i];
    }
    return undefined;
  }

  /** Where the nodes end that the box of this name stands for; undefined where it is not on screen. */
  untilOf(box: BoxId): number | undefined {
    const at = this.id.subarray(0, this.length).indexOf(box);
    return at < 0 ? undefined : this.until[at];
  }
}

function grown<T extends Float32Array | Int32Array | Uint32Array>(column: T, larger: T): T {
  larger.set(column);
  return larger;
}

/** The first node of a row that ends after `left`. */
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

/** The same, for one that is most often near: steps double first and then halve. */
function firstEndingFrom(tree: CallTree, low: number, high: number, left: number): number {
  let from = low;
  let step = 1;
  while (from + step < high && tree.start[from + step]! + tree.width[from + step]! <= left) {
    from += step;
    step *= 2;
  }
  return firstEndingAfter(tree, from, Math.min(high, from + step), left);
}
