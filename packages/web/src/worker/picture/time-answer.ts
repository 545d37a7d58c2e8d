import type { Profile } from "@pprof-ts/profile";
import { type Analysis, frameTotals, keyValues, timeTree } from "@pprof-ts/report";
import type { Query } from "../../session/address/state.ts";
import type { HeatMap, TimePicture, TimeThread } from "../../session/protocol.ts";
import { reported } from "../open/reported.ts";
import { timelineOf } from "../open/timeline.ts";
import { colouredFrames, type ShownPicture } from "./flame-answer.ts";
import type { PictureFrames } from "./frame-columns.ts";

/** Into how many parts the whole time is divided to show what passed. */
const PARTS = 600;
/** A column of the heat map is a second of so many parts; of a recording longer than so many columns, several seconds. */
const HEAT_ROWS = 20;
const HEAT_COLUMNS = 1200;
/** The label by which formats tell threads apart. */
const THREAD = "thread";

/** The stacks that filters leave, in the order of time: of the thread that `thread` names, or of the busiest one. */
export function timePicture(
  analysis: Analysis,
  whole: Profile,
  query: Query,
  known: PictureFrames,
): ShownPicture & { picture: TimePicture } {
  const { profile, values } = analysis;
  const { unit, shownUnit, divideBy, warnings } = reported(analysis);
  const { ends } = timelineOf(profile);
  const numbers = values.values.numbers;
  const ofThread = threadsOf(profile);
  const threads = sumsOf(analysis.selection.samples, ofThread, numbers);
  const thread = threads.find(({ name }) => name === query.thread)?.name ?? threads[0]?.name ?? "";
  const isShown = Uint8Array.from(ofThread.names, (name) => (name === thread ? 1 : 0));
  const samples = analysis.selection.samples.filter((sample) => isShown[ofThread.of[sample]!] === 1);
  const selection = { ...analysis.selection, samples };
  const frames = known.table(analysis);
  const { tree, begin } = timeTree({ selection, frames, values: numbers }, ends);
  const length = tree.width[0]! || 1;
  const load = new Float64Array(PARTS);
  const step = 1e9 * Math.ceil(length / 1e9 / HEAT_COLUMNS);
  const columns = Math.ceil(length / step);
  const heat: HeatMap = { step, columns, rows: HEAT_ROWS, values: new Float64Array(columns * HEAT_ROWS) };
  let [timeless, lost, all] = [0, 0, 0];
  for (const sample of samples) {
    const at = ends[sample]! - begin;
    all += Math.abs(numbers[sample]!);
    if (!(at >= 0)) {
      timeless++;
      lost += Math.abs(numbers[sample]!);
      continue;
    }
    load[Math.min(PARTS - 1, Math.floor((at / length) * PARTS))]! += numbers[sample]!;
    // A sample says when it ended: one that ended at 2 s belongs to the second before.
    const cell = Math.max(0, Math.ceil((at / step) * HEAT_ROWS) - 1);
    heat.values[Math.min(heat.values.length - 1, cell)]! += numbers[sample]!;
  }
  const totals = frameTotals(tree, frames);
  const picture: TimePicture = {
    query,
    tree,
    callers: undefined,
    ...colouredFrames({ profile, frames }, { tree, callers: undefined }, totals, known),
    type: "time",
    unit: "nanoseconds",
    shownUnit: "auto",
    divideBy: 1,
    total: length,
    isDiff: false,
    isCut: false,
    warnings: timeless === 0 ? warnings : [...warnings, withoutTime(timeless, lost / all)],
    begin: begin - timelineOf(whole).begin,
    load,
    heat,
    heatUnit: { unit, shownUnit, divideBy },
    threads,
    thread,
  };
  const kept = totals.total.slice();
  return { profile, frames, self: totals.self.slice(), total: () => kept.slice(), picture };
}

function withoutTime(samples: number, share: number): string {
  const percent = `${(100 * (share || 0)).toPrecision(2)}%`;
  return `${samples} samples, ${percent} of the value, do not say when they were taken: they are on the other pages alone`;
}

/** By sample, which of the names is that of the thread it was taken on; "" where it does not say. */
interface OfThread {
  readonly of: Int32Array;
  readonly names: readonly string[];
}

function threadsOf(profile: Profile): OfThread {
  const { samples, strings } = profile;
  const { labelStart, labels } = samples;
  const { of, seen } = keyValues(profile, THREAD);
  const names = seen.map((sample) => {
    for (let label = labelStart[sample]!; label < labelStart[sample + 1]!; label++)
      if (strings.get(labels.key[label]!) === THREAD) return strings.get(labels.str[label]!);
    return "";
  });
  return { of, names };
}

/** Threads by what they are worth, the most first. */
function sumsOf(samples: Uint32Array, { of, names }: OfThread, values: Float64Array): TimeThread[] {
  const isThere = new Uint8Array(names.length);
  const totals = new Float64Array(names.length);
  for (const sample of samples) {
    isThere[of[sample]!] = 1;
    totals[of[sample]!]! += values[sample]!;
  }
  const sums = new Map<string, number>();
  names.forEach((name, i) => {
    if (isThere[i] === 1) sums.set(name, (sums.get(name) ?? 0) + totals[i]!);
  });
  return [...sums].map(([name, value]) => ({ name, value })).sort((a, b) => b.value - a.value);
}
