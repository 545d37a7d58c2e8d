import { BASE_LABEL, filterSamples, merge, type Profile, scale, subtract } from "@pprof-ts/profile";

/** Profiles from before and from now, each side repeats of one measurement. Nothing from before: nothing is compared. */
export interface Sides {
  readonly old: readonly NamedProfile[];
  readonly fresh: readonly NamedProfile[];
}

export interface NamedProfile {
  readonly name: string;
  readonly profile: Profile;
}

/** The sides of a profile as it was opened: one that is itself a difference, as -diff_base makes it, has two. */
export function sidesOf(name: string, profile: Profile): Sides {
  const isBase = ofBase(profile);
  if (isBase === undefined) return { old: [], fresh: [{ name, profile }] };
  const before = scale(
    filterSamples(profile, (sample) => isBase[sample] === 1),
    -1,
  );
  const now = filterSamples(profile, (sample) => isBase[sample] === 0);
  // What it says of its duration is of both sides together: nobody knows that of each.
  const [old, fresh] = [before, now].map((side) => ({ ...side, durationNanos: 0n }));
  return { old: [{ name: "the base", profile: old! }], fresh: [{ name, profile: fresh! }] };
}

/** Says which kinds would be mixed where profiles have no sample type in common. */
function checkKinds({ old, fresh }: Sides): void {
  const [first, ...others] = [...fresh, ...old];
  if (first === undefined) return;
  const own = new Set(first.profile.sampleTypes.map(({ type }) => type));
  const other = others.find(({ profile }) => !profile.sampleTypes.some(({ type }) => own.has(type)));
  if (other !== undefined)
    throw new Error(`${kindsOf(other)} cannot be compared with ${kindsOf(first)}: choose one of the same kind`);
}

function kindsOf({ name, profile }: NamedProfile): string {
  return `${name} (${profile.sampleTypes.map(({ type, unit }) => `${type} in ${unit}`).join(", ") || "no sample type"})`;
}

/** What all pages but the comparison show: the profiles of now together, less as many from before. */
export function shownOf(sides: Sides): Profile {
  checkKinds(sides);
  const { old, fresh } = sides;
  const now = together(fresh);
  if (old.length === 0) return now;
  const before = together(old);
  const base = fresh.length === old.length ? before : scale(before, fresh.length / old.length);
  return subtract(now, base, { diff: true });
}

function together(side: readonly NamedProfile[]): Profile {
  return side.length === 1 ? side[0]!.profile : merge(side.map(({ profile }) => profile));
}

/** 1 for each sample of a base; undefined where there is none. */
export function ofBase({ samples, strings }: Profile): Uint8Array | undefined {
  const key = strings.rowOf(BASE_LABEL);
  if (key < 0 || !samples.labels.key.includes(key)) return undefined;
  const isBase = new Uint8Array(samples.length);
  for (let sample = 0; sample < samples.length; sample++)
    for (let label = samples.labelStart[sample]!; label < samples.labelStart[sample + 1]!; label++)
      if (samples.labels.key[label] === key) isBase[sample] = 1;
  return isBase;
}
