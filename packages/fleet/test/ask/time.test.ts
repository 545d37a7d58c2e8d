import { expect, test } from "vitest";
import { stepOf } from "../../src/ask/time.ts";
import { parseDuration, parseRange, parseTime, printTime } from "../../src/index.ts";

const NOW = Date.UTC(2026, 10, 30, 14, 5);

test.for([
  ["now", "2026-11-30T14:05:00Z"],
  ["now-1h30m", "2026-11-30T12:35:00Z"],
  ["now - 1d", "2026-11-29T14:05:00Z"],
  ["now+5s", "2026-11-30T14:05:05Z"],
  ["2026-11-30T14:05:00Z", "2026-11-30T14:05:00Z"],
  ["2026-11-30t14:05:00.25+02:00", "2026-11-30T12:05:00.250Z"],
  ["2026-11-30 14:05Z", "2026-11-30T14:05:00Z"],
  ["2026-11-30", "2026-11-30T00:00:00Z"],
  ["1796047500", "2026-11-30T14:05:00Z"],
  ["1796047500.5", "2026-11-30T14:05:00.500Z"],
  ["1796047500000", "2026-11-30T14:05:00Z"],
  ["1796047500000000", "2026-11-30T14:05:00Z"],
  ["1796047500000000000", "2026-11-30T14:05:00Z"],
] as const)("%s is %s", ([text, moment]) => {
  expect(printTime(parseTime(text, NOW))).toBe(moment);
});

test.for([
  "",
  "yesterday",
  "now-",
  "now-1x",
  "-5",
  "2026-13-01",
  "2026-11-30T14:05:00",
  "1e9",
  "now-9999y",
  "9".repeat(21),
])("%s is no time", (text) => {
  expect(() => parseTime(text, NOW)).toThrow(/invalid (time|duration)/);
});

test("a range is the last hour where nothing is said, and never ends before it begins", () => {
  expect(parseRange("", "", NOW)).toEqual({ fromMillis: NOW - 3_600_000, toMillis: NOW });
  expect(() => parseRange("now", "now-1h", NOW)).toThrow(
    "invalid range: it begins at 2026-11-30T14:05:00Z and ends at 2026-11-30T13:05:00Z",
  );
  expect(() => parseRange("now", "now", NOW)).toThrow(/invalid range/);
});

test("durations", () => {
  expect(parseDuration("1h30m15s250ms")).toBe(5_415_250);
  expect(() => parseDuration("5")).toThrow(/must be like 90s/);
});

test("steps: what suits, and no more than a screen could show", () => {
  const hour = { fromMillis: 0, toMillis: 3_600_000 };
  expect(stepOf(hour)).toBe(30_000);
  expect(stepOf({ fromMillis: 0, toMillis: 1000 })).toBe(10_000);
  expect(stepOf(hour, 1000)).toBe(1000);
  expect(() => stepOf({ fromMillis: 0, toMillis: 86_400_000 * 30 }, 15_000)).toThrow(
    /172800 points are more than 11000/,
  );
  for (const step of [0, -1, Number.NaN, 0.001]) expect(() => stepOf(hour, step)).toThrow(/invalid step/);
});
