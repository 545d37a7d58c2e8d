import { decode, type Profile } from "@pprof-ts/profile";
import { describe, expect, test } from "vitest";
import { type Binaries, defaultOptions, type Form, type Options, report, wholeBody } from "../src/index.ts";
import { shop, stacks } from "./stacks.ts";

function print(
  profile: Profile,
  output: string,
  options: Partial<Options> = {},
  argument?: string,
  form: Form = "own",
): string {
  return String(wholeBody(report(profile, output, { ...defaultOptions, ...options }, {}, argument, form).body));
}

/** The rows of `top`, without what stands above them. */
function rows(profile: Profile, options: Partial<Options> = {}): string[] {
  const lines = print(profile, "top", options).trimEnd().split("\n");
  return lines.slice(lines.findIndex((line) => line.includes("flat%")) + 1);
}

describe("what cannot be reported", () => {
  test.each([
    ["top", { focus: "[" }, "parsing focus regexp: error parsing regexp: missing closing ]: `[`"],
    ["top", { hide: "a\\" }, "parsing hide regexp: error parsing regexp: trailing backslash at end of expression: ``"],
    ["top", { tagfocus: "a,(" }, "parsing tagfocus regexp: error parsing regexp: missing closing ): `(`"],
    ["top", { sample_index: "heap" }, 'sample_index "heap" must be one of: [samples cpu]'],
    ["top", { sample_index: "2" }, "sample_index 2 is outside the range [0..1]"],
    ["top", { divide_by: 0 }, "zero divisor specified"],
    ["topp", {}, 'unknown output "topp"'],
  ] as const)("%s %j", (output, options, message) => {
    expect(() => print(shop(), output, options)).toThrow(message);
  });

  test.each([
    ["peek", "nothing", "no matches found for regexp: nothing"],
    ["list", "nothing", "no matches found for regexp: nothing"],
    ["weblist", "nothing", "no matches found for regexp: nothing"],
    ["disasm", "nothing", "no matches found for regexp nothing"],
    ["disasm", "0x10", "no matches found for address 0x10"],
    ["peek", "(", "parsing argument regexp (: error parsing regexp: missing closing ): `(`"],
    ["md", "12", 'invalid number of lines "12": must be 40 or more'],
  ])("%s of %s", (output, argument, message) => {
    expect(() => print(shop(), output, {}, argument)).toThrow(message);
  });

  test("an output without data as JSON, or without rows as CSV", () => {
    expect(() => print(shop(), "flame", {}, undefined, "json")).toThrow("flame cannot be written as JSON");
    expect(() => print(shop(), "dot", {}, undefined, "csv")).toThrow("dot is no table and cannot be written as CSV");
  });
});

test("messages say which filter matched nothing, and how tags were understood", () => {
  const options = { ...defaultOptions, focus: "nobody", tagfocus: "bytes=1mb:", tagroot: "no such key" };
  expect(report(shop(), "top", options).messages).toEqual([
    "TagRoot expression matched no samples",
    "tagfocus:Interpreted '1mb:' as range, not regexp",
    "Focus expression matched no samples",
    "TagFocus expression matched no samples",
  ]);
});

test("values beyond 2^53 are added to the last bit, and wrap as int64", () => {
  const profile = stacks(`
a;b 9007199254740993
a;c 9007199254740992
a;d 4611686018427387904
a;e 4611686018427387903`);
  // b is one larger than c, which a double cannot tell.
  expect(rows(profile, { trim: false }).map((row) => row.split(/\s+/).at(-1))).toEqual(["d", "e", "b", "c", "a"]);
  expect(print(profile, "raw")).toContain("9007199254740993: ");
  const total = 2n ** 63n - 1n + 2n ** 54n + 1n - 2n ** 64n;
  expect(JSON.parse(print(profile, "top", {}, undefined, "json")).total).toBe(String(total));
});

test("a search path that comes twice in a source path does not empty the report", () => {
  const profile = stacks(
    "main@/x/src/y/src/a.ts:1;work@/x/src/y/src/b.ts:2 999\nmain@/x/src/y/src/a.ts:1;rare@c.ts:3 1",
  );
  const text = print(profile, "top", { source_path: "/home/me/src", granularity: "lines" });
  expect(text).toContain("Dropped 1 node");
  expect(text).toContain("work y/src/b.ts:2");
});

test("a stack deeper than JavaScript's own", () => {
  const deep = Array.from({ length: 30_000 }, (_, i) => `f${i % 7}`).join(";");
  const profile = stacks(`${deep} 5\nf1;f2 3`);
  for (const output of ["top", "tree", "dot", "callgrind", "traces", "raw", "collapsed", "flame", "md"]) {
    expect(print(profile, output).length, output).toBeGreaterThan(0);
  }
  expect(print(profile, "dot", { call_tree: true, nodecount: 3 })).toContain("Showing top 3 nodes");
});

test("proto writes what filters leave, and divides it", () => {
  const { body } = report(shop(), "proto", { ...defaultOptions, focus: "checkout@?", hide: "route", divide_by: 10 });
  const left = decode(wholeBody(body) as Uint8Array);
  expect(left.samples.length).toBe(3);
  expect(rows(left)).toEqual(
    rows(shop(), { focus: "checkout@?", hide: "route", divide_by: 10, relative_percentages: true }),
  );
});

test("topproto holds the rows of top", () => {
  const body = wholeBody(report(shop(), "topproto", { ...defaultOptions, nodecount: 2 }).body) as Uint8Array;
  const profile = decode(body);
  expect(profile.sampleTypes.map(({ type, unit }) => `${type}/${unit}`)).toEqual(["cum/ms", "flat/ms"]);
  expect(profile.samples.values.map((column) => [...column])).toEqual([
    [400n, 250n],
    [400n, 250n],
  ]);
});

test.each([40, 60, 100])("a Markdown report keeps to %i lines", (lines) => {
  const text = Array.from({ length: 300 }, (_, i) => `main;caller${i % 40};callee${i} ${i + 1}`).join("\n");
  const many = { ...stacks(text), comments: Array.from({ length: 50 }, (_, i) => `comment ${i}`) };
  const report = print(many, "md", { focus: "main" }, String(lines));
  const count = report.trimEnd().split("\n").length;
  expect(count).toBeLessThanOrEqual(lines);
  expect(count).toBeGreaterThan(lines - 8);
  expect(report).toContain("of 300 stacks are shown");
});

test("names with signs that mean something to the format", () => {
  const profile = stacks('a|b`c;<"d",\\e> 5');
  expect(print(profile, "md")).toContain("`a\\|b'c`");
  expect(print(profile, "flame")).not.toContain('<"d"');
  expect(print(profile, "dot")).toContain('tooltip="<\\"d\\" (5)"');
  expect(print(stacks('with "quotes" 1'), "top", {}, undefined, "csv")).toContain('"with ""quotes"""');
});

describe("with a binary", () => {
  // A program of two functions of four instructions each, mapped at 1 MB.
  const binaries: Binaries = {
    open: (file) => {
      if (file !== "/srv/shop") throw new Error(`${file}: no such file`);
      return {
        objectAddress: (address) => address - 0x100000n,
        sourceLine: (address) => [{ function: address < 0x100020n ? "main" : "work", file: "src/main.ts", line: 3 }],
        symbols: (matches) =>
          [
            { names: ["main"], file, start: 0x0n, end: 0x1fn },
            { names: ["work", "alias_of_work"], file, start: 0x20n, end: 0x3fn },
          ].filter(({ names }) => names.some(matches)),
      };
    },
    disassemble: (_, start, end) =>
      Array.from({ length: Number(end - start + 1n) / 8 }, (_, i) => {
        const address = start + BigInt(8 * i);
        return { address, text: `op ${address}`, function: "", file: "src/main.ts", line: 3 };
      }),
  };
  const profile = stacks("main@src/main.ts:3;work@src/main.ts:7 30\nmain@src/main.ts:3 4");

  test("disasm", () => {
    const options = { ...defaultOptions };
    const text = wholeBody(report(profile, "disasm", options, { binaries }, "work").body);
    expect(text).toBe(`Total: 34
ROUTINE ======================== work
    AKA ======================== alias_of_work
        30         30 (flat, cum) 88.24% of Total
        30         30         20: op 32                                   ;work main.ts:3
         .          .         28: op 40                                   ;main.ts:3
         .          .         30: op 48
         .          .         38: op 56
`);
  });

  test("weblist", () => {
    const world = {
      binaries,
      readSource: (path: string) => (path === "/src/main.ts" ? "one\ntwo\nthree\n" : undefined),
    };
    const page = String(wholeBody(report(profile, "weblist", defaultOptions, world, "main").body));
    expect(page).toMatch(/<summary> +34 +\d+ +3 {4}three<\/summary>/);
    expect(page).toContain("10: op 16");
  });
});
