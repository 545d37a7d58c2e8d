import { decode, type Profile } from "@pprof-ts/profile";
import fc from "fast-check";
import { expect, test } from "vitest";
import { flameLevels } from "../../src/ask/flame-levels.ts";
import { cpuProfile } from "../filled-store.ts";

const MILLI = 1e6;
const side = (stacks: Readonly<Record<string, number>>): { profile: Profile; sampleIndex: number } => ({
  profile: decode(cpuProfile(stacks)),
  sampleIndex: 1,
});

/** Boxes of each level by name, in milliseconds: `[start, total, self]` of each side. */
function boxes(of: ReturnType<typeof flameLevels>, sides: number): Record<string, number[]>[] {
  return of.levels.map((level) => {
    const found: Record<string, number[]> = {};
    const ends = new Array(sides).fill(0);
    for (let at = 0; at < level.length; at += 3 * sides + 1) {
      const numbers: number[] = [];
      for (let i = 0; i < sides; i++) {
        const [gap = 0, total = 0, self = 0] = level.slice(at + 3 * i);
        numbers.push((ends[i] + gap) / MILLI, total / MILLI, self / MILLI);
        ends[i] += gap + total;
      }
      found[of.names[level[at + 3 * sides]!]!] = numbers;
    }
    return found;
  });
}

test("levels from the root down, a box's own value to the left of those below it", () => {
  const drawn = flameLevels([side({ "a b e": 10, "a c": 20, "a c d": 10 })], 0);
  expect(drawn.totals).toEqual([40 * MILLI]);
  expect(drawn.maxSelf).toBe(20 * MILLI);
  expect(boxes(drawn, 1)).toEqual([
    { total: [0, 40, 0] },
    { a: [0, 40, 0] },
    { c: [0, 30, 20], b: [30, 10, 0] },
    { d: [20, 10, 10], e: [30, 10, 10] },
  ]);
});

test("of too many boxes the largest are drawn, and the others are one for each parent", () => {
  const stacks = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`a f${i}`, 10 * (i + 1)]));
  const drawn = flameLevels([side(stacks)], 4);
  const [, , below] = boxes(drawn, 1);
  expect(Object.keys(below!)).toEqual(["f99", "f98", "other"]);
  expect(below!.other).toEqual([1990, 48_510, 48_510]);
});

test("two sides beside each other, each box with both", () => {
  const drawn = flameLevels([side({ "a b": 10, "a c": 20 }), side({ "a b": 40, "a d": 80 })], 0);
  expect(drawn.totals).toEqual([30 * MILLI, 120 * MILLI]);
  expect(boxes(drawn, 2)).toEqual([
    { total: [0, 30, 0, 0, 120, 0] },
    { a: [0, 30, 0, 0, 120, 0] },
    { d: [0, 0, 0, 0, 80, 80], b: [0, 10, 10, 80, 40, 40], c: [10, 20, 20, 120, 0, 0] },
  ]);
});

test("a profile without samples is a root of nothing", () => {
  expect(flameLevels([side({})], 0)).toEqual({ names: ["total"], levels: [[0, 0, 0, 0]], totals: [0], maxSelf: 0 });
});

test("boxes never overlap, lie below one of the level above, and are worth what the profile is", () => {
  const stack = fc
    .array(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 5 })
    .map((names) => names.join(" "));
  const stacks = fc.dictionary(stack, fc.integer({ min: 1, max: 1000 }), { maxKeys: 30, noNullPrototype: true });
  fc.assert(
    fc.property(stacks, stacks, fc.integer({ min: 0, max: 12 }), (old, fresh, most) => {
      const drawn = flameLevels([side(old), side(fresh)], most);
      const sums = [old, fresh].map((of) => Object.values(of).reduce((sum, value) => sum + value * MILLI, 0));
      expect(drawn.totals).toEqual(sums);
      for (const of of [0, 1]) {
        let above = [[0, sums[of]!]];
        let selves = 0;
        for (const level of drawn.levels) {
          const ranges: number[][] = [];
          let end = 0;
          for (let at = 0; at < level.length; at += 7) {
            const [gap = 0, total = 0, self = 0] = level.slice(at + 3 * of);
            expect(Math.min(gap, total, self)).toBeGreaterThanOrEqual(0);
            const [from, to] = [end + gap, end + gap + total];
            expect(above.some(([begin, stop]) => from >= begin! && to <= stop!)).toBe(true);
            ranges.push([from, to]);
            selves += self;
            end = to;
          }
          above = ranges;
        }
        expect(selves).toBe(sums[of]);
      }
    }),
  );
});
