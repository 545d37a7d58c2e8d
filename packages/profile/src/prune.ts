import { pickUnknown } from "./filter.ts";
import type { LocationTable, Profile, SampleTable } from "./profile.ts";

/** A question about a function's name. */
export type NameMatch = (name: string) => boolean;

const KEPT = 0;
/** Lines of the location are dropped, callers that were not inlined away remain. */
const CUT = 1;
const DROPPED = 2;

/**
 * The profile without frames that interest nobody, such as an allocator's: in each sample, the function nearest the
 * root that `drop` matches and `keep` does not goes, with all that it called. Frames at the root that match stay, up to
 * the first that does not, so that no sample loses everything.
 *
 * A profile names such functions in its `dropFrames` and `keepFrames`: regular expressions (RE2) that must match all of
 * a name; the caller brings the engine. Names come without arguments and without a leading dot.
 */
export function removeUninteresting(profile: Profile, drop: NameMatch, keep: NameMatch = () => false): Profile {
  const { strings, functions } = profile;
  const verdicts = new Map<number, boolean>([[0, false]]);
  const isDropped = Uint8Array.from(functions.name, (name) => {
    let verdict = verdicts.get(name);
    if (verdict === undefined) {
      const simple = withoutArguments(strings.get(name));
      verdict = drop(simple) && !keep(simple);
      verdicts.set(name, verdict);
    }
    return verdict ? 1 : 0;
  });
  const { locations, fate } = cutLocations(profile.locations, isDropped);
  return { ...profile, locations, samples: cutStacks(profile.samples, fate) };
}

/** A function's name without its arguments, and without the dot that one ABI of PowerPC puts before it: `main.serve` of `.main.serve(int)`. */
export function withoutArguments(name: string): string {
  const simple = name.startsWith(".") ? name.slice(1) : name;
  let paren = simple.indexOf("(");
  while (paren >= 0) {
    if (simple.startsWith(ANONYMOUS, paren)) paren = simple.indexOf("(", paren + ANONYMOUS.length);
    else if (simple.startsWith("operator()", paren - "operator".length)) paren = simple.indexOf("(", paren + 2);
    else return simple.slice(0, paren);
  }
  return simple;
}

const ANONYMOUS = "(anonymous namespace)";

/** Drops the lines of each location that were called by its outermost dropped function, and says what became of it. */
function cutLocations(locations: LocationTable, isDropped: Uint8Array): { locations: LocationTable; fate: Uint8Array } {
  const { lineStart, lines } = locations;
  const fate = new Uint8Array(locations.length);
  const start = new Uint32Array(locations.length + 1);
  const kept: number[] = [];
  for (let row = 0; row < locations.length; row++) {
    const end = lineStart[row + 1]!;
    let from = end - 1;
    while (from >= lineStart[row]! && !(lines.function[from]! >= 0 && isDropped[lines.function[from]!] === 1)) from--;
    if (from >= lineStart[row]!) fate[row] = from === end - 1 ? DROPPED : CUT;
    // A location that goes from the stacks keeps its lines: frames at the root may still show it.
    for (let line = fate[row] === CUT ? from + 1 : lineStart[row]!; line < end; line++) kept.push(line);
    start[row + 1] = kept.length;
  }
  if (kept.length === lines.length) return { locations, fate };
  return {
    fate,
    locations: {
      ...locations,
      lineStart: start,
      lines: {
        length: kept.length,
        function: Int32Array.from(kept, (line) => lines.function[line]!),
        line: BigInt64Array.from(kept, (line) => lines.line[line]!),
        column: BigInt64Array.from(kept, (line) => lines.column[line]!),
        unknownFields: pickUnknown(lines.unknownFields, kept),
      },
    },
  };
}

function cutStacks(samples: SampleTable, fate: Uint8Array): SampleTable {
  const { locationStart, locations } = samples;
  const start = new Uint32Array(samples.length + 1);
  const stacks = new Uint32Array(locations.length);
  let at = 0;
  for (let row = 0; row < samples.length; row++) {
    const end = locationStart[row + 1]!;
    let from = locationStart[row]!;
    let foundUser = false;
    for (let i = end - 1; i >= locationStart[row]!; i--) {
      const what = fate[locations[i]!]!;
      if (what === KEPT) foundUser = true;
      else if (foundUser) {
        from = what === DROPPED ? i + 1 : i;
        break;
      }
    }
    stacks.set(locations.subarray(from, end), at);
    at += end - from;
    start[row + 1] = at;
  }
  return { ...samples, locationStart: start, locations: stacks.slice(0, at), shared: undefined };
}
