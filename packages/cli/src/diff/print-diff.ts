import { type Change, type DiffRow, markdownCode, markdownText, type ProfileDiff } from "@pprof-ts/report";
import { fit } from "../host/terminal/terminal-table.ts";

/** What `pprof diff` prints. */
export interface Comparison extends ProfileDiff {
  readonly old: readonly string[];
  readonly new: readonly string[];
  /** How many functions changed at all; `rows` may be the first of them. */
  readonly changed: number;
  readonly condition: string;
  /** The functions that meet the condition. */
  readonly failed: readonly string[];
}

/** How wide the text may be, for a terminal. */
export interface Width {
  readonly columns: number;
  readonly full: boolean;
}

/** A p-value up to which a change is taken for one, as benchstat does. */
const SIGNIFICANT = 0.05;

const share = (value: number): string => `${(100 * value).toFixed(2)}%`;
const points = (value: number): string => `${value < 0 ? "" : "+"}${(100 * value).toFixed(2)}`;

/** How far a share moved; `~`, as benchstat has it, where that may be chance. */
function moved({ change, interval, p }: Change): string {
  const mayBeChance = p === undefined ? interval && interval.low <= 0 && interval.high >= 0 : p > SIGNIFICANT;
  return mayBeChance ? "~" : points(change);
}

function interval({ interval: range }: Change): string {
  return range === undefined ? "" : `[${points(range.low)}, ${points(range.high)}]`;
}

function probability({ p }: Change): string {
  return p === undefined ? "" : p < 0.001 ? "<0.001" : p.toFixed(3);
}

/** What was compared, and how sure it is: a sentence each. */
function headline({ sampleType, old, new: fresh, rows, changed, basis, samples }: Comparison): string[] {
  const count = (sources: readonly string[]): string =>
    sources.length === 1 ? sources[0]! : `${sources.length} profiles`;
  const shown = rows.length < changed ? `; ${rows.length} of ${changed} that changed` : "";
  const lines = [`${sampleType.type}: ${count(old)} -> ${count(fresh)}; shares of the total, change in points${shown}`];
  const level = `${Math.round(100 * (rows[0]?.self.interval?.level ?? 0.95))}% intervals`;
  if (basis === "repeats") {
    lines.push(`${level} and p by the Mann-Whitney test; ~ is a change with p > ${SIGNIFICANT}`);
    if (leastP(old.length, fresh.length) > SIGNIFICANT)
      lines.push(`so few repeats cannot show a change at p <= ${SIGNIFICANT}: it takes four a side`);
  } else if (basis === "samples" && samples !== undefined) {
    const many = [samples.old, samples.new].map((n) => Math.round(n).toLocaleString("en-US")).join(" and ");
    lines.push(`${level} from ${many} samples alone, as if drawn one by one; ~ is a change that may be 0`);
    lines.push("how runs differ from each other only repeats can say: pprof diff OLD... -- NEW...");
  } else {
    const both = old.length === 1 && fresh.length === 1;
    lines.push(
      both
        ? "these profiles do not say how often they were sampled, so nothing is known of chance: OLD... -- NEW... compares repeats"
        : "repeats on one side alone say nothing of chance: OLD... -- NEW... compares repeats",
    );
  }
  return lines;
}

/** The least p-value that sides of these sizes can have: 2 of all ways to choose one side. */
function leastP(n: number, m: number): number {
  let ways = 1;
  for (let i = 1; i <= n; i++) ways = (ways * (m + i)) / i;
  return 2 / ways;
}

interface Column {
  readonly title: string;
  readonly cell: (row: DiffRow) => string;
  /** Left out where the terminal is narrow. */
  readonly wide?: true;
  /** Only where there are repeats, or intervals. */
  readonly needs?: "p" | "interval";
}

const COLUMNS: readonly Column[] = [
  { title: "self old", cell: ({ self }) => share(self.old), wide: true },
  { title: "self new", cell: ({ self }) => share(self.new) },
  { title: "change", cell: ({ self }) => moved(self) },
  { title: "interval", cell: ({ self }) => interval(self), needs: "interval" },
  { title: "p", cell: ({ self }) => probability(self), needs: "p" },
  { title: "total old", cell: ({ total }) => share(total.old), wide: true },
  { title: "total new", cell: ({ total }) => share(total.new) },
  { title: "change", cell: ({ total }) => moved(total) },
  { title: "interval", cell: ({ total }) => interval(total), needs: "interval", wide: true },
  { title: "p", cell: ({ total }) => probability(total), needs: "p", wide: true },
];

/** From so many columns on there is room for all of them and a name. */
const WIDE = 140;

function columnsFor({ basis }: Comparison, isWide: boolean): Column[] {
  const has = { p: basis === "repeats", interval: basis !== undefined };
  return COLUMNS.filter(({ needs, wide }) => (needs === undefined || has[needs]) && (isWide || !wide));
}

/** A table for people; whole where no width is given. */
export function diffText(comparison: Comparison, width?: Width): string {
  const lines = headline(comparison);
  if (comparison.changed === 0) return `${[lines[0], "nothing changed"].join("\n")}\n`;
  const columns = columnsFor(comparison, width === undefined || width.full || width.columns >= WIDE);
  const table = [
    columns.map(({ title }) => title),
    ...comparison.rows.map((row) => columns.map(({ cell }) => cell(row))),
  ];
  const widths = columns.map((_, i) => table.reduce((width, row) => Math.max(width, row[i]!.length), 0));
  const used = widths.reduce((sum, of) => sum + of + 2, 0);
  const name = (text: string): string => (width === undefined ? text : fit(text, width.columns - used, width));
  const names = ["function", ...comparison.rows.map(({ name: text }) => name(text))];
  for (const [i, row] of table.entries()) {
    lines.push(`${row.map((cell, j) => cell.padStart(widths[j]!)).join("  ")}  ${names[i]}`);
  }
  return `${lines.join("\n")}\n`;
}

/** A table for a pull request. */
export function diffMarkdown(comparison: Comparison): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const [what, ...sure] = headline(comparison);
  const lines = [`**pprof diff** ${markdownText(what!)}`, ...sure.map((line) => `<br>${markdownText(line)}`), ""];
  if (comparison.changed === 0) lines.push("nothing changed");
  else {
    const columns = columnsFor(comparison, true);
    lines.push(row(["function", ...columns.map(({ title }) => title)]), row(["---", ...columns.map(() => "--:")]));
    for (const of of comparison.rows) lines.push(row([markdownCode(of.name), ...columns.map(({ cell }) => cell(of))]));
  }
  if (comparison.failed.length > 0) {
    lines.push("", `Fails on ${markdownCode(comparison.condition)}: ${comparison.failed.map(markdownCode).join(", ")}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Everything, for programs; `version` counts up with changes that break them. */
export function diffJson({ condition, failed, ...comparison }: Comparison): string {
  const { sampleType, old, new: fresh, totals, basis, samples, changed, rows } = comparison;
  const data = { sampleType, old, new: fresh, totals, basis, samples, changed, rows, failOn: { condition, failed } };
  return `${JSON.stringify({ schema: "pprof-ts/diff", version: 1, ...data }, null, 2)}\n`;
}
