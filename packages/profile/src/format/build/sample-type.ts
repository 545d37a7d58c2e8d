import { ProfileError } from "../../error.ts";
import type { Profile } from "../../profile.ts";

export interface WriteOptions {
  /** The sample type that a format of one value holds; default: the profile's default, else its last. */
  readonly sampleType?: string;
}

/** The column that a format of one value holds: the type of this name, else the profile's default, else the last. */
export function sampleTypeColumn(profile: Profile, name: string = profile.defaultSampleType): number {
  const names = profile.sampleTypes.map(({ type }) => type);
  const column = name === "" ? names.length - 1 : names.indexOf(name);
  if (column >= 0) return column;
  throw new ProfileError(
    names.length === 0
      ? "the profile has no sample types"
      : `unknown sample type "${name}": must be one of ${names.join(", ")}`,
  );
}
