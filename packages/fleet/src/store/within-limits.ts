import type { LabelTable, Profile } from "@pprof-ts/profile";
import type { Limits } from "./limits.ts";

/** The function that stands for what is beyond a limit. */
export const OTHER = "(other)";

const NONE: ReadonlyMap<number, Uint8Array> = new Map();

/**
 * The profile without what this version does not know, without labels that are not kept, and with what is beyond the limits as
 * `(other)`: of samples those that weigh least, of deep stacks the middle.
 */
export function withinLimits(profile: Profile, limits: Limits): { profile: Profile; cut: string[] } {
  const cut: string[] = [];
  const known = labelsWithin(headerWithin(withoutUnknown(profile), limits, cut), limits, cut);
  return { profile: stacksWithin(known, limits, cut), cut };
}

/** The texts that a profile says of itself: those that are too long, or too many, are left out. */
function headerWithin(profile: Profile, limits: Limits, cut: string[]): Profile {
  const { comments, docUrl, dropFrames, keepFrames, defaultSampleType } = profile;
  const isShort = (text: string): boolean =>
    3 * text.length <= limits.labelBytes || Buffer.byteLength(text) <= limits.labelBytes;
  const texts = { docUrl, dropFrames, keepFrames, defaultSampleType };
  const kept = comments.filter(isShort).slice(0, limits.comments);
  const long = Object.entries(texts).filter(([, text]) => !isShort(text));
  if (kept.length === comments.length && long.length === 0) return profile;
  const lost = comments.length - kept.length;
  if (lost > 0)
    cut.push(`${lost} comments are more than ${limits.comments}, or longer than ${limits.labelBytes} bytes`);
  for (const [name] of long) cut.push(`${name} is longer than ${limits.labelBytes} bytes`);
  return { ...profile, ...Object.fromEntries(long.map(([name]) => [name, ""])), comments: kept };
}

function withoutUnknown(profile: Profile): Profile {
  const { samples, mappings, locations, functions } = profile;
  const bare = (table: { readonly unknownFields: ReadonlyMap<number, Uint8Array> }): boolean =>
    table.unknownFields.size === 0;
  const tables = [samples, samples.labels, mappings, locations, locations.lines, functions];
  if (profile.unknownFields.length === 0 && tables.every(bare)) return profile;
  return {
    ...profile,
    unknownFields: new Uint8Array(0),
    samples: { ...samples, unknownFields: NONE, labels: { ...samples.labels, unknownFields: NONE } },
    mappings: { ...mappings, unknownFields: NONE },
    locations: { ...locations, unknownFields: NONE, lines: { ...locations.lines, unknownFields: NONE } },
    functions: { ...functions, unknownFields: NONE },
  };
}

/** The samples with the labels that are kept: not the dropped ones, not more than there may be of a sample, none that is too long. */
function labelsWithin(profile: Profile, limits: Limits, cut: string[]): Profile {
  const { samples, strings } = profile;
  const { labels, labelStart } = samples;
  if (labels.length === 0) return profile;
  const dropped = new Set(limits.droppedSampleLabels.map((name) => strings.rowOf(name)).filter((row) => row > 0));
  const size = (row: number): number => strings.start[row + 1]! - strings.start[row]!;
  const rows: number[] = [];
  const start = new Uint32Array(labelStart.length);
  let beyond = 0;
  for (let row = 0; row < samples.length; row++) {
    for (let label = labelStart[row]!; label < labelStart[row + 1]!; label++) {
      const isDropped = dropped.has(labels.key[label]!);
      const isLong = Math.max(size(labels.key[label]!), size(labels.str[label]!)) > limits.labelBytes;
      if (!isDropped && !isLong && rows.length - start[row]! < limits.labels) rows.push(label);
      else if (!isDropped) beyond++;
    }
    start[row + 1] = rows.length;
  }
  if (beyond > 0)
    cut.push(`${beyond} labels of samples are more than ${limits.labels}, or longer than ${limits.labelBytes} bytes`);
  if (rows.length === labels.length) return profile;
  const kept: LabelTable = {
    length: rows.length,
    key: Uint32Array.from(rows, (row) => labels.key[row]!),
    str: Uint32Array.from(rows, (row) => labels.str[row]!),
    num: BigInt64Array.from(rows, (row) => labels.num[row]!),
    numUnit: Uint32Array.from(rows, (row) => labels.numUnit[row]!),
    unknownFields: NONE,
  };
  return { ...profile, samples: { ...samples, labelStart: start, labels: kept } };
}

function stacksWithin(profile: Profile, limits: Limits, cut: string[]): Profile {
  const { samples } = profile;
  const { locationStart } = samples;
  let deep = 0;
  for (let row = 0; row < samples.length; row++) {
    if (locationStart[row + 1]! - locationStart[row]! > limits.depth) deep++;
  }
  const beyond = samples.length - limits.samples;
  if (deep === 0 && beyond <= 0) return profile;
  if (deep > 0) cut.push(`${deep} stacks are deeper than ${limits.depth} frames`);
  if (beyond > 0) cut.push(`${samples.length} samples are more than ${limits.samples}`);
  const { withOther, other } = otherLocation(profile);
  const kept = beyond > 0 ? heaviest(profile, limits.samples) : undefined;
  const locations: number[] = [];
  const start = new Uint32Array(samples.length + 1);
  const labelStart = new Uint32Array(samples.length + 1);
  const labels: number[] = [];
  for (let row = 0; row < samples.length; row++) {
    const from = locationStart[row]!;
    const to = locationStart[row + 1]!;
    const isKept = kept === undefined || kept[row] === 1;
    const half = to - from > limits.depth ? limits.depth >> 1 : to - from;
    if (!isKept) locations.push(other);
    else {
      for (let i = from; i < from + half; i++) locations.push(samples.locations[i]!);
      if (half < to - from) {
        locations.push(other);
        for (let i = to - half; i < to; i++) locations.push(samples.locations[i]!);
      }
      for (let i = samples.labelStart[row]!; i < samples.labelStart[row + 1]!; i++) labels.push(i);
    }
    start[row + 1] = locations.length;
    labelStart[row + 1] = labels.length;
  }
  const table = samples.labels;
  const pick = (column: Uint32Array): Uint32Array => Uint32Array.from(labels, (label) => column[label]!);
  return {
    ...withOther,
    samples: {
      length: samples.length,
      locationStart: start,
      locations: Uint32Array.from(locations),
      values: samples.values,
      labelStart,
      labels: {
        length: labels.length,
        key: pick(table.key),
        str: pick(table.str),
        num: BigInt64Array.from(labels, (label) => table.num[label]!),
        numUnit: pick(table.numUnit),
        unknownFields: NONE,
      },
      unknownFields: NONE,
    },
  };
}

/** By sample whether it is one of the `count` whose last value is largest. */
function heaviest({ samples }: Profile, count: number): Uint8Array {
  const weight = Float64Array.from(samples.values.at(-1) ?? [], (value) => Math.abs(Number(value)));
  const order = Uint32Array.from({ length: samples.length }, (_, row) => row).sort(
    (a, b) => weight[b]! - weight[a]! || a - b,
  );
  const kept = new Uint8Array(samples.length);
  for (const row of order.subarray(0, count)) kept[row] = 1;
  return kept;
}

/** The profile with a location more, whose function is `(other)`. */
function otherLocation(profile: Profile): { withOther: Profile; other: number } {
  const { functions, locations, strings } = profile;
  const { lines } = locations;
  const text = strings.length;
  const own = Uint32Array.of(text);
  const one = <T extends Uint32Array | Int32Array | BigInt64Array | BigUint64Array | Uint8Array>(
    column: T,
    last: T,
  ): T => {
    const longer = new (column.constructor as new (length: number) => T)(column.length + 1);
    longer.set(column as never);
    longer.set(last as never, column.length);
    return longer;
  };
  const none = BigInt64Array.of(0n);
  const ids = (length: number): BigUint64Array => BigUint64Array.from({ length }, (_, row) => BigInt(row + 1));
  return {
    other: locations.length,
    withOther: {
      ...profile,
      strings: strings.with([OTHER]),
      functions: {
        length: functions.length + 1,
        id: ids(functions.length + 1),
        name: one(functions.name, own),
        systemName: one(functions.systemName, Uint32Array.of(0)),
        filename: one(functions.filename, Uint32Array.of(0)),
        startLine: one(functions.startLine, none),
        unknownFields: NONE,
      },
      locations: {
        length: locations.length + 1,
        id: ids(locations.length + 1),
        mapping: one(locations.mapping, Int32Array.of(-1)),
        address: one(locations.address, BigUint64Array.of(0n)),
        isFolded: one(locations.isFolded, Uint8Array.of(0)),
        lineStart: one(locations.lineStart, Uint32Array.of(lines.length + 1)),
        lines: {
          length: lines.length + 1,
          function: one(lines.function, Int32Array.of(functions.length)),
          line: one(lines.line, none),
          column: one(lines.column, none),
          unknownFields: NONE,
        },
        unknownFields: NONE,
      },
    },
  };
}
