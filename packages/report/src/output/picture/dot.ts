import { type Analysis, graphInput } from "../../analyze.ts";
import { dotText } from "../../go/dot-text.ts";
import { quotient, valueAt, wrapAbs } from "../../go/int64.ts";
import { basePath } from "../../go/paths.ts";
import { shortName } from "../../go/short-name.ts";
import { percentage } from "../../go/units.ts";
import { cumOf, flatOf } from "../../graph/graph.ts";
import { nameParts } from "../../graph/nodes.ts";
import { sortEdges } from "../../graph/order.ts";
import { type GraphNeeds, type TrimmedGraph, trimmedGraph } from "../../graph/trim.ts";
import type { World } from "../../world/world.ts";
import { graphLegend } from "../legend.ts";
import { type Format, formatIn, outputUnit } from "../measure.ts";
import { dotColor } from "./dot-color.ts";
import { tagBoxes } from "./dot-tags.ts";

/** The graph of calls in the language of Graphviz. */
export function printDot(analysis: Analysis, world: World): string {
  const needs: GraphNeeds = { edges: "all", visual: true, tree: analysis.options.call_tree };
  const graph = trimmedGraph(graphInput(analysis), needs);
  const written = formatIn(analysis, outputUnit(analysis, graph));
  // Units are the profile's words, too.
  const format: Format = (value) => dotText(written(value));
  const { mappings, strings } = analysis.profile;
  const file = mappings.length === 0 ? "" : strings.get(mappings.filename[0]!);
  const title = file === "" ? "" : dotText(basePath(file));
  const { nodes, shown, links, tags } = graph;

  let text = `digraph "${title === "" ? "unnamed" : title}" {\nnode [style=filled fillcolor="#f8f8f8"]\n`;
  text += legendNode(graphLegend(analysis, graph, written, world, true), title);
  let largest = 0;
  for (const node of shown) largest = Math.max(largest, Math.abs(flatOf(nodes, node)));
  const idOf = new Map<number, number>();
  shown.forEach((node, i) => {
    idOf.set(node, i + 1);
  });
  const withTags = new Set<number>();
  const edges: number[] = [];
  shown.forEach((node, i) => {
    text += nodeLine(graph, node, i + 1, largest, Number(analysis.total), format);
    const outgoing = links.from(node);
    const boxes = tags === undefined ? "" : tagBoxes(tags.of(node), i + 1, outgoing.length > 0, format);
    if (boxes !== "") withTags.add(node);
    text += boxes;
    for (const edge of outgoing) edges.push(edge);
  });
  for (const edge of sortEdges(links.edges, edges, nodes)) {
    const src = links.edges.src[edge]!;
    const ends = `N${idOf.get(src)} -> N${idOf.get(links.edges.dst[edge]!) ?? 0}`;
    text += `${ends} [${edgeAttributes(graph, edge, analysis.total, format, withTags.has(src))}]\n`;
  }
  return `${text}}\n`;
}

function legendNode(legend: readonly string[], title: string): string {
  const tooltip = title === "" ? "" : ` tooltip="${title}"`;
  const lines = legend.map(dotText).join("\\l");
  return `subgraph cluster_L { "${dotText(legend[0]!)}" [shape=box fontsize=16 label="${lines}\\l"${tooltip}] }\n`;
}

function nodeLine(
  { nodes }: TrimmedGraph,
  node: number,
  id: number,
  largest: number,
  total: number,
  format: Format,
): string {
  const { table } = nodes;
  const row = nodes.info[node]!;
  const flat = flatOf(nodes, node);
  const cum = cumOf(nodes, node);
  const share = (value: number): string => percentage(value, total).trim();
  let label = nodeLabel(nodes, row);
  label += flat === 0 ? "0" : `${format(flat)} (${share(flat)})`;
  if (cum !== flat) label += `${flat === 0 ? " " : "\\n"}of ${format(cum)} (${share(cum)})`;
  // From 8 to 24 points, growing with the square root of the flat value.
  const size = flat === 0 ? 8 : 8 + Math.ceil(16 * Math.sqrt(Math.abs(flat) / largest));
  const part = cum / Math.abs(total);
  const colors = `color="${dotColor(part, false)}" fillcolor="${dotColor(part, true)}"`;
  const tooltip = `tooltip="${dotText(table.printable(row))} (${format(cum)})"`;
  return `N${id} [label="${label}" id="node${id}" fontsize=${size} shape=box ${tooltip} ${colors}]\n`;
}

function nodeLabel({ table }: TrimmedGraph["nodes"], row: number): string {
  const name = dotText(shortName(table.name[row]!))
    .replaceAll("::", "\\n")
    // What Go writes for type parameters stays in one piece.
    .replaceAll("[...]", "[…]")
    .replaceAll(".", "\\n");
  const base = (path: string): string => (path === "" ? "" : dotText(basePath(path)));
  return `${nameParts(table, row, name, base(table.file[row]!), base(table.binary[row]!)).join("\\n")}\\n`;
}

function edgeAttributes(
  { nodes, links }: TrimmedGraph,
  edge: number,
  total: bigint,
  format: Format,
  far: boolean,
): string {
  const { edges } = links;
  const value = quotient(edges.weight, edges.divisor, edge);
  const text = format(value);
  let attributes = `label=" ${text}${edges.inline[edge] === 1 ? "\\n (inline)" : ""}"`;
  if (total !== 0n) {
    const exact = edges.divisor === undefined ? valueAt(edges.weight, edge) : BigInt(value);
    const outOf = (parts: bigint): number => {
      const part = Number(wrapAbs(BigInt.asIntN(64, exact * parts) / total));
      return 1 + Math.min(part, Number(parts));
    };
    const weight = outOf(100n);
    const width = outOf(5n);
    if (weight > 1) attributes += ` weight=${weight}`;
    if (width > 1) attributes += ` penwidth=${width}`;
    attributes += ` color="${dotColor(value / Number(wrapAbs(total)), false)}"`;
  }
  const residual = edges.residual[edge] === 1;
  const name = (node: number): string => dotText(nodes.table.printable(nodes.info[node]!));
  const tooltip = `"${name(edges.src[edge]!)} ${residual ? "..." : "->"} ${name(edges.dst[edge]!)} (${text})"`;
  attributes += ` tooltip=${tooltip} labeltooltip=${tooltip}`;
  return `${attributes}${residual ? ' style="dotted"' : ""}${far ? " minlen=2" : ""}`;
}
