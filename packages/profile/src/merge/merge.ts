import { concat } from "../bytes.ts";
import { ProfileError } from "../error.ts";
import type { Profile, ValueType } from "../profile.ts";
import { canonical } from "./canonical.ts";
import { mergeProfile } from "./merge-profile.ts";
import { type MergedTables, MergeTables } from "./merge-tables.ts";

/**
 * Merges profiles of the same sample types and period type into one; `combine` makes them so first.
 *
 * Samples with the same stack and labels become one, their values summed as int64 that wrap; samples that are all zero
 * go. Locations, functions and mappings that are equal become one, what nothing refers to goes, and everything is
 * numbered from 1 in the order of its first use; the first profile's first mapping stays first. Two mappings are equal
 * when file (or build id), offset and size agree, so a binary loaded at another address is the same binary.
 * Unknown fields of a row are part of what it is equal by; those of the profiles follow each other.
 *
 * The header: the first profile's frames to drop and keep, the first default sample type and URL that is not empty, the
 * earliest time, the sum of the durations, the longest period, every comment once. Labels are in the order of `canonical`.
 */
export function merge(profiles: readonly Profile[]): Profile {
  const first = profiles[0];
  if (first === undefined) throw new ProfileError("no profiles to merge");
  for (const other of profiles) requireSameTypes(first, other);
  const tables = new MergeTables(first.sampleTypes.length);
  for (const profile of profiles) mergeProfile(tables, profile);
  return finishMerge(mergeHeaders(first, profiles), tables);
}

/** The merged profile, once all are in the tables. */
export function finishMerge(header: Header, tables: MergeTables): Profile {
  const merged = { ...header, ...tables.finish() };
  // Values that cancel out leave samples of zeros, and with them rows that nothing refers to.
  return tables.hasZeroSamples() ? merge([merged]) : canonical(merged);
}

/** The profile without what nothing refers to, without zero samples, and with equal rows as one: `merge` of it alone. */
export function compact(profile: Profile): Profile {
  return merge([profile]);
}

/** A `ProfileError` that names the types in which two profiles differ, where they do. */
export function requireSameTypes(a: Profile, b: Profile): void {
  const periods = [a.periodType, b.periodType].map((type) => show(type ?? { type: "", unit: "" }));
  if (periods[0] !== periods[1]) {
    throw new ProfileError(`incompatible period types ${periods[0]} and ${periods[1]}`);
  }
  const samples = [a, b].map((profile) => profile.sampleTypes.map(show).join(", "));
  if (samples[0] !== samples[1]) {
    throw new ProfileError(`incompatible sample types ${samples[0]} and ${samples[1]}`);
  }
}

function show({ type, unit }: ValueType): string {
  return `${JSON.stringify(type)} in ${JSON.stringify(unit)}`;
}

export type Header = Omit<Profile, keyof MergedTables>;

function mergeHeaders(first: Profile, profiles: readonly Profile[]): Header {
  const { sampleTypes, dropFrames, keepFrames, periodType } = first;
  let timeNanos = 0n;
  let durationNanos = 0n;
  let period = 0n;
  for (const profile of profiles) {
    // As Go has it: an unknown time in a later profile stands until a known one follows.
    if (timeNanos === 0n || profile.timeNanos < timeNanos) timeNanos = profile.timeNanos;
    if (period === 0n || period < profile.period) period = profile.period;
    durationNanos += profile.durationNanos;
  }
  return {
    sampleTypes,
    dropFrames,
    keepFrames,
    periodType,
    timeNanos,
    durationNanos: BigInt.asIntN(64, durationNanos),
    period,
    comments: [...new Set(profiles.flatMap((profile) => profile.comments))],
    defaultSampleType: profiles.find((profile) => profile.defaultSampleType !== "")?.defaultSampleType ?? "",
    docUrl: profiles.find((profile) => profile.docUrl !== "")?.docUrl ?? "",
    unknownFields: concat(profiles.map((profile) => profile.unknownFields)),
  };
}
