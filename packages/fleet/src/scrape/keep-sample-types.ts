import { decode, encode, gunzip, isGzip, type ValueType } from "@pprof-ts/profile";
import { FleetError } from "../error.ts";
import { isSameType } from "../store/sample-types.ts";

/** The profile with these of its sample types alone; it has to have one of them. */
export async function keepSampleTypes(
  bytes: Uint8Array,
  keep: readonly ValueType[],
  mostBytes: number,
): Promise<Uint8Array> {
  const profile = decode(isGzip(bytes) ? await gunzip(bytes, mostBytes) : bytes);
  const columns = profile.sampleTypes.flatMap((type, column) =>
    keep.some((kept) => isSameType(kept, type)) ? [column] : [],
  );
  if (columns.length === profile.sampleTypes.length) return bytes;
  if (columns.length === 0) {
    const there = profile.sampleTypes.map(({ type, unit }) => `${type}/${unit}`).join(", ");
    throw new FleetError(`none of the types of keep_sample_type is in the profile: it has ${there}`);
  }
  const sampleTypes = columns.map((column) => profile.sampleTypes[column]!);
  const isThere = sampleTypes.some(({ type }) => type === profile.defaultSampleType);
  return encode({
    ...profile,
    sampleTypes,
    defaultSampleType: isThere ? profile.defaultSampleType : "",
    samples: { ...profile.samples, values: columns.map((column) => profile.samples.values[column]!) },
  });
}
