import type { Profile } from "@pprof-ts/profile";
import {
  type Analysis,
  type CallTree,
  callTree,
  compilePattern,
  type FrameTable,
  frameName,
  frameTable,
  frameTotals,
  invertedTree,
  type Pattern,
  pivotTrees,
} from "@pprof-ts/report";
import { frameColumns } from "./frame-columns.ts";
import type { FlamePicture } from "./protocol.ts";
import type { Query } from "./state.ts";
import { orderedBy } from "./tree-order.ts";

/** The frames that a picture shows, for whoever searches it. */
export interface ShownFrames {
  readonly profile: Profile;
  readonly frames: FrameTable;
}

/** The trees of a flame graph: from the root, from the leaves (`inv`) or around a pivot (`p`). */
export interface Trees {
  readonly tree: CallTree;
  readonly callers: CallTree | undefined;
  readonly isInverted: boolean;
  /** 1 for the frames of the pivot; undefined where there is none. */
  readonly isPivot: Uint8Array | undefined;
  /** How wide the widest box is that was not taken apart, there being too many; 0 where all were. */
  readonly cut: number;
}

/** Siblings stand by what they are worth, or by name where `order` says so. */
export function treesOf({ profile, selection, values }: Analysis, frames: FrameTable, query: Query): Trees {
  const stacks = { selection, frames, values: values.values.numbers };
  const arranged = query.order === "name" ? byName(profile, frames) : (tree: CallTree): CallTree => tree;
  if (query.p) {
    const isPivot = matching({ profile, frames }, compilePattern(query.p));
    const { callees, callers } = pivotTrees(stacks, isPivot);
    return { tree: arranged(callees), callers: arranged(callers), isInverted: false, isPivot, cut: 0 };
  }
  const isInverted = query.inv === "1";
  const { tree, cut } = isInverted ? invertedTree(stacks) : { tree: callTree(stacks), cut: 0 };
  return { tree: arranged(tree), callers: undefined, isInverted, isPivot: undefined, cut };
}

function byName(profile: Profile, frames: FrameTable): (tree: CallTree) => CallTree {
  const names = Array.from({ length: frames.length }, (_, frame) => frameName(profile, frames, frame));
  const sorted = names
    .map((_, frame) => frame)
    .sort((a, b) => (names[a]! < names[b]! ? -1 : names[a]! > names[b]! ? 1 : a - b));
  const rank = new Uint32Array(frames.length);
  sorted.forEach((frame, i) => {
    rank[frame] = i;
  });
  return (tree) => orderedBy(tree, rank);
}

/** A flame graph of what filters leave. */
export function flamePicture(analysis: Analysis, query: Query): ShownFrames & { readonly picture: FlamePicture } {
  const { profile, selection, options } = analysis;
  const frames = frameTable(selection, options.granularity, options.showcolumns);
  const { tree, callers, isInverted, cut } = treesOf(analysis, frames, query);
  // What a frame is worth in all is the same from either end.
  const sums = isInverted ? callTree({ selection, frames, values: analysis.values.values.numbers }) : tree;
  const picture: FlamePicture = {
    tree,
    callers,
    frames: frameColumns(profile, frames, frameTotals(sums, frames.length)),
    type: analysis.sampleType.type,
    unit: analysis.sampleType.unit,
    shownUnit: options.unit === "minimum" ? "auto" : options.unit,
    total: Number(analysis.total),
    isDiff: tree.width !== tree.total,
    isCut: cut > 0,
    warnings: cut === 0 ? analysis.messages : [...analysis.messages, tooMany(cut / tree.width[0]!)],
  };
  return { profile, frames, picture };
}

function tooMany(share: number): string {
  const percent = `${(100 * share).toPrecision(2)}%`;
  return `boxes below ${percent} are shown without their callers: focus to see those`;
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
