import { Boxes, type BoxId, nodeOf, ROW, rowOf, type Scene } from "./drawing/flame-scene.ts";

/** What is narrower than this part of the width has no row of its own; zooming makes it wider. */
export const PARTS = 2000;

/** A row of the table of a flame graph: a box, or what all narrower ones of a row of the picture are together. */
export type FlameRow = { readonly depth: number } & (
  | { readonly box: BoxId }
  | { readonly narrow: number; readonly total: number; readonly width: number }
);

/**
 * What a flame graph shows below a box: of a search, what matches. Boxes stand below the one that called them, and what is
 * narrow at the end; with a pivot they stand row by row, for its callers are above it.
 */
export function flameRows(scene: Scene, zoomed: BoxId, matches: Uint8Array | undefined): readonly FlameRow[] {
  const { tree, node } = nodeOf(scene, zoomed);
  const left = tree.start[node]!;
  const right = left + (tree.width[node]! || 1);
  const boxes = new Boxes();
  boxes.fill(scene, { left, right, top: 0, width: PARTS, height: scene.rows * ROW });
  const rows: FlameRow[] = [];
  let depth = 0;
  let rest = { narrow: 0, total: 0, width: 0 };
  const endDepth = (): void => {
    if (rest.narrow > 0) rows.push({ depth, ...rest });
    rest = { narrow: 0, total: 0, width: 0 };
  };
  for (let box = 0; box < boxes.length; box++) {
    const id = boxes.id[box]!;
    const of = nodeOf(scene, id);
    const at = rowOf(scene, id) - scene.rowsAbove;
    if (at !== depth) endDepth();
    depth = at;
    for (let other = of.node; other < boxes.until[box]!; other++) {
      const width = of.tree.width[other]!;
      if (width === 0 || (matches !== undefined && matches[of.tree.frame[other]!] !== 1)) continue;
      if (width * PARTS >= right - left) {
        rows.push({ depth, box: id < 0 ? -1 - other : other });
        continue;
      }
      rest.narrow++;
      rest.total += of.tree.total[other]!;
      rest.width += width;
    }
  }
  endDepth();
  return scene.callers === undefined ? inTreeOrder(scene, rows) : rows;
}

/** Every box before those that it calls, and these before the next one beside it. */
function inTreeOrder({ tree: { parent } }: Scene, rows: readonly FlameRow[]): readonly FlameRow[] {
  const boxes = rows.filter((row) => "box" in row);
  const shown = new Set(boxes.map(({ box }) => box));
  const called = new Map<BoxId, FlameRow[]>();
  const waiting: FlameRow[] = [];
  // From the last to the first, as they are taken from the end.
  for (const row of boxes.toReversed()) {
    const above = parent[row.box]!;
    const others = shown.has(above) ? (called.get(above) ?? []) : waiting;
    if (others !== waiting) called.set(above, others);
    others.push(row);
  }
  const ordered: FlameRow[] = [];
  for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
    ordered.push(row);
    if ("box" in row) waiting.push(...(called.get(row.box) ?? []));
  }
  return [...ordered, ...rows.filter((row) => !("box" in row))];
}
