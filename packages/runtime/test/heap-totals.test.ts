import { expect, test } from "vitest";
import { estimateObjects, sum } from "../src/agent/heap/heap-totals.ts";

const RATE = 524_288;
/** What V8 says of a sample of such an object: its size times how many of them it stands for. */
const scaled = (size: number): number => size * Math.round(1 / (1 - Math.exp(-size / RATE)));

test.for([100_000, 262_144, 2_000_000, 8_000_000])("a sample of an object of %i bytes", (size) => {
  expect(scaled(size) / estimateObjects(scaled(size), RATE)).toBe(size);
});

test("samples are summed up by stack, and onto what was there", () => {
  const frame = (functionName: string) => ({ functionName, url: "file:///a.js", lineNumber: 1, columnNumber: 2 });
  const leaf = { callFrame: frame("leaf"), id: 3, children: [] };
  const outer = { callFrame: frame("outer"), id: 2, children: [leaf] };
  const head = { callFrame: frame("(root)"), id: 1, children: [outer] };
  const size = scaled(1_000_000);
  const samples = [3, 3, 2].map((nodeId, ordinal) => ({ size, nodeId, ordinal }));
  const totals = sum({ head, samples }, RATE, sum({ head, samples: samples.slice(0, 1) }, RATE));
  const shown = [...totals.values()].map(({ frames, bytes }) => [frames.map((f) => f.functionName), bytes / size]);
  expect(shown).toEqual([
    [["leaf", "outer"], 3],
    [["outer"], 1],
  ]);
});
