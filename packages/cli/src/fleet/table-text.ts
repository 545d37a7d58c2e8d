import type { Environment } from "../host/environment.ts";
import { cut } from "../host/terminal/terminal-table.ts";
import type { Ui } from "../host/terminal/ui.ts";

/** A column: what it is called, whether its cells stand to the right, and how narrow it may become for a terminal. */
export interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
  /** Of a text that gives way where the terminal is narrow: so many letters stay. */
  readonly least?: number;
}

const GAP = 2;

/** Rows below their titles; where a width is given, the widest of the columns that may become narrow do. */
export function tableText(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number | undefined,
): string {
  const widths = columns.map(({ title }, i) =>
    rows.reduce((most, row) => Math.max(most, row[i]!.length), title.length),
  );
  const room = (i: number): number => {
    const { least, title } = columns[i]!;
    return least === undefined ? 0 : Math.max(0, widths[i]! - Math.max(least, title.length));
  };
  let over = width === undefined ? 0 : widths.reduce((sum, of) => sum + of + GAP, -GAP) - width;
  for (; over > 0; over--) {
    const widest = columns.reduce((at, _, i) => (room(i) > 0 && (at < 0 || widths[i]! > widths[at]!) ? i : at), -1);
    if (widest < 0) break;
    widths[widest]!--;
  }
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => {
        const shown = columns[i]!.least === undefined ? cell : cut(cell, widths[i]!);
        return columns[i]!.isNumber ? shown.padStart(widths[i]!) : shown.padEnd(widths[i]!);
      })
      .join(" ".repeat(GAP))
      .trimEnd();
  return [columns.map(({ title }) => title), ...rows].map((row) => `${line(row)}\n`).join("");
}

/** How wide a table may be where it is read; undefined: as wide as it is. */
export function tableWidth({ outputIsTerminal }: Ui, env: Environment, isWhole: boolean): number | undefined {
  return outputIsTerminal && !isWhole ? Number(env.COLUMNS) || process.stdout.columns || 80 : undefined;
}
