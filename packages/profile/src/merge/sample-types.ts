import { ProfileError } from "../error.ts";
import type { Profile, ValueType } from "../profile.ts";
import { merge } from "./merge.ts";
import { scale } from "./scale.ts";
import { unitRatio } from "./units.ts";

/**
 * One profile of several, as the tool makes it of its sources: sample types that all have, in their finest units, merged.
 * A single profile is given back as it is.
 */
export function combine(profiles: readonly Profile[]): Profile {
  const aligned = convertUnits(intersectSampleTypes(profiles));
  return aligned.length === 1 ? aligned[0]! : merge(aligned);
}

/**
 * The profiles with only the sample types whose name all of them have, in the order of the first profile. A default
 * sample type that is lost becomes the first of those left. None in common is a `ProfileError`.
 */
export function intersectSampleTypes(profiles: readonly Profile[]): Profile[] {
  const columns = profiles.map(
    ({ sampleTypes }) => new Map(sampleTypes.map(({ type }, column) => [type, column] as const).reverse()),
  );
  const names = (profiles[0]?.sampleTypes ?? []).map(({ type }) => type);
  const common = names.filter((name) => columns.every((column) => column.has(name)));
  if (common.length === 0) throw new ProfileError("profiles have empty common sample type list");
  return profiles.map((profile, i) => {
    const picked = common.map((name) => columns[i]!.get(name)!);
    const isSame = picked.length === profile.sampleTypes.length && picked.every((column, at) => column === at);
    if (isSame) return profile;
    return {
      ...profile,
      sampleTypes: picked.map((column) => profile.sampleTypes[column]!),
      samples: { ...profile.samples, values: picked.map((column) => profile.samples.values[column]!) },
      defaultSampleType: common.includes(profile.defaultSampleType) ? profile.defaultSampleType : common[0]!,
    };
  });
}

/**
 * The profiles with each sample type, and the period, in the finest unit that any of them has it in. Types whose names
 * differ by more than a last "s", or whose units do not convert into each other, are a `ProfileError`.
 */
export function convertUnits(profiles: readonly Profile[]): Profile[] {
  const first = profiles[0];
  if (first === undefined || profiles.length === 1) return [...profiles];
  for (const { sampleTypes } of profiles) {
    if (sampleTypes.length !== first.sampleTypes.length) {
      throw new ProfileError(`inconsistent samples type count: ${first.sampleTypes.length} != ${sampleTypes.length}`);
    }
  }
  const none: ValueType = { type: "", unit: "" };
  const periodUnit = finestUnit(
    "period type",
    profiles.map(({ periodType }) => periodType ?? none),
  );
  const units = first.sampleTypes.map((_, i) =>
    finestUnit(
      "sample types",
      profiles.map(({ sampleTypes }) => sampleTypes[i]!),
    ),
  );
  return profiles.map((profile) => {
    const { sampleTypes, periodType, period } = profile;
    const periodRatio = unitRatio(periodType?.unit ?? "", periodUnit) ?? 1;
    const scaled = scale(
      profile,
      sampleTypes.map(({ unit }, i) => unitRatio(unit, units[i]!) ?? 1),
    );
    return {
      ...scaled,
      sampleTypes: sampleTypes.map(({ type }, i) => ({ type, unit: units[i]! })),
      periodType: periodType && { type: periodType.type, unit: periodUnit },
      period: periodRatio === 1 ? period : BigInt.asIntN(64, BigInt(Math.trunc(Number(period) * periodRatio))),
    };
  });
}

function finestUnit(what: string, types: readonly ValueType[]): string {
  let finest = types[0]!;
  for (const type of types) {
    const ratio = unitRatio(type.unit, finest.unit);
    if (ratio === undefined || stem(type) !== stem(finest)) {
      throw new ProfileError(
        `${what}: incompatible types: ${finest.type}/${finest.unit} and ${type.type}/${type.unit}`,
      );
    }
    if (ratio < 1) finest = type;
  }
  return finest.unit;
}

function stem({ type }: ValueType): string {
  return type.endsWith("s") ? type.slice(0, -1) : type;
}
