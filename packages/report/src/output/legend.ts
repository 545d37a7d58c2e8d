import type { Analysis } from "../analyze.ts";
import { cutTo } from "../go/format.ts";
import { basePath } from "../go/paths.ts";
import { localTime } from "../go/time.ts";
import { percentage, scale, scaledLabel } from "../go/units.ts";
import { runningFlat } from "../graph/graph.ts";
import { cutoff, type TrimmedGraph } from "../graph/trim.ts";
import type { OptionRow } from "../options.ts";
import type { World } from "../world/world.ts";
import type { Format } from "./measure.ts";

/** What a profile says of itself, a line each. */
export function profileLegend({ profile, total, sampleType }: Analysis, format: Format, world: World): string[] {
  const lines: string[] = [];
  const { mappings, strings } = profile;
  const file = mappings.length === 0 ? "" : strings.get(mappings.filename[0]!);
  const buildId = mappings.length === 0 ? "" : strings.get(mappings.buildId[0]!);
  if (file !== "") lines.push(`File: ${basePath(file)}`);
  if (buildId !== "") lines.push(`Build ID: ${buildId}`);
  for (const comment of profile.comments) if (!comment.startsWith("#")) lines.push(comment);
  if (sampleType.type !== "") lines.push(`Type: ${sampleType.type}`);
  if (profile.docUrl !== "") lines.push(`Doc: ${profile.docUrl}`);
  if (profile.timeNanos !== 0n) lines.push(`Time: ${localTime(profile.timeNanos, world.zone)}`);
  if (profile.durationNanos !== 0n) {
    const nanos = Number(profile.durationNanos);
    const inNanos = scale(Number(total), sampleType.unit, "nanoseconds");
    const share =
      inNanos.unit === "ns" && inNanos.value !== 0 ? `(${percentage(Math.trunc(inNanos.value), nanos)})` : "";
    const duration = scaledLabel(nanos, "nanoseconds", "auto");
    lines.push(`Duration: ${duration}, Total samples = ${format(Number(total))} ${share}`);
  }
  return lines;
}

const FILTERS = [
  "focus",
  "ignore",
  "hide",
  "show",
  "show_from",
  "tagfocus",
  "tagignore",
  "tagshow",
  "taghide",
] as const satisfies readonly OptionRow["name"][];

/** The lines above a report of a graph; a picture gets the `whole` legend whatever `compact_labels` says. */
export function graphLegend(
  analysis: Analysis,
  graph: TrimmedGraph,
  format: Format,
  world: World,
  whole: boolean,
): string[] {
  const { options } = analysis;
  const total = Number(analysis.total);
  const { nodes, shown } = graph;
  const lines = whole || !options.compact_labels ? profileLegend(analysis, format, world) : [];
  const active = FILTERS.filter((name) => options[name] !== "").map((name) => cutTo(`${name}=${options[name]}`, 80));
  if (active.length > 0) lines.push("Active filters:", ...active.map((line) => `   ${line}`));

  const shownTotal = runningFlat(nodes, shown).at(-1) ?? 0;
  const share = percentage(shownTotal, total).trim();
  lines.push(`Showing nodes accounting for ${format(shownTotal)}, ${share} of ${format(total)} total`);
  if (total !== 0) {
    const dropped = (count: number, what: string, by: string, fraction: number): void => {
      if (count === 0) return;
      const limit = format(Number(cutoff(total, fraction)));
      lines.push(`Dropped ${count} ${what}${count > 1 ? "s" : ""} (${by} <= ${limit})`);
    };
    dropped(graph.droppedNodes, "node", "cum", options.nodefraction);
    if (whole) dropped(graph.droppedEdges, "edge", "freq", options.edgefraction);
    if (shown.length > 0 && shown.length < graph.originalCount) {
      lines.push(`Showing top ${shown.length} nodes out of ${graph.originalCount}`);
    }
  }
  if (whole) lines.push("\nSee https://git.io/JfYMW for how to read the graph");
  return lines;
}
