import { encode, gzip, type Profile, readProfile } from "@pprof-ts/profile";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { analyze } from "../src/analyze.ts";
import { defaultOptions, type Options } from "../src/options.ts";
import { wholeBody } from "../src/output/body.ts";
import { OUTPUTS, withOverrides } from "../src/outputs.ts";
import { ProfileIndex } from "../src/profile-index.ts";
import { labelledPaths } from "../src/stack/label-paths.ts";
import { selectAll } from "../src/stack/selection.ts";
import { sharedStacks } from "../src/stack/shared-stacks.ts";
import { stackPaths } from "../src/stack/stack-paths.ts";
import type { Stacks } from "../src/tree/call-tree.ts";
import { frameTable } from "../src/tree/frame-table.ts";
import { partialTrees } from "../src/tree/partial-trees.ts";
import type { CallTree } from "../src/tree/tree-columns.ts";
import { treeLeaves } from "../src/tree/tree-leaves.ts";
import { options, profileOf, profiles } from "./drawn.ts";
import { unfolded } from "./stacks.ts";

/** What the nodes of a tree are worth by the samples that end in them. */
function summedUp(tree: CallTree, leaves: Int32Array, { selection, values }: Stacks): Float64Array {
  const sums = new Float64Array(tree.length);
  for (const sample of selection.samples) if (leaves[sample]! >= 0) sums[leaves[sample]!]! += values[sample]!;
  for (let node = tree.length - 1; node > 0; node--) sums[tree.parent[node]!]! += sums[node]!;
  return sums;
}

/** What an analysis comes to: every text report of it, and the trees that pages draw, or what was wrong. */
function outcome(of: Profile | ProfileIndex, options: Partial<Options>): unknown {
  const attempt = (make: () => unknown): unknown => {
    try {
      return make();
    } catch (error) {
      return String(error);
    }
  };
  const reports = ["top", "tree", "peek", "traces", "tags", "raw", "dot"].map((name) => {
    const row = OUTPUTS.find((output) => output.name === name)!;
    return attempt(() => {
      const analysis = analyze(
        of,
        withOverrides(row, { ...defaultOptions, ...options }),
        row.takesRegexp ? "." : undefined,
      );
      return [wholeBody(row.print(analysis, {})), analysis.messages];
    });
  });
  const trees = attempt(() => {
    const { selection, values } = analyze(of, { ...defaultOptions, ...options });
    const frames = frameTable(selection, options.granularity ?? "", false);
    const stacks = { selection, frames, values: values.values.numbers };
    const isPivot = Uint8Array.from({ length: frames.length }, (_, i) => (i % 3 === 0 ? 1 : 0));
    // Labels are kept apart from the stacks where there is an index, and merged with them where there is none.
    return (["root", "leaves", isPivot] as const).map((view) => {
      const trees = partialTrees(stacks, view);
      const leaves = treeLeaves(stacks, trees, view);
      expect(summedUp(trees.tree, leaves.tree, stacks)).toEqual(trees.tree.total);
      if (trees.callers) expect(summedUp(trees.callers, leaves.callers!, stacks)).toEqual(trees.callers.total);
      return trees;
    });
  });
  return { reports, trees };
}

describe("an analysis that goes over a kept index", () => {
  test("is the analysis of the profile, for any filters, one after the other", () => {
    fc.assert(
      fc.property(profiles, fc.array(options, { minLength: 1, maxLength: 4 }), (profile, refinements) => {
        const index = new ProfileIndex(profile);
        for (const refinement of refinements) expect(outcome(index, refinement)).toEqual(outcome(profile, refinement));
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    { focus: "parse" },
    { ignore: "parse" },
    { hide: "serve|main|gc" },
    { show: "parse" },
    { show_from: "serve" },
    { prune_from: "serve" },
    { show_from: "serve", prune_from: "parse", tagroot: "user" },
  ] satisfies Partial<Options>[])("and filters by %o at all", (filters) => {
    const profile = profileOf([
      { stack: [0, 1, 2, 4], value: 3, user: 1 },
      { stack: [0, 1, 3, -4], value: 5, user: 2 },
      { stack: [5], value: 1, user: 0 },
    ]);
    const index = new ProfileIndex(profile);
    const tops = (options: Partial<Options>): unknown => outcome(index, options);
    expect(tops(filters)).toEqual(outcome(profile, filters));
    expect(tops(filters)).not.toEqual(tops({}));
  });
});

test("labels with many values beside many stacks are the same, too", () => {
  const drawn = Array.from({ length: 6000 }, (_, i) => ({
    stack: Array.from({ length: 1 + ((i * 7) % 9) }, (_, k) => (i * (k + 3) + (i >> 7)) % 8),
    value: (i % 11) - 2,
    user: i % 3 === 0 ? 1 : (i * i) % 301,
  }));
  const profile = profileOf(drawn);
  const index = new ProfileIndex(profile);
  for (const keys of [{ tagroot: "user" }, { tagleaf: "user" }, { tagroot: "user", tagleaf: "user" }])
    expect(outcome(index, keys)).toEqual(outcome(profile, keys));
});

describe("stacks that are read as what they do not share", () => {
  // More bytes than a format is recognised by: only then is a profile decoded while it arrives.
  const drawn = Array.from({ length: 6000 }, (_, i) => ({
    stack: Array.from({ length: i % 13 }, (_, k) => (i * (k + 3) + (i >> 7)) % 8),
    value: 1 + (i % 5),
    user: i % 3,
  }));

  test("are the ones that are there when they are not", async () => {
    const packed = await gzip(encode(profileOf(drawn)));
    const kept = await readProfile(packed);
    const shared = await readProfile(packed, { sharesStacks: true });
    expect(shared.samples.shared).not.toBe(undefined);
    for (const asked of [{}, { tagfocus: "u1" }, { focus: "parse" }, { show_from: "serve" }, { tagroot: "user" }]) {
      expect(outcome(shared, asked)).toEqual(outcome(kept, asked));
      expect(outcome(new ProfileIndex(shared), asked)).toEqual(outcome(kept, asked));
    }
    // Of so many numbers the texts are compared in no time.
    expect(String(encode(shared))).toBe(String(encode(kept)));
  });

  test("are those of a part of the samples", async () => {
    const read = await readProfile(await gzip(encode(profileOf(drawn))), { sharesStacks: true });
    const { shared, ...samples } = read.samples;
    const [all, plain] = [selectAll(read), selectAll({ ...read, samples })];
    for (const every of [1, 2, 7, 500, 7000]) {
      const some = all.samples.filter((sample) => sample % every === every - 1);
      const [known, found] = [sharedStacks(all, some), sharedStacks(plain, some)];
      expect(unfolded(known)).toEqual(unfolded(found));
      expect(known.deepest).toBe(found.deepest);
      expect(known.length).toBe(found.length);
    }
  });

  test("are kept where ids are not row numbers", async () => {
    const { locations, ...rest } = profileOf(drawn);
    const profile = { ...rest, locations: { ...locations, id: locations.id.map((id) => id + 70n) } };
    const read = await readProfile(await gzip(encode(profile)), { sharesStacks: true });
    expect(read.samples.shared).toBe(undefined);
    expect(String(read.samples.locations)).toBe(String(profile.samples.locations));
  });
});

test("labels between stacks are refused where they would make too many paths", () => {
  const { samples, profile } = selectAll(profileOf([{ stack: [0, 1, 2], value: 1, user: 1 }]));
  const paths = stackPaths(selectAll(profile), samples);
  const label = Int32Array.of(5);
  expect(labelledPaths(paths, [label], [label], 6).labels!.merged()).toMatchObject({
    length: 6,
    leaf: Int32Array.of(5),
  });
  expect(() => labelledPaths(paths, [label], [label], 5).labels!.merged()).toThrow(
    "labels as frames make more than 5 paths of the stacks: choose one with fewer values",
  );
});
