import type { TopRow } from "@pprof-ts/report";
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { expression } from "../../session/address/expression.ts";
import { pivotOn } from "../../session/address/refine.ts";
import type { Query } from "../../session/address/state.ts";
import { asked, useSession } from "../../session/session.ts";
import { useAnswer } from "../../session/use-answer.ts";
import { FrameMenu, type MenuPoint } from "../../widget/frame-menu.tsx";
import { useKeys } from "../../widget/keys.ts";
import { OwnCode } from "../../widget/own-code.tsx";
import { plainText } from "../../widget/plain-text.ts";
import { useSearchSteps } from "../../widget/search/search-steps.ts";
import { ROW, useVisibleRows } from "../../widget/table/visible-rows.ts";
import type { Values } from "../../widget/values.ts";
import { Amount } from "./amount.tsx";
import { Calls } from "./calls.tsx";
import { topCells } from "./cells.ts";
import { GroupBy, groupingLabel } from "./group-by.tsx";
import { LongName } from "./long-name.tsx";
import { pivoted, Sandwich } from "./sandwich.tsx";

type Column = "flat" | "cum" | "name";

/** The functions as a table: sorted, searched, and with the callers and callees of the selected one beside it. */
export function TopPage(): VNode {
  const { nav, search, warnings } = useSession();
  const { query } = nav.place.value;
  const { value, error, isBusy } = useAnswer("top", asked(query));
  const [sort, setSort] = useState<Sorting>({
    column: query.sort === "cum" ? "cum" : "flat",
    falls: true,
  });
  const [menu, setMenu] = useState<(MenuPoint & { readonly name: string; readonly file: string }) | undefined>(
    undefined,
  );
  const label = groupingLabel(query);
  const pattern = search.value;
  const rows = useMemo(() => arrange(value?.rows ?? [], sort.column, sort.falls, pattern), [value, sort, pattern]);
  const { scroller, selected, select, first, last } = useSelectedRow(rows);
  warnings.value = value?.warnings ?? [];
  /** What leaves the samples with a value of the label by which rows are grouped; nothing for those without one. */
  const withLabel = (name: string): Query => {
    const tag = value?.tags?.[value.rows.findIndex((row) => row.name === name)];
    return tag ? { tf: tag, by: "" } : { ti: `${label}=.`, by: "" };
  };
  const pivot = (name: string): void =>
    nav.go(label === undefined ? pivotOn(name) : { page: "flamegraph", set: withLabel(name) });
  useKeys({
    ArrowDown: () => select(selected.value + 1),
    ArrowUp: () => select(selected.value - 1),
    Enter: () => rows[selected.value] && pivot(rows[selected.value]!.name),
    m: () => {
      const { left, top } = scroller.current!.getBoundingClientRect();
      const row = rows[selected.value];
      const y = top + (selected.value + 2) * ROW - scroller.current!.scrollTop;
      if (row && label === undefined) setMenu({ x: left + 8, y, name: row.name, file: "" });
    },
    Escape: () => {
      setMenu(undefined);
      selected.value = -1;
    },
  });
  useSearchSteps(pattern === "" ? undefined : rows.length, select);
  const chosen = rows[selected.value];
  const choose = (name: string): void => {
    const row = rows.findIndex((other) => other.name === name);
    if (row >= 0) select(row);
    else pivot(name);
  };
  return (
    <section class="flame" aria-busy={isBusy}>
      <TopTools />
      <div class="split">
        <div class="table-scroll" ref={scroller} tabIndex={-1}>
          {error && <p class="problem">{error}</p>}
          <LeftOut legend={value?.legend ?? []} />
          <table class="top" aria-rowcount={rows.length + 1}>
            <Head sort={sort} setSort={setSort} count={rows.length} />
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
                      menu={(x, y) => label === undefined && setMenu({ x, y, name: row.name, file: "" })}
                    />
                  ))}
              <tr class="unseen" style={{ height: `${(rows.length - last) * ROW}px` }} />
            </tbody>
          </table>
        </div>
        {/* Always there: the first click of two moves nothing. */}
        <aside class={chosen ? "sandwich-side" : "sandwich-side none"} aria-label="Callers and callees">
          {chosen === undefined && <p class="empty">Callers and callees of the row that is selected stand here.</p>}
          {chosen && (
            <>
              <Sandwich
                set={label === undefined ? pivoted(chosen.name) : withLabel(chosen.name)}
                choose={choose}
                menu={(name, file, x, y) => setMenu({ x, y, name, file })}
              />
              {label === undefined && <Calls name={chosen.name} choose={choose} />}
            </>
          )}
        </aside>
      </div>
      {menu && <FrameMenu at={menu} name={menu.name} file={menu.file} close={() => setMenu(undefined)} />}
    </section>
  );
}

function TopTools(): VNode {
  return (
    <div class="tools">
      <GroupBy />
      <OwnCode dims={false} />
      <span class="space" />
      <span class="hint">
        A click shows callers and callees, a double click the flame graph, a right click what else
      </span>
    </div>
  );
}

/** The rows of the table that are drawn, and the one that is selected, which stays in view. */
function useSelectedRow(rows: readonly TopRow[]) {
  const selected = useSignal(-1);
  const scroller = useRef<HTMLDivElement>(null);
  useEffect(() => {
    selected.value = -1;
    performance.mark("pprof picture");
  }, [rows]);
  const select = (row: number): void => {
    if (rows.length === 0) return;
    selected.value = Math.max(0, Math.min(rows.length - 1, row));
  };
  // In a narrow window what stands below the rows has taken room from them by now.
  useLayoutEffect(() => {
    if (selected.value < 0) return;
    const top = selected.value * ROW;
    const element = scroller.current!;
    // The headings stay above the rows.
    const bottom = top + ROW + element.querySelector("thead")!.offsetHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (bottom > element.scrollTop + element.clientHeight) element.scrollTop = bottom - element.clientHeight;
  }, [selected.value]);
  return { scroller, selected, select, ...useVisibleRows(scroller, rows.length) };
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

interface Sorting {
  readonly column: Column;
  readonly falls: boolean;
}

interface HeadProps {
  readonly sort: Sorting;
  readonly setSort: (sort: Sorting) => void;
  readonly count: number;
}

/** The headings; some of them sort. */
function Head({ sort, setSort, count }: HeadProps): VNode {
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
  return (
    <thead>
      <tr aria-rowindex={1}>
        <th>{head("flat", "Flat")}</th>
        <th>Flat%</th>
        <th>Sum%</th>
        <th>{head("cum", "Cum")}</th>
        <th>Cum%</th>
        <th class="name">{head("name", `Name (${count.toLocaleString("en")})`)}</th>
      </tr>
    </thead>
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
        <LongName name={row.name} />
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
