import type { Profile } from "@pprof-ts/profile";
import { type Analysis, frameTable, frameTotals, timeTree } from "@pprof-ts/report";
import type { ShownFrames } from "./flame-answer.ts";
import { frameColumns } from "./frame-columns.ts";
import { TIMESTAMP, type TimePicture } from "./protocol.ts";

/** Into how many parts the whole time is divided to show what passed. */
const PARTS = 600;

/** The stacks that filters leave, in the order of time. */
export function timePicture(analysis: Analysis): ShownFrames & { readonly picture: TimePicture } {
  const { profile, selection, values, options } = analysis;
  const ends = endsOf(profile);
  const frames = frameTable(selection, options.granularity, options.showcolumns);
  const numbers = values.values.numbers;
  const { tree, begin } = timeTree({ selection, frames, values: numbers }, ends);
  const load = new Float64Array(PARTS);
  const whole = tree.width[0]! || 1;
  for (const sample of selection.samples) {
    const part = Math.floor(((ends[sample]! - begin) / whole) * PARTS);
    if (part >= 0) load[Math.min(PARTS - 1, part)]! += numbers[sample]!;
  }
  const picture: TimePicture = {
    tree,
    callers: undefined,
    frames: frameColumns(profile, frames, frameTotals(tree, frames.length)),
    type: "time",
    unit: "nanoseconds",
    shownUnit: "auto",
    total: whole,
    isDiff: false,
    warnings: analysis.messages,
    begin,
    load,
  };
  return { profile, frames, picture };
}

/** When each sample ended; NaN where it does not say. */
function endsOf({ samples, strings }: Profile): Float64Array {
  const { labelStart, labels, length } = samples;
  const key = strings.rowOf(TIMESTAMP);
  const ends = new Float64Array(length).fill(Number.NaN);
  for (let sample = 0; sample < length; sample++) {
    for (let label = labelStart[sample]!; label < labelStart[sample + 1]!; label++)
      if (labels.key[label] === key) ends[sample] = Number(labels.num[label]!);
  }
  return ends;
}
