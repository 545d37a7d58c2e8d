import { merge, type Profile, type ValueType } from "@pprof-ts/profile";
import { orderRows } from "../store/order-rows.ts";
import { meanOf, valueKind } from "../store/value-kind.ts";

const isSame = (a: ValueType, b: ValueType): boolean => a.type === b.type && a.unit === b.unit;

/** The sample types of all profiles, in the order in which they come. */
export function unionOfTypes(profiles: readonly Pick<Profile, "sampleTypes">[]): ValueType[] {
  const union: ValueType[] = [];
  for (const { sampleTypes } of profiles) {
    for (const type of sampleTypes) if (!union.some((other) => isSame(other, type))) union.push(type);
  }
  return union;
}

/** The sums of all profiles, states too. Sample types that a profile does not have are 0. */
export function sumOf(profiles: readonly Profile[]): Profile {
  const sampleTypes = unionOfTypes(profiles);
  const { periodType } = profiles[0]!;
  return merge(
    profiles.map((profile) => ({
      ...profile,
      sampleTypes,
      periodType,
      samples: {
        ...profile.samples,
        values: sampleTypes.map((type) => {
          const column = profile.sampleTypes.findIndex((own) => isSame(own, type));
          return profile.samples.values[column] ?? new BigInt64Array(profile.samples.length);
        }),
      },
    })),
  );
}

/** `Merged.profile` of these profiles, which are in the order in which they were received. */
export function mergeEntries(name: string, profiles: readonly Profile[]): Profile {
  const sum = sumOf(profiles);
  const values = sum.samples.values.map((column, i) => {
    const type = sum.sampleTypes[i]!;
    const count = profiles.filter(({ sampleTypes }) => sampleTypes.some((own) => isSame(own, type))).length;
    return valueKind(name, type) === "state" ? column.map((value) => meanOf(value, BigInt(count))) : column;
  });
  return orderRows({ ...sum, samples: { ...sum.samples, values } });
}
