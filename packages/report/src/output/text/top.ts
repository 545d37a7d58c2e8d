import { type Analysis, graphInput } from "../../analyze.ts";
import { padLeft } from "../../go/format.ts";
import { percentage } from "../../go/units.ts";
import { cumOf, flatOf, runningFlat } from "../../graph/graph.ts";
import { trimmedGraph } from "../../graph/trim.ts";
import type { World } from "../../world/world.ts";
import { graphLegend } from "../legend.ts";
import { formatIn, outputUnit } from "../measure.ts";

/** A row of `top`. */
export interface TopRow {
  readonly name: string;
  /** `(inline)` where every call of it has been inlined, `(partial-inline)` where some have been, else "". */
  readonly inline: string;
  readonly flat: number;
  /** The sum of `flat` down to this row. */
  readonly sum: number;
  readonly cum: number;
}

/** What `top` shows: rows, and the lines above them. */
export interface Top {
  readonly legend: readonly string[];
  /** The unit that values are printed in. */
  readonly unit: string;
  readonly rows: readonly TopRow[];
}

/** The functions (or what the granularity has in their place) in order of their values. */
export function top(analysis: Analysis, world: World): Top {
  const graph = trimmedGraph(graphInput(analysis), { edges: "inlined", visual: false, tree: false });
  const { nodes, links } = graph;
  const unit = outputUnit(analysis, graph);
  const sums = runningFlat(nodes, graph.shown);
  const rows = Array.from(graph.shown, (node, i) => {
    // Of nodes into which no call is inlined there are no edges.
    const calls = links.into(node);
    const inlined = calls.filter((edge) => links.edges.inline[edge] === 1).length;
    return {
      name: nodes.table.printable(nodes.info[node]!),
      inline: inlined === 0 ? "" : inlined === calls.length ? "(inline)" : "(partial-inline)",
      flat: flatOf(nodes, node),
      sum: sums[i]!,
      cum: cumOf(nodes, node),
    };
  });
  return { legend: graphLegend(analysis, graph, formatIn(analysis, unit), world, false), unit, rows };
}

export function printTop(analysis: Analysis, world: World): string {
  const { legend, unit, rows } = top(analysis, world);
  const format = formatIn(analysis, unit);
  const total = Number(analysis.total);
  let text = `${legend.join("\n")}\n      flat  flat%   sum%        cum   cum%\n`;
  for (const { name, inline, flat, sum, cum } of rows) {
    const own = `${padLeft(format(flat), 10)} ${percentage(flat, total)} ${percentage(sum, total)}`;
    text += `${own} ${padLeft(format(cum), 10)} ${percentage(cum, total)}  ${name}${inline === "" ? "" : ` ${inline}`}\n`;
  }
  return text;
}
