import { compact, type Profile } from "@pprof-ts/profile";
import { locationText, mappingParts, ranks } from "./row-texts.ts";

/**
 * The profile with its samples in an order that follows from what they are and not from how they came: by their stacks from the root,
 * frame by frame by function, file and line, then by labels. All else is numbered by its first use. Of a merged profile, in which no
 * two rows are equal.
 */
export function orderRows(profile: Profile): Profile {
  const { samples } = profile;
  const { locationStart, locations, labelStart } = samples;
  const rank = ranks(locationTexts(profile));
  const labelRank = ranks(labelTexts(profile));
  const order = Uint32Array.from({ length: samples.length }, (_, row) => row).sort((a, b) => {
    let i = locationStart[a + 1]!;
    let j = locationStart[b + 1]!;
    const firstA = locationStart[a]!;
    const firstB = locationStart[b]!;
    while (i > firstA && j > firstB) {
      const difference = rank[locations[--i]!]! - rank[locations[--j]!]!;
      if (difference !== 0) return difference;
    }
    return i - firstA - (j - firstB) || labelRank[a]! - labelRank[b]!;
  });
  const start = new Uint32Array(samples.length + 1);
  const labels = new Uint32Array(samples.length + 1);
  for (let row = 0; row < order.length; row++) {
    start[row + 1] = start[row]! + locationStart[order[row]! + 1]! - locationStart[order[row]!]!;
    labels[row + 1] = labels[row]! + labelStart[order[row]! + 1]! - labelStart[order[row]!]!;
  }
  const stacks = new Uint32Array(start[order.length]!);
  const labelRows = new Uint32Array(labels[order.length]!);
  for (let row = 0; row < order.length; row++) {
    const from = order[row]!;
    for (let i = locationStart[from]!, at = start[row]!; i < locationStart[from + 1]!; ) stacks[at++] = locations[i++]!;
    for (let i = labelStart[from]!, at = labels[row]!; i < labelStart[from + 1]!; ) labelRows[at++] = i++;
  }
  const pick = (column: Uint32Array): Uint32Array => labelRows.map((row) => column[row]!);
  return compact({
    ...profile,
    samples: {
      length: samples.length,
      locationStart: start,
      locations: stacks,
      values: samples.values.map((column) => {
        const values = new BigInt64Array(column.length);
        for (let row = 0; row < order.length; row++) values[row] = column[order[row]!]!;
        return values;
      }),
      labelStart: labels,
      labels: {
        length: labelRows.length,
        key: pick(samples.labels.key),
        str: pick(samples.labels.str),
        num: BigInt64Array.from(labelRows, (row) => samples.labels.num[row]!),
        numUnit: pick(samples.labels.numUnit),
        unknownFields: samples.labels.unknownFields,
      },
      unknownFields: samples.unknownFields,
    },
  });
}

/** For each location all by which it differs from others, as a text. */
function locationTexts({ locations, functions, mappings, strings }: Profile): string[] {
  const text = (row: number): string => strings.getExact(row);
  const ofFunction = Array.from({ length: functions.length }, (_, row) => [
    text(functions.name[row]!),
    text(functions.filename[row]!),
    text(functions.systemName[row]!),
    functions.startLine[row]!.toString(),
  ]);
  const ofMapping = Array.from({ length: mappings.length }, (_, row) =>
    mappingParts(
      text(mappings.buildId[row]!) || text(mappings.filename[row]!),
      mappings.offset[row]!,
      BigInt.asUintN(64, mappings.limit[row]! - mappings.start[row]!),
    ),
  );
  const { lineStart } = locations;
  return Array.from({ length: locations.length }, (_, row) => {
    const lines = [];
    for (let line = lineStart[row]!; line < lineStart[row + 1]!; line++) {
      const fn = locations.lines.function[line]!;
      const own = fn < 0 ? null : ofFunction[fn]!;
      lines.push({ function: own, line: locations.lines.line[line]!, column: locations.lines.column[line]! });
    }
    const mapping = locations.mapping[row]!;
    const address = BigInt.asUintN(64, locations.address[row]! - (mapping < 0 ? 0n : mappings.start[mapping]!));
    const isFolded = locations.isFolded[row]!;
    return locationText({ lines, mapping: mapping < 0 ? null : ofMapping[mapping]!, address, isFolded });
  });
}

/** For each sample its labels, as a text. */
function labelTexts({ samples, strings }: Profile): string[] {
  const { labels, labelStart } = samples;
  return Array.from({ length: samples.length }, (_, row) => {
    const parts: string[] = [];
    for (let label = labelStart[row]!; label < labelStart[row + 1]!; label++) {
      parts.push(
        strings.getExact(labels.key[label]!),
        strings.getExact(labels.str[label]!),
        labels.num[label]!.toString(),
        strings.getExact(labels.numUnit[label]!),
      );
    }
    return parts.length === 0 ? "" : JSON.stringify(parts);
  });
}
