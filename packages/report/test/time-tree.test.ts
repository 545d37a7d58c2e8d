import { ProfileBuilder } from "@pprof-ts/profile";
import fc from "fast-check";
import { expect, test } from "vitest";
import { analyze, defaultOptions, frameName, frameTable, ProfileIndex, timeTree } from "../src/index.ts";

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

const stack = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 6 });
const moments = fc.array(fc.record({ stack, after: fc.integer({ min: 1, max: 30 }) }), { maxLength: 30 });

test("at each moment there are the frames of its stack, and nothing is drawn in pieces", () => {
  fc.assert(
    fc.property(moments, fc.boolean(), fc.constantFrom("", "f1"), (drawn, isKept, hide) => {
      const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
      const line = (name: number): { function: number; line: number } => ({
        function: builder.function({ name: `f${name}` }),
        line: 1,
      });
      // Two functions to a location of one kind, so that other locations begin with the same frames.
      const locations = [0, 1, 2, 3].map((name) => builder.location({ lines: [line(name), line(name >> 1)] }));
      const ends: number[] = [];
      for (const { stack, after } of drawn) {
        ends.push((ends.at(-1) ?? 1000) + after);
        builder.sample(stack.map((at) => locations[at]!).reverse(), [1]);
      }
      const profile = builder.build();
      const options = { ...defaultOptions, hide };
      const { selection, values } = analyze(isKept ? new ProfileIndex(profile) : profile, options);
      const frames = frameTable(selection, "", false);
      const { tree, begin } = timeTree({ selection, frames, values: values.values.numbers }, Float64Array.from(ends));
      const nameOf = (node: number): string => frameName(profile, frames, tree.frame[node]!);
      const rows = Array.from({ length: tree.rowStart.length - 1 }, (_, row) =>
        Array.from(
          { length: tree.rowStart[row + 1]! - tree.rowStart[row]! },
          (_, i): number => tree.rowStart[row]! + i,
        ),
      ).slice(1);
      // Samples of which nothing is left are not there any more.
      for (const sample of selection.samples) {
        const at = ends[sample]! - begin - 0.5;
        const open = rows.flatMap((row) =>
          row.filter((node) => tree.start[node]! < at && at < tree.start[node]! + tree.width[node]!),
        );
        const called = drawn[sample]!.stack.flatMap((name) => [`f${name >> 1}`, `f${name}`]).filter(
          (name) => name !== hide,
        );
        expect(open.map(nameOf)).toEqual(called);
        for (const node of open.slice(1)) expect(open).toContain(tree.parent[node]!);
      }
      for (const row of rows)
        for (const node of row.slice(1)) {
          const touches = tree.start[node] === tree.start[node - 1]! + tree.width[node - 1]!;
          const isOne = touches && tree.parent[node] === tree.parent[node - 1];
          if (isOne) expect(tree.frame[node]).not.toBe(tree.frame[node - 1]);
        }
    }),
  );
});
