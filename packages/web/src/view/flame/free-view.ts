import { type BoxId, nodeOf, type Scene } from "./drawing/flame-scene.ts";

/** A part of a picture's width, in the unit of its tree. */
export interface FreeView {
  readonly left: number;
  readonly right: number;
}

/** The view that an address names, as in `12.5:30`; undefined where it names a box, or nothing. */
export function freeView(z: string | undefined): FreeView | undefined {
  const [, from, to] = /^([\d.e+-]+):([\d.e+-]+)$/.exec(z ?? "") ?? [];
  const [left, right] = [Number(from), Number(to)];
  return left >= 0 && right > left ? { left, right } : undefined;
}

/** What the address is to have for a view, "" for the whole picture; undefined where that is what it has. */
export function movedTo(
  view: FreeView,
  scene: Scene,
  zoomed: BoxId | undefined,
  free: FreeView | undefined,
): string | undefined {
  const { tree, node } = nodeOf(scene, zoomed ?? 0);
  const left = tree.start[node]!;
  const named = free ?? { left, right: left + (scene.room(zoomed ?? 0) || 1) };
  return isSameView(view, named) ? undefined : freeViewText(view, scene);
}

function freeViewText({ left, right }: FreeView, scene: Scene): string {
  if (left <= 0 && right >= scene.room(0)) return "";
  // Two views that differ on a screen of ten thousand pixels are two.
  return `${Number(left.toPrecision(9))}:${Number(right.toPrecision(9))}`;
}

/** Whether two views look the same. */
export function isSameView(a: FreeView, b: FreeView): boolean {
  const least = 1e-4 * Math.min(a.right - a.left, b.right - b.left);
  return Math.abs(a.left - b.left) <= least && Math.abs(a.right - b.right) <= least;
}
