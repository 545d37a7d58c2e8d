import { expect, test } from "vitest";
import { compare, type Row } from "../../src/ci/compare/compare.ts";
import type { Figures, MeasureName, Taken } from "../../src/ci/measure/figures.ts";
import { normal } from "./random.ts";

const FUNCTIONS = 40;
const COMPARISONS = 300;

/**
 * Runs of a program on a machine that is now faster and now slower, and in one run of twenty much so; the first function takes so
 * much more.
 */
function runs(count: number, next: () => number, more = 0): Figures[] {
  return Array.from({ length: count }, () => {
    const speed = 1 + 0.03 * Math.abs(next()) + (next() > 1.65 ? 0.5 : 0);
    const functions = new Map<string, Taken>();
    for (let i = 0; i < FUNCTIONS; i++) {
      const usual = (25 + (i === 0 ? more : 0)) * 1e6;
      const own = Math.max(0, usual * speed * (1 + 0.08 * next()));
      functions.set(`function ${i}`, { own, total: own });
    }
    const all = [...functions.values()].reduce((sum, { own }) => sum + own, 0);
    const whole = new Map<MeasureName, number>([
      ["wall", all * 1.1],
      ["cpu", all],
    ]);
    return { whole, functions: new Map([["cpu", functions]]), cases: new Map() };
  });
}

/** How many of so many comparisons name a row that is meant, and how many another one. */
function named(count: number, more: number, again: boolean): { found: number; falseAlarms: number } {
  const next = normal(count);
  let [found, falseAlarms] = [0, 0];
  for (let i = 0; i < COMPARISONS; i++) {
    const same = again ? runs(count, next) : [];
    const { tables } = compare({ base: runs(count, next), head: runs(count, next, more), same }, 4e6);
    const rows: Row[] = tables.flatMap((table) => table.rows).filter(({ verdict }) => verdict !== undefined);
    if (rows.some(({ name }) => name === "function 0")) found++;
    if (more === 0 ? rows.length > 0 : rows.some(({ verdict }) => verdict === "less")) falseAlarms++;
  }
  return { found, falseAlarms };
}

test.each([
  [4, false],
  [10, false],
  [10, true],
  [20, false],
])(
  "of comparisons of the same with itself, %d runs each (a second worktree: %s), two in a hundred name anything at most",
  (count, again) => {
    expect(named(count, 0, again).falseAlarms).toBeLessThanOrEqual(0.02 * COMPARISONS);
  },
);

test("a function that takes twice as much is found by ten runs, and nothing is said to be faster for that", () => {
  const { found, falseAlarms } = named(10, 25, false);
  expect(found).toBeGreaterThan(0.9 * COMPARISONS);
  expect(falseAlarms).toBeLessThanOrEqual(0.02 * COMPARISONS);
});
