import { selectLabels } from "../filter.ts";
import type { LabelTable, Profile, SampleTable } from "../profile.ts";
import { exactBytes, type StringTable } from "../strings.ts";
import { StringRows } from "./intern.ts";

/**
 * The same samples, locations, functions and mappings, written as Go writes them: `encode(canonical(p))` is, byte for
 * byte, what Go's `Profile.WriteUncompressed` makes of the same profile.
 *
 * Only strings that are used remain, each once, in the order in which the encoder meets them. A sample's text labels
 * come before its numbers, each sorted by key; labels that hold nothing are left out. No row changes its id.
 */
export function canonical(profile: Profile): Profile {
  const { strings, mappings, functions } = profile;
  const samples = canonicalLabels(profile.samples, strings);
  const { labels } = samples;
  const rows = new StringRows();
  const rowOf = new Int32Array(strings.length).fill(-1);
  rowOf[0] = 0;
  const intern = (row: number): number => {
    if (rowOf[row] === -1) rowOf[row] = rows.row(strings.utf8, strings.start[row]!, strings.start[row + 1]!);
    return rowOf[row]!;
  };
  const internText = (text: string): void => {
    const bytes = exactBytes(text);
    rows.row(bytes, 0, bytes.length);
  };

  for (const { type, unit } of profile.sampleTypes) {
    internText(type);
    internText(unit);
  }
  const key = new Uint32Array(labels.length);
  const str = new Uint32Array(labels.length);
  const numUnit = new Uint32Array(labels.length);
  for (let i = 0; i < labels.length; i++) {
    key[i] = intern(labels.key[i]!);
    str[i] = intern(labels.str[i]!);
    numUnit[i] = intern(labels.numUnit[i]!);
  }
  const mappingFile = new Uint32Array(mappings.length);
  const buildId = new Uint32Array(mappings.length);
  for (let i = 0; i < mappings.length; i++) {
    mappingFile[i] = intern(mappings.filename[i]!);
    buildId[i] = intern(mappings.buildId[i]!);
  }
  const name = new Uint32Array(functions.length);
  const systemName = new Uint32Array(functions.length);
  const filename = new Uint32Array(functions.length);
  for (let i = 0; i < functions.length; i++) {
    name[i] = intern(functions.name[i]!);
    systemName[i] = intern(functions.systemName[i]!);
    filename[i] = intern(functions.filename[i]!);
  }
  const { type = "", unit = "" } = profile.periodType ?? {};
  for (const text of [profile.dropFrames, profile.keepFrames, type, unit, ...profile.comments]) internText(text);
  internText(profile.defaultSampleType);
  internText(profile.docUrl);

  return {
    ...profile,
    samples: { ...samples, labels: { ...labels, key, str, numUnit } },
    mappings: { ...mappings, filename: mappingFile, buildId },
    functions: { ...functions, name, systemName, filename },
    strings: rows.finish(),
    periodType: type === "" && unit === "" ? undefined : { type, unit },
  };
}

/** The samples with the labels of each in Go's order, text before numbers and both by key, and without empty labels. */
export function canonicalLabels(samples: SampleTable, strings: StringTable): SampleTable {
  const { labels, labelStart } = samples;
  const rank = keyRanks(labels, strings);
  const place = (label: number): number => (labels.str[label] === 0 ? strings.length : 0) + rank[labels.key[label]!]!;
  const nums = new Int32Array(labels.num.buffer, labels.num.byteOffset, 2 * labels.length);
  const isEmpty = (label: number): boolean =>
    labels.str[label] === 0 &&
    nums[2 * label] === 0 &&
    nums[2 * label + 1] === 0 &&
    labels.numUnit[label] === 0 &&
    !labels.unknownFields.has(label);

  if (isCanonical(samples, place, isEmpty)) return samples;
  const order: number[] = [];
  const start = new Uint32Array(labelStart.length);
  for (let row = 0; row < samples.length; row++) {
    const own: number[] = [];
    for (let label = labelStart[row]!; label < labelStart[row + 1]!; label++) if (!isEmpty(label)) own.push(label);
    for (const label of own.sort((a, b) => place(a) - place(b))) order.push(label);
    start[row + 1] = order.length;
  }
  return { ...samples, labelStart: start, labels: selectLabels(labels, Uint32Array.from(order)) };
}

/** Whether nothing is to be done, as for whatever Go wrote; merging 1,000 profiles asks 1,000 times. */
function isCanonical(
  { length, labelStart }: SampleTable,
  place: (label: number) => number,
  isEmpty: (label: number) => boolean,
): boolean {
  for (let row = 0; row < length; row++) {
    let last = 0;
    for (let label = labelStart[row]!; label < labelStart[row + 1]!; label++) {
      const next = place(label);
      if (next < last || isEmpty(label)) return false;
      last = next;
    }
  }
  return true;
}

/** For each string that is a label's key, its place among the keys sorted by bytes. */
function keyRanks(labels: LabelTable, strings: StringTable): Uint32Array {
  const rank = new Uint32Array(strings.length);
  const keys: number[] = [];
  for (let i = 0; i < labels.length; i++) {
    const key = labels.key[i]!;
    if (rank[key] === 0) {
      rank[key] = 1;
      keys.push(key);
    }
  }
  keys.sort((a, b) => compareBytes(strings.bytes(a), strings.bytes(b)));
  let last = 0;
  keys.forEach((key, i) => {
    // Rows that hold the same string sort as one key does.
    if (i > 0 && compareBytes(strings.bytes(keys[i - 1]!), strings.bytes(key)) !== 0) last = i;
    rank[key] = last;
  });
  return rank;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const size = Math.min(a.length, b.length);
  for (let i = 0; i < size; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}
