import type { LabelTable, Profile, SampleTable, UnknownRows } from "./profile.ts";

/** The profile with only the samples that `keep` says yes to, by row; locations and all else stay (see `compact`). */
export function filterSamples(profile: Profile, keep: (row: number) => boolean): Profile {
  const { samples } = profile;
  const rows: number[] = [];
  for (let row = 0; row < samples.length; row++) if (keep(row)) rows.push(row);
  return rows.length === samples.length ? profile : { ...profile, samples: selectSamples(samples, rows) };
}

/** The samples that have a label of this key that `matches`: given its text, or its number and unit. */
export function filterByLabel(
  profile: Profile,
  key: string,
  matches: (value: string | bigint, unit: string) => boolean,
): Profile {
  const { samples, strings } = profile;
  const { labels, labelStart } = samples;
  return filterSamples(profile, (row) => {
    for (let label = labelStart[row]!; label < labelStart[row + 1]!; label++) {
      if (strings.get(labels.key[label]!) !== key) continue;
      const text = labels.str[label]!;
      if (matches(text === 0 ? labels.num[label]! : strings.get(text), strings.get(labels.numUnit[label]!)))
        return true;
    }
    return false;
  });
}

/** The label by which a sample says when what it stands for ended, in nanoseconds on any clock. */
export const TIMESTAMP_LABEL = "end_timestamp_ns";

/**
 * The samples whose time lies in [`from`, `to`), in nanoseconds since 1970. A sample's time is its numeric label `key`;
 * samples without one have no time and are left out.
 */
export function filterByTime(profile: Profile, from: bigint, to: bigint, key: string = TIMESTAMP_LABEL): Profile {
  return filterByLabel(profile, key, (value) => typeof value === "bigint" && value >= from && value < to);
}

/** These rows of a sample table, in this order. */
export function selectSamples(samples: SampleTable, rows: readonly number[]): SampleTable {
  const locations = selectRuns(samples.locationStart, rows);
  const labels = selectRuns(samples.labelStart, rows);
  return {
    length: rows.length,
    locationStart: locations.start,
    locations: pick(samples.locations, locations.rows),
    values: samples.values.map((column) => BigInt64Array.from(rows, (row) => column[row]!)),
    labelStart: labels.start,
    labels: selectLabels(samples.labels, labels.rows),
    unknownFields: pickUnknown(samples.unknownFields, rows),
  };
}

/** These rows of a label table, in this order. */
export function selectLabels(labels: LabelTable, rows: Uint32Array): LabelTable {
  return {
    length: rows.length,
    key: pick(labels.key, rows),
    str: pick(labels.str, rows),
    num: BigInt64Array.from(rows, (row) => labels.num[row]!),
    numUnit: pick(labels.numUnit, rows),
    unknownFields: pickUnknown(labels.unknownFields, rows),
  };
}

/** The rows of `rows`' runs, one after the other, and where each run starts in them. */
function selectRuns(starts: Uint32Array, rows: readonly number[]): { start: Uint32Array; rows: Uint32Array } {
  const start = new Uint32Array(rows.length + 1);
  for (let i = 0; i < rows.length; i++) start[i + 1] = start[i]! + starts[rows[i]! + 1]! - starts[rows[i]!]!;
  const all = new Uint32Array(start[rows.length]!);
  let at = 0;
  for (const row of rows) for (let i = starts[row]!; i < starts[row + 1]!; i++) all[at++] = i;
  return { start, rows: all };
}

function pick(column: Uint32Array, rows: Uint32Array): Uint32Array {
  return rows.map((row) => column[row]!);
}

/** The unknown fields of the rows that `rows` picks, under their new row numbers. */
export function pickUnknown(unknownFields: UnknownRows, rows: ArrayLike<number>): UnknownRows {
  const picked = new Map<number, Uint8Array>();
  for (let i = 0; i < rows.length && unknownFields.size > 0; i++) {
    const bytes = unknownFields.get(rows[i]!);
    if (bytes !== undefined) picked.set(i, bytes);
  }
  return picked;
}
