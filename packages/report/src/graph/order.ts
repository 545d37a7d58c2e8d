import { compareText, textOrder } from "../go/format.ts";
import { exactColumn, type Int64Column, magnitudes, truncateToInt64, valueAt } from "../go/int64.ts";
import type { GraphNodes, Links } from "./graph.ts";
import type { Edges } from "./node-sums.ts";
import { compareKeys } from "./nodes.ts";

/** How nodes are ordered: by flat, by cum, or by what makes a picture interesting. */
export type NodeOrder = "flat" | "cum" | "entropy";

/** Sorts nodes: larger values first, then names, then the rest. */
export function sortNodes(nodes: GraphNodes, rows: Int32Array, order: NodeOrder, links: Links | undefined): Int32Array {
  const { table, info, sums } = nodes;
  const flat = magnitudes(sums.flat);
  const cum = magnitudes(sums.cum);
  const first = order === "flat" ? flat : order === "cum" ? cum : entropyScores(nodes, rows, links!);
  const second = order === "flat" ? cum : flat;
  const { printable } = table;
  const compare = textOrder(Array.from(rows, (row) => printable(info[row]!)));
  return rows
    .slice()
    .sort(
      (a, b) =>
        first[b]! - first[a]! ||
        compare(printable(info[a]!), printable(info[b]!)) ||
        second[b]! - second[a]! ||
        compareKeys(table, info[a]!, info[b]!),
    );
}

/** Larger weights first, then names of callers, then of callees. */
export function sortEdges(edges: Edges, rows: readonly number[], nodes: GraphNodes): number[] {
  const { table, info } = nodes;
  const { numbers, exact } = edges.weight;
  const size = exact === undefined ? undefined : magnitudes(edges.weight);
  const name = (ends: Int32Array, edge: number): string => table.printable(info[ends[edge]!]!);
  return [...rows].sort((a, b) => {
    const difference = size === undefined ? Math.abs(numbers[b]!) - Math.abs(numbers[a]!) : size[b]! - size[a]!;
    return (
      difference ||
      compareText(name(edges.src, a), name(edges.src, b)) ||
      compareText(name(edges.dst, a), name(edges.dst, b))
    );
  });
}

/**
 * How much a node adds to a picture: its cum, times how evenly its edges are spread on either side, and its flat. Nodes
 * that merely pass on what they get score low.
 */
function entropyScores(nodes: GraphNodes, rows: Int32Array, links: Links): Float64Array {
  const { sums } = nodes;
  const scores = new BigInt64Array(nodes.length);
  for (const node of rows) {
    const incoming = links.into(node);
    const outgoing = links.from(node);
    const flat = valueAt(sums.flat, node);
    let score = incoming.length === 0 ? 1 : edgeEntropy(links.edges.weight, incoming, 0);
    score += outgoing.length === 0 ? 1 : edgeEntropy(links.edges.weight, outgoing, Number(flat));
    scores[node] = truncateToInt64(score * sums.cum.numbers[node]!) + flat;
  }
  const size = scores.some((score) => score > 2n ** 52n || score < -(2n ** 52n));
  return magnitudes(size ? exactColumn(scores) : { numbers: Float64Array.from(scores, Number), exact: undefined });
}

function edgeEntropy(weight: Int64Column, edges: readonly number[], self: number): number {
  let total = self;
  for (const edge of edges) if (weight.numbers[edge]! > 0) total += weight.numbers[edge]!;
  if (total === 0) return 0;
  let score = 0;
  for (const edge of edges) {
    const part = Math.abs(weight.numbers[edge]!) / total;
    score += -part * Math.log2(part);
  }
  if (self > 0) score += -(self / total) * Math.log2(self / total);
  return score;
}
