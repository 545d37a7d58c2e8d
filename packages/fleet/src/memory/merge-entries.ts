import { merge, type Profile } from "@pprof-ts/profile";
import { orderRows } from "../store/order-rows.ts";
import { columnOf, unionOfTypes } from "../store/sample-types.ts";
import { meanOf, valueKind } from "../store/value-kind.ts";

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
          return profile.samples.values[columnOf(profile, type)] ?? new BigInt64Array(profile.samples.length);
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
    const count = profiles.filter((profile) => columnOf(profile, type) >= 0).length;
    return valueKind(name, type) === "state" ? column.map((value) => meanOf(value, BigInt(count))) : column;
  });
  return orderRows({ ...sum, samples: { ...sum.samples, values } });
}
