import { type Analysis, graphInput } from "../../analyze.ts";
import { quotient } from "../../go/int64.ts";
import { cumOf, flatOf } from "../../graph/graph.ts";
import { trimmedGraph } from "../../graph/trim.ts";
import type { JsonData } from "./json.ts";

/** The graph that `dot` draws and `callgrind` lists, as nodes and the edges between them. */
export function graphData(analysis: Analysis, visual: boolean): JsonData {
  const graph = trimmedGraph(graphInput(analysis, !visual), { edges: "all", visual, tree: analysis.options.call_tree });
  const { nodes, shown, links } = graph;
  const { table, info } = nodes;
  const { edges } = links;
  const idOf = new Map(Array.from(shown, (node, i) => [node, i + 1]));
  return {
    nodes: Array.from(shown, (node, i) => {
      const row = info[node]!;
      return {
        id: i + 1,
        name: table.printable(row),
        function: table.name[row],
        file: table.file[row],
        line: table.line[row],
        address: `0x${table.address[row]!.toString(16)}`,
        flat: flatOf(nodes, node),
        cum: cumOf(nodes, node),
      };
    }),
    edges: Array.from(shown).flatMap((node) =>
      links.from(node).map((edge) => ({
        source: idOf.get(node),
        target: idOf.get(edges.dst[edge]!) ?? 0,
        weight: quotient(edges.weight, edges.divisor, edge),
        residual: edges.residual[edge] === 1,
        inline: edges.inline[edge] === 1,
      })),
    ),
    droppedNodes: graph.droppedNodes,
    droppedEdges: graph.droppedEdges,
    nodesBeforeCount: graph.originalCount,
  };
}
