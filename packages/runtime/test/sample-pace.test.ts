import { expect, test } from "vitest";
import { SamplePace } from "../src/program/record/sample-pace.ts";

test("each byte is as likely as any other: gaps have the mean that was asked for, and their deviation is as large", () => {
  const pace = new SamplePace();
  const rate = 512 * 1024;
  pace.begin(rate);
  const gaps = Array.from({ length: 100_000 }, () => pace.gap());
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  expect(mean / rate).toBeCloseTo(1, 1);
  expect(Math.sqrt(variance) / rate).toBeCloseTo(1, 1);
});

test("samples that come too often become more seldom, up to 128 times, and often again when there is time", async () => {
  const pace = new SamplePace();
  pace.begin(1_000);
  expect(pace.mean).toBe(1_000);
  // Each seems to have taken long.
  for (let i = 0; i < 10_000; i++) pace.spend(0);
  expect(pace.mean).toBe(128_000);
  pace.begin(2_000);
  expect(pace.mean).toBe(256_000);
  await expect
    .poll(
      () => {
        pace.spend(pace.now());
        return pace.mean;
      },
      { timeout: 60_000, interval: 200 },
    )
    .toBeLessThan(256_000);
}, 90_000);
