import { type Analysis, graphInput } from "../../analyze.ts";
import { ReportError } from "../../error.ts";
import { compareText, padLeft } from "../../go/format.ts";
import { sumOf } from "../../go/int64.ts";
import { percentage } from "../../go/units.ts";
import { type GraphNodes, graphNodes, walkOf } from "../../graph/graph.ts";
import { present } from "../../graph/trim.ts";
import { SourceReader } from "../../world/source-reader.ts";
import type { World } from "../../world/world.ts";
import { formatIn } from "../measure.ts";

/** The part of a source file that holds a function, each line with what the profile has for it. */
export interface Listing {
  readonly function: string;
  /** "" where the profile does not name a file. */
  readonly file: string;
  readonly flat: number;
  readonly cum: number;
  readonly lines: readonly ListedLine[];
  /** Why there are no lines. */
  readonly error: string | undefined;
}

export interface ListedLine {
  readonly number: number;
  readonly text: string;
  readonly flat: number;
  readonly cum: number;
}

/** The sources of the functions whose names match, by name and then by file. */
export function listings(analysis: Analysis, world: World): Listing[] {
  const { pattern, options } = analysis;
  const input = graphInput(analysis, true);
  const nodes = graphNodes(walkOf(input.stacks, input.frames), input.frames.table, input.values);
  const { table } = nodes;
  const byFunction = new Map<string, Map<string, number[]>>();
  for (const node of present(nodes, options.drop_negative)) {
    const name = table.name[node]!;
    if (pattern !== undefined && !pattern.test(name)) continue;
    const byFile = byFunction.get(name) ?? new Map<string, number[]>();
    byFunction.set(name, byFile);
    const file = table.file[node]!;
    const rows = byFile.get(file);
    if (rows === undefined) byFile.set(file, [node]);
    else rows.push(node);
  }
  if (byFunction.size === 0) throw new ReportError(`no matches found for regexp: ${pattern?.source ?? ""}`);
  const reader = new SourceReader(world, options);
  const byText = ([a]: [string, unknown], [b]: [string, unknown]): number => compareText(a, b);
  return [...byFunction].sort(byText).flatMap(([name, byFile]) => {
    const files = [...byFile].filter(([file]) => file !== "").sort(byText);
    if (files.length === 0) return [{ function: name, file: "", flat: 0, cum: 0, lines: [], error: undefined }];
    return files.map(([file, rows]) => listing(name, file, rows, nodes, reader));
  });
}

/** So many lines are shown around those that have values. */
const MARGIN = 5;

function listing(
  name: string,
  file: string,
  rows: readonly number[],
  nodes: GraphNodes,
  reader: SourceReader,
): Listing {
  const { table, sums } = nodes;
  const byLine = new Map<number, number[]>();
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  for (const node of rows) {
    const line = table.line[node]!;
    first = Math.min(first, table.startLine[node] || line - MARGIN);
    last = Math.max(last, line + MARGIN);
    const known = byLine.get(line);
    if (known === undefined) byLine.set(line, [node]);
    else known.push(node);
  }
  // The reference tool notices that a file is missing at the first line that it reads of it: none of a function that is
  // said to begin after its lines, as where a line is not known.
  const source = first <= last || reader.hasRead(file) ? reader.read(file) : { lines: [] };
  const lines: ListedLine[] = [];
  if ("lines" in source) {
    for (let number = Math.max(first, 1); number <= Math.min(last, source.lines.length); number++) {
      const here = byLine.get(number) ?? [];
      lines.push({
        number,
        text: source.lines[number - 1]!,
        flat: Number(sumOf(sums.flat, here)),
        cum: Number(sumOf(sums.cum, here)),
      });
    }
  }
  return {
    function: name,
    file,
    flat: Number(sumOf(sums.flat, rows)),
    cum: Number(sumOf(sums.cum, rows)),
    lines,
    error: "error" in source ? source.error : undefined,
  };
}

export function printList(analysis: Analysis, world: World): string {
  const format = formatIn(analysis, analysis.options.unit);
  const total = Number(analysis.total);
  const orDot = (value: number): string => padLeft(value === 0 ? "." : format(value), 10);
  let text = "";
  for (const { function: name, file, flat, cum, lines, error } of listings(analysis, world)) {
    if (file === "") {
      text += `No source information for ${name}\n`;
      continue;
    }
    text += `ROUTINE ======================== ${name} in ${file}\n`;
    text += `${padLeft(format(flat), 10)} ${padLeft(format(cum), 10)} (flat, cum) ${percentage(cum, total)} of Total\n`;
    if (error !== undefined) text += ` Error: ${error}\n`;
    for (const line of lines) {
      text += `${orDot(line.flat)} ${orDot(line.cum)} ${String(line.number).padStart(6)}:${line.text}\n`;
    }
  }
  return `Total: ${format(total)}\n${text}`;
}
