import type { Profile, SharedStacks } from "@pprof-ts/profile";
import type { StackPaths } from "./stack-rows.ts";

/**
 * What filters leave of a profile, without a copy of it: which samples, which part of each stack, which lines of each
 * location, which labels. Every filter takes a selection and returns another one.
 */
export interface Selection {
  readonly profile: Profile;
  /** Rows of samples, in order. */
  readonly samples: Uint32Array;
  /** Sample i's stack is `profile.samples.locations` from `stackStart[i]` up to but without `stackEnd[i]`. */
  readonly stackStart: Uint32Array;
  readonly stackEnd: Uint32Array;
  readonly frames: Frames;
  /** The stacks as paths, for whoever filters the same profile again and again; undefined where nobody does. */
  readonly paths: StackPaths | undefined;
  /** Keys of labels that are left out, as rows of strings. */
  readonly hiddenLabels: ReadonlySet<number>;
}

/**
 * The frames that locations stand for. Location i's are the rows `start[i]` up to but without `start[i + 1]`, innermost
 * first; a hidden location has none. A location without lines has one frame, for its address.
 */
export interface Frames {
  readonly length: number;
  readonly start: Uint32Array;
  readonly location: Uint32Array;
  /** A row of `profile.locations.lines`, or -1. */
  readonly line: Int32Array;
  /** Whether any location has more than one frame: only then can a call be inlined. */
  readonly inlined: boolean;
}

/** All of a profile; `rows` are those of its samples, where there is a column of them. */
export function selectAll(profile: Profile, rows: Uint32Array = allRows(profile)): Selection {
  const { samples } = profile;
  return {
    profile,
    samples: rows,
    stackStart: samples.locationStart.subarray(0, samples.length),
    stackEnd: samples.locationStart.subarray(1),
    frames: allFrames(profile),
    paths: undefined,
    hiddenLabels: new Set(),
  };
}

/** The stacks of all of the profile's samples, where they were read as what they do not share and are not cut. */
export function sharedOfProfile({ profile: { samples }, stackStart, stackEnd }: Selection): SharedStacks | undefined {
  const isWhole = [stackStart, stackEnd].every(({ buffer }) => buffer === samples.locationStart.buffer);
  return isWhole ? samples.shared : undefined;
}

function allRows({ samples }: Profile): Uint32Array {
  const rows = new Uint32Array(samples.length);
  for (let row = 0; row < rows.length; row++) rows[row] = row;
  return rows;
}

function allFrames({ locations }: Profile): Frames {
  const start = new Uint32Array(locations.length + 1);
  for (let row = 0; row < locations.length; row++) {
    start[row + 1] = start[row]! + Math.max(1, locations.lineStart[row + 1]! - locations.lineStart[row]!);
  }
  const length = start[locations.length]!;
  const location = new Uint32Array(length);
  const line = new Int32Array(length);
  for (let row = 0; row < locations.length; row++) {
    const first = locations.lineStart[row]!;
    const none = first === locations.lineStart[row + 1];
    for (let frame = start[row]!; frame < start[row + 1]!; frame++) {
      location[frame] = row;
      line[frame] = none ? -1 : first + frame - start[row]!;
    }
  }
  return { length, start, location, line, inlined: length > locations.length };
}

/** The frames that `keep` keeps. */
export function filterFrames(frames: Frames, keep: (frame: number, location: number) => boolean): Frames {
  const locations = frames.start.length - 1;
  const start = new Uint32Array(locations + 1);
  const location = new Uint32Array(frames.length);
  const line = new Int32Array(frames.length);
  let length = 0;
  let inlined = false;
  for (let row = 0; row < locations; row++) {
    for (let frame = frames.start[row]!; frame < frames.start[row + 1]!; frame++) {
      if (!keep(frame, row)) continue;
      location[length] = row;
      line[length++] = frames.line[frame]!;
    }
    start[row + 1] = length;
    inlined ||= length - start[row]! > 1;
  }
  return { length, start, location: location.slice(0, length), line: line.slice(0, length), inlined };
}

/** The rows of samples that `keep` keeps; several times as fast as the typed array's own `filter`. */
export function filterRows(samples: Uint32Array, keep: (sample: number) => boolean): Uint32Array {
  const kept = new Uint32Array(samples.length);
  let length = 0;
  for (let i = 0; i < samples.length; i++) if (keep(samples[i]!)) kept[length++] = samples[i]!;
  return length === samples.length ? samples : kept.slice(0, length);
}

/** Only the outermost frame of each location, which the others are inlined into. */
export function withoutInlined(selection: Selection): Selection {
  const { frames } = selection;
  if (!frames.inlined) return selection;
  return {
    ...selection,
    frames: filterFrames(frames, (frame, location) => frame === frames.start[location + 1]! - 1),
  };
}
