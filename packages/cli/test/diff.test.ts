import { gzipSync } from "node:zlib";
import { encode, type Profile, ProfileBuilder, type ValueType } from "@pprof-ts/profile";
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

/** Two functions' counts, and values of 10 ms each. */
function counted(of: [string, string], value: [string, string], hash: number, parse: number): Profile {
  const type = ([type, unit]: [string, string]): ValueType => ({ type, unit });
  const builder = new ProfileBuilder({ sampleTypes: [type(of), type(value)] });
  for (const [name, count] of Object.entries({ hash, parse })) {
    const location = builder.location({ lines: [{ function: builder.function({ name }), line: 1 }] });
    builder.sample([location], [count, count * 1e7]);
  }
  return builder.build();
}

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
    stdout: `cpu: old1 -> new1; shares of the total, change in points
95% intervals from 1 and 1 samples alone, as if drawn one by one; ~ is a change that may be 0
how runs differ from each other only repeats can say: pprof diff OLD... -- NEW...
self old  self new  change          interval  total old  total new  change          interval  function
  10.00%    20.00%       ~  [-62.85, +72.79]     10.00%     20.00%       ~  [-62.85, +72.79]  hash
  90.00%    80.00%       ~  [-72.79, +62.85]     90.00%     80.00%       ~  [-72.79, +62.85]  parse
`,
  });
});

test("one profile a side with many samples: a change that the samples bear out; none where samples are not counted", async () => {
  const many = (hash: number, parse: number): Uint8Array =>
    gzipSync(encode(counted(["samples", "count"], ["cpu", "nanoseconds"], hash, parse)));
  using made = directory({
    old: many(100, 900),
    new: many(200, 800),
    heap: gzipSync(encode(counted(["inuse_objects", "count"], ["inuse_space", "bytes"], 100, 900))),
  });
  const run = (...words: string[]): ReturnType<typeof pprof> => pprof(["diff", ...words], { cwd: made.path });
  // Newcombe's interval for 100 of 1000 and 200 of 1000.
  expect((await run("old", "new")).stdout).toContain("  +10.00  [+6.89, +13.10] ");
  expect((await run("old", "new")).stdout).toContain("from 1,000 and 1,000 samples alone");
  const heap = (await run("heap", "heap")).stdout;
  expect(heap).toBe("inuse_space: heap -> heap; shares of the total, change in points\nnothing changed\n");
  expect(JSON.parse((await run("-json", "old", "new")).stdout)).toMatchObject({
    basis: "samples",
    samples: { old: 1000, new: 1000 },
    totals: { old: 10e9, new: 10e9 },
  });
});

test("repeats: intervals and probabilities, as text, Markdown and JSON", async () => {
  using made = directory(files);
  const sides = ["old1", "old2", "old3", "old4", "--", "new1", "new2", "new3", "new4"];
  const run = (format: string): Promise<{ stdout: string }> =>
    pprof(["diff", `-format=${format}`, ...sides], { cwd: made.path });
  const [text, markdown, json] = await Promise.all([run("text"), run("md"), run("json")]);
  expect(text.stdout).toContain(
    "  11.50%    21.50%  +10.00  [+7.00, +13.00]  0.029     11.50%     21.50%  +10.00  [+7.00, +13.00]  0.029  hash\n",
  );
  expect(markdown.stdout).toContain(
    "| `hash` | 11.50% | 21.50% | +10.00 | [+7.00, +13.00] | 0.029 | 11.50% | 21.50% | +10.00 | [+7.00, +13.00] | 0.029 |",
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
  expect(three.stderr).toMatch(/^pprof: diff compares OLD with NEW, or OLD\.\.\. -- NEW\.\.\.: 3 sources/);
  expect(three.status).toBe(2);
  const mistakes: readonly [words: readonly string[], message: string][] = [
    [["old1", "new1", "-fail-on", "self > 1%"], "flags of diff stand in front of its sources: -fail-on"],
    [["-fail-on=p < 0.05", "old1", "new1"], 'p in "p < 0.05" needs repeats on both sides: OLD OLD... -- NEW NEW...'],
    [["-top", "old1", "new1"], "diff has no -top: -format is text, md, json"],
    [["-format=html", "old1", "new1"], 'unknown format "html": must be one of text, md, json'],
    [["-base=old1", "old1", "new1"], "diff has no -base and no -diff_base: OLD stands in front of NEW"],
  ];
  for (const [words, message] of mistakes) {
    const run = await pprof(["diff", ...words], { cwd: made.path });
    expect(run).toEqual({ status: 2, stdout: "", stderr: `pprof: ${message}\n` });
  }
  const few = await pprof(["diff", "-md", "old1", "old2", "--", "new1", "new2"], { cwd: made.path });
  expect(few.stdout).toContain("so few repeats cannot show a change at p <= 0.05: it takes four a side");
  expect(few.stdout).toContain("| `hash` | 10.50% | 20.50% | ~ | [+9.00, +11.00] | 0.333 |");
  const uneven = await pprof(["diff", "old1", "old2", "--", "new1"], { cwd: made.path });
  expect(uneven.stdout).toContain("repeats on one side alone say nothing of chance");
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
  const change = { old: 0.1, new: 0.2, change: 0.1, interval: undefined, p: 0.03, value: { old: 1, new: 2 } };
  expect(parseCondition(condition)({ name: "hash", self: change, total: change })).toBe(holds);
});
