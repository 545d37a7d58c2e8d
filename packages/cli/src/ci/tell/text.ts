import { wrap } from "../../help/columns.ts";
import { oneLine } from "../../host/terminal/printable.ts";
import { fit } from "../../host/terminal/terminal-table.ts";
import type { Result } from "../compare/result.ts";
import { headline, type Section, sectionsOf, type ToldTable } from "./sections.ts";

/** So many rows of a table, and of those that a reader may do without. */
const ROWS = 20;
const DETAIL_ROWS = 5;
/** What is piped is wrapped as well: sentences are read, tables stay whole. */
const WIDTH = 80;

/** What is told on a terminal of so many columns; names whole where none is given. No name steers a terminal, or makes a line of its own. */
export function ciText(result: Result, columns?: number): string {
  const sections = sectionsOf(result, ROWS, DETAIL_ROWS);
  const above = wrap(oneLine(`pprof ci: ${headline(result)}`), columns ?? Number.POSITIVE_INFINITY);
  return [...above, ...sections.flatMap((section) => sectionLines(section, columns)), ""].join("\n");
}

function sectionLines({ title, sentences, table }: Section, columns: number | undefined): string[] {
  const lines = sentences.flatMap((sentence) => wrap(oneLine(sentence), columns ?? WIDTH));
  return [
    "",
    ...(title === "" ? [] : [`${title}:`]),
    ...lines,
    ...(table === undefined ? [] : tableLines(table, columns)),
  ];
}

function tableLines({ header, rows }: ToldTable, columns: number | undefined): string[] {
  const all = [header, ...rows.map((row) => row.map(oneLine))];
  const last = header.length - 1;
  const widths = header.map((_, i) => all.reduce((width, row) => Math.max(width, row[i]!.length), 0));
  const used = widths.slice(0, last).reduce((sum, width) => sum + width + 2, 0);
  return all.map((row) => {
    const name = row[last]!;
    const shown = columns === undefined ? name : fit(name, columns - used, { full: false });
    return [...row.slice(0, last).map((cell, i) => cell.padStart(widths[i]!)), shown].join("  ").trimEnd();
  });
}
