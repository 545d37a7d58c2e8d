import type { Block } from "../segment/block.ts";
import { type Labels, labelsKey } from "../store/labels.ts";
import { groupLabels, stepsOf } from "../store/query.ts";
import { columnOf } from "../store/sample-types.ts";
import type { Timeline, TimelineQuery } from "../store/store.ts";
import { valueKind } from "../store/value-kind.ts";
import { type Kept, visitKept } from "./kept.ts";

interface Line {
  readonly labels: Labels;
  readonly values: Float64Array;
  readonly profiles: Uint32Array;
  readonly failures: Uint32Array;
}

/** Answers `Store.timeline` from the totals of blocks. */
export function timelineBlocks(blocks: readonly Block[], query: TimelineQuery): Timeline {
  const { stepMillis, sampleType, name, range } = query;
  const steps = stepsOf(query);
  const kept: Kept[] = [];
  const missing = visitKept(blocks, query, (one) => kept.push(one));
  const unit = firstUnit(kept, sampleType);
  const lines = new Map<string, Line>();
  const lineOf = (all: Labels): Line => {
    const labels = groupLabels(all, query.groupBy);
    const key = labelsKey(labels);
    let line = lines.get(key);
    if (line === undefined) {
      const counts = { profiles: new Uint32Array(steps), failures: new Uint32Array(steps) };
      line = { labels, values: new Float64Array(steps), ...counts };
      lines.set(key, line);
    }
    return line;
  };
  for (const { block, rows, profiles, failures } of kept) {
    const columns = block.shapes.map((shape) => columnOf(shape, { type: sampleType, unit }));
    const lineOfSeries: (Line | undefined)[] = block.series.map(() => undefined);
    for (const row of profiles) {
      const series = rows.series[row]!;
      lineOfSeries[series] ??= lineOf(block.series[series]!);
      const line = lineOfSeries[series];
      const column = columns[rows.shape[row]!]!;
      if (column < 0) continue;
      const step = Math.floor((rows.millis[row]! - range.fromMillis) / stepMillis);
      line.values[step] = line.values[step]! + rows.totals[column]![row]!;
      line.profiles[step]!++;
    }
    for (const { labels, receivedMillis } of failures) {
      lineOf(labels).failures[Math.floor((receivedMillis - range.fromMillis) / stepMillis)]!++;
    }
  }
  const isState = valueKind(name, { type: sampleType, unit }) === "state";
  const ordered = [...lines].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => ({ line, total: total(line) }));
  for (const { line } of ordered) {
    for (let step = 0; step < steps; step++) {
      if (line.profiles[step] === 0) line.values[step] = Number.NaN;
      else if (isState) line.values[step] = line.values[step]! / line.profiles[step]!;
    }
  }
  const series = ordered.sort((a, b) => b.total - a.total).map(({ line }) => line);
  return { unit, stepMillis, series, missing };
}

const total = ({ values }: Line): number => values.reduce((sum, value) => sum + value, 0);

/** The unit of a sample type; where there are several, the first in alphabetical order. */
export function firstUnit(kept: readonly Kept[], sampleType: string): string {
  const units = new Set<string>();
  for (const { block, rows, profiles } of kept) {
    const ofShape = block.shapes.map(({ sampleTypes }) => sampleTypes.filter(({ type }) => type === sampleType));
    const seen = new Uint8Array(block.shapes.length);
    for (const row of profiles) seen[rows.shape[row]!] = 1;
    ofShape.forEach((types, shape) => {
      if (seen[shape] === 1) for (const { unit } of types) units.add(unit);
    });
  }
  return [...units].sort()[0] ?? "";
}
