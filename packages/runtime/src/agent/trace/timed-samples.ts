import { type Profile, TIMESTAMP_LABEL, type TraceFrame, toNumbers } from "@pprof-ts/profile";

import { IDLE } from "../cpu/cpu-samples.ts";

/** A sample: what ran on a thread at a time, in nanoseconds of `process.hrtime`. */
export interface TimedSample {
  readonly time: number;
  readonly thread: string;
  /** Whether nothing ran: the thread waited for its event loop. */
  readonly isIdle: boolean;
  /** Leaf first. */
  readonly frames: readonly TraceFrame[];
}

/** The samples of a profile that has each with its time, in the order of time. */
export function timedSamples(profile: Profile): TimedSample[] {
  const { samples, strings } = profile;
  const nanos = toNumbers(samples.values[1]!);
  const numbers = toNumbers(samples.labels.num);
  const stacks = new Map<string, readonly TraceFrame[]>();
  const found: TimedSample[] = [];
  for (let i = 0; i < samples.length; i++) {
    let ended = 0;
    let thread = "";
    for (let label = samples.labelStart[i]!; label < samples.labelStart[i + 1]!; label++) {
      const key = strings.get(samples.labels.key[label]!);
      if (key === TIMESTAMP_LABEL) ended = numbers[label]!;
      else if (key === "thread") thread = strings.get(samples.labels.str[label]!);
    }
    const rows = samples.locations.subarray(samples.locationStart[i]!, samples.locationStart[i + 1]!);
    const key = rows.join();
    let frames = stacks.get(key);
    if (frames === undefined) {
      frames = Array.from(rows).flatMap((row) => framesOf(profile, row));
      stacks.set(key, frames);
    }
    found.push({ time: ended - nanos[i]!, thread, isIdle: frames[0]?.[0] === IDLE, frames });
  }
  return found.sort((a, b) => a.time - b.time);
}

function framesOf({ locations, functions, strings }: Profile, row: number): TraceFrame[] {
  const frames: TraceFrame[] = [];
  for (let line = locations.lineStart[row]!; line < locations.lineStart[row + 1]!; line++) {
    const fn = locations.lines.function[line]!;
    frames.push([
      strings.get(functions.name[fn]!),
      strings.get(functions.filename[fn]!),
      Number(locations.lines.line[line]!),
    ]);
  }
  return frames;
}
