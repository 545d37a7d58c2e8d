import type { Analysis } from "../analyze.ts";
import { truncateToInt64 } from "../go/int64.ts";
import { scale, scaledLabel } from "../go/units.ts";
import { cumOf, flatOf } from "../graph/graph.ts";
import type { TrimmedGraph } from "../graph/trim.ts";

/** Writes a value with its unit. */
export type Format = (value: number) => string;

/** What of an analysis says how its values are written. */
export interface Measured {
  readonly options: Pick<Analysis["options"], "divide_by">;
  readonly sampleType: Pick<Analysis["sampleType"], "unit">;
}

/** Writes values in this unit, divided by `divide_by`. */
export function formatIn({ options, sampleType }: Measured, unit: string): Format {
  const ratio = 1 / options.divide_by;
  const divides = ratio > 0 && ratio !== 1;
  return (value) => scaledLabel(divides ? Number(truncateToInt64(value * ratio)) : value, sampleType.unit, unit);
}

/**
 * The unit that all values of a graph are written in where the option is `minimum`: the one that suits the smallest of
 * them, or that of a hundred times as much where the total is far larger. Callgrind's `integers` cannot be cut that way.
 */
export function outputUnit(analysis: Analysis, { nodes, shown }: TrimmedGraph, integers: boolean = false): string {
  const { options, sampleType } = analysis;
  if (options.unit !== "minimum" || shown.length === 0) return options.unit;
  let smallest = 0;
  for (const node of shown) {
    const size = Math.abs(flatOf(nodes, node)) || Math.abs(cumOf(nodes, node));
    if (size > 0 && (smallest === 0 || size < smallest)) smallest = size;
  }
  let largest = Number(analysis.total);
  if (smallest === 0) smallest = largest;
  const ratio = 1 / options.divide_by;
  if (ratio > 0 && ratio !== 1) {
    smallest = Number(truncateToInt64(smallest * ratio));
    largest = Number(truncateToInt64(largest * ratio));
  }
  const unitOf = (value: number): string => scale(value, sampleType.unit, "minimum").unit;
  const small = unitOf(smallest);
  const unit = small !== unitOf(largest) && smallest * 100 < largest && !integers ? unitOf(100 * smallest) : small;
  return unit === "" ? sampleType.unit : unit;
}
