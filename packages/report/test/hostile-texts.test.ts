import fc from "fast-check";
import { expect, test } from "vitest";
import { defaultOptions, drawableDot, OUTPUTS, type OutputFormat, report, wholeBody } from "../src/index.ts";
import { dotStatements } from "./dot-statements.ts";
import { hostileProfile, hostileTexts } from "./hostile.ts";

/** What a report of each kind is made of, whatever a profile's texts are; they say only how often. */
const SHAPES: Readonly<Record<OutputFormat | "csv", ((text: string) => unknown) | undefined>> = {
  // What texts say stands as it is in a pipe, where programs read it.
  text: undefined,
  proto: undefined,
  otlp: undefined,
  dot: (text) => dotStatements(drawableDot(text)).statements.map(({ attributes }) => [...attributes.keys()]),
  callgrind: (text) => text.split("\n").map((line) => /^(?:[a-z]+[:=]|[\d*+-]|$)/.exec(line)?.[0] ?? line),
  html: elements,
  svg: elements,
  json: (text) => typeof JSON.parse(text),
  markdown: (text) => text.split("\n").map(markdownShape),
  csv: (text) => {
    const rows = records(text, ",");
    for (const separator of [",", ";", "\t"]) {
      for (const cell of records(text, separator).flat()) expect(cell).not.toMatch(/^[\s\p{Cf}"]*[=+@＝]|^-(?!\d)/u);
    }
    return rows.map((row) => row.length);
  },
};

/** Elements of a page with the names of their attributes; a hidden one would be one more. */
function elements(text: string): string[] {
  const found = text.replace(/<(script|style)>.*?<\/\1>/gs, "<$1>").match(/<[!?/a-z][^>]*>/gi) ?? [];
  return found.map((element) => element.replace(/"[^"]*"/g, '""').replace(/=[^\s"">]+/g, "="));
}

/** Where a line begins, how many cells it has, and that no HTML stands in it outside of code. */
function markdownShape(line: string): string {
  // Outside of code a sign behind a backslash is that sign; within it, all are.
  const outside = line.replace(/\\.|`[^`]*`/g, ".");
  expect(outside).not.toMatch(/<[a-z/!?]|[[\]*`]/i);
  const start = /^(?:#+ |- |\d+\. |\|)/.exec(line)?.[0] ?? "";
  return start + (start === "|" ? line.replaceAll("\\|", "").split("|").length : "");
}

/** Rows of cells as a spreadsheet reads them: quotes count at the start of a cell. */
function records(text: string, separator: string): string[][] {
  const rows: string[][] = [[]];
  const cell = new RegExp(
    `(?:"((?:[^"]|"")*)"([^${separator}\r\n]*)|([^${separator}\r\n]*))(${separator}|\r\n|[\r\n]|$)`,
    "y",
  );
  while (cell.lastIndex < text.length) {
    const [, quoted, rest = "", plain = "", end] = cell.exec(text)!;
    rows.at(-1)!.push(quoted === undefined ? plain : quoted.replaceAll('""', '"') + rest);
    if (end !== separator) rows.push([]);
  }
  return rows.slice(0, -1);
}

for (const { name, format, takesRegexp, table } of OUTPUTS) {
  // It shows code of binaries, of which there are none here.
  if (name === "disasm") continue;
  for (const form of table === undefined ? (["own"] as const) : (["own", "csv"] as const)) {
    const shape = SHAPES[form === "csv" ? "csv" : format];
    if (shape === undefined) continue;
    test(`no text of a profile is more than a text in ${name} ${form === "csv" ? "as CSV" : ""}`, () => {
      const written = (texts: readonly string[]): unknown => {
        const options = { ...defaultOptions, nodefraction: 0, edgefraction: 0, granularity: "lines" as const };
        const { body } = report(hostileProfile(texts), name, options, {}, takesRegexp ? "(?s)." : undefined, form);
        return shape(String(wholeBody(body)));
      };
      const plain = written(["plain"]);
      fc.assert(
        fc.property(hostileTexts, (texts) => {
          // The same texts again and again, as there are of the plain one: as many rows, boxes and lines.
          const hostile = written([`plain${texts.join("")}`]);
          expect(hostile).toEqual(plain);
          written(texts);
        }),
        { numRuns: 40 },
      );
    });
  }
}
