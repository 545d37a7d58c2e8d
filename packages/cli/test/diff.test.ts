import { gzipSync } from "node:zlib";
import { encode } from "@pprof-ts/profile";
import { expect, test } from "vitest";
import { parseCondition } from "../src/diff/fail-on.ts";
import { directory, pprof, profileOf } from "./tool.ts";

const recorded = (hash: number, parse: number): Uint8Array =>
  gzipSync(
    encode(
      profileOf([
        ["main hash", hash],
        ["main parse", parse],
      ]),
    ),
  );

const files = {
  old1: recorded(10, 90),
  old2: recorded(11, 89),
  old3: recorded(12, 88),
  old4: recorded(13, 87),
  new1: recorded(20, 80),
  new2: recorded(21, 79),
  new3: recorded(22, 78),
  new4: recorded(23, 77),
};

test("one profile a side: shares and how they changed", async () => {
  using made = directory(files);
  expect(await pprof(["diff", "old1", "new1"], { cwd: made.path })).toEqual({
    status: 0,
    stderr: "",
    stdout: `cpu: old1 -> new1; shares of the total, change in points; one profile a side says nothing of chance: OLD... -- NEW... compares repeats
self old     new  change  total old     new  change  function
  10.00%  20.00%  +10.00     10.00%  20.00%  +10.00  hash
  90.00%  80.00%  -10.00     90.00%  80.00%  -10.00  parse
`,
  });
});

test("repeats: intervals and probabilities, as text, Markdown and JSON", async () => {
  using made = directory(files);
  const sides = ["old1", "old2", "old3", "old4", "--", "new1", "new2", "new3", "new4"];
  const run = (format: string): Promise<{ stdout: string }> =>
    pprof(["diff", `-format=${format}`, ...sides], { cwd: made.path });
  const [text, markdown, json] = await Promise.all([run("text"), run("md"), run("json")]);
  expect(text.stdout).toContain(
    "  11.50%  21.50%  +10.00  [+7.00, +13.00]  0.029     11.50%  21.50%  +10.00  0.029  hash\n",
  );
  expect(markdown.stdout).toContain(
    "| `hash` | 11.50% | 21.50% | +10.00 | [+7.00, +13.00] | 0.029 | 11.50% | 21.50% | +10.00 | 0.029 |",
  );
  expect(JSON.parse(json.stdout)).toMatchObject({
    schema: "pprof-ts/diff",
    version: 1,
    sampleType: { type: "cpu", unit: "nanoseconds" },
    rows: [
      { name: "hash", self: { old: expect.closeTo(0.115), new: expect.closeTo(0.215), p: 2 / 70 } },
      { name: "parse" },
    ],
  });
});

test("-fail-on: status 1 and who it was", async () => {
  using made = directory(files);
  const run = (condition: string, ...sides: string[]): ReturnType<typeof pprof> =>
    pprof(["diff", "--fail-on", condition, ...sides], { cwd: made.path });
  const failed = await run("self > +5% && total > 1%", "old1", "new1");
  expect(failed.status).toBe(1);
  expect(failed.stderr).toBe("self > +5% && total > 1%: hash (self +10.00, total +10.00 points)\n");
  expect((await run("self > +15%", "old1", "new1")).status).toBe(0);
  expect((await run("self >> 5", "old1", "new1")).stderr).toBe(
    'pprof: invalid condition "self >> 5": must be like self > +5%, total > 1% or p < 0.05\n',
  );
});

test("sides that are not clear, and profiles that cannot be compared", async () => {
  using made = directory(files);
  const three = await pprof(["diff", "old1", "old2", "new1"], { cwd: made.path });
  expect(three.stderr).toMatch(/^pprof: diff compares OLD with NEW, or OLD\.\.\. -- NEW\.\.\.; 3 sources/);
  expect(three.status).toBe(2);
  expect((await pprof(["diff", "old1", "nope"], { cwd: made.path })).stderr).toBe(
    "pprof: nope: no such file or directory\n",
  );
});

test.each([
  ["self > +5%", true],
  ["self > +15%", false],
  ["self >= 20%", true],
  ["total < -1%", false],
  ["total < -1% || p < 0.05", true],
  ["p < 0.01 && self > 1%", false],
])("%s is %s of a share that went from 10%% to 20%%", (condition, holds) => {
  const change = { old: 0.1, new: 0.2, change: 0.1, interval: undefined, p: 0.03 };
  expect(parseCondition(condition)({ name: "hash", self: change, total: change })).toBe(holds);
});
