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
  type Pattern,
  pivotTrees,
} from "@pprof-ts/report";
import { frameColumns } from "./frame-columns.ts";
import type { FlamePicture } from "./protocol.ts";
import type { Query } from "./state.ts";

/** The frames that a picture shows, for whoever searches it. */
export interface ShownFrames {
  readonly profile: Profile;
  readonly frames: FrameTable;
}

/** A flame graph of what filters leave: from the root, from the leaves (`inv`) or around a pivot (`p`). */
export function flamePicture(analysis: Analysis, query: Query): ShownFrames & { readonly picture: FlamePicture } {
  const { profile, selection, values, options } = analysis;
  const frames = frameTable(selection, options.granularity, options.showcolumns);
  const stacks = { selection, frames, values: values.values.numbers };
  let tree: CallTree;
  let callers: CallTree | undefined;
  if (query.p)
    ({ callees: tree, callers } = pivotTrees(stacks, matching({ profile, frames }, compilePattern(query.p))));
  else tree = callTree(stacks, query.inv === "1");
  const picture: FlamePicture = {
    tree,
    callers,
    frames: frameColumns(profile, frames, frameTotals(tree, frames.length)),
    type: analysis.sampleType.type,
    unit: analysis.sampleType.unit,
    shownUnit: options.unit === "minimum" ? "auto" : options.unit,
    total: Number(analysis.total),
    isDiff: tree.width !== tree.total,
    warnings: analysis.messages,
  };
  return { profile, frames, picture };
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
