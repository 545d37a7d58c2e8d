import type { LabelTable, Profile, SampleTable } from "../profile.ts";
import { combine } from "./sample-types.ts";
import { normalize, scale } from "./scale.ts";

export interface SubtractOptions {
  /** Marks the base's samples with the label `pprof::base`, so that shares are shares of the base. */
  readonly diff?: boolean;
  /** Scales the profile to the base's totals first. */
  readonly normalize?: boolean;
}

/** The label by which a sample of a base is known, with the value "true". */
export const BASE_LABEL = "pprof::base";

/** A profile less a base: the base's values negated and combined with the profile's, as `-base` and `-diff_base` do. */
export function subtract(profile: Profile, base: Profile, options: SubtractOptions = {}): Profile {
  const scaled = options.normalize ? normalize(profile, base) : profile;
  const marked = options.diff ? setLabel(base, BASE_LABEL, "true") : base;
  return combine([scaled, scale(marked, -1)]);
}

/** The profile with this text as the one text label of this key on every sample. */
export function setLabel(profile: Profile, key: string, value: string): Profile {
  const { samples } = profile;
  const { labels, labelStart, length } = samples;
  const added = [key, value].filter((text) => profile.strings.rowOf(text) < 0);
  const strings = added.length === 0 ? profile.strings : profile.strings.with(added);
  const keyRow = strings.rowOf(key);
  const valueRow = strings.rowOf(value);
  const start = new Uint32Array(length + 1);
  const rows: number[] = [];
  for (let row = 0; row < length; row++) {
    for (let label = labelStart[row]!; label < labelStart[row + 1]!; label++) {
      if (labels.str[label] === 0 || strings.get(labels.key[label]!) !== key) rows.push(label);
    }
    rows.push(-1);
    start[row + 1] = rows.length;
  }
  const column = (from: Uint32Array, own: number): Uint32Array =>
    Uint32Array.from(rows, (label) => (label < 0 ? own : from[label]!));
  const unknownFields = new Map<number, Uint8Array>();
  rows.forEach((label, row) => {
    const fields = labels.unknownFields.get(label);
    if (fields !== undefined) unknownFields.set(row, fields);
  });
  const table: LabelTable = {
    length: rows.length,
    key: column(labels.key, keyRow),
    str: column(labels.str, valueRow),
    num: BigInt64Array.from(rows, (label) => (label < 0 ? 0n : labels.num[label]!)),
    numUnit: column(labels.numUnit, 0),
    unknownFields,
  };
  const labelled: SampleTable = { ...samples, labelStart: start, labels: table };
  return { ...profile, strings, samples: labelled };
}
