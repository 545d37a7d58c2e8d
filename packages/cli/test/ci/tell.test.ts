import { expect, test } from "vitest";
import { compare } from "../../src/ci/compare/compare.ts";
import type { Result } from "../../src/ci/compare/result.ts";
import type { Figures, MeasureName, Taken } from "../../src/ci/measure/figures.ts";
import { ciJson } from "../../src/ci/tell/json.ts";
import { ciMarkdown } from "../../src/ci/tell/markdown.ts";
import { ciText } from "../../src/ci/tell/text.ts";

/** Runs with these functions, and every value a little off. */
function runs(functions: ReadonlyMap<string, number>, count: number): Figures[] {
  return Array.from({ length: count }, (_, i) => {
    const off = 1 + ((i * 7) % 5) / 500;
    const taken = (millis: number): Taken => ({ own: millis * off * 1e6, total: 2 * millis * off * 1e6 });
    const all = [...functions.values()].reduce((sum, one) => sum + one, 0) * off;
    return {
      whole: new Map<MeasureName, number>([
        ["wall", all * 1.2e6],
        ["cpu", all * 1e6],
        ["memory", all * 2 ** 16],
      ]),
      functions: new Map([["cpu", new Map(Array.from(functions, ([name, millis]) => [name, taken(millis)]))]]),
      cases: new Map(),
    };
  });
}

function result(base: ReadonlyMap<string, number>, head: ReadonlyMap<string, number>, count = 10): Result {
  return {
    revisions: {
      base: { name: "main (1a2b3c4)", commit: "1a2b3c4", hasChanges: false },
      head: { name: "HEAD (5d6e7f8)", commit: "5d6e7f8", hasChanges: false },
    },
    command: "node bench.js",
    runs: count,
    rate: 250,
    again: false,
    comparison: compare({ base: runs(base, count), head: runs(head, count), same: [] }, 4e6),
    limits: { limits: [], ignored: [] },
    exceeded: [],
    single: [],
    notes: [],
  };
}

const some = new Map([
  ["parse src/parse.js", 400],
  ["render src/render.js", 600],
]);
const slower = new Map([...some, ["parse src/parse.js", 500]]);

test("says what became slower, with intervals, what noise is, and what is found, in 80 columns", async () => {
  const text = ciText(result(some, slower), 80);
  await expect(text).toMatchFileSnapshot("../golden/ci/slower.txt");
  expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
  await expect(ciMarkdown(result(some, slower))).toMatchFileSnapshot("../golden/ci/slower.md");
});

test("where nothing changed it says so, and what would have been found", () => {
  const text = ciText(result(some, some));
  expect(text).toContain("\nNothing became slower, faster or larger: all that differs is within noise.\n");
  expect(text).toMatch(/\nNone is named; of 2 functions with 0\.5% of it or more a change by [\d.]+ms would\n/);
});

test("one run of each names nothing and judges nothing", () => {
  const text = ciText(result(some, slower, 1));
  expect(text).toContain("One run of each says nothing of chance");
  expect(text).toContain("So few runs cannot be halved");
  expect(text).not.toContain("NaN");
  expect(text).not.toContain("Infinity");
  expect(JSON.parse(ciJson(result(some, slower, 1))).tables[0].rows[0].verdict).toBe("noise");
});

test("a comment stays below 60 kB, and names in it are no more than names", () => {
  const hostile = "</summary> | [a](http://x) `<img src=x onerror=alert(1)>` \n# title ";
  const many = (millis: number): Map<string, number> =>
    new Map(Array.from({ length: 190 }, (_, i) => [`${hostile}${"x".repeat(3000)}${i}`, millis]));
  const markdown = ciMarkdown(result(many(50), many(90)));
  expect(Buffer.byteLength(markdown)).toBeLessThan(60_000);
  expect(markdown).toContain("190 functions became slower.");
  const code = /`[^`\n]*`/g;
  expect(markdown.replace(code, "")).not.toMatch(/<img|<\/summary> \\|\n# title|\]\(http/);
  expect(markdown.split("<details>").length).toBe(markdown.split("</details>").length);
});
