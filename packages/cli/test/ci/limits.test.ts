import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compare } from "../../src/ci/compare/compare.ts";
import { exceededOf, readLimits } from "../../src/ci/compare/limits.ts";
import type { Figures, MeasureName, Taken } from "../../src/ci/measure/figures.ts";
import { directory } from "../tool.ts";

const FILE = ".pprof-ci.json";

test.each([
  ['{ "limit": {} }', 'unknown key "limit": did you mean "limits"?'],
  [
    '{ "limits": { "cpu time": "5%" } }',
    'unknown key "cpu time": must be one of wall, cpu, memory, allocated, heap, function, case',
  ],
  ['{ "limits": { "functions": "5%" } }', 'unknown key "functions": did you mean "function"?'],
  ['{ "limits": { "__proto__": "5%" } }', 'unknown key "__proto__": must be'],
  ['{ "limits": { "cpu": 5 } }', 'invalid limit 5 of cpu: must be like "5%", "20ms" or "1MB"'],
  ['{ "limits": { "cpu": "-5%" } }', 'invalid limit "-5%" of cpu: must be like'],
  ['{ "limits": { "cpu": "1MB" } }', 'invalid limit "1MB" of cpu, which is in nanoseconds'],
  ['{ "limits": { "memory": "1ms" } }', 'invalid limit "1ms" of memory, which is in bytes'],
  ['{ "limits": [] }', "limits must be an object"],
  ['{ "ignore": "x" }', "ignore must be a list of regular expressions"],
  ['{ "ignore": ["("] }', "parsing ignore regexp: "],
  ["[]", "must be an object with limits and ignore"],
  ["{", "JSON"],
])("%s is refused in a sentence", (text, sentence) => {
  using made = directory({ [FILE]: text });
  expect(() => readLimits(made.path, "", [])).toThrow(`${FILE}: `);
  expect(() => readLimits(made.path, "", [])).toThrow(sentence);
});

test("without a file there are no limits, but one that is named has to be there; a large one is not read", () => {
  using made = directory({ large: " ".repeat(2 ** 17) });
  expect(readLimits(made.path, "", [])).toEqual({ limits: [], ignored: [] });
  expect(() => readLimits(made.path, `${made.path}/none`, [])).toThrow("none: no such file or directory");
  expect(() => readLimits(made.path, `${made.path}/large`, [])).toThrow("larger than");
});

test("the example of the README is taken as it stands", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const [, example = ""] = /^```json\n(\{\n {2}"limits"[\s\S]*?)^```/m.exec(readme) ?? [];
  using made = directory({ [FILE]: example });
  const { limits, ignored } = readLimits(made.path, "", []);
  expect(limits.map(({ name }) => name)).toEqual(["wall", "cpu", "memory", "allocated", "function", "case"]);
  expect(ignored.map((pattern) => pattern.test("(garbage collector)"))).toEqual([false, true]);
});

test("the command line goes before the file", () => {
  using made = directory({ [FILE]: '{ "limits": { "cpu": "5%", "wall": "2s" }, "ignore": ["^node:"] }' });
  const { limits, ignored } = readLimits(made.path, "", ["cpu=20ms"]);
  expect(limits).toMatchObject([
    { name: "wall", value: 2e9, share: undefined },
    { name: "cpu", value: 20e6, share: undefined },
  ]);
  expect(ignored.map(({ source }) => source)).toEqual(["^node:"]);
  expect(() => readLimits(made.path, "", ["cpu"])).toThrow('invalid -limit "cpu": must be like cpu=5%');
  expect(() => readLimits(made.path, "", ["cup=5%"])).toThrow('-limit: unknown key "cup": did you mean "cpu"?');
});

const MS = 1e6;

/** Runs of a program with these functions, in milliseconds, each a little off. */
function runs(functions: Readonly<Record<string, number>>): Figures[] {
  const all = Object.values(functions).reduce((sum, one) => sum + one, 0);
  return [0, 1, 2, 3, 4, 5].map((i) => {
    const off = 1 + ((i * 7) % 6) / 1000;
    const of = (millis: number): Taken => ({ own: millis * off * MS, total: millis * off * MS });
    return {
      whole: new Map<MeasureName, number>([["cpu", all * off * MS]]),
      functions: new Map([["cpu", new Map(Object.entries(functions).map(([name, millis]) => [name, of(millis)]))]]),
      cases: new Map([["parse: large", of(functions.parse!)]]),
    };
  });
}

const comparison = compare(
  { base: runs({ parse: 400, render: 600 }), head: runs({ parse: 500, render: 600 }), same: [] },
  4 * MS,
);
const exceeded = (...limits: string[]): string[] => {
  using made = directory({ [FILE]: '{ "ignore": ["^render"] }' });
  return exceededOf(comparison, readLimits(made.path, "", limits)).map(
    ({ limit, row }) => `${limit.name}: ${row.name}`,
  );
};

test("a limit is exceeded by what has surely grown by more: functions by their share of all, cases by their own", () => {
  expect(exceeded("cpu=9%", "function=9%", "case=24%")).toEqual([
    "cpu: CPU time",
    "function: parse",
    "case: parse: large",
  ]);
  expect(exceeded("cpu=11%", "function=11%", "case=26%")).toEqual([]);
  expect(exceeded("function=90ms")).toEqual(["function: parse"]);
  expect(exceeded("function=110ms", "function=1MB")).toEqual([]);
});

test("nothing is named that chance may have made, and what is ignored has no limit", () => {
  const verdicts = comparison.tables.flatMap(({ rows }) => rows.map(({ name, verdict }) => [name, verdict]));
  expect(verdicts).toEqual([
    ["CPU time", "more"],
    ["parse", "more"],
    ["render", undefined],
    ["parse: large", "more"],
  ]);
  using made = directory({ [FILE]: '{ "limits": { "function": "0%" }, "ignore": ["^pa"] }' });
  expect(exceededOf(comparison, readLimits(made.path, "", []))).toEqual([]);
});
