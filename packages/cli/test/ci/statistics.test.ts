import { expect, test } from "vitest";
import { detectable, shiftOf } from "../../src/ci/statistics/shift.ts";
import { studentQuantile } from "../../src/ci/statistics/student.ts";
import { normal } from "./random.ts";

test.each([
  // Tables of Student's distribution.
  [0.025, 2, 4.30265],
  [0.025, 8, 2.306],
  [0.025, 18, 2.10092],
  [0.005, 10, 3.16927],
  [0.2, 6, 0.905703],
  [0.0005, 20, 3.84952],
  [0.025, 1998, 1.96115],
])(
  "Student's distribution lies above a value with probability %d, with %d degrees of freedom",
  (tail, freedom, value) => {
    expect(studentQuantile(tail, freedom)).toBeCloseTo(value, 4);
  },
);

test("a shift is that of means, with the interval of Student's test", () => {
  const { old, new: fresh, change, interval, freedom } = shiftOf([10, 12, 11, 13], [15, 17, 16, 18], 0);
  expect([old, fresh, change, freedom]).toEqual([11.5, 16.5, 5, 6]);
  // Each side's variance is 5/3, so the error is sqrt(5/6).
  expect(interval!.low).toBeCloseTo(5 - 2.44691 * Math.sqrt(5 / 6), 4);
  expect(interval!.high).toBeCloseTo(5 + 2.44691 * Math.sqrt(5 / 6), 4);
});

test("one odd run of ten moves nothing, and values that agree by chance are known no better than they can be", () => {
  const usual = [10, 11, 12, 10, 11, 12, 10, 11, 12, 11];
  const odd = [...usual.slice(1), 1000];
  expect(Math.abs(shiftOf(usual, odd, 0).change)).toBeLessThan(0.5);
  const { interval } = shiftOf([5, 5, 5, 5], [6, 6, 6, 6], 4);
  expect(interval!.low).toBeLessThan(0);
});

test("one run of each has no interval", () => {
  expect(shiftOf([1], [2], 0)).toMatchObject({ change: 1, interval: undefined, freedom: 0 });
});

test.each([5, 10, 20])(
  "of the change that %d runs are to find they find four of five, and of none one in a hundred",
  (runs) => {
    const next = normal(runs);
    const tail = 0.005;
    const draw = (mean: number): number[] => Array.from({ length: runs }, () => mean + next());
    const error = Math.sqrt(2 / (runs - 2 * Math.floor(runs / 10)));
    const least = detectable({ error, runs }, runs, tail, 0.8);
    const share = (shift: number): number => {
      let found = 0;
      for (let i = 0; i < 2000; i++) {
        const { change, error, freedom } = shiftOf(draw(100), draw(100 + shift), 0);
        if (Math.abs(change) > error * studentQuantile(tail, freedom)) found++;
      }
      return found / 2000;
    };
    expect(share(0)).toBeLessThan(0.02);
    expect(share(least)).toBeGreaterThan(0.72);
    expect(share(least)).toBeLessThan(0.88);
  },
);
