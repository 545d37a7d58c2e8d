import type { ValueType } from "@pprof-ts/profile";
import { FleetError } from "../error.ts";

/** One value of one kind of profile, as Pyroscope names it: `process_cpu:cpu:nanoseconds:cpu:nanoseconds`. */
export interface ProfileTypeId {
  /** The kind of profile: `process_cpu`, `memory`, `goroutine`, `mutex`, `block`. */
  readonly name: string;
  readonly sampleType: ValueType;
  /** Empty texts where the profile has no period. */
  readonly periodType: ValueType;
}

/** Understands a name of a type, with or without the period and Parca's `:delta`; else a `FleetError`. */
export function parseProfileType(text: string): ProfileTypeId {
  const [name = "", type = "", unit = "", periodType = "", periodUnit = "", delta, ...more] = text.split(":");
  if (name === "" || type === "" || unit === "" || more.length > 0 || (delta ?? "delta") !== "delta") {
    throw new FleetError(
      `invalid profile type ${JSON.stringify(text.slice(0, 200))}: must be like process_cpu:cpu:nanoseconds:cpu:nanoseconds`,
    );
  }
  return { name, sampleType: { type, unit }, periodType: { type: periodType, unit: periodUnit } };
}

export function printProfileType({ name, sampleType, periodType }: ProfileTypeId): string {
  return [name, sampleType.type, sampleType.unit, periodType.type, periodType.unit].join(":");
}
