import { type Body, inPieces } from "../body.ts";

/** A report as a table. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: Iterable<readonly (string | number | bigint | boolean)[]>;
}

/** A table as comma-separated values by RFC 4180, with a line of names and values in the unit of the profile. */
export function csvBody({ columns, rows }: Table): Body {
  function* lines(): Iterable<string> {
    yield csvLine(columns);
    for (const row of rows) yield csvLine(row);
  }
  return { chunks: inPieces(lines()) };
}

function csvLine(row: readonly unknown[]): string {
  return `${row.map((cell) => csvCell(String(cell))).join(",")}\r\n`;
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
