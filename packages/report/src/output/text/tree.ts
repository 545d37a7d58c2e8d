import { type Analysis, graphInput } from "../../analyze.ts";
import { ReportError } from "../../error.ts";
import { padLeft } from "../../go/format.ts";
import { percentage } from "../../go/units.ts";
import { CALLEES, CALLERS } from "../../graph/edge-rows.ts";
import { cumOf, flatOf, type GraphNodes, runningFlat } from "../../graph/graph.ts";
import type { Edges } from "../../graph/node-sums.ts";
import { sortEdges } from "../../graph/order.ts";
import { trimmedGraph } from "../../graph/trim.ts";
import type { World } from "../../world/world.ts";
import { graphLegend } from "../legend.ts";
import { formatIn, outputUnit } from "../measure.ts";

/** A caller or a callee. */
export interface Call {
  readonly name: string;
  /** Of a mean this is not divided. */
  readonly weight: number;
  readonly inline: boolean;
}

/** A node with those who call it and those whom it calls, heaviest first. */
export interface TreeRow {
  readonly name: string;
  readonly flat: number;
  /** The sum of `flat` down to this row. */
  readonly sum: number;
  readonly cum: number;
  readonly callers: readonly Call[];
  readonly callees: readonly Call[];
}

/** What `tree` shows, and `peek` for the nodes that match. */
export interface Tree {
  readonly legend: readonly string[];
  /** The unit that values are printed in. */
  readonly unit: string;
  readonly rows: readonly TreeRow[];
}

/** Nodes in order, with their callers and callees; where there is a pattern, only those whose names match. */
export function tree(analysis: Analysis, world: World): Tree {
  const { pattern } = analysis;
  const input = graphInput(analysis);
  const { printable, length } = input.frames.table;
  const matches =
    pattern && Uint8Array.from({ length }, (_, row) => (pattern.test(printable(row)) ? CALLERS | CALLEES : 0));
  const graph = trimmedGraph(input, { edges: matches ?? "all", visual: false, tree: false });
  const { nodes, links, shown } = graph;
  const unit = outputUnit(analysis, graph);
  const nameOf = (node: number): string => printable(nodes.info[node]!);
  const matching = matches === undefined ? shown : shown.filter((node) => matches[nodes.info[node]!] !== 0);
  const sums = runningFlat(nodes, matching);
  const calls = (edges: number[], ends: Int32Array): Call[] => listCalls(links.edges, edges, ends, nodes);
  return {
    legend: graphLegend(analysis, graph, formatIn(analysis, unit), world, false),
    unit,
    rows: Array.from(matching, (node, i) => ({
      name: nameOf(node),
      flat: flatOf(nodes, node),
      sum: sums[i]!,
      cum: cumOf(nodes, node),
      callers: calls(links.into(node), links.edges.src),
      callees: calls(links.from(node), links.edges.dst),
    })),
  };
}

function listCalls(edges: Edges, rows: readonly number[], ends: Int32Array, nodes: GraphNodes): Call[] {
  return sortEdges(edges, rows, nodes).map((edge) => ({
    name: nodes.table.printable(nodes.info[ends[edge]!]!),
    weight: edges.weight.numbers[edge]!,
    inline: edges.inline[edge] === 1,
  }));
}

const SEPARATOR = "----------------------------------------------------------+-------------\n";
const COLUMNS = "      flat  flat%   sum%        cum   cum%   calls calls% + context \t \t \n";

export function printTree(analysis: Analysis, world: World): string {
  const { legend, unit, rows } = tree(analysis, world);
  const format = formatIn(analysis, unit);
  const total = Number(analysis.total);
  if (rows.length === 0 && analysis.pattern !== undefined) {
    throw new ReportError(`no matches found for regexp: ${analysis.pattern.source}`);
  }
  let text = `${legend.join("\n")}\n${SEPARATOR}${COLUMNS}`;
  for (const { name, flat, sum, cum, callers, callees } of rows) {
    const call = ({ name, weight, inline }: Call): string =>
      `${padLeft(format(weight), 50)} ${percentage(weight, cum)} |   ${name}${inline ? " (inline)" : ""}\n`;
    text += SEPARATOR;
    for (const caller of callers) text += call(caller);
    text += `${padLeft(format(flat), 10)} ${percentage(flat, total)} ${percentage(sum, total)} `;
    text += `${padLeft(format(cum), 10)} ${percentage(cum, total)}                | ${name}\n`;
    for (const callee of callees) text += call(callee);
  }
  return rows.length === 0 ? text : text + SEPARATOR;
}
