import type { Profile } from "@pprof-ts/profile";
import { type Analysis, type CallTree, keyValues, treeLeaves } from "@pprof-ts/report";
import type { Query } from "../../session/address/state.ts";
import type { LabelShades } from "../../session/protocol.ts";
import { treesOf, viewOf } from "./flame-answer.ts";
import type { PictureFrames } from "./frame-columns.ts";

/** So many values of a label have a colour of their own; the others share one. */
const VALUES = 12;
/** What stands for a box without the label. */
const NO_LABEL = 0xffff;

/**
 * For each box of a flame graph, the value of a label that most of it has. One value at a time is summed up over the whole
 * tree and compared with the largest so far: a sum for each box and value would be a dozen times the memory.
 */
export function labelShades(analysis: Analysis, query: Query, key: string, known: PictureFrames): LabelShades {
  const { selection } = analysis;
  const frames = known.table(analysis);
  const values = analysis.values.values.numbers;
  const trees = treesOf(analysis, frames, query, known.recent);
  const leaves = treeLeaves({ selection, frames, values }, trees, viewOf(analysis, frames, query));
  const { names, samples, end } = samplesByValue(analysis, key);
  const shade = (tree: CallTree, leaf: Int32Array): Uint16Array => {
    const { length, parent } = tree;
    const most = new Float64Array(length);
    const shades = new Uint16Array(length).fill(NO_LABEL);
    const sums = new Float64Array(length);
    for (let value = 0, i = 0; value <= names.length; value++) {
      sums.fill(0);
      for (; i < end[value]!; i++) {
        const node = leaf[samples[i]!]!;
        if (node >= 0) sums[node]! += Math.abs(values[samples[i]!]!);
      }
      for (let node = length - 1; node >= 0; node--) {
        const sum = sums[node]!;
        if (node > 0) sums[parent[node]!]! += sum;
        if (sum <= most[node]!) continue;
        most[node] = sum;
        shades[node] = value === 0 ? NO_LABEL : value - 1;
      }
    }
    return shades;
  };
  return {
    values: names,
    tree: shade(trees.tree, leaves.tree),
    callers: trees.callers && shade(trees.callers, leaves.callers!),
  };
}

/**
 * Samples in the order of their values of a label: first those without it, then those of the value that is worth most, and
 * so on. Of more values than have a colour, the last name is `5 others`.
 */
interface SamplesByValue {
  readonly names: readonly string[];
  readonly samples: Uint32Array;
  /** Where the samples without the label end, and those of each name. */
  readonly end: Uint32Array;
}

function samplesByValue({ selection, values, profile }: Analysis, key: string): SamplesByValue {
  const { of, seen } = keyValues(profile, key);
  const numbers = values.values.numbers;
  const sizes = new Float64Array(seen.length);
  for (const sample of selection.samples) sizes[of[sample]!]! += Math.abs(numbers[sample]!);
  const texts = seen.map((sample) => firstValue(profile, sample, key));
  const sums = new Map<string, number>();
  texts.forEach((text, value) => {
    if (text !== undefined && sizes[value]! > 0) sums.set(text, (sums.get(text) ?? 0) + sizes[value]!);
  });
  const sorted = [...sums].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  const rest = sorted.length - VALUES;
  const names = rest > 0 ? [...sorted.slice(0, VALUES), `${rest} others`] : sorted;
  const rowOf = new Map(sorted.map((name, i) => [name, 1 + Math.min(i, VALUES)]));
  const row = Uint32Array.from(texts, (text) => rowOf.get(text ?? "") ?? 0);
  const end = new Uint32Array(names.length + 1);
  for (const sample of selection.samples) end[row[of[sample]!]!]!++;
  for (let i = 1; i < end.length; i++) end[i]! += end[i - 1]!;
  const place = Uint32Array.from(end, (_, i) => (i === 0 ? 0 : end[i - 1]!));
  const samples = new Uint32Array(selection.samples.length);
  for (const sample of selection.samples) samples[place[row[of[sample]!]!]!++] = sample;
  return { names, samples, end };
}

/** The first value that a sample has of a label; undefined where it has none. */
function firstValue({ samples, strings }: Profile, sample: number, key: string): string | undefined {
  const { labelStart, labels } = samples;
  for (let label = labelStart[sample]!; label < labelStart[sample + 1]!; label++) {
    if (strings.get(labels.key[label]!) !== key) continue;
    return labels.str[label] === 0
      ? `${labels.num[label]}${strings.get(labels.numUnit[label]!)}`
      : strings.get(labels.str[label]!);
  }
  return undefined;
}
