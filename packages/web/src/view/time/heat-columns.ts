import type { HeatMap } from "../../session/protocol.ts";

/** A heat map of at most so many columns: each of as many columns of the first as that takes. */
export function heatColumns(heat: HeatMap, most: number): HeatMap {
  const times = Math.ceil(heat.columns / Math.max(1, Math.floor(most)));
  if (times <= 1) return heat;
  const columns = Math.ceil(heat.columns / times);
  const values = new Float64Array(columns * heat.rows);
  // Parts are in the order of time, column by column: the new ones are as many times longer.
  heat.values.forEach((value, part) => {
    values[Math.floor(part / times)]! += value;
  });
  return { ...heat, step: heat.step * times, columns, values };
}
