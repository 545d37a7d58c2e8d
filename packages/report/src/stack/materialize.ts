import { type Profile, pickUnknown, type SampleTable } from "@pprof-ts/profile";
import { type Selection, selectAll } from "./selection.ts";

/** What a selection shows, as a profile of its own; the profile itself where that is all of it. */
export function materialize(selection: Selection): Profile {
  const { profile, frames } = selection;
  const whole = selectAll(profile);
  const sameStacks =
    selection.samples.length === whole.samples.length &&
    sameColumn(selection.stackStart, whole.stackStart) &&
    sameColumn(selection.stackEnd, whole.stackEnd) &&
    frames.length === whole.frames.length &&
    selection.hiddenLabels.size === 0;
  if (sameStacks) return profile;
  return { ...profile, samples: selectedSamples(selection), locations: selectedLocations(selection) };
}

function sameColumn(a: Uint32Array, b: Uint32Array): boolean {
  return a === b || (a.length === b.length && a.every((value, i) => value === b[i]));
}

function selectedSamples({
  profile,
  samples: rows,
  stackStart,
  stackEnd,
  frames,
  hiddenLabels,
}: Selection): SampleTable {
  const { samples } = profile;
  const { labels } = samples;
  const locationStart = new Uint32Array(rows.length + 1);
  const labelStart = new Uint32Array(rows.length + 1);
  const locations = new Uint32Array(samples.locations.length);
  const labelRows = new Uint32Array(labels.length);
  let depth = 0;
  let labelCount = 0;
  rows.forEach((sample, row) => {
    for (let at = stackStart[sample]!; at < stackEnd[sample]!; at++) {
      const location = samples.locations[at]!;
      if (frames.start[location] !== frames.start[location + 1]) locations[depth++] = location;
    }
    for (let label = samples.labelStart[sample]!; label < samples.labelStart[sample + 1]!; label++) {
      if (!hiddenLabels.has(labels.key[label]!)) labelRows[labelCount++] = label;
    }
    locationStart[row + 1] = depth;
    labelStart[row + 1] = labelCount;
  });
  const kept = labelRows.subarray(0, labelCount);
  const pick = (column: Uint32Array): Uint32Array => kept.map((label) => column[label]!);
  const num = new BigInt64Array(labelCount);
  for (let row = 0; row < labelCount; row++) num[row] = labels.num[kept[row]!]!;
  return {
    length: rows.length,
    locationStart,
    locations: locations.slice(0, depth),
    values: samples.values.map((column) => {
      const picked = new BigInt64Array(rows.length);
      for (let row = 0; row < rows.length; row++) picked[row] = column[rows[row]!]!;
      return picked;
    }),
    labelStart,
    labels: {
      length: labelCount,
      key: pick(labels.key),
      str: pick(labels.str),
      num,
      numUnit: pick(labels.numUnit),
      unknownFields: pickUnknown(labels.unknownFields, kept),
    },
    unknownFields: pickUnknown(samples.unknownFields, rows),
  };
}

function selectedLocations({ profile, frames }: Selection): Profile["locations"] {
  const { locations } = profile;
  const { lines } = locations;
  const lineStart = new Uint32Array(locations.length + 1);
  const rows: number[] = [];
  for (let location = 0; location < locations.length; location++) {
    for (let frame = frames.start[location]!; frame < frames.start[location + 1]!; frame++) {
      if (frames.line[frame]! >= 0) rows.push(frames.line[frame]!);
    }
    lineStart[location + 1] = rows.length;
  }
  return {
    ...locations,
    lineStart,
    lines: {
      length: rows.length,
      function: Int32Array.from(rows, (row) => lines.function[row]!),
      line: BigInt64Array.from(rows, (row) => lines.line[row]!),
      column: BigInt64Array.from(rows, (row) => lines.column[row]!),
      unknownFields: pickUnknown(lines.unknownFields, rows),
    },
  };
}
