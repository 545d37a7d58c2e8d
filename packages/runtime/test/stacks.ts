import type { Profile } from "@pprof-ts/profile";
import { toNumbers } from "@pprof-ts/profile";

export interface Flat {
  readonly file: string;
  readonly value: number;
}

/** A profile's flat values of one sample type, by function name. */
export function flatOf(profile: Profile, type: string): Map<string, Flat> {
  const column = profile.sampleTypes.findIndex((sampleType) => sampleType.type === type);
  const values = toNumbers(profile.samples.values[column]!);
  const flat = new Map<string, Flat>();
  values.forEach((value, sample) => {
    const location = profile.samples.locations[profile.samples.locationStart[sample]!]!;
    const fn = profile.locations.lines.function[profile.locations.lineStart[location]!]!;
    const name = profile.strings.get(profile.functions.name[fn]!);
    const file = profile.strings.get(profile.functions.filename[fn]!);
    flat.set(name, { file, value: (flat.get(name)?.value ?? 0) + value });
  });
  return flat;
}
