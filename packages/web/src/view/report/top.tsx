import type { TopRow } from "@pprof-ts/report";
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { pivotOn } from "../../session/refine.ts";
import { asked, useSession } from "../../session/session.ts";
import { useAnswer } from "../../session/use-answer.ts";
import { Amount } from "../../widget/amount.tsx";
import { expression } from "../../widget/expression.ts";
import { FrameMenu, type MenuPoint } from "../../widget/frame-menu.tsx";
import { useKeys } from "../../widget/keys.ts";
import { plainText } from "../../widget/plain-text.ts";
import type { Values } from "../../widget/values.ts";
import { ROW, useVisibleRows } from "../../widget/visible-rows.ts";
import { Calls } from "./calls.tsx";
import { topCells } from "./cells.ts";

type Column = "flat" | "cum" | "name";

/** The functions as a table: sorted, searched, and with the callers and callees of the selected one beside it. */
export function TopPage(): VNode {
  const { nav, search, warnings } = useSession();
  const { query } = nav.place.value;
  const { value, error, isBusy } = useAnswer("top", asked(query));
  const [sort, setSort] = useState<{ readonly column: Column; readonly falls: boolean }>({
    column: query.sort === "cum" ? "cum" : "flat",
    falls: true,
  });
  const selected = useSignal(-1);
  const [menu, setMenu] = useState<(MenuPoint & { readonly name: string }) | undefined>(undefined);
  const pattern = search.value;
  const rows = useMemo(() => arrange(value?.rows ?? [], sort.column, sort.falls, pattern), [value, sort, pattern]);
  const scroller = useRef<HTMLDivElement>(null);
  const { first, last } = useVisibleRows(scroller, rows.length);
  warnings.value = value?.warnings ?? [];
  useEffect(() => {
    selected.value = -1;
    performance.mark("pprof picture");
  }, [rows]);

  const select = (row: number): void => {
    if (rows.length === 0) return;
    selected.value = Math.max(0, Math.min(rows.length - 1, row));
    const top = selected.value * ROW;
    const element = scroller.current!;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + 2 * ROW > element.scrollTop + element.clientHeight)
      element.scrollTop = top + 2 * ROW - element.clientHeight;
  };
  const pivot = (name: string): void => nav.go(pivotOn(name));
  useKeys({
    ArrowDown: () => select(selected.value + 1),
    ArrowUp: () => select(selected.value - 1),
    Enter: () => rows[selected.value] && pivot(rows[selected.value]!.name),
    m: () => {
      const { left, top } = scroller.current!.getBoundingClientRect();
      const row = rows[selected.value];
      const y = top + (selected.value + 2) * ROW - scroller.current!.scrollTop;
      if (row) setMenu({ x: left + 8, y, name: row.name });
    },
    Escape: () => {
      setMenu(undefined);
      selected.value = -1;
    },
  });
  const head = (column: Column, title: string): VNode => (
    <button
      type="button"
      class="head"
      aria-label={`Sort by ${title}`}
      onClick={() => setSort({ column, falls: sort.column === column ? !sort.falls : column !== "name" })}
    >
      {title} {sort.column === column ? (sort.falls ? "▾" : "▴") : ""}
    </button>
  );
  const chosen = rows[selected.value];
  return (
    <section class="split" aria-busy={isBusy}>
      <div class="table-scroll" ref={scroller} tabIndex={-1}>
        {error && <p class="problem">{error}</p>}
        <LeftOut legend={value?.legend ?? []} />
        <table class="top" aria-rowcount={rows.length + 1}>
          <thead>
            <tr aria-rowindex={1}>
              <th>{head("flat", "Flat")}</th>
              <th>Flat%</th>
              <th>Sum%</th>
              <th>{head("cum", "Cum")}</th>
              <th>Cum%</th>
              <th class="name">{head("name", `Name (${rows.length.toLocaleString("en")})`)}</th>
            </tr>
          </thead>
          <tbody>
            <tr class="unseen" style={{ height: `${first * ROW}px` }} />
            {value &&
              rows
                .slice(first, last)
                .map((row, i) => (
                  <Row
                    key={first + i}
                    index={first + i}
                    row={row}
                    values={value}
                    isSelected={first + i === selected.value}
                    select={() => select(first + i)}
                    open={() => pivot(row.name)}
                    menu={(x, y) => setMenu({ x, y, name: row.name })}
                  />
                ))}
            <tr class="unseen" style={{ height: `${(rows.length - last) * ROW}px` }} />
          </tbody>
        </table>
      </div>
      {chosen && <Calls name={chosen.name} />}
      {menu && <FrameMenu at={menu} name={menu.name} file="" close={() => setMenu(undefined)} />}
    </section>
  );
}

/** The lines of the legend that say what is not in the table. */
function LeftOut({ legend }: { readonly legend: readonly string[] }): VNode {
  return (
    <>
      {legend
        .filter((line) => /^(Dropped|Showing top) /.test(line))
        .map((line) => (
          <p key={line} class="hint">
            {line}
          </p>
        ))}
    </>
  );
}

interface RowProps {
  readonly index: number;
  readonly row: TopRow;
  readonly values: Values;
  readonly isSelected: boolean;
  readonly select: () => void;
  readonly open: () => void;
  readonly menu: (x: number, y: number) => void;
}

function Row({ index, row, values, isSelected, select, open, menu }: RowProps): VNode {
  const [flat, flatShare, sumShare, cum, cumShare] = topCells(row, values);
  return (
    <tr
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      onClick={select}
      onDblClick={open}
      onContextMenu={(event) => {
        event.preventDefault();
        select();
        menu(event.clientX, event.clientY);
      }}
    >
      <Amount value={row.flat} values={values} text={flat} />
      <td>{flatShare}</td>
      <td>{sumShare}</td>
      <Amount value={row.cum} values={values} text={cum} />
      <td>{cumShare}</td>
      <td class="name" title={plainText(row.name).slice(0, 2000)}>
        {plainText(row.name).slice(0, 400)}
        {row.inline && <span class="mark">{row.inline.slice(1, -1)}</span>}
      </td>
    </tr>
  );
}

/** Rows as they come are by flat; names are searched as the search box of the reference tool does. */
function arrange(rows: readonly TopRow[], column: Column, falls: boolean, search: string): readonly TopRow[] {
  const pattern = expression(search);
  const found = pattern === undefined ? rows : rows.filter(({ name }) => pattern.test(name));
  if (column === "flat" && falls) return found;
  const sorted = found.toSorted((a, b) =>
    column === "name" ? (a.name < b.name ? 1 : a.name > b.name ? -1 : 0) : Math.abs(b[column]) - Math.abs(a[column]),
  );
  return falls ? sorted : sorted.reverse();
}
