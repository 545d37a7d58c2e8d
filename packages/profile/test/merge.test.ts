import {
  compact,
  decode,
  encode,
  type FunctionFields,
  type LocationFields,
  type MappingFields,
  merge,
  type Profile,
  ProfileBuilder,
} from "@pprof-ts/profile";
import { describe, expect, test } from "vitest";
import { show, stacks } from "./stacks.ts";

const withMapping = (start: bigint, file: string, addresses: bigint[]): Profile => {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
  const mapping = builder.mapping({ start, limit: start + 0x5001n, offset: 0x400n, filename: file });
  for (const address of addresses) builder.sample([builder.location({ mapping, address: start + address })], [1]);
  return builder.build();
};

describe("merge", () => {
  test("adds the values of samples with the same stack and labels", () => {
    const merged = merge([
      stacks("main;work:3 2 user=ann\nmain;work:3 1 user=bob\nmain;idle 9"),
      stacks("main;idle 1\nmain;work:4 7\nmain;work:3 40 user=ann"),
    ]);
    expect(show(merged)).toEqual([
      "main;work:3 42 user=ann",
      "main;work:3 1 user=bob",
      "main;idle 10",
      "main;work:4 7",
    ]);
    expect([...merged.locations.id]).toEqual([1n, 2n, 3n, 4n]);
  });

  test("finds labels equal in any order and tells text from numbers", () => {
    const merged = merge([stacks("f 1 a=x b=2"), stacks("f 1 b=2 a=x"), stacks("f 1 a=y b=2")]);
    expect(show(merged)).toEqual(["f 2 a=x b=2", "f 1 a=y b=2"]);
  });

  test("drops samples that are zero or cancel out, and what only they used", () => {
    const merged = merge([stacks("main;gone 5\nmain;kept 1\nmain;zero 0"), stacks("main;gone -5")]);
    expect(show(merged)).toEqual(["main;kept 1"]);
    expect(Array.from(merged.functions.name, (row) => merged.strings.get(row))).toEqual(["kept", "main"]);
    expect(merged.strings.rowOf("gone")).toBe(-1);
  });

  test("sums wrap as int64 do", () => {
    const merged = merge([stacks(`f ${2n ** 63n - 1n}`), stacks("f 2")]);
    expect(merged.samples.values[0]![0]).toBe(-(2n ** 63n) + 1n);
  });

  test("knows a binary that was loaded at another address", () => {
    const merged = merge([
      withMapping(0x10000n, "/bin/a", [0x10n, 0x20n]),
      withMapping(0x7f0000000000n, "/bin/a", [0x20n, 0x30n]),
      withMapping(0x10000n, "/bin/b", [0x20n]),
    ]);
    expect(merged.mappings.length).toBe(2);
    expect([...merged.locations.address]).toEqual([0x10010n, 0x10020n, 0x10030n, 0x10020n]);
    expect([...merged.samples.values[0]!]).toEqual([1n, 2n, 1n, 1n]);
  });

  test("knows a binary by its build id or else its file, its offset, and its size in whole pages", () => {
    const mapped = (fields: MappingFields): Profile => {
      const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
      const mapping = builder.mapping({ start: 0x1000n, limit: 0x3000n, ...fields });
      builder.sample([builder.location({ mapping, address: 0x1010n })], [1]);
      return builder.build();
    };
    const count = (a: MappingFields, b: MappingFields): number => merge([mapped(a), mapped(b)]).mappings.length;
    expect(count({ filename: "/a", buildId: "beef" }, { filename: "/b", buildId: "beef" })).toBe(1);
    expect(count({ filename: "/a", buildId: "beef" }, { filename: "/a", buildId: "cafe" })).toBe(2);
    expect(count({ filename: "/a", buildId: "beef" }, { filename: "/a" })).toBe(2);
    expect(count({ filename: "/a", offset: 1n }, { filename: "/a" })).toBe(2);
    expect(count({ filename: "/a", limit: 0x2001n }, { filename: "/a", limit: 0x3000n })).toBe(1);
    expect(count({ filename: "/a", limit: 0x3001n }, { filename: "/a", limit: 0x3000n })).toBe(2);
    expect(count({}, {})).toBe(1);
  });

  test("keeps the first mapping of the first profile first, used or not", () => {
    const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
    builder.mapping({ filename: "/bin/main" });
    const mapping = builder.mapping({ filename: "/lib/a" });
    builder.mapping({ filename: "/lib/unused" });
    builder.sample([builder.location({ mapping, address: 16n })], [1]);
    const { mappings, strings } = merge([builder.build(), withMapping(0n, "/bin/other", [1n])]);
    expect(Array.from(mappings.filename, (row) => strings.get(row))).toEqual(["/bin/main", "/lib/a", "/bin/other"]);
  });

  test("tells apart locations by address, lines and folding, functions by every field, numbers by their unit", () => {
    type Rows = { fn?: Partial<FunctionFields>; at?: LocationFields; line?: number; unit?: string };
    const one = ({ fn, at, line = 1, unit = "bytes" }: Rows): Profile => {
      const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
      const lines = [{ function: builder.function({ name: "f", ...fn }), line }];
      builder.sample([builder.location({ address: 16n, lines, ...at })], [1], [{ key: "size", value: 8, unit }]);
      return builder.build();
    };
    const rows = (other: Rows): number[] => {
      const { functions, locations, samples } = merge([one({}), one(other)]);
      return [functions.length, locations.length, samples.length];
    };
    expect(rows({})).toEqual([1, 1, 1]);
    expect(rows({ at: { address: 17n } })).toEqual([1, 2, 2]);
    expect(rows({ line: 2 })).toEqual([1, 2, 2]);
    expect(rows({ at: { isFolded: true } })).toEqual([1, 2, 2]);
    expect(rows({ unit: "pages" })).toEqual([1, 1, 2]);
    for (const fn of [{ name: "g" }, { systemName: "_f" }, { filename: "f.c" }, { startLine: 3 }]) {
      expect(rows({ fn })).toEqual([2, 2, 2]);
    }
  });

  test("keeps inlined frames apart that differ only in their column", () => {
    const inlined = (column: number): Profile => {
      const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
      const inner = { function: builder.function({ name: "inner" }), line: 1, column };
      const outer = { function: builder.function({ name: "outer" }), line: 2, column: 3 };
      builder.sample([builder.location({ address: 16n, lines: [inner, outer] })], [1]);
      return builder.build();
    };
    // Go's key of a location puts the next line's function over the column, so there these become one.
    expect(merge([inlined(7), inlined(8)]).locations.length).toBe(2);
    expect(merge([inlined(7), inlined(7)]).locations.length).toBe(1);
  });

  test("makes one header of all", () => {
    const merged = merge([
      stacks("f 1", { timeNanos: 30n, durationNanos: 5n, period: 10n, comments: ["a"], dropFrames: "x" }),
      stacks("f 1", {
        timeNanos: 20n,
        durationNanos: 6n,
        period: 99n,
        comments: ["b", "a"],
        defaultSampleType: "samples",
      }),
      stacks("f 1", { timeNanos: 25n, durationNanos: 7n, docUrl: "http://example.com", dropFrames: "y" }),
    ]);
    expect(merged).toMatchObject({
      timeNanos: 20n,
      durationNanos: 18n,
      period: 99n,
      comments: ["a", "b"],
      defaultSampleType: "samples",
      docUrl: "http://example.com",
      dropFrames: "x",
    });
  });

  test("an unknown time in a later profile stands, as in Go", () => {
    const at = (timeNanos: bigint): Profile => stacks("f 1", { timeNanos });
    expect(merge([at(30n), at(0n)]).timeNanos).toBe(0n);
    expect(merge([at(30n), at(0n), at(40n)]).timeNanos).toBe(40n);
  });

  test("keeps fields of later versions with their rows", () => {
    const bytes = encode(stacks("f 1"));
    // Field 99 of the profile, and field 99 of a function that is the same otherwise.
    const later = decode(Uint8Array.from([...bytes, 0x9a, 0x06, 1, 7]));
    const functions = { ...later.functions, unknownFields: new Map([[0, Uint8Array.of(0x98, 0x06, 5)]]) };
    const merged = merge([later, { ...later, functions }, { ...later, functions }]);
    expect([...merged.unknownFields]).toEqual([0x9a, 0x06, 1, 7, 0x9a, 0x06, 1, 7, 0x9a, 0x06, 1, 7]);
    expect(merged.functions.length).toBe(2);
    expect(decode(encode(merged)).functions.unknownFields).toEqual(new Map([[1, Uint8Array.of(0x98, 0x06, 5)]]));
    expect([...merged.samples.values[0]!]).toEqual([1n, 2n]);
  });

  test("refuses profiles of other types", () => {
    const cpu = stacks("f 1", { sampleTypes: [{ type: "cpu", unit: "nanoseconds" }] });
    const period = stacks("f 1", { periodType: { type: "cpu", unit: "nanoseconds" } });
    expect(() => merge([])).toThrow("no profiles to merge");
    expect(() => merge([stacks("f 1"), cpu])).toThrow(
      'incompatible sample types "samples" in "count" and "cpu" in "nanoseconds"',
    );
    expect(() => merge([stacks("f 1"), period])).toThrow(
      'incompatible period types "" in "" and "cpu" in "nanoseconds"',
    );
  });

  test("compact drops what nothing refers to", () => {
    const whole = stacks("main;a 1\nmain;b 2\nmain;a 3");
    const less = { ...whole, samples: stacks("main;a 1").samples };
    expect(less.functions.length).toBe(3);
    expect(show(compact(less))).toEqual(["main;a 1"]);
    expect(compact(less).functions.length).toBe(2);
    expect(show(compact(whole))).toEqual(["main;a 4", "main;b 2"]);
  });
});
