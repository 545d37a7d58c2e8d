import { fit } from "../host/terminal/terminal-table.ts";

/** A column: what it is called, whether its cells stand to the right, and how narrow it may become for a terminal. */
export interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
  /** Of a text that gives way where the terminal is narrow: so many letters stay. */
  readonly least?: number;
}

const GAP = 2;

/** Rows below their titles; where a width is given, columns that may become narrow do, the last one first. */
export function tableText(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number | undefined,
): string {
  const widths = columns.map(({ title }, i) =>
    rows.reduce((most, row) => Math.max(most, row[i]!.length), title.length),
  );
  let over = width === undefined ? 0 : widths.reduce((sum, of) => sum + of + GAP, -GAP) - width;
  for (let i = columns.length - 1; i >= 0 && over > 0; i--) {
    const { least } = columns[i]!;
    if (least === undefined) continue;
    const given = Math.min(over, Math.max(0, widths[i]! - Math.max(least, columns[i]!.title.length)));
    widths[i]! -= given;
    over -= given;
  }
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => {
        const shown = columns[i]!.least === undefined ? cell : fit(cell, widths[i]!, { full: false });
        return columns[i]!.isNumber ? shown.padStart(widths[i]!) : shown.padEnd(widths[i]!);
      })
      .join(" ".repeat(GAP))
      .trimEnd();
  return [columns.map(({ title }) => title), ...rows].map((row) => `${line(row)}\n`).join("");
}
