import { analyze, defaultOptions, ProfileIndex } from "@pprof-ts/report";
import fc from "fast-check";
import { expect, test } from "vitest";
import { profiles } from "../../report/test/drawn.ts";
import { sceneOf } from "../src/view/flame/drawing/flame-scene.ts";
import { flameRows } from "../src/view/flame/flame-rows.ts";
import { flamePicture } from "../src/worker/picture/flame-answer.ts";
import { PictureFrames } from "../src/worker/picture/frame-columns.ts";

test("the rows of a flame graph are a tree: each box stands below its caller, with only that one's callees between", () => {
  fc.assert(
    fc.property(profiles, (profile) => {
      fc.pre(profile.samples.length > 0);
      const { picture } = flamePicture(analyze(new ProfileIndex(profile), defaultOptions), {}, new PictureFrames());
      const { tree } = picture;
      const way: number[] = [];
      const seen = new Set<number>();
      let isNarrow = false;
      for (const row of flameRows(sceneOf(tree, undefined), 0, undefined)) {
        isNarrow ||= !("box" in row);
        expect("box" in row).toBe(!isNarrow);
        if (!("box" in row)) continue;
        way.length = row.depth;
        if (row.depth > 0) expect(way.at(-1)).toBe(tree.parent[row.box]);
        way.push(row.box);
        seen.add(row.box);
      }
      const wide = [...tree.width.keys()].filter((node) => tree.width[node]! > 0.001 * tree.width[0]!);
      expect(wide.filter((node) => !seen.has(node))).toEqual([]);
    }),
    { numRuns: 100 },
  );
});
