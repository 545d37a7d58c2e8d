import fc from "fast-check";
import { expect, test } from "vitest";
import { labelBuckets } from "../src/worker/label-buckets.ts";

const bytes = (number: number, value: number) => ({
  name: `${number}B`,
  value,
  range: `${number}bytes:${number}bytes`,
});

test("few numbers, and texts, are no buckets", () => {
  expect(labelBuckets([1, 2, 3].map((number) => bytes(number, 1)))).toBe(undefined);
  const texts = Array.from({ length: 50 }, (_, i) => ({ name: `t${i}`, value: 1, range: undefined }));
  expect(labelBuckets(texts)).toBe(undefined);
});

test("bytes are put together between powers of two, as a filter can have them", () => {
  const values = Array.from({ length: 16 }, (_, i) => bytes(i + 1, 10));
  expect(labelBuckets(values)).toEqual([
    { name: "1B", value: 10, range: "1bytes:1bytes" },
    { name: "2B to 3B", value: 20, range: "2bytes:3bytes" },
    { name: "4B to 7B", value: 40, range: "4bytes:7bytes" },
    { name: "8B to 15B", value: 80, range: "8bytes:15bytes" },
    { name: "16B", value: 10, range: "16bytes:16bytes" },
  ]);
});

test("every number is in one bucket, and buckets do not overlap", () => {
  const numbers = fc.uniqueArray(fc.integer({ min: -1e9, max: 1e9 }), { minLength: 13, maxLength: 60 });
  fc.assert(
    fc.property(numbers, fc.constantFrom("bytes", "", "ms"), (numbers, unit) => {
      const values = numbers.map((number) => ({
        name: `${number}`,
        value: 1,
        range: `${number}${unit}:${number}${unit}`,
      }));
      const buckets = labelBuckets(values)!;
      expect(buckets.reduce((sum, { value }) => sum + value, 0)).toBe(numbers.length);
      const bounds = buckets.flatMap(({ range }) => /^(-?\d+)\D*:(-?\d+)\D*$/.exec(range!)!.slice(1).map(Number));
      expect(bounds).toEqual(bounds.toSorted((a, b) => a - b));
    }),
  );
});
