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

/** The signs with which a formula begins, full-width and small ones too. */
const SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b";
const SIGN = new RegExp(`[${SIGNS}\\t\\r\\n]`);
/**
 * Where a spreadsheet would take what follows for a formula: at the start of a cell, behind what it does not see, and
 * where a cell would begin if it were `;` or a tab that separates them, as in other countries: there our quotes are none.
 */
const FORMULA = `[\\p{Z}\\p{Cf}\\v\\f"]*[${SIGNS}]`;
const FIRST = new RegExp(`^(?:[\\t\\r\\n]|${FORMULA})`, "u");
const LATER = new RegExp(`[;\\t\\r\\n](?=${FORMULA})`, "gu");
const NUMBER = /^[-+]?\d+(\.\d+)?%?$/;

function csvCell(cell: string | number | bigint | boolean): string {
  const text = String(cell);
  if (typeof cell === "string" && SIGN.test(text) && !NUMBER.test(text)) {
    // Spreadsheets show a text that begins with an apostrophe without it, and never run it.
    const safe = (FIRST.test(text) ? "'" : "") + text.replace(LATER, "$&'");
    if (safe !== text) return quoted(safe);
  }
  return /[",\r\n]/.test(text) ? quoted(text) : text;
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
