import { type Analysis, graphInput } from "../../analyze.ts";
import { ReportError } from "../../error.ts";
import { percentage } from "../../go/units.ts";
import { callPaths, sumCallPaths } from "../../graph/call-paths.ts";
import { cumOf, flatOf, type GraphNodes, walkOf } from "../../graph/graph.ts";
import { sortNodes } from "../../graph/order.ts";
import { type GraphInput, trimmedGraph } from "../../graph/trim.ts";
import type { World } from "../../world/world.ts";
import { profileLegend } from "../legend.ts";
import { type Format, formatIn, outputUnit } from "../measure.ts";
import { markdownCode, markdownText } from "./markdown-text.ts";

const LINES = 100;
/** Fewer lines than this would not hold the headings of all sections. */
const FEWEST = 40;
const HEAD = 12;

/**
 * What matters in a profile as Markdown, for a pull request or a language model: the functions that cost most by
 * themselves and with what they call, and the heaviest stacks, in a hundred lines or as many as the argument says. What
 * has been cut to fit is said at the end.
 */
export function printMarkdown(analysis: Analysis, world: World): string {
  const room = linesWanted(analysis.pattern?.source);
  const input = graphInput(analysis);
  const graph = trimmedGraph(input, { edges: "none", visual: false, tree: false });
  const written = formatIn(analysis, outputUnit(analysis, graph));
  // Units are the profile's words, too.
  const format: Format = (value) => markdownText(written(value));
  const facts = [
    `Total: ${format(Number(analysis.total))}`,
    ...activeFilters(analysis).map((line) => `Filter: ${markdownCode(line)}`),
    ...profileLegend(analysis, written, world).map((line) => markdownText(line.trim())),
  ];
  const head = [
    `# Profile: ${markdownText(analysis.sampleType.type)}`,
    "",
    ...facts.slice(0, HEAD).map((line) => `- ${line}`),
  ];
  const { nodes, shown } = graph;
  const byFlat = sortNodes(
    nodes,
    shown.filter((node) => flatOf(nodes, node) !== 0),
    "flat",
    undefined,
  );
  const byCum = sortNodes(nodes, shown, "cum", undefined);
  const stacks = heaviestStacks(input);
  // Besides rows, tables take five lines, the list of stacks three, and what is said at the end eight.
  const rows = room - head.length - 21;
  const parts = [0.45, 0.25, 0.3].map((part) => Math.max(1, Math.floor(rows * part)));
  const cuts: string[] = [];
  const cut = (what: string, count: number, all: number, sum?: number): void => {
    if (count >= all) return;
    const part = sum === undefined ? "" : `, with ${percentage(sum, Number(analysis.total)).trim()} of the total`;
    cuts.push(`- ${count} of ${all} ${what} are shown${part}`);
  };
  const sumFlat = (list: ArrayLike<number>): number =>
    Array.from(list).reduce((sum, node) => sum + flatOf(nodes, node), 0);
  const flats = byFlat.slice(0, parts[0]!);
  const cums = byCum.slice(0, parts[1]!);
  const paths = stacks.slice(0, parts[2]!);
  cut("functions with a value of their own", flats.length, byFlat.length, sumFlat(flats));
  cut("functions with what they call", cums.length, byCum.length);
  cut(
    "stacks",
    paths.length,
    stacks.length,
    paths.reduce((sum, { value }) => sum + value, 0),
  );
  if (facts.length > HEAD) cuts.push(`- ${HEAD} of ${facts.length} facts about the profile are shown`);
  if (graph.droppedNodes > 0) {
    cuts.push(
      `- ${graph.droppedNodes} below ${analysis.options.nodefraction * 100}% of the total are not counted here`,
    );
  }
  const lines = [
    ...head,
    ...section("Most by themselves", tableOf(analysis, nodes, flats, format)),
    ...section("Most with what they call", tableOf(analysis, nodes, cums, format)),
    ...section("Heaviest stacks, outermost caller first", stackLines(analysis, nodes, paths, format)),
    ...section("Cut", cuts.length === 0 ? ["Nothing: this is all of it."] : cuts),
  ];
  return `${lines.join("\n")}\n`;
}

function linesWanted(argument: string | undefined): number {
  if (argument === undefined || argument === "") return LINES;
  const lines = Number(argument);
  if (Number.isSafeInteger(lines) && lines >= FEWEST) return lines;
  throw new ReportError(`invalid number of lines ${JSON.stringify(argument)}: must be ${FEWEST} or more`);
}

function activeFilters({ options }: Analysis): string[] {
  const names = ["focus", "ignore", "hide", "show", "show_from", "prune_from", "tagfocus", "tagignore"] as const;
  return names.filter((name) => options[name] !== "").map((name) => `${name}=${options[name]}`);
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", `## ${title}`, "", ...lines];
}

function tableOf(analysis: Analysis, nodes: GraphNodes, rows: Int32Array, format: Format): string[] {
  if (rows.length === 0) return [];
  const total = Number(analysis.total);
  const share = (value: number): string => percentage(value, total).trim();
  return [
    "| flat | flat% | cum | cum% | function |",
    "| ---: | ----: | --: | ---: | :------- |",
    ...Array.from(rows, (node) => {
      const [flat, cum] = [flatOf(nodes, node), cumOf(nodes, node)];
      const name = markdownCode(nodes.table.printable(nodes.info[node]!));
      return `| ${format(flat)} | ${share(flat)} | ${format(cum)} | ${share(cum)} | ${name} |`;
    }),
  ];
}

interface Stack {
  readonly value: number;
  /** Nodes, outermost first. */
  readonly nodes: readonly number[];
}

function heaviestStacks(input: GraphInput): Stack[] {
  const paths = callPaths(walkOf(input.stacks, input.frames));
  const { numbers } = sumCallPaths(paths, input.stacks.samples, input.values.values).flat;
  const rows = Array.from(numbers.keys()).filter((row) => numbers[row] !== 0);
  rows.sort((a, b) => Math.abs(numbers[b]!) - Math.abs(numbers[a]!) || a - b);
  return rows.map((row) => ({
    value: numbers[row]!,
    get nodes(): number[] {
      const nodes: number[] = [];
      for (let at = row; at >= 0; at = paths.parent[at]!) nodes.push(paths.node[at]!);
      return nodes.reverse();
    },
  }));
}

/** Of long stacks so many frames are shown at the root and at the leaf. */
const AT_ROOT = 2;
const AT_LEAF = 6;

function stackLines(analysis: Analysis, { table }: GraphNodes, stacks: readonly Stack[], format: Format): string[] {
  return stacks.map(({ value, nodes }, i) => {
    const names = nodes.map((node) => markdownCode(table.printable(node)));
    const left = names.length - AT_ROOT - AT_LEAF;
    const shown = left <= 1 ? names : [...names.slice(0, AT_ROOT), `(${left} more)`, ...names.slice(-AT_LEAF)];
    return `${i + 1}. ${percentage(value, Number(analysis.total)).trim()} (${format(value)}) ${shown.join(" → ")}`;
  });
}
