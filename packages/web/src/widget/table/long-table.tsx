import type { ComponentChildren, VNode } from "preact";
import { useRef } from "preact/hooks";
import { ROW, useVisibleRows } from "./visible-rows.ts";

interface Props {
  readonly caption: string;
  readonly columns: readonly { readonly title: string; readonly isName?: boolean }[];
  readonly count: number;
  readonly cells: (row: number) => readonly ComponentChildren[];
  /** How deep a row stands in a tree, from 1; default: the table is no tree. */
  readonly level?: ((row: number) => number) | undefined;
  readonly menu?: (row: number, x: number, y: number) => void;
}

/** What a picture shows as a table, of which only the rows in view are drawn. */
export function LongTable({ caption, columns, count, cells, level, menu }: Props): VNode {
  const scroller = useRef<HTMLDivElement>(null);
  const { first, last } = useVisibleRows(scroller, count);
  const rows = Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keys, too
    <div class="table-scroll" ref={scroller} tabIndex={0}>
      <table class="long" role={level && "treegrid"} aria-rowcount={count + 1}>
        <caption>{caption}</caption>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map(({ title, isName }) => (
              <th key={title} class={isName ? "name" : undefined} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr class="unseen" style={{ height: `${first * ROW}px` }} />
          {rows.map((row) => (
            <tr
              key={row}
              aria-rowindex={row + 2}
              aria-level={level?.(row)}
              onContextMenu={(event) => {
                if (menu === undefined) return;
                event.preventDefault();
                menu(row, event.clientX, event.clientY);
              }}
            >
              {cells(row).map((cell, i) => (
                <td key={columns[i]!.title} class={columns[i]!.isName ? "name" : undefined}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
          <tr class="unseen" style={{ height: `${(count - last) * ROW}px` }} />
        </tbody>
      </table>
    </div>
  );
}
