import type { Change, ProfileDiff } from "@pprof-ts/report";
import type { VNode } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { expression } from "../../session/address/expression.ts";
import { pivotOn } from "../../session/address/refine.ts";
import type { Reported } from "../../session/protocol.ts";
import { asked, useSession } from "../../session/session.ts";
import { useAnswer } from "../../session/use-answer.ts";
import { plainText } from "../../widget/plain-text.ts";
import { useSearchSteps } from "../../widget/search/search-steps.ts";
import { More } from "../../widget/table/more.tsx";
import { valueText } from "../../widget/values.ts";
import { type ChangeCells, certaintyOf, changeCells, changeOf } from "./change-cells.ts";

/** So many changes are shown: what follows is noise. */
const MOST = 500;

/** A column of the own value, or of the total; `by` is what rows are sorted by, the largest first. */
interface Column {
  readonly key: keyof Omit<ChangeCells, "because">;
  readonly title: string;
  readonly help: string;
  readonly by: (of: Change, valuesFirst: boolean) => number;
}

const size = (of: Change, valuesFirst: boolean): number => Math.abs(changeOf(of, valuesFirst));

const columnsFor = (valuesFirst: boolean): readonly Column[] => [
  {
    key: "before",
    title: "before",
    help: "Of the profiles from before, the one in the middle",
    by: (of) => (valuesFirst ? of.value.old : of.old),
  },
  {
    key: "now",
    title: "now",
    help: "Of the profiles of now, the one in the middle",
    by: (of) => (valuesFirst ? of.value.new : of.new),
  },
  { key: "change", title: "change", help: valuesFirst ? "What was added" : "In points of the total", by: size },
  {
    key: "beside",
    title: valuesFirst ? "of the total" : "values",
    help: valuesFirst ? "Shares of the total, before and now" : "In the unit of the profile, before and now",
    by: (of) => size(of, !valuesFirst),
  },
  {
    key: "chance",
    title: "chance",
    help: "Whether chance alone might have done it; point at it for the reason",
    by: (of) => (of.p === undefined ? size(of, valuesFirst) : -of.p),
  },
];

const SIDES = ["self", "total"] as const;
/** By the change of the own value. */
const FIRST_SORT = { side: "self", key: "change" } as const;

/** The functions by how much they changed: what `pprof diff` compares, values first where they are on one scale. */
export function Changes(): VNode {
  const { nav, search, warnings } = useSession();
  const { value, error, isBusy } = useAnswer("changes", asked(nav.place.value.query));
  const [sort, setSort] = useState<{ readonly side: "self" | "total"; readonly key: Column["key"] }>(FIRST_SORT);
  warnings.value = value?.warnings ?? [];
  const valuesFirst = value?.hasEqualScales === true;
  const columns = columnsFor(valuesFirst).filter(({ key }) => key !== "chance" || value?.basis !== undefined);
  const rows = useMemo(() => {
    const pattern = expression(search.value);
    const found = (value?.rows ?? []).filter(({ name }) => pattern?.test(name) ?? true);
    const { by } = columns.find(({ key }) => key === sort.key) ?? columns[2]!;
    return found.toSorted((a, b) => by(b[sort.side], valuesFirst) - by(a[sort.side], valuesFirst));
  }, [value, search.value, sort]);
  const largest = Math.max(1e-12, ...rows.flatMap((row) => SIDES.map((side) => size(row[side], valuesFirst))));
  const body = useRef<HTMLTableSectionElement>(null);
  useSearchSteps(search.value === "" ? undefined : Math.min(MOST, rows.length), (row) => {
    const element = body.current?.rows[row];
    element?.scrollIntoView({ block: "nearest" });
    element?.querySelector("button")?.focus();
  });
  useEffect(() => {
    if (value) performance.mark("pprof picture");
  }, [value]);
  const cells = (of: Change, side: (typeof SIDES)[number]): readonly VNode[] => {
    const texts = changeCells(of, value!, valuesFirst);
    // In a narrow window the last columns are left out.
    const all = `${texts.before} → ${texts.now}, ${texts.beside}`;
    return columns.map(({ key }) =>
      key === "change" ? (
        <td key={key} class={`${side} amount`} title={all}>
          <span
            class={changeOf(of, valuesFirst) < 0 ? "bar shrunk" : "bar grown"}
            style={{ width: `${(size(of, valuesFirst) / largest) * 100}%` }}
          />
          <span>{texts.change}</span>
        </td>
      ) : (
        <td key={key} class={`${side} ${key}`} title={key === "chance" ? texts.because : undefined}>
          {texts[key]}
        </td>
      ),
    );
  };
  return (
    <div aria-busy={isBusy}>
      {error && <p class="problem">{error}</p>}
      {value && <p class="hint">{headline(value, valuesFirst)}</p>}
      <div class="changes-scroll">
        <table class="changes">
          <thead>
            <tr>
              <th class="name">Name ({rows.length.toLocaleString("en")})</th>
              {SIDES.flatMap((side) =>
                columns.map(({ key, title, help }, i) => {
                  const isSorted = sort.side === side && sort.key === key;
                  return (
                    <th key={`${side} ${key}`} class={`${side} ${key}`} aria-sort={isSorted ? "descending" : undefined}>
                      <button type="button" class="head" title={help} onClick={() => setSort({ side, key })}>
                        {i === 0 ? `${side === "self" ? "Self" : "Total"} ${title}` : title}
                        {isSorted ? " ▾" : ""}
                      </button>
                    </th>
                  );
                }),
              )}
            </tr>
          </thead>
          <tbody ref={body}>
            {rows.slice(0, MOST).map((row) => (
              <tr key={row.name}>
                <td class="name">
                  <button type="button" class="plain" onClick={() => nav.go(pivotOn(row.name))}>
                    {plainText(row.name).slice(0, 400)}
                  </button>
                </td>
                {cells(row.self, "self")}
                {cells(row.total, "total")}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <More count={rows.length - MOST} where="a search for their names shows them" />
    </div>
  );
}

/** What was compared, in all, and what may be said about chance. */
function headline(value: Reported & ProfileDiff, valuesFirst: boolean): string {
  const { totals, sampleType } = value;
  const change = totals.new - totals.old;
  const all = `${valueText(totals.old, value)} before, ${valueText(totals.new, value)} now`;
  const more = `${change > 0 ? "+" : ""}${valueText(change, value)}`;
  const why = valuesFirst
    ? ""
    : " They did not take equally long, or do not say how long: shares of the total come first.";
  return `${sampleType.type}: ${all} (${more}).${why} ${certaintyOf(value)}`;
}
