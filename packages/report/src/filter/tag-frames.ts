import type { Profile, SampleTable } from "@pprof-ts/profile";
import { scaledLabel } from "../go/units.ts";
import { labelledPaths } from "../stack/label-paths.ts";
import { type KeyValues, keyValues } from "../stack/label-values.ts";
import { labelsOf } from "../stack/labels.ts";
import type { StackPaths } from "../stack/stack-rows.ts";
import { AddedFrames } from "./added-frames.ts";
import { laterStacks } from "./later-stacks.ts";

/** A profile with frames for labels, and whether any sample had one of the keys. */
export interface TagFrames {
  readonly profile: Profile;
  /** Its stacks as paths, where those of the profile before it were known. */
  readonly paths: StackPaths | undefined;
  readonly rootsMatched: boolean;
  readonly leavesMatched: boolean;
}

/**
 * The profile with a frame for each of these label keys at both ends of every stack: a function called as the label's
 * values, in a file called as the key. The first key of `roots` becomes the outermost frame, the last of `leaves` the
 * innermost; a sample without the label has a frame without a name.
 */
export function addTagFrames(
  profile: Profile,
  paths: StackPaths | undefined,
  roots: readonly string[],
  leaves: readonly string[],
  unit: string,
): TagFrames {
  const frames = new AddedFrames(profile);
  const { samples } = profile;
  const outside = roots.map((key) => keyValues(profile, key));
  const inside = leaves.map((key) => keyValues(profile, key));
  // In this order the reference tool makes them, too.
  const matched = makeFrames(profile, frames, [...outside.toReversed(), ...inside.toReversed()], unit);
  const extra = roots.length + leaves.length;
  const locationStart = new Uint32Array(samples.length + 1);
  for (let row = 0; row <= samples.length; row++) locationStart[row] = samples.locationStart[row]! + extra * row;
  const [above, below] = [outside, inside].map((keys) => keys.map(({ of }) => of));
  return {
    profile: {
      ...frames.profile(),
      samples: laterStacks(samples, locationStart, () => taggedStacks(samples, locationStart, above!, below!)),
    },
    paths: paths && labelledPaths(paths, above!, below!),
    rootsMatched: outside.some((key) => matched.has(key)),
    leavesMatched: inside.some((key) => matched.has(key)),
  };
}

/** All stacks, each between the locations of its labels, of which `above` has the outermost first. */
function taggedStacks(
  samples: SampleTable,
  start: Uint32Array,
  above: readonly Int32Array[],
  below: readonly Int32Array[],
): Uint32Array {
  const locations = new Uint32Array(start[samples.length]!);
  for (let row = 0; row < samples.length; row++) {
    let at = start[row + 1]! - above.length;
    for (let key = above.length - 1; key >= 0; key--) locations[at++] = above[key]![row]!;
    at = start[row]!;
    for (let key = below.length - 1; key >= 0; key--) locations[at++] = below[key]![row]!;
    locations.set(samples.locations.subarray(samples.locationStart[row]!, samples.locationStart[row + 1]!), at);
  }
  return locations;
}

/** Makes the frames of all values, sample by sample, and puts their locations in the place of them; gives back the keys that some sample has. */
function makeFrames(
  profile: Profile,
  frames: AddedFrames,
  keys: readonly KeyValues[],
  unit: string,
): ReadonlySet<KeyValues> {
  const matched = new Set<KeyValues>();
  const locations = keys.map(({ seen }) => new Int32Array(seen.length));
  const next = keys.map(() => 0);
  const sampleOf = (of: number): number => keys[of]?.seen[next[of]!] ?? Number.POSITIVE_INFINITY;
  for (;;) {
    let first = 0;
    for (let of = 1; of < keys.length; of++) if (sampleOf(of) < sampleOf(first)) first = of;
    const sample = sampleOf(first);
    if (sample === Number.POSITIVE_INFINITY) break;
    const key = keys[first]!;
    const values = labelValues(profile, sample, key.key, unit);
    if (values.length > 0) matched.add(key);
    locations[first]![next[first]!] = frames.location(values.join(","), key.key);
    next[first]!++;
  }
  keys.forEach(({ of }, k) => {
    const locationOf = locations[k]!;
    for (let sample = 0; sample < of.length; sample++) of[sample] = locationOf[of[sample]!]!;
  });
  return matched;
}

const SHOW_ALL: ReadonlySet<number> = new Set();

/** The values of a label, text first; numbers scaled to `unit`, or bare where they have no unit. */
function labelValues(profile: Profile, sample: number, key: string, unit: string): string[] {
  const { text, numbers } = labelsOf(profile, sample, SHOW_ALL);
  const values = [...(text.get(key) ?? [])];
  const found = numbers.get(key);
  if (found === undefined) return values;
  found.values.forEach((value, i) => {
    const own = found.units[i];
    values.push(own === undefined ? scaledLabel(Number(value), "", "") : scaledLabel(Number(value), own, unit));
  });
  return values;
}
