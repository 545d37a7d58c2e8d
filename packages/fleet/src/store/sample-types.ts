import type { Profile, ValueType } from "@pprof-ts/profile";

export function isSameType(a: ValueType, b: ValueType): boolean {
  return a.type === b.type && a.unit === b.unit;
}

/** Which column of a profile is of this type; -1 for none. */
export function columnOf({ sampleTypes }: Pick<Profile, "sampleTypes">, wanted: ValueType): number {
  return sampleTypes.findIndex((own) => isSameType(own, wanted));
}

/** The sample types of all profiles, in the order in which they come. */
export function unionOfTypes(profiles: readonly Pick<Profile, "sampleTypes">[]): ValueType[] {
  const union: ValueType[] = [];
  for (const { sampleTypes } of profiles) {
    for (const type of sampleTypes) if (columnOf({ sampleTypes: union }, type) < 0) union.push(type);
  }
  return union;
}
