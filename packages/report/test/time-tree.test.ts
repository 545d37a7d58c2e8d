import { ProfileBuilder } from "@pprof-ts/profile";
import { expect, test } from "vitest";
import { analyze, defaultOptions, frameName, frameTable, timeTree } from "../src/index.ts";

test("a frame holds for as long as it stays where it is in the stack", () => {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
  const ends: number[] = [];
  const sample = (end: number, ...stack: readonly string[]): void => {
    ends.push(end);
    builder.sample(
      stack.map((name) => builder.location({ lines: [{ function: builder.function({ name }) }] })).reverse(),
      [1],
    );
  };
  // Out of order, and with a pause in which nothing ran.
  sample(120, "main", "b");
  sample(110, "main", "a", "x");
  sample(130, "main", "b", "x");
  sample(500, "main", "b");
  sample(510, "main", "b");
  const profile = builder.build();
  const { selection, values } = analyze(profile, defaultOptions);
  const frames = frameTable(selection, "", false);
  const { tree, begin } = timeTree({ selection, frames, values: values.values.numbers }, Float64Array.from(ends));
  expect(begin).toBe(100);
  const shown = Array.from(tree.frame, (frame, node) => {
    const name = frame < 0 ? "root" : frameName(profile, frames, frame);
    return `${name} ${tree.start[node]}+${tree.width[node]} in ${tree.parent[node]}`;
  });
  expect(shown).toEqual([
    "root 0+410 in -1",
    "main 0+30 in 0",
    "main 350+60 in 0",
    "a 0+10 in 1",
    "b 10+20 in 1",
    "b 350+60 in 2",
    "x 0+10 in 3",
    "x 20+10 in 4",
  ]);
  expect([...tree.firstChild]).toEqual([1, 3, 5, 6, 7, 8, 8, 8, 8]);
});
