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

export interface Stack {
  readonly values: number[];
  /** `name file:line` each, leaf first. */
  readonly frames: string[];
}

/** A profile's samples. */
export function stacksOf(profile: Profile): Stack[] {
  const { samples, locations, functions, strings } = profile;
  const columns = samples.values.map(toNumbers);
  return Array.from({ length: samples.length }, (_, sample) => {
    const rows = samples.locations.subarray(samples.locationStart[sample]!, samples.locationStart[sample + 1]!);
    const frames = Array.from(rows, (location) => {
      const line = locations.lineStart[location]!;
      const fn = locations.lines.function[line]!;
      const file = strings.get(functions.filename[fn]!);
      return `${strings.get(functions.name[fn]!)} ${file}:${locations.lines.line[line]}`;
    });
    return { values: columns.map((column) => column[sample]!), frames };
  });
}
