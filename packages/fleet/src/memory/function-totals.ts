import type { Profile } from "@pprof-ts/profile";
import { locationFunctions } from "../store/function-names.ts";

export interface FunctionTotals {
  readonly total: number;
  readonly functions: ReadonlyMap<string, { flat: number; cum: number }>;
}

/** What each function of a profile has of a column. */
export function functionTotals(profile: Profile, column: number): FunctionTotals {
  const { samples } = profile;
  const names = locationFunctions(profile);
  const functions = new Map<string, { flat: number; cum: number }>();
  let total = 0;
  for (let row = 0; row < samples.length; row++) {
    const value = Number(samples.values[column]![row]!);
    total += value;
    if (value === 0) continue;
    const stack = samples.locations.subarray(samples.locationStart[row]!, samples.locationStart[row + 1]!);
    const all = Array.from(stack, (location) => names[location]!).flat();
    new Set(all).forEach((name) => {
      const sums = functions.get(name) ?? { flat: 0, cum: 0 };
      sums.cum += value;
      if (name === all[0]) sums.flat += value;
      functions.set(name, sums);
    });
  }
  return { total, functions };
}
