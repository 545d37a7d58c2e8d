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

function csvLine(row: readonly (string | number | bigint | boolean)[]): string {
  return `${row.map(csvCell).join(",")}\r\n`;
}

/** What makes a spreadsheet take a cell for a formula, full-width signs too. */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const NUMBER = /^[-+]?\d+(\.\d+)?%?$/;

function csvCell(cell: string | number | bigint | boolean): string {
  const text = String(cell);
  // Spreadsheets show a text that begins with an apostrophe without it, and never run it.
  if (typeof cell === "string" && FORMULA.test(text) && !NUMBER.test(text)) return `"'${text.replaceAll('"', '""')}"`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
