import type { Profile, ValueType } from "@pprof-ts/profile";
import type { CountersSince } from "./store.ts";

/**
 * What a value says, and so how many of them become one: a `sum` adds up, a `counter` adds up once it has been made the difference
 * to the profile before, a `state` is what was there at that moment, of which there is a mean.
 */
export type ValueKind = "sum" | "counter" | "state";

/** By the `type` of a sample type; what has no row is a sum. */
const KINDS: readonly (readonly [RegExp, ValueKind])[] = [
  [/^alloc_/, "counter"],
  [/^(contentions|delay)$/, "counter"],
  [/^inuse_/, "state"],
  [/^(goroutines?|threadcreate|objects|space)$/, "state"],
];

/** The kind of a column of a profile that is called `name`. A count of the name itself is one of Go's own profiles: of what is there. */
export function valueKind(name: string, { type, unit }: ValueType): ValueKind {
  return KINDS.find(([pattern]) => pattern.test(type))?.[1] ?? (type === name && unit === "count" ? "state" : "sum");
}

/** Which columns are counters from the process's start, and have to be made differences. */
export function cumulativeColumns(name: string, profile: Profile, since: CountersSince | undefined): boolean[] {
  const fromStart = (since ?? (profile.durationNanos > 0n ? "begin" : "start")) === "start";
  return profile.sampleTypes.map((type) => fromStart && valueKind(name, type) === "counter");
}

/** Where the profile before is older than that, counters begin anew: as of a process that is seen for the first time. */
export const COUNTER_MILLIS = 3_600_000;

/** What profiles with such a sample type are called, as in Pyroscope. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^cpu$/, "process_cpu"],
  [/^wall$/, "wall"],
  [/^(alloc|inuse)_/, "memory"],
  [/^(objects|space)$/, "memory"],
  [/^(contentions|delay)$/, "mutex"],
  [/^goroutines?$/, "goroutine"],
];

/** The name of a profile that came without one: by what it counts, else the type that it counts last. */
export function profileName({ sampleTypes }: Pick<Profile, "sampleTypes">): string {
  for (const [pattern, name] of NAMES) if (sampleTypes.some(({ type }) => pattern.test(type))) return name;
  return sampleTypes.at(-1)?.type ?? "unknown";
}

/** A sum by a count, halves away from zero: a mean that a profile can hold. */
export function meanOf(sum: bigint, count: bigint): bigint {
  const half = sum < 0n ? -count : count;
  return (2n * sum + half) / (2n * count);
}
