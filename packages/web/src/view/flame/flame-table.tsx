import { selfOf } from "@pprof-ts/report";
import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import { LongTable } from "../../widget/long-table.tsx";
import { plainText } from "../../widget/plain-text.ts";
import { shareText, valueText } from "../../widget/values.ts";
import { Boxes, type BoxId, nodeOf, ROW, rowOf } from "./drawing/flame-scene.ts";
import type { Shown } from "./shown.ts";

/** What is narrower than this part of the width is no row; zooming makes it wider. */
const PARTS = 2000;

interface Props {
  readonly shown: Shown;
  /** The box that is zoomed to. */
  readonly zoomed: BoxId;
  readonly matches: Uint8Array | undefined;
  readonly zoom: (box: BoxId) => void;
  readonly menu: (box: BoxId, x: number, y: number) => void;
}

/** The boxes of a flame graph as a table, from the top left to the bottom right: those that a search found, if there is one. */
export function FlameTable({ shown, zoomed, matches, zoom, menu }: Props): VNode {
  const { picture, scene } = shown;
  const rows = useMemo(() => rowsOf(shown, zoomed, matches), [shown, zoomed, matches]);
  const value = (of: number): string => valueText(of, picture);
  const begin = "begin" in picture ? (picture.begin as number) : undefined;
  const columns = [
    { title: "Depth" },
    ...(begin === undefined ? [] : [{ title: "At" }]),
    ...(picture.isDiff ? ["Before", "Now", "Change"] : ["Total", "Share", "Self"]).map((title) => ({ title })),
    { title: "Name", isName: true },
  ];
  return (
    <LongTable
      caption={`${rows.length.toLocaleString("en")} boxes${matches ? " that match" : ""}, row by row; what is narrower than 0.05% of the width is left out`}
      columns={columns}
      count={rows.length}
      cells={(row) => {
        const box = rows[row]!;
        const { tree, node } = nodeOf(scene, box);
        const [total, width] = [tree.total[node]!, tree.width[node]!];
        return [
          rowOf(scene, box) - scene.rowsAbove,
          ...(begin === undefined ? [] : [`${((begin + tree.start[node]!) / 1e9).toFixed(3)}s`]),
          ...(picture.isDiff
            ? [value((width - total) / 2), value((width + total) / 2), value(total)]
            : [value(total), shareText(total, picture), scene.callers === undefined ? value(selfOf(tree, node)) : ""]),
          <button type="button" class="plain" onClick={() => zoom(box)}>
            {plainText(tree.frame[node]! < 0 ? "root" : shown.nameOf(tree.frame[node]!)).slice(0, 400)}
          </button>,
        ];
      }}
      menu={(row, x, y) => menu(rows[row]!, x, y)}
    />
  );
}

function rowsOf({ scene }: Shown, zoomed: BoxId, matches: Uint8Array | undefined): readonly BoxId[] {
  const { tree, node } = nodeOf(scene, zoomed);
  const left = tree.start[node]!;
  const right = left + (tree.width[node]! || 1);
  const boxes = new Boxes();
  boxes.fill(scene, { left, right, top: 0, width: PARTS, height: scene.rows * ROW });
  return Array.from(boxes.id.subarray(0, boxes.length)).filter((box) => {
    const of = nodeOf(scene, box);
    const isWide = of.tree.width[of.node]! * PARTS >= right - left;
    return isWide && (matches === undefined || matches[of.tree.frame[of.node]!] === 1);
  });
}
