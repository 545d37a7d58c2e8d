import { canonical, encode, type Profile } from "@pprof-ts/profile";
import type { Analysis } from "../../analyze.ts";
import { truncateToInt64 } from "../../go/int64.ts";
import { materialize } from "../../stack/materialize.ts";

/**
 * The profile as filters leave it, its values divided by `divide_by`, and the sample type that was asked for its default;
 * the bytes are those that Go writes.
 */
export function printProto({ selection, sampleIndex, options }: Analysis): Uint8Array {
  const shown = withoutDetails(materialize(selection), options.noinlines, options.showcolumns);
  const aggregated = { ...shown, defaultSampleType: shown.sampleTypes[sampleIndex]!.type };
  const ratio = 1 / options.divide_by;
  if (!(ratio > 0) || ratio === 1) return encode(canonical(aggregated));
  const values = aggregated.samples.values.map((column) =>
    BigInt64Array.from(column, (value) => truncateToInt64(Number(value) * ratio)),
  );
  return encode(canonical({ ...aggregated, samples: { ...aggregated.samples, values } }));
}

/** Without what `noinlines` takes away: mappings then have no inlined frames, and lines no columns unless shown. */
function withoutDetails(profile: Profile, noinlines: boolean, showcolumns: boolean): Profile {
  if (!noinlines) return profile;
  const { mappings, locations } = profile;
  const { lines } = locations;
  return {
    ...profile,
    mappings: { ...mappings, hasInlineFrames: new Uint8Array(mappings.length) },
    locations: showcolumns ? locations : { ...locations, lines: { ...lines, column: new BigInt64Array(lines.length) } },
  };
}
