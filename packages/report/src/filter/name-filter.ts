import { type Profile, withoutArguments } from "@pprof-ts/profile";
import type { Pattern } from "../go/pattern.ts";
import { type Frames, filterFrames, filterRows, type Selection } from "../stack/selection.ts";
import { cutCallees, cutCallers, marksOfStacks } from "./stack-cuts.ts";

/** A selection, and whether the pattern of the filter matched anything at all. */
export interface Filtered {
  readonly selection: Selection;
  readonly matched: boolean;
}

/** Whether names match a pattern: functions by name or file, mappings by file; each is tried once. */
class Matcher {
  readonly #profile: Profile;
  readonly #pattern: Pattern;
  readonly #functions: Int8Array;
  readonly #mappings: Int8Array;

  constructor(profile: Profile, pattern: Pattern) {
    this.#profile = profile;
    this.#pattern = pattern;
    this.#functions = new Int8Array(profile.functions.length).fill(-1);
    this.#mappings = new Int8Array(profile.mappings.length).fill(-1);
  }

  /** Whether the function of this line matches; a line of none does not. */
  line(line: number): boolean {
    const { functions, locations, strings } = this.#profile;
    const fn = line < 0 ? -1 : locations.lines.function[line]!;
    if (fn < 0) return false;
    let known = this.#functions[fn]!;
    if (known < 0) {
      const pattern = this.#pattern;
      known =
        pattern.test(strings.get(functions.name[fn]!)) || pattern.test(strings.get(functions.filename[fn]!)) ? 1 : 0;
      this.#functions[fn] = known;
    }
    return known === 1;
  }

  mapping(location: number): boolean {
    const { locations, mappings, strings } = this.#profile;
    const row = locations.mapping[location]!;
    if (row < 0) return false;
    let known = this.#mappings[row]!;
    if (known < 0) {
      known = this.#pattern.test(strings.get(mappings.filename[row]!)) ? 1 : 0;
      this.#mappings[row] = known;
    }
    return known === 1;
  }

  location(frames: Frames, location: number): boolean {
    for (let frame = frames.start[location]!; frame < frames.start[location + 1]!; frame++) {
      if (this.line(frames.line[frame]!)) return true;
    }
    return this.mapping(location);
  }
}

/** Which locations a pattern matches, and whether it matches any. */
function matching(selection: Selection, pattern: Pattern): { flags: Uint8Array; any: boolean } {
  const matcher = new Matcher(selection.profile, pattern);
  const flags = new Uint8Array(selection.profile.locations.length);
  let any = false;
  for (let location = 0; location < flags.length; location++) {
    if (!matcher.location(selection.frames, location)) continue;
    flags[location] = 1;
    any = true;
  }
  return { flags, any };
}

/** The samples with a location that `focus` matches and without one that `ignore` matches; none with an empty stack. */
export function filterByName(
  selection: Selection,
  focus: Pattern | undefined,
  ignore: Pattern | undefined,
): { selection: Selection; focused: boolean; ignored: boolean } {
  if (focus === undefined && ignore === undefined) {
    const { stackStart, stackEnd } = selection;
    const samples = filterRows(selection.samples, (sample) => stackStart[sample]! < stackEnd[sample]!);
    return { selection: { ...selection, samples }, focused: true, ignored: false };
  }
  const wanted = focus && matching(selection, focus);
  const unwanted = ignore && matching(selection, ignore);
  const FOCUSED = 1;
  const IGNORED = 2;
  const mark = new Uint8Array(selection.profile.locations.length);
  let focused = false;
  for (let location = 0; location < mark.length; location++) {
    if (unwanted?.flags[location] === 1) mark[location] = IGNORED;
    else if (wanted === undefined || wanted.flags[location] === 1) {
      mark[location] = FOCUSED;
      focused = true;
    }
  }
  const marks = marksOfStacks(selection, mark);
  return {
    selection: { ...selection, samples: filterRows(selection.samples, (sample) => marks[sample] === FOCUSED) },
    focused,
    ignored: unwanted?.any ?? false,
  };
}

/** Without the frames that `hide` matches and those that `show` does not; samples left without any frame are dropped. */
export function hideFrames(
  selection: Selection,
  hide: Pattern | undefined,
  show: Pattern | undefined,
): { selection: Selection; hid: boolean; shown: boolean } {
  let { frames } = selection;
  let hid = false;
  let shown = false;
  if (hide !== undefined) {
    const matcher = new Matcher(selection.profile, hide);
    frames = filterFrames(frames, (frame, location) => {
      const matches = matcher.line(frames.line[frame]!) || matcher.mapping(location);
      hid ||= matches;
      return !matches;
    });
  }
  if (show !== undefined) {
    const matcher = new Matcher(selection.profile, show);
    const { lines } = selection.profile.locations;
    frames = filterFrames(frames, (frame, location) => {
      const line = frames.line[frame]!;
      // A location without lines has no line to show, whatever its mapping is called; a line without a function stays.
      const keep = line >= 0 && (lines.function[line]! < 0 || matcher.line(line) || matcher.mapping(location));
      shown ||= keep;
      return keep;
    });
  }
  return { selection: dropEmptyStacks({ ...selection, frames }), hid, shown };
}

/** Without the samples all of whose locations are hidden; all stay where no location is. */
function dropEmptyStacks(selection: Selection): Selection {
  const visible = visibleLocations(selection.frames);
  if (!visible.includes(0)) return selection;
  const marks = marksOfStacks(selection, visible);
  return { ...selection, samples: filterRows(selection.samples, (sample) => marks[sample] === 1) };
}

function visibleLocations(frames: Frames): Uint8Array {
  const visible = new Uint8Array(frames.start.length - 1);
  for (let row = 0; row < visible.length; row++) visible[row] = frames.start[row] === frames.start[row + 1] ? 0 : 1;
  return visible;
}

/** Without the callers of the outermost frame that matches; samples without one are dropped. */
export function showFrom(selection: Selection, pattern: Pattern): Filtered {
  const { profile } = selection;
  const matcher = new Matcher(profile, pattern);
  const { frames } = selection;
  const found = new Uint8Array(profile.locations.length);
  let matched = false;
  // Frames outside of the outermost match of their location go; where the mapping matches, all stay.
  const last = new Int32Array(profile.locations.length).fill(-1);
  for (let location = 0; location < found.length; location++) {
    if (matcher.mapping(location)) last[location] = frames.start[location + 1]! - 1;
    else {
      for (let frame = frames.start[location + 1]! - 1; frame >= frames.start[location]!; frame--) {
        if (!matcher.line(frames.line[frame]!)) continue;
        last[location] = frame;
        break;
      }
      if (last[location]! < 0) continue;
    }
    found[location] = 1;
    matched = true;
  }
  const visible = visibleLocations(frames);
  const cut = cutCallers(
    selection,
    found.map((isFound, location) => isFound & visible[location]!),
  );
  return {
    selection: {
      ...cut,
      frames: filterFrames(frames, (frame, location) => last[location]! < 0 || frame <= last[location]!),
    },
    matched,
  };
}

/** Without the callees of the innermost frame whose function, argument list aside, matches. */
export function pruneFrom(selection: Selection, pattern: Pattern): Selection {
  const { profile, frames } = selection;
  const { functions, locations, strings } = profile;
  const matches = new Int8Array(functions.length).fill(-1);
  const functionMatches = (line: number): boolean => {
    const fn = line < 0 ? -1 : locations.lines.function[line]!;
    if (fn < 0 || functions.name[fn] === 0) return false;
    if (matches[fn]! < 0) matches[fn] = pattern.test(withoutArguments(strings.get(functions.name[fn]!))) ? 1 : 0;
    return matches[fn] === 1;
  };
  const first = new Int32Array(locations.length).fill(-1);
  for (let location = 0; location < locations.length; location++) {
    for (let frame = frames.start[location]!; frame < frames.start[location + 1]!; frame++) {
      if (!functionMatches(frames.line[frame]!)) continue;
      first[location] = frame;
      break;
    }
  }
  return {
    ...cutCallees(
      selection,
      Uint8Array.from(first, (frame) => (frame < 0 ? 0 : 1)),
    ),
    frames: filterFrames(frames, (frame, location) => frame >= first[location]!),
  };
}
