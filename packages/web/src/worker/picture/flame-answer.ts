import type { Profile } from "@pprof-ts/profile";
import {
  type Analysis,
  type CallTree,
  compilePattern,
  type FrameTable,
  frameName,
  type PartialTrees,
  type Pattern,
  partialTrees,
  type RecentParts,
} from "@pprof-ts/report";
import type { Query } from "../../session/address/state.ts";
import { CODE_KINDS, type FlamePicture, type FrameKinds } from "../../session/protocol.ts";
import { codeKinds } from "../code/code-kind.ts";
import { isOfScripts } from "../code/named-functions.ts";
import { reported } from "../open/reported.ts";
import type { PictureFrames } from "./frame-columns.ts";
import { packageColours } from "./package-colours.ts";

/** The frames that a picture shows, for whoever searches it. */
export interface ShownFrames {
  readonly profile: Profile;
  readonly frames: FrameTable;
}

/** The same with what is spent in each of them. */
export interface ShownPicture extends ShownFrames {
  readonly self: Float64Array;
}

/** What a picture's trees grow from: the root, the leaves (`inv`), or a pivot (`p`), 1 for each of its frames. */
export type View = "root" | "leaves" | Uint8Array;

export function viewOf({ profile }: Analysis, frames: FrameTable, query: Query): View {
  if (query.p) return matching({ profile, frames }, compilePattern(query.p));
  return query.inv === "1" ? "leaves" : "root";
}

/** The trees of a flame graph. Siblings stand by what they are worth, or by name where `order` says so. */
export function treesOf(analysis: Analysis, frames: FrameTable, query: Query, recent?: RecentParts): PartialTrees {
  const { profile, selection, values } = analysis;
  const stacks = { selection, frames, values: values.values.numbers };
  const rank = query.order === "name" ? ranks(profile, frames) : undefined;
  return partialTrees(stacks, viewOf(analysis, frames, query), { rank, seen: seenOf(query) }, recent);
}

function seenOf({ seen }: Query): { from: number; to: number } | undefined {
  if (!seen) return undefined;
  const [from, to] = seen.split(":").map(Number);
  return { from: from!, to: to! };
}

/** The place of each frame in the order of their names. */
function ranks(profile: Profile, frames: FrameTable): Uint32Array {
  const names = Array.from({ length: frames.length }, (_, frame) => frameName(profile, frames, frame));
  const sorted = names
    .map((_, frame) => frame)
    .sort((a, b) => (names[a]! < names[b]! ? -1 : names[a]! > names[b]! ? 1 : a - b));
  const rank = new Uint32Array(frames.length);
  sorted.forEach((frame, i) => {
    rank[frame] = i;
  });
  return rank;
}

/** A flame graph of what filters leave. */
export function flamePicture(
  analysis: Analysis,
  query: Query,
  known: PictureFrames,
): ShownPicture & { readonly picture: FlamePicture } {
  const { profile } = analysis;
  const frames = known.table(analysis);
  const { tree, callers, cut, ...totals } = treesOf(analysis, frames, query, known.recent);
  const picture: FlamePicture = {
    ...reported(analysis),
    query,
    tree,
    callers,
    ...colouredFrames({ profile, frames }, { tree, callers }, totals, known),
    isDiff: tree.width !== tree.total,
    isCut: cut > 0,
    warnings: cut === 0 ? analysis.messages : [...analysis.messages, tooMany(cut / tree.width[0]!, query)],
  };
  return { profile, frames, self: totals.self.slice(), picture };
}

/** So many packages are named beside a picture. */
const NAMED = 12;

/** The columns of a picture's frames, and the colours of their packages. */
export function colouredFrames(
  { profile, frames }: ShownFrames,
  trees: { readonly tree: CallTree; readonly callers: CallTree | undefined },
  totals: { readonly self: Float64Array; readonly total: Float64Array },
  known: PictureFrames,
): Pick<FlamePicture, "frames" | "packages" | "boxColours"> {
  const { group, packages } = known.packages(profile, frames);
  const self = new Float64Array(packages.names.length);
  for (let frame = 0; frame < frames.length; frame++)
    if (frames.same[frame] === frame) self[group[frame]!]! += Math.abs(totals.self[frame]!);
  const colours = packageColours(trees, group, packages, self);
  const widest = widestBoxes(trees, group, packages.names.length);
  // Those that only call others have boxes, too, of a colour that someone may ask for: the more, the wider they are.
  const seen = widest.map((width, of) => Math.max(width, self[of]!));
  const named = Array.from(packages.names.keys())
    .filter((of) => widest[of]! > 0)
    .sort((a, b) => seen[b]! - seen[a]!)
    .slice(0, NAMED)
    .sort((a, b) => self[b]! - self[a]! || widest[b]! - widest[a]!)
    .map((of) => ({ name: packages.names[of]!, colour: colours.colour[of]!, self: self[of]! }));
  return {
    frames: known.columns(profile, frames, totals, colours.colour),
    packages: named,
    boxColours: colours.boxes,
  };
}

/** How wide the widest box of each package is; 0 where it has none. */
function widestBoxes(
  { tree, callers }: { readonly tree: CallTree; readonly callers: CallTree | undefined },
  group: Uint32Array,
  count: number,
): Float64Array {
  const widest = new Float64Array(count);
  for (const { length, frame, width } of callers === undefined ? [tree] : [tree, callers]) {
    for (let node = 1; node < length; node++) {
      const of = group[frame[node]!]!;
      if (width[node]! > widest[of]!) widest[of] = width[node]!;
    }
  }
  return widest;
}

/** Whose code the frames of a picture are. */
export function frameKinds(
  { profile, frames, self }: ShownFrames & { readonly self: Float64Array },
  known: PictureFrames,
): FrameKinds {
  const kindOf = codeKinds(isOfScripts(profile));
  const named = known.named(profile, frames);
  const sums = CODE_KINDS.map(() => 0);
  const of = new Uint8Array(frames.length);
  for (let frame = 0; frame < frames.length; frame++) {
    const kind = CODE_KINDS.indexOf(kindOf(named(frame)));
    of[frame] = kind;
    if (frames.same[frame] === frame) sums[kind]! += Math.abs(self[frame]!);
  }
  return { of, self: sums };
}

function tooMany(share: number, { inv, p }: Query): string {
  const percent = `${(100 * share).toPrecision(2)}%`;
  const what = p ? "what goes on from them" : inv === "1" ? "their callers" : "their callees";
  return `boxes below ${percent} are shown without ${what}: zoom in to see that`;
}

/** 1 for each frame whose name or file matches; each text is tried once. */
export function matching({ profile, frames }: ShownFrames, pattern: Pattern): Uint8Array {
  const known = new Map<string, boolean>();
  const test = (text: string): boolean => {
    let matches = known.get(text);
    if (matches === undefined) {
      matches = text !== "" && pattern.test(text);
      known.set(text, matches);
    }
    return matches;
  };
  return Uint8Array.from({ length: frames.length }, (_, frame) =>
    test(frameName(profile, frames, frame)) || test(profile.strings.get(frames.file[frame]!)) ? 1 : 0,
  );
}
