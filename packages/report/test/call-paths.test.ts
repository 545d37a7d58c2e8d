import fc from "fast-check";
import { expect, test } from "vitest";
import { type Analysis, analyze, graphInput } from "../src/analyze.ts";
import { type CallPaths, callPaths, sumCallPaths } from "../src/graph/call-paths.ts";
import { walkOf } from "../src/graph/graph.ts";
import { sumNodes } from "../src/graph/node-sums.ts";
import type { Walk } from "../src/graph/walk.ts";
import { defaultOptions } from "../src/options.ts";
import { ProfileIndex } from "../src/profile-index.ts";
import { options, profiles } from "./drawn.ts";

/** A walk over some of an analysis' nodes: without every third of them where `isPart` says so. */
function walkOfAnalysis(analysis: Analysis, isPart: boolean): Walk {
  const { stacks, frames } = graphInput(analysis);
  const kept = Uint8Array.from({ length: frames.table.length }, (_, node) => Number(node % 3 !== 2));
  return walkOf(stacks, frames, isPart ? kept : undefined);
}

/** The paths by what they are: sample by sample and frame by frame, each path a text. */
function plainPaths({ stacks: { selection, samples }, nodeOf }: Walk): CallPaths {
  const { profile, stackStart, stackEnd, frames } = selection;
  const paths: { readonly key: string; readonly parent: number; readonly node: number; isInlined: boolean }[] = [];
  const leaf = Array.from(samples, (sample) => {
    let path = -1;
    for (let at = stackEnd[sample]! - 1; at >= stackStart[sample]!; at--) {
      const location = profile.samples.locations[at]!;
      const [first, end] = [frames.start[location]!, frames.start[location + 1]!];
      for (let frame = end - 1; frame >= first; frame--) {
        const node = nodeOf[frame]!;
        if (node < 0) continue;
        const key = `${paths[path]?.key ?? ""}/${node}`;
        const known = paths.findIndex((other) => other.key === key);
        path = known < 0 ? paths.push({ key, parent: path, node, isInlined: true }) - 1 : known;
        if (frame === end - 1) paths[path]!.isInlined = false;
      }
    }
    return path;
  });
  return {
    length: paths.length,
    parent: Int32Array.from(paths, ({ parent }) => parent),
    node: Int32Array.from(paths, ({ node }) => node),
    inline: Uint8Array.from(paths, ({ isInlined }) => Number(isInlined)),
    leaf: Int32Array.from(leaf),
  };
}

test("call paths are those of the stacks one by one, in the order in which samples come to them", () => {
  fc.assert(
    fc.property(profiles, options, fc.boolean(), fc.boolean(), (profile, asked, isIndexed, isPart) => {
      const of = isIndexed ? new ProfileIndex(profile) : profile;
      const walk = walkOfAnalysis(analyze(of, { ...defaultOptions, ...asked }), isPart);
      expect(callPaths(walk)).toEqual(plainPaths(walk));
    }),
    { numRuns: 100 },
  );
});

test("sums of call paths are those of the nodes that they end in", () => {
  fc.assert(
    fc.property(profiles, options, (profile, asked) => {
      const analysis = analyze(profile, { ...defaultOptions, ...asked });
      const walk = walkOfAnalysis(analysis, false);
      const paths = callPaths(walk);
      const { values } = analysis.values;
      const { flat, cum } = sumCallPaths(paths, walk.stacks.samples, values);
      const byNode = new Float64Array(walk.nodeCount);
      for (let path = 0; path < paths.length; path++) byNode[paths.node[path]!]! += flat.numbers[path]!;
      expect(byNode).toEqual(sumNodes(walk, values).flat.numbers);
      // What begins with a call from nowhere is all there is.
      const roots = Array.from(paths.parent.keys()).filter((path) => paths.parent[path]! < 0);
      const sum = (column: Float64Array, rows: readonly number[]): number =>
        rows.reduce((all, row) => all + column[row]!, 0);
      expect(sum(cum.numbers, roots)).toBe(sum(flat.numbers, [...paths.parent.keys()]));
    }),
    { numRuns: 60 },
  );
});
