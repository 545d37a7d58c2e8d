import { ProfileBuilder } from "@pprof-ts/profile";
import { expect, test } from "vitest";
import { diffProfiles } from "../src/diff/diff.ts";
import { median, rankTest, shiftInterval } from "../src/diff/rank-test.ts";
import { shareInterval } from "../src/diff/share-interval.ts";
import { defaultOptions } from "../src/options.ts";

// Counted out over all orders: 2 of 20, 2 of 252, 14 of 70, 2 of 6.
test.each([
  [[1, 2, 3], [4, 5, 6], 0.1],
  [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10], 0.007937],
  [[1.1, 2.2, 3.3, 4.4], [2.5, 3.5, 4.5, 5.5], 0.2],
  [[1, 2], [3, 4], 0.333333],
])("the exact p-value of %j and %j is %f", (a, b, p) => {
  expect(rankTest(a, b)).toBeCloseTo(p, 5);
  expect(rankTest(b, a)).toBeCloseTo(p, 5);
});

test("ties and large samples go by the normal distribution", () => {
  expect(rankTest([1, 2, 2, 3], [2, 4, 4, 5])).toBeCloseTo(0.1016, 4);
  expect(rankTest([1, 1], [1, 1])).toBe(1);
  const a = Array.from({ length: 30 }, (_, i) => i);
  expect(
    rankTest(
      a,
      a.map((x) => x + 9.5),
    ),
  ).toBeCloseTo(0.000399, 6);
});

test("the interval holds the shift, at the level that so few values can give", () => {
  const five = shiftInterval([1, 2, 3, 4, 5], [11, 12, 13, 14, 15], 0.95)!;
  expect(five).toMatchObject({ low: 7, high: 13 });
  expect(five.level).toBeCloseTo(1 - 4 / 126, 5);
  expect(shiftInterval([1, 2, 3], [11, 12, 13], 0.95)).toEqual({ low: 8, high: 12, level: 0.9 });
  expect(shiftInterval([1], [2], 0.95)).toBeUndefined();
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});

// The cases of Newcombe's table II, method 10: 56/70 and 48/80, 9/10 and 3/10, 10/10 and 0/20.
test.each([
  [48, 80, 56, 70, 0.0524, 0.3339],
  [3, 10, 9, 10, 0.1705, 0.809],
  [0, 20, 10, 10, 0.6791, 1],
])("of %i of %i and %i of %i, the change of the share lies from %f to %f", (a, m, b, n, low, high) => {
  const interval = shareInterval(a / m, m, b / n, n);
  expect(interval.low).toBeCloseTo(low, 4);
  expect(interval.high).toBeCloseTo(high, 4);
});

function profile(
  hash: number,
  parse: number,
  durationNanos = 0,
  type = { type: "cpu", unit: "nanoseconds" },
): ReturnType<ProfileBuilder["build"]> {
  const builder = new ProfileBuilder({ sampleTypes: [type], durationNanos });
  const at = (name: string): number => builder.location({ lines: [{ function: builder.function({ name }) }] });
  const main = at("main");
  builder.sample([at("hash"), main], [hash]);
  builder.sample([at("parse"), main], [parse]);
  return builder.build();
}

test("shares of each side and how they changed", () => {
  const { rows, sampleType } = diffProfiles([profile(10, 90)], [profile(30, 70)], defaultOptions);
  expect(sampleType).toEqual({ type: "cpu", unit: "nanoseconds" });
  expect(rows.map(({ name, self, total }) => [name, self.old, self.new, self.change, total.new])).toEqual([
    ["hash", 0.1, 0.3, expect.closeTo(0.2), 0.3],
    ["parse", 0.9, 0.7, expect.closeTo(-0.2), 0.7],
    ["main", 0, 0, 0, 1],
  ]);
  expect(rows[0]?.self.p).toBeUndefined();
});

test("repeats say how sure a change is", () => {
  const old = [profile(10, 90), profile(11, 89), profile(12, 88), profile(9, 91)];
  const fresh = [profile(20, 80), profile(21, 79), profile(22, 78), profile(19, 81)];
  const hash = diffProfiles(old, fresh, defaultOptions).rows.find(({ name }) => name === "hash");
  expect(hash?.self.change).toBeCloseTo(0.1);
  expect(hash?.self.p).toBeCloseTo(2 / 70);
  expect(hash?.self.interval?.low).toBeGreaterThan(0.06);
  expect(hash?.self.interval?.high).toBeLessThan(0.14);
});

test("values are told in the profile's unit, and whether they are on one scale", () => {
  const [row] = diffProfiles([profile(10, 90), profile(12, 90)], [profile(30, 70)], defaultOptions).rows;
  expect(row).toMatchObject({ self: { value: { old: 11, new: 30 } }, total: { value: { old: 11, new: 30 } } });
  const equal = (...of: Parameters<typeof profile>[]): boolean =>
    diffProfiles([profile(...of[0]!)], [profile(...of[1]!)], defaultOptions).hasEqualScales;
  const [space, objects] = [
    { type: "inuse_space", unit: "bytes" },
    { type: "inuse_objects", unit: "count" },
  ];
  expect(equal([1, 2, 10e9], [1, 2, 10.2e9])).toBe(true);
  expect(equal([1, 2, 10e9], [1, 2, 30e9])).toBe(false);
  // Nobody knows how long they took.
  expect(equal([1, 2], [1, 2])).toBe(false);
  expect(equal([1, 2, 10e9, space], [1, 2, 30e9, space])).toBe(true);
  expect(equal([1, 2, 0, objects], [1, 2, 0, objects])).toBe(true);
  const samples = { type: "samples", unit: "count" };
  expect(equal([1, 2, 10e9, samples], [1, 2, 30e9, samples])).toBe(false);
});
