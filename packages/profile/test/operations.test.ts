import {
  combine,
  convertUnits,
  decode,
  encode,
  filterByLabel,
  filterByTime,
  filterSamples,
  intersectSampleTypes,
  normalize,
  type Profile,
  ProfileBuilder,
  readProfile,
  removeUninteresting,
  scale,
  setLabel,
  subtract,
  unitRatio,
  validate,
} from "@pprof-ts/profile";
import { describe, expect, test } from "vitest";
import { show, stacks } from "./stacks.ts";

const types = (...names: string[]): { sampleTypes: { type: string; unit: string }[] } => ({
  sampleTypes: names.map((name) => name.split("/") as [string, string]).map(([type, unit]) => ({ type, unit })),
});

describe("scale", () => {
  test("rounds halves away from zero", () => {
    expect(show(scale(stacks("a 1\nb -1\nc 3\nd 2"), 0.5))).toEqual(["a 1", "b -1", "c 2", "d 1"]);
    // 0.49999999999999994 + 0.5 is 1 in doubles.
    expect(show(scale(stacks("a 1"), 0.49999999999999994))).toEqual([]);
  });

  test("is made in float64, as in the reference tool, and ends where int64 does", () => {
    const big = 2n ** 53n + 1n;
    expect(show(scale(stacks(`a ${big}`), -1))).toEqual([`a ${1n - big}`]);
    expect(show(scale(stacks(`a ${big}\nb ${-big}`), 1e6))).toEqual([`a ${2n ** 63n - 1n}`, `b ${-(2n ** 63n)}`]);
    expect(show(scale(stacks("a 3"), 1e300))).toEqual([`a ${2n ** 63n - 1n}`]);
  });

  test("keeps a sample only for a value that was scaled", () => {
    const two = stacks("a 5 1\nb 5 1000", types("samples/count", "cpu/ns"));
    expect(show(scale(two, [1, 0.001]))).toEqual(["b 5 1"]);
    expect(scale(two, [1, 1])).toBe(two);
    expect(() => scale(two, [1])).toThrow("mismatched scale ratios, got 1, want 2");
  });

  test("normalize gives a profile the totals of its base", () => {
    const both = types("samples/count", "cpu/ns");
    expect(show(normalize(stacks("a 1 10\nb 3 0", both), stacks("c 8 5", both)))).toEqual(["a 2 5", "b 6 0"]);
    expect(show(normalize(stacks("a 1 -1\nb 1 1", both), stacks("c 8 5", both)))).toEqual(["a 4 0", "b 4 0"]);
  });
});

describe("sample types", () => {
  test("that all profiles have remain, in the order of the first", () => {
    const [a, b] = intersectSampleTypes([
      stacks("f 1 2 3", { ...types("x/count", "y/count", "z/count"), defaultSampleType: "y" }),
      stacks("f 30 10", types("z/count", "x/count")),
    ]);
    expect(show(a!)).toEqual(["f 1 3"]);
    expect(show(b!)).toEqual(["f 10 30"]);
    expect(a!.defaultSampleType).toBe("x");
    expect(() => intersectSampleTypes([stacks("f 1"), stacks("f 1", types("z/count"))])).toThrow(
      "profiles have empty common sample type list",
    );
  });

  test("become the finest unit of any", () => {
    const [a, b] = convertUnits([
      stacks("f 2", { ...types("cpu/ms"), periodType: { type: "cpu", unit: "ms" }, period: 10 }),
      stacks("f 5", { ...types("cpu/nanoseconds"), periodType: { type: "cpus", unit: "us" }, period: 7 }),
    ]);
    expect(show(a!)).toEqual(["f 2000000"]);
    expect(a!.sampleTypes).toEqual([{ type: "cpu", unit: "nanoseconds" }]);
    expect([a!.period, a!.periodType, b!.period]).toEqual([10000n, { type: "cpu", unit: "us" }, 7n]);
    expect(show(b!)).toEqual(["f 5"]);
    expect(() => convertUnits([stacks("f 1", types("cpu/ms")), stacks("f 1", types("cpu/bytes"))])).toThrow(
      "sample types: incompatible types: cpu/ms and cpu/bytes",
    );
  });

  test("may differ in a last s when units are converted, and in nothing else of their names", () => {
    const cpu = stacks("f 1", types("cpu/ms"));
    expect(convertUnits([cpu, stacks("f 1", types("cpus/us"))])[0]!.sampleTypes).toEqual([{ type: "cpu", unit: "us" }]);
    expect(() => convertUnits([cpu, stacks("f 1", types("wall/ms"))])).toThrow(
      "incompatible types: cpu/ms and wall/ms",
    );
    const period = { periodType: { type: "wall", unit: "ms" } };
    expect(() => convertUnits([cpu, stacks("f 1", { ...types("cpu/ms"), ...period })])).toThrow("period type: ");
  });

  test("are made the same before profiles become one", () => {
    const both = combine([
      stacks("f 1 2", types("samples/count", "cpu/ms")),
      stacks("f 5000 9\ng 0 4", types("cpu/us", "alloc/bytes")),
    ]);
    expect(both.sampleTypes).toEqual([{ type: "cpu", unit: "us" }]);
    expect(show(both)).toEqual(["f 7000"]);
  });

  test("one profile is given back as it is", () => {
    const one = stacks("f 1");
    expect(combine([one])).toBe(one);
  });

  test.each([
    ["ms", "ns", 1e6],
    ["Seconds", "hrs", 1 / 3600],
    ["kilobytes", "B", 1024],
    ["gcu", "milligcu", 1000],
    ["widgets", "widgets", 1],
    ["widgets", "ns", undefined],
    ["bytes", "ns", undefined],
  ])("one %s is %s × %s", (from, to, ratio) => {
    expect(unitRatio(from, to)).toBe(ratio);
  });
});

describe("subtract", () => {
  const profile = stacks("main;a 5\nmain;b 3");
  const base = stacks("main;a 5\nmain;b 1\nmain;c 2");

  test("leaves the differences", () => {
    expect(show(subtract(profile, base))).toEqual(["main;b 2", "main;c -2"]);
  });

  test("marks the base for shares of it", () => {
    expect(show(subtract(profile, base, { diff: true }))).toEqual([
      "main;a 5",
      "main;b 3",
      "main;a -5 pprof::base=true",
      "main;b -1 pprof::base=true",
      "main;c -2 pprof::base=true",
    ]);
  });

  test("lasts as long as both together", () => {
    const seconds = (durationNanos: bigint): Profile => stacks("f 1", { durationNanos });
    expect(subtract(seconds(10n), seconds(10n), { diff: true }).durationNanos).toBe(20n);
  });

  test("normalizes first when asked to", () => {
    expect(show(subtract(stacks("a 1\nb 1"), stacks("a 20"), { normalize: true }))).toEqual(["a -10", "b 10"]);
  });

  test("setLabel replaces text labels of the key, not numbers", () => {
    expect(show(setLabel(stacks("f 1 k=x k=2 j=y"), "k", "z"))).toEqual(["f 1 k=2 j=y k=z"]);
  });
});

describe("filter", () => {
  const profile = stacks(
    "a 1 user=ann end_timestamp_ns=100\nb 2 user=bob end_timestamp_ns=200\nc 3 end_timestamp_ns=300",
  );

  test("by row, label and time", () => {
    expect(show(filterSamples(profile, (row) => row !== 1)).map((line) => line[0])).toEqual(["a", "c"]);
    expect(show(filterByLabel(profile, "user", (value) => value === "bob"))).toEqual([
      "b 2 user=bob end_timestamp_ns=200",
    ]);
    expect(show(filterByTime(profile, 100n, 300n)).map((line) => line[0])).toEqual(["a", "b"]);
    expect(filterSamples(profile, () => true)).toBe(profile);
  });
});

describe("removeUninteresting", () => {
  const drop = (name: string): boolean => name === "malloc" || name === "ns::alloc";

  test("drops a frame and what it called, but not frames at the root before any other", () => {
    const profile = stacks("main;malloc;page 1\nmalloc;main;x 2\nmalloc;page 3\nmain;malloc;y;malloc;z 4");
    expect(show(removeUninteresting(profile, drop))).toEqual(["main 1", "malloc;main;x 2", "malloc;page 3", "main 4"]);
    expect(show(removeUninteresting(profile, drop, () => true))).toEqual(show(profile));
  });

  test("reads names without arguments", () => {
    const profile = stacks("main;ns::alloc(int);x 1\nmain;.malloc;x 1\nmain;malloc_usable;x 1");
    expect(show(removeUninteresting(profile, drop))).toEqual(["main 1", "main 1", "main;malloc_usable;x 1"]);
    const builder = new ProfileBuilder(types("samples/count"));
    for (const name of ["(anonymous namespace)::f(int)", "operator()(int)", "(x)", "g"]) builder.function({ name });
    const seen: string[] = [];
    removeUninteresting(builder.build(), (name) => seen.push(name) < 0);
    expect(seen).toEqual(["(anonymous namespace)::f", "operator()", "", "g"]);
  });

  test("cuts inlined calls out of their location", () => {
    const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
    const lines = ["page", "malloc", "caller"].map((name) => ({ function: builder.function({ name }) }));
    const main = builder.location({ lines: [{ function: builder.function({ name: "main" }) }] });
    const leaf = builder.location({ lines: [{ function: builder.function({ name: "leaf" }) }] });
    builder.sample([leaf, builder.location({ lines }), main], [1]);
    expect(show(removeUninteresting(builder.build(), drop))).toEqual(["main;caller 1"]);
  });
});

describe("validate", () => {
  const bytes = (...parts: number[][]): Uint8Array => Uint8Array.from([0x0a, 0, ...parts.flat()]);

  test.each([
    ["missing sample type information", Uint8Array.of(0x12, 0)],
    ["found mapping with reserved ID=0", bytes([0x1a, 0])],
    ["multiple mappings with same id: 3", bytes([0x1a, 2, 8, 3], [0x1a, 2, 8, 3])],
    ["found function with reserved ID=0", bytes([0x2a, 0])],
    ["multiple functions with same id: 1", bytes([0x2a, 2, 8, 1], [0x2a, 2, 8, 1])],
    ["found location with reserved id=0", bytes([0x22, 0])],
    ["multiple locations with same id: 9", bytes([0x22, 2, 8, 9], [0x22, 2, 8, 9])],
    ["location id: 9 has a line with nil function", bytes([0x22, 4, 8, 9, 0x22, 0])],
  ])("refuses a profile with: %s", (what, malformed) => {
    expect(() => validate(decode(malformed))).toThrow(`malformed profile: ${what}`);
  });

  test("is part of reading", async () => {
    const twice = bytes([0x22, 2, 8, 9], [0x22, 2, 8, 9], [0x32, 0]);
    await expect(readProfile(twice)).rejects.toThrow("malformed profile: multiple locations with same id: 9");
  });

  test("has nothing against a good one", () => {
    const good: Profile = decode(encode(stacks("main;f 1 user=ann")));
    expect(validate(good)).toBeUndefined();
  });
});
