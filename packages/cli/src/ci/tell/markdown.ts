import { markdownCode, markdownText } from "@pprof-ts/report";
import type { Result } from "../compare/result.ts";
import { headline, type Section, sectionsOf, type ToldTable } from "./sections.ts";

/** By which a later comment of the same pull request is known for one that takes this one's place. */
const MARK = "<!-- pprof ci -->";
/** So many rows of a table, and fewer where they are too much. */
const ROWS = 20;
/** GitHub takes no comment of more than 65,536 letters. */
const LARGEST = 60_000;
/** Names that are longer lose what is in their middle. */
const LONGEST_NAME = 160;

/** A comment for a pull request, of less than 60 kB. */
export function ciMarkdown(result: Result): string {
  for (let most = ROWS; ; most = most >> 1) {
    const text = commentOf(result, most);
    if (Buffer.byteLength(text) < LARGEST || most === 0) return text;
  }
}

function commentOf(result: Result, most: number): string {
  const sections = sectionsOf(result, most, most);
  const shown = sections.filter(({ isDetail }) => !isDetail);
  const details = sections.filter(({ isDetail }) => isDetail);
  return [
    MARK,
    `### pprof ci: ${markdownText(cut(headline(result)))}`,
    ...shown.flatMap(blockOf),
    ...details.flatMap((section) => [
      "",
      `<details><summary>${markdownText(section.title)}</summary>`,
      ...blockOf({ ...section, title: "" }),
      "",
      "</details>",
    ]),
    "",
  ].join("\n");
}

function blockOf({ title, sentences, table }: Section): string[] {
  return [
    ...(title === "" ? [] : ["", `**${markdownText(title)}**`]),
    ...sentences.flatMap((sentence) => ["", markdownText(cut(sentence, 10 * LONGEST_NAME))]),
    ...(table === undefined ? [] : ["", ...tableLines(table)]),
  ];
}

/** The name stands in front, where Markdown's tables have it. */
function tableLines({ header, rows, isCode }: ToldTable): string[] {
  const line = (cells: readonly string[]): string => `| ${[cells.at(-1)!, ...cells.slice(0, -1)].join(" | ")} |`;
  const name = (cells: readonly string[]): string =>
    isCode ? markdownCode(cut(cells.at(-1)!)) : markdownText(cut(cells.at(-1)!));
  return [
    line(header),
    line([...header.slice(1).map(() => "--:"), "---"]),
    ...rows.map((row) => line([...row.slice(0, -1).map(markdownText), name(row)])),
  ];
}

function cut(text: string, longest: number = LONGEST_NAME): string {
  if (text.length <= longest) return text;
  const half = Math.floor((longest - 1) / 2);
  return `${text.slice(0, half)}…${text.slice(-half)}`;
}
