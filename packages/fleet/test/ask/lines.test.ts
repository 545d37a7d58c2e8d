import { expect, test } from "vitest";
import { linesOverTime } from "../../src/ask/lines.ts";
import { type Labels, MemoryStore } from "../../src/index.ts";

test("more points than an answer may have are refused before they are made", async () => {
  const store = new MemoryStore();
  let asked = 0;
  store.series = async () =>
    Array.from(
      { length: 1000 },
      (_, i): Labels =>
        new Map([
          ["pod", `${i}`],
          ["zone", "a"],
        ]),
    );
  store.timeline = async () => {
    asked++;
    return { unit: "", stepMillis: 1, series: [], missing: [] };
  };
  const query = {
    selector: { tenant: "", matchers: [] },
    name: "process_cpu",
    sampleType: "cpu",
    range: { fromMillis: 0, toMillis: 10_000_000 },
    stepMillis: 1000,
  };
  await expect(linesOverTime(store, { ...query, groupBy: ["pod"] })).rejects.toThrow(
    "1000 lines of 10000 points are too much",
  );
  expect(asked).toBe(0);
  await linesOverTime(store, { ...query, groupBy: ["zone"] });
  await linesOverTime(store, { ...query, groupBy: [] });
  expect(asked).toBe(2);
});
