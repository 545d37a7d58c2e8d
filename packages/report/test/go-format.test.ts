import { expect, test } from "vitest";
import { compareText, fixed2, general2, padLeft } from "../src/go/format.ts";
import { goDuration } from "../src/go/time.ts";
import { percentage, scaledLabel } from "../src/go/units.ts";

// What Go's fmt prints for %.2f and %.2g.
test.each([
  [0, "0.00", "0"],
  [1.125, "1.12", "1.1"],
  [1.375, "1.38", "1.4"],
  [1.625, "1.62", "1.6"],
  [1.875, "1.88", "1.9"],
  [3.125, "3.12", "3.1"],
  [0.125, "0.12", "0.12"],
  [0.005, "0.01", "0.005"],
  [0.015, "0.01", "0.015"],
  [2.675, "2.67", "2.7"],
  [1e21, "1000000000000000000000.00", "1e+21"],
  [123456789012.345, "123456789012.35", "1.2e+11"],
  [-1.125, "-1.12", "-1.1"],
  [9.995, "9.99", "10"],
  [1e-7, "0.00", "1e-07"],
  [0.0625, "0.06", "0.062"],
  [0.625, "0.62", "0.62"],
  [0.375, "0.38", "0.38"],
  [0.996, "1.00", "1"],
  [0.0996, "0.10", "0.1"],
  [0.00012345, "0.00", "0.00012"],
  [0.000012345, "0.00", "1.2e-05"],
  [0.0001, "0.00", "0.0001"],
  [99.5, "99.50", "1e+02"],
  [0.99, "0.99", "0.99"],
  [0.095, "0.10", "0.095"],
  [0.5, "0.50", "0.5"],
])("%d", (value, fixed, general) => {
  expect([fixed2(value), general2(value)]).toEqual([fixed, general]);
});

test("text is ordered by its UTF-8 bytes and padded by its runes", () => {
  const texts = ["a", "", "aa", "\u{1f600}", "\uffff", "é", "z"];
  const bytes = (text: string): string => Buffer.from(text).toString("latin1");
  const byBytes = texts.toSorted((a, b) => (bytes(a) < bytes(b) ? -1 : 1));
  expect(texts.toSorted(compareText)).toEqual(byBytes);
  expect(padLeft("µ\u{1f600}", 4)).toBe("  µ\u{1f600}");
});

test.each([
  [1536, "bytes", "minimum", "1.50kB"],
  [-1536, "bytes", "auto", "-1.50kB"],
  [0, "nanoseconds", "auto", "0"],
  [1_500_000, "ns", "ms", "1.50ms"],
  [1_500_000, "\u03bcs", "auto", "1.50s"],
  [90, "minutes", "auto", "90"],
  [7_200_000_000_000, "nanoseconds", "auto", "2hrs"],
  [5, "count", "auto", "5"],
  [5, "widgets", "gadgets", "5gadgets"],
  [2048, "bytes", "seconds", "2048B"],
  [3, "gcu", "milligcus", "3000m*GCU"],
])("%d %s in %s", (value, from, to, label) => {
  expect(scaledLabel(value, from, to)).toBe(label);
});

test.each([
  [0, 5, "    0%"],
  [5, 5, "  100%"],
  [9994, 10000, "99.94%"],
  [9996, 10000, "  100%"],
  [1, 8, "12.50%"],
  [1, 800, " 0.12%"],
  [1, 8_000_000, "1.2e-05%"],
  [-3, 4, "75.00%"],
  [3, 0, "    0%"],
])("%d of %d", (value, total, text) => {
  expect(percentage(value, total)).toBe(text);
});

test.each([
  [0n, "0s"],
  [999n, "999ns"],
  [1_500n, "1.5µs"],
  [30_000_000_000n, "30s"],
  [90_500_000_000n, "1m30.5s"],
  [-3_723_000_000_001n, "-1h2m3.000000001s"],
])("%d nanoseconds", (nanos, text) => {
  expect(goDuration(nanos)).toBe(text);
});
