import type { Profile } from "@pprof-ts/profile";
import { analyze, defaultOptions, type Options, top } from "@pprof-ts/report";
import type { Measured } from "./measure.ts";

/** What is measured, and what of it can be told by function. */
export interface MeasureRow {
  readonly name: MeasureName;
  readonly title: string;
  readonly unit: "nanoseconds" | "bytes";
  /** Of a whole run; undefined where it was not told. */
  of(run: Measured): number | undefined;
  /** The profile that tells it by function, and its sample type. */
  readonly profile?: { readonly kind: string; readonly type: string };
  /** How exactly a run's value is known at best; of CPU time, in ticks of the system's. */
  readonly least: number;
  /** What a function is that took more of it, and less. */
  readonly words: { readonly more: string; readonly less: string };
}

export type MeasureName = "wall" | "cpu" | "memory" | "allocated" | "heap";

/** V8 samples the heap each so many bytes. */
const SAMPLED_BYTES = 2 ** 19;
const ALLOCATED = { kind: "allocs", type: "alloc_space" };
const HEAP = { kind: "heap", type: "inuse_space" };

export const MEASURES: readonly MeasureRow[] = [
  {
    name: "wall",
    title: "wall clock",
    unit: "nanoseconds",
    least: 1e6,
    of: ({ wallNanos }) => wallNanos,
    words: { more: "slower", less: "faster" },
  },
  {
    name: "cpu",
    title: "CPU time",
    unit: "nanoseconds",
    least: 1e7,
    of: ({ cpuNanos }) => cpuNanos,
    profile: { kind: "cpu", type: "cpu" },
    words: { more: "slower", less: "faster" },
  },
  {
    name: "memory",
    title: "peak memory",
    unit: "bytes",
    least: 2 ** 20,
    of: ({ peakBytes }) => peakBytes,
    words: { more: "larger", less: "smaller" },
  },
  {
    name: "allocated",
    title: "allocated memory",
    unit: "bytes",
    least: SAMPLED_BYTES,
    of: ({ profiles }) => totalOf(profiles, ALLOCATED),
    profile: ALLOCATED,
    words: { more: "larger", less: "smaller" },
  },
  {
    name: "heap",
    title: "heap at the end",
    unit: "bytes",
    least: SAMPLED_BYTES,
    of: ({ profiles }) => totalOf(profiles, HEAP),
    profile: HEAP,
    words: { more: "larger", less: "smaller" },
  },
];

/** What a function takes of a run: itself, and with all that it calls. A case has no more than the first. */
export interface Taken {
  readonly own: number;
  readonly total: number;
}

/** What of one run is compared. */
export interface Figures {
  readonly whole: ReadonlyMap<MeasureName, number>;
  /** By measure, and by function with its file. */
  readonly functions: ReadonlyMap<MeasureName, ReadonlyMap<string, Taken>>;
  /** CPU time by case, where the program or its test runner labels them. */
  readonly cases: ReadonlyMap<string, Taken>;
}

/** The profiler's own work in the program. */
const OWN_WORK = "(pprof)";

/** Every function, with its file: two of one name are two. */
const WHOLE: Options = {
  ...defaultOptions,
  granularity: "filefunctions",
  nodecount: 0,
  nodefraction: 0,
  edgefraction: 0,
};

export function figuresOf(run: Measured): Figures {
  const whole = new Map<MeasureName, number>();
  const functions = new Map<MeasureName, ReadonlyMap<string, Taken>>();
  for (const { name, of, profile } of MEASURES) {
    const value = of(run);
    if (value !== undefined) whole.set(name, value);
    const told = profile && run.profiles.get(profile.kind);
    if (told !== undefined) functions.set(name, functionsOf(told, profile!.type));
  }
  const cpu = run.profiles.get("cpu");
  return { whole, functions, cases: cpu === undefined ? new Map() : casesOf(cpu) };
}

function functionsOf(profile: Profile, type: string): Map<string, Taken> {
  const { rows } = top(analyze(profile, { ...WHOLE, sample_index: type }), {});
  const found = new Map<string, Taken>();
  for (const { name, flat, cum } of rows) {
    if (name === OWN_WORK) continue;
    const known = found.get(name);
    found.set(name, { own: flat + (known?.own ?? 0), total: cum + (known?.total ?? 0) });
  }
  return found;
}

function totalOf(profiles: Measured["profiles"], { kind, type }: typeof HEAP): number | undefined {
  const profile = profiles.get(kind);
  const column = profile?.sampleTypes.findIndex((one) => one.type === type) ?? -1;
  return profile?.samples.values[column]?.reduce((sum, value) => sum + Number(value), 0);
}

/** By the label `case`, or `test` with its `file`, or `file` alone. */
function casesOf(profile: Profile): Map<string, Taken> {
  const { samples, strings } = profile;
  const { labels, labelStart } = samples;
  const nanos = samples.values.at(-1)!;
  const found = new Map<string, Taken>();
  for (let row = 0; row < samples.length; row++) {
    const told: Record<string, string> = {};
    for (let at = labelStart[row]!; at < labelStart[row + 1]!; at++) {
      told[strings.get(labels.key[at]!)] = strings.get(labels.str[at]!);
    }
    const name = told.case || [told.file, told.test].filter(Boolean).join(": ");
    if (name === "") continue;
    const own = (found.get(name)?.own ?? 0) + Number(nanos[row]!);
    found.set(name, { own, total: own });
  }
  return found;
}
