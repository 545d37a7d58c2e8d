import { filterSamples, type Profile } from "@pprof-ts/profile";

/** What the memory of a process that no heap holds is called by in heap profiles of Node.js: the outermost frame of each. */
const FRAME = "(process memory)";

/** A profile without that memory, beside which the heap could not be read, and how much of each type that leaves out. */
export interface HeapAlone {
  readonly profile: Profile;
  readonly leftOut: readonly number[];
}

const known = new WeakMap<Profile, HeapAlone | undefined>();

/** The heap alone, where a profile has other memory beside it. */
export function heapAlone(profile: Profile): HeapAlone | undefined {
  if (!known.has(profile)) known.set(profile, parted(profile));
  return known.get(profile);
}

function parted(profile: Profile): HeapAlone | undefined {
  const { samples, locations, functions, strings } = profile;
  const name = strings.rowOf(FRAME);
  if (name < 0 || !functions.name.includes(name)) return undefined;
  const isOther = (sample: number): boolean => {
    const end = samples.locationStart[sample + 1]!;
    if (end === samples.locationStart[sample]!) return false;
    const line = locations.lineStart[samples.locations[end - 1]! + 1]! - 1;
    const fn = line < locations.lineStart[samples.locations[end - 1]!]! ? -1 : locations.lines.function[line]!;
    return fn >= 0 && functions.name[fn] === name;
  };
  const leftOut = samples.values.map((column) => {
    let sum = 0;
    for (let sample = 0; sample < samples.length; sample++) if (isOther(sample)) sum += Number(column[sample]!);
    return sum;
  });
  const heap = filterSamples(profile, (sample) => !isOther(sample));
  const isEmpty = heap.samples.values.every((column) => column.every((value) => value === 0n));
  return isEmpty || leftOut.every((sum) => sum === 0) ? undefined : { profile: heap, leftOut };
}
