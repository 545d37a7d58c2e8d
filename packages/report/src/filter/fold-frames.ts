// Hot: what frames become is asked once a location and not once a frame of a stack, of which 100 MB have 41 million: stacks
// are rewritten as the 36,000 paths that they are. See bench/src/pages.ts.
import type { Profile } from "@pprof-ts/profile";
import { OrderedRows } from "../stack/ordered-rows.ts";
import type { StackPaths } from "../stack/stack-rows.ts";
import { AddedFrames } from "./added-frames.ts";
import { laterStacks } from "./later-stacks.ts";

/** What several functions are shown as. */
export interface FoldedFrame {
  readonly name: string;
  /** What stands in the place of its file. */
  readonly file: string;
}

/** Which frames become one. */
export interface Folding {
  /**
   * The frame that takes the place of a function's, which calls of one another share; undefined where it stays. The
   * function is a row of the profile's, -1 where nobody knows it; the location one in which it is.
   */
  readonly frameOf: (fn: number, location: number) => FoldedFrame | undefined;
  /** Whether a function that calls itself is one frame. */
  readonly recursion: boolean;
}

/** The profile with some of its frames folded into one another, and its stacks; what a sample is worth stays. */
export function foldFrames(
  profile: Profile,
  before: StackPaths,
  folding: Folding,
): { readonly profile: Profile; readonly paths: StackPaths } {
  const added = new AddedFrames(profile);
  const shared = new Set<number>();
  const foldedAt = foldedLocations(profile, folding, added, shared);
  const folded = added.profile();
  const paths = foldedPaths(before, foldedAt, shared, folding.recursion ? functionsAlone(folded) : undefined);
  return { profile: withStacks(folded, paths), paths };
}

const UNKNOWN = -1;
const STAYS = -2;

/** By location, what takes its place, outermost first; undefined where it stays. Frames of several are `shared`. */
function foldedLocations(
  { functions, locations }: Profile,
  { frameOf }: Folding,
  added: AddedFrames,
  shared: Set<number>,
): readonly (readonly number[] | undefined)[] {
  const { lineStart, lines } = locations;
  const known = new Int32Array(functions.length).fill(UNKNOWN);
  const place = (fn: number, location: number): number | undefined => {
    const frame = frameOf(fn, location);
    if (frame === undefined) return undefined;
    const at = added.location(frame.name, frame.file);
    shared.add(at);
    return at;
  };
  const placeAt = (fn: number, location: number): number | undefined => {
    if (fn < 0) return place(fn, location);
    if (known[fn] === UNKNOWN) known[fn] = place(fn, location) ?? STAYS;
    return known[fn]! < 0 ? undefined : known[fn];
  };
  return Array.from({ length: locations.length }, (_, location) => {
    const [first, end] = [lineStart[location]!, lineStart[location + 1]!];
    if (first === end) {
      const at = placeAt(-1, location);
      return at === undefined ? undefined : [at];
    }
    let isFolded = false;
    for (let line = first; line < end && !isFolded; line++)
      isFolded = placeAt(lines.function[line]!, location) !== undefined;
    if (!isFolded) return undefined;
    const all: number[] = [];
    for (let line = end - 1; line >= first; line--) {
      const at = placeAt(lines.function[line]!, location) ?? added.lineOf(location, line);
      if (at !== all.at(-1)) all.push(at);
    }
    return all;
  });
}

/** By location, its function where it has only one, plus 1; else 0. */
function functionsAlone({ locations }: Profile): Int32Array {
  const { lineStart, lines } = locations;
  return Int32Array.from({ length: locations.length }, (_, location) => {
    const line = lineStart[location]!;
    return line + 1 === lineStart[location + 1] ? lines.function[line]! + 1 : 0;
  });
}

function foldedPaths(
  { length, parent, location, leaf }: StackPaths,
  foldedAt: readonly (readonly number[] | undefined)[],
  shared: ReadonlySet<number>,
  isOne: Int32Array | undefined,
): StackPaths {
  const rows = new OrderedRows(length);
  const rowOf = new Int32Array(length);
  const step = (row: number, at: number): number => {
    const last = rows.location[row]!;
    if (last === at && shared.has(at)) return row;
    if (last >= 0 && isOne !== undefined && isOne[at]! > 0 && isOne[at] === isOne[last]) return row;
    return rows.add(row, at);
  };
  for (let path = 1; path < length; path++) {
    let row = rowOf[parent[path]!]!;
    const folded = foldedAt[location[path]!];
    if (folded === undefined) row = step(row, location[path]!);
    else for (const at of folded) row = step(row, at);
    rowOf[path] = row;
  }
  return { ...rows.finish(), leaf: leaf.map((path) => rowOf[path]!) };
}

/** The profile with these stacks, which are written out when someone looks at them. */
function withStacks(profile: Profile, { length, parent, location, leaf }: StackPaths): Profile {
  const { samples } = profile;
  const depth = new Uint32Array(length);
  for (let path = 1; path < length; path++) depth[path] = depth[parent[path]!]! + 1;
  const locationStart = new Uint32Array(samples.length + 1);
  for (let row = 0; row < samples.length; row++) locationStart[row + 1] = locationStart[row]! + depth[leaf[row]!]!;
  const written = (): Uint32Array => {
    const all = new Uint32Array(locationStart[samples.length]!);
    for (let row = 0; row < samples.length; row++) {
      let at = locationStart[row]!;
      for (let path = leaf[row]!; path > 0; path = parent[path]!) all[at++] = location[path]!;
    }
    return all;
  };
  return { ...profile, samples: laterStacks(samples, locationStart, written) };
}
