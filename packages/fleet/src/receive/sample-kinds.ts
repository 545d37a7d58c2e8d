import type { FoldedValue } from "./folded.ts";

/** What counts of folded stacks are, by the end of the app's name. */
interface Kind {
  readonly name: string;
  readonly type: string;
  readonly unit: string;
  /** Whether counts are samples, of which so many a second stand for a second. */
  readonly isTime?: true;
}

const cpu: Kind = { name: "process_cpu", type: "cpu", unit: "nanoseconds", isTime: true };

const KINDS: Readonly<Record<string, Kind>> = {
  cpu,
  itimer: cpu,
  wall: { name: "wall", type: "wall", unit: "nanoseconds", isTime: true },
  alloc_objects: { name: "memory", type: "alloc_objects", unit: "count" },
  alloc_space: { name: "memory", type: "alloc_space", unit: "bytes" },
  inuse_objects: { name: "memory", type: "inuse_objects", unit: "count" },
  inuse_space: { name: "memory", type: "inuse_space", unit: "bytes" },
  goroutines: { name: "goroutine", type: "goroutine", unit: "count" },
  mutex_count: { name: "mutex", type: "contentions", unit: "count" },
  mutex_duration: { name: "mutex", type: "delay", unit: "nanoseconds" },
  block_count: { name: "block", type: "contentions", unit: "count" },
  block_duration: { name: "block", type: "delay", unit: "nanoseconds" },
  exceptions: { name: "exceptions", type: "exceptions", unit: "count" },
};

/** What counts are where the name does not say it, by `units` of /ingest. */
const UNITS: Readonly<Record<string, Kind>> = {
  objects: KINDS.alloc_objects!,
  bytes: KINDS.alloc_space!,
  goroutines: KINDS.goroutines!,
  lock_samples: KINDS.mutex_count!,
  lock_nanoseconds: KINDS.mutex_duration!,
};

export const FOLDED_SUFFIXES: readonly string[] = Object.keys(KINDS);

/** What counts of folded stacks are; samples of the processor where nothing says otherwise. */
export function foldedKind(suffix: string, units: string, rate: number): FoldedValue & { readonly name: string } {
  const named = Object.hasOwn(KINDS, suffix) ? KINDS[suffix] : undefined;
  const { name, type, unit, isTime } = named ?? (Object.hasOwn(UNITS, units) ? UNITS[units]! : cpu);
  return { name, type: { type, unit }, perCount: isTime ? 1e9 / rate : 1 };
}

/** What a profile is called one of whose types is shown by this name. */
export function nameOfDisplay(display: string): string | undefined {
  return Object.hasOwn(KINDS, display) ? KINDS[display]!.name : undefined;
}
