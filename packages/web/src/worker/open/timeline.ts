import { filterSamples, type Profile, TIMESTAMP_LABEL } from "@pprof-ts/profile";
import type { TimeRange } from "@pprof-ts/report";

/** When a profile's samples were taken. */
export interface Timeline {
  /** When the first sample began, in nanoseconds on the profile's own clock. */
  readonly begin: number;
  /** When each sample ended; NaN where it does not say. */
  readonly ends: Float64Array;
}

const known = new WeakMap<Profile, Timeline>();

export function timelineOf(profile: Profile): Timeline {
  let timeline = known.get(profile);
  if (timeline === undefined) {
    const ends = endsOf(profile);
    const sorted = ends.filter((end) => !Number.isNaN(end)).sort();
    // The first sample began as long before its end as samples usually are apart.
    const gaps = sorted.map((end, i) => end - sorted[Math.max(0, i - 1)]!).filter((gap) => gap > 0);
    gaps.sort();
    timeline = { begin: (sorted[0] ?? 0) - (gaps[gaps.length >> 1] || 1e6), ends };
    known.set(profile, timeline);
  }
  return timeline;
}

/** The profile with only the samples that ended in a range; samples that do not say when are left out. */
export function inRange(profile: Profile, { from, to }: TimeRange): Profile {
  const { begin, ends } = timelineOf(profile);
  return filterSamples(profile, (sample) => ends[sample]! - begin > from && ends[sample]! - begin <= to);
}

function endsOf({ samples, strings }: Profile): Float64Array {
  const { labelStart, labels, length } = samples;
  const key = strings.rowOf(TIMESTAMP_LABEL);
  const ends = new Float64Array(length).fill(Number.NaN);
  if (key < 0) return ends;
  for (let sample = 0; sample < length; sample++) {
    for (let label = labelStart[sample]!; label < labelStart[sample + 1]!; label++)
      if (labels.key[label] === key) ends[sample] = Number(labels.num[label]!);
  }
  return ends;
}
