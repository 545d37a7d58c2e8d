import type { Change, DiffRow, ProfileDiff } from "@pprof-ts/report";
import type { VNode } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { pivotOn } from "../../session/refine.ts";
import { asked, useSession } from "../../session/session.ts";
import { useAnswer } from "../../session/use-answer.ts";
import { expression } from "../../widget/expression.ts";
import { plainText } from "../../widget/plain-text.ts";
import { valueText } from "../../widget/values.ts";

/** So many changes are shown: what follows is noise. */
const MOST = 500;

interface Column {
  readonly title: string;
  readonly help: string;
  /** What rows are sorted by, the largest first. */
  readonly by: (row: DiffRow) => number;
}

const size = ({ change }: Change): number => Math.abs(change);
const unsure = ({ p }: Change): number => (p === undefined ? 0 : -p);

const COLUMNS: readonly Column[] = [
  { title: "Self before", help: "Its own share of the total", by: ({ self }) => self.old },
  { title: "now", help: "Its own share of the total", by: ({ self }) => self.new },
  { title: "change", help: "In points of the total", by: ({ self }) => size(self) },
  { title: "interval", help: "Between which the change lies", by: ({ self }) => size(self) },
  { title: "p", help: "How likely chance alone changes so much", by: ({ self }) => unsure(self) },
  { title: "Total before", help: "The share with all that it calls", by: ({ total }) => total.old },
  { title: "now", help: "The share with all that it calls", by: ({ total }) => total.new },
  { title: "change", help: "In points of the total", by: ({ total }) => size(total) },
  { title: "interval", help: "Between which the change lies", by: ({ total }) => size(total) },
  { title: "p", help: "How likely chance alone changes so much", by: ({ total }) => unsure(total) },
];
/** The order of `pprof diff`: by the change of the own share. */
const FIRST_SORT = 2;

/** The functions by how much their share changed: what `pprof diff` prints. */
export function Changes(): VNode {
  const { nav, search, warnings } = useSession();
  const { value, error, isBusy } = useAnswer("changes", asked(nav.place.value.query));
  const [sort, setSort] = useState(FIRST_SORT);
  warnings.value = value?.warnings ?? [];
  const rows = useMemo(() => {
    const pattern = expression(search.value);
    const found = (value?.rows ?? []).filter(({ name }) => pattern?.test(name) ?? true);
    if (sort === FIRST_SORT) return found;
    const { by } = COLUMNS[sort]!;
    return found.toSorted((a, b) => by(b) - by(a));
  }, [value, search.value, sort]);
  const isRepeated = value?.basis === "repeats";
  const hasIntervals = value?.basis !== undefined;
  const largest = Math.max(...rows.map(({ self, total }) => Math.max(size(self), size(total))), 1e-12);
  useEffect(() => {
    if (value) performance.mark("pprof picture");
  }, [value]);
  const shown = COLUMNS.map((column, i) => ({ ...column, i })).filter(
    ({ title }) => (isRepeated || title !== "p") && (hasIntervals || title !== "interval"),
  );
  const amount = (share: number, total: number): string => (value ? valueText(share * total, value) : "");
  const cells = (of: Change): readonly VNode[] => [
    <td title={amount(of.old, value?.totals.old ?? 0)}>{shareOf(of.old)}</td>,
    <td title={amount(of.new, value?.totals.new ?? 0)}>{shareOf(of.new)}</td>,
    <td class="amount">
      <span class={of.change < 0 ? "bar shrunk" : "bar grown"} style={{ width: `${(size(of) / largest) * 100}%` }} />
      <span title={pointsOf(of.change)}>{mayBeChance(of) ? "~" : pointsOf(of.change)}</span>
    </td>,
    ...(hasIntervals
      ? [<td>{of.interval ? `[${pointsOf(of.interval.low)}, ${pointsOf(of.interval.high)}]` : ""}</td>]
      : []),
    ...(isRepeated ? [<td>{chanceOf(of.p)}</td>] : []),
  ];
  return (
    <div aria-busy={isBusy}>
      {error && <p class="problem">{error}</p>}
      {value && (
        <p class="hint">
          {value.sampleType.type}: {valueText(value.totals.old, value)} before, {valueText(value.totals.new, value)}{" "}
          now; shares of the total, changes in points. {certaintyOf(value)}
        </p>
      )}
      <div class="changes-scroll">
        <table class="changes">
          <thead>
            <tr>
              {shown.map(({ title, help, i }) => (
                <th key={i} aria-sort={sort === i ? "descending" : undefined}>
                  <button type="button" class="head" title={help} onClick={() => setSort(i)}>
                    {title}
                    {sort === i ? " ▾" : ""}
                  </button>
                </th>
              ))}
              <th class="name">Name ({rows.length.toLocaleString("en")})</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MOST).map((row) => (
              <tr key={row.name}>
                {cells(row.self)}
                {cells(row.total)}
                <td class="name">
                  <button type="button" class="plain" onClick={() => nav.go(pivotOn(row.name))}>
                    {plainText(row.name).slice(0, 400)}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

/** What is known of chance. */
function certaintyOf({ basis, samples, rows }: ProfileDiff): string {
  const level = `${Math.round(100 * (rows[0]?.self.interval?.level ?? 0.95))}% intervals`;
  if (basis === "repeats") return `${level} and p by the Mann-Whitney test; ~ is a change with p > ${SIGNIFICANT}.`;
  if (samples === undefined) return "Nothing is known of chance: add repeats of both sides.";
  const many = [samples.old, samples.new].map((count) => Math.round(count).toLocaleString("en")).join(" and ");
  return `${level} from ${many} samples alone; ~ is a change that may be 0. How runs differ only repeats can say: add some.`;
}

/** As `pprof diff` and benchstat have it. */
const SIGNIFICANT = 0.05;

function mayBeChance({ interval, p }: Change): boolean {
  return p === undefined ? interval !== undefined && interval.low <= 0 && interval.high >= 0 : p > SIGNIFICANT;
}

function shareOf(share: number): string {
  return `${(100 * share).toFixed(2)}%`;
}

function pointsOf(change: number): string {
  return `${change < 0 ? "" : "+"}${(100 * change).toFixed(2)}`;
}

function chanceOf(p: number | undefined): string {
  return p === undefined ? "" : p < 0.001 ? "<0.001" : p.toFixed(3);
}
