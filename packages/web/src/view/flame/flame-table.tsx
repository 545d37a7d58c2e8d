import { selfOf } from "@pprof-ts/report";
import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import { plainText } from "../../widget/plain-text.ts";
import { LongTable } from "../../widget/table/long-table.tsx";
import { shareText, valueText } from "../../widget/values.ts";
import { type BoxId, nodeOf } from "./drawing/flame-scene.ts";
import type { Shown } from "./drawing/shown.ts";
import { flameRows } from "./flame-rows.ts";

interface Props {
  readonly shown: Shown;
  /** The box that is zoomed to. */
  readonly zoomed: BoxId;
  readonly matches: Uint8Array | undefined;
  readonly zoom: (box: BoxId) => void;
  readonly menu: (box: BoxId, x: number, y: number) => void;
}

/** A level is so many CSS pixels further in, down to the deepest that there is room for. */
const INDENT = 10;
const DEEPEST = 40;

/** The boxes of a flame graph as a tree of rows: those that a search found, if there is one. */
export function FlameTable({ shown, zoomed, matches, zoom, menu }: Props): VNode {
  const { picture, scene } = shown;
  const rows = useMemo(() => flameRows(scene, zoomed, matches), [shown, zoomed, matches]);
  const value = (of: number): string => valueText(of, picture);
  const begin = "begin" in picture ? (picture.begin as number) : undefined;
  const columns = [
    { title: "Depth" },
    ...(begin === undefined ? [] : [{ title: "At" }]),
    ...(picture.isDiff ? ["Before", "Now", "Change"] : ["Total", "Share", "Self"]).map((title) => ({ title })),
    { title: "Name", isName: true },
  ];
  const values = (total: number, width: number): readonly string[] =>
    picture.isDiff
      ? [value((width - total) / 2), value((width + total) / 2), value(total)]
      : [value(total), shareText(total, picture)];
  const boxes = rows.filter((row) => "box" in row).length;
  return (
    <LongTable
      caption={`${boxes.toLocaleString("en")} boxes${matches ? " that match" : ""}, callees below their caller; those narrower than 0.05% of the width are one line a level, at the end`}
      level={scene.callers === undefined ? (at) => rows[at]!.depth + 1 : undefined}
      columns={columns}
      count={rows.length}
      cells={(at) => {
        const row = rows[at]!;
        if (!("box" in row)) {
          const many = `${row.narrow.toLocaleString("en")} narrower ${row.narrow === 1 ? "box" : "boxes"}`;
          return [
            row.depth,
            ...(begin === undefined ? [] : [""]),
            ...values(row.total, row.width),
            ...(picture.isDiff ? [] : [""]),
            many,
          ];
        }
        const { tree, node } = nodeOf(scene, row.box);
        return [
          row.depth,
          ...(begin === undefined ? [] : [`${((begin + tree.start[node]!) / 1e9).toFixed(3)}s`]),
          ...values(tree.total[node]!, tree.width[node]!),
          ...(picture.isDiff ? [] : [scene.callers === undefined ? value(selfOf(tree, node)) : ""]),
          <button
            type="button"
            class="plain"
            style={
              scene.callers === undefined ? { paddingLeft: `${INDENT * Math.min(row.depth, DEEPEST)}px` } : undefined
            }
            onClick={() => zoom(row.box)}
          >
            {plainText(tree.frame[node]! < 0 ? "root" : shown.nameOf(tree.frame[node]!)).slice(0, 400)}
          </button>,
        ];
      }}
      menu={(at, x, y) => {
        const row = rows[at]!;
        if ("box" in row) menu(row.box, x, y);
      }}
    />
  );
}
