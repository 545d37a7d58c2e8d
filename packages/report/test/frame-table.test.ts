import { ProfileBuilder } from "@pprof-ts/profile";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Granularity } from "../src/options.ts";
import { selectAll } from "../src/stack/selection.ts";
import { type FrameTable, frameName, frameTable } from "../src/tree/frame-table.ts";
import { profiles } from "./drawn.ts";
import { stacks } from "./stacks.ts";

const GRANULARITIES: readonly Granularity[] = ["functions", "filefunctions", "files", "lines", "addresses"];

describe("the frames of a profile", () => {
  const profile = stacks(
    [
      "main@main.ts:3;outer@a.ts:7,inner@b.ts:2 1",
      "main@main.ts:9;inner@b.ts:2 1",
      "main@main.ts:3;inner@b.ts:5 1",
      "main@main.ts:3;libc!0x200010 1",
    ].join("\n"),
  );
  const all = selectAll(profile);
  const namesOf = (granularity: Granularity): string[] => {
    const table = frameTable(all, granularity, false);
    return Array.from(table.name.keys(), (row) => {
      const file = profile.strings.get(table.file[row]!);
      const place = file === "" ? "" : `@${file}${table.line[row] === 0 ? "" : `:${table.line[row]}`}`;
      return `${frameName(profile, table, row)}${place}${table.inlined[row] === 1 ? " inlined" : ""}`;
    }).sort();
  };

  test.each<[Granularity, string[]]>([
    ["functions", ["[libc.so]", "inner", "inner inlined", "main", "outer"]],
    ["filefunctions", ["[libc.so]", "inner@b.ts", "inner@b.ts inlined", "main@main.ts", "outer@a.ts"]],
    ["files", ["[libc.so]", "a.ts@a.ts", "b.ts@b.ts", "b.ts@b.ts inlined", "main.ts@main.ts"]],
    [
      "lines",
      [
        "0x200010 [libc.so]",
        "inner@b.ts:2",
        "inner@b.ts:2 inlined",
        "inner@b.ts:5",
        "main@main.ts:3",
        "main@main.ts:9",
        "outer@a.ts:7",
      ],
    ],
  ])("by %s", (granularity, expected) => {
    expect(namesOf(granularity)).toEqual(expected);
  });

  test("know their columns where they are asked for", () => {
    const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
    const fn = builder.function({ name: "f", filename: "f.js", startLine: 2 });
    for (const column of [4, 9]) {
      builder.sample([builder.location({ lines: [{ function: fn, line: 3, column }] })], [1]);
    }
    const selection = selectAll(builder.build());
    expect([...frameTable(selection, "lines", true).column]).toEqual([4, 9]);
    expect([...frameTable(selection, "lines", false).column]).toEqual([0]);
    expect([...frameTable(selection, "functions", true).startLine]).toEqual([2]);
  });

  test("are one row for all that is drawn as one, and finer the finer the granularity", () => {
    const keyOf = (table: FrameTable, row: number): string =>
      [table.name, table.file, table.line, table.column, table.inlined].map((column) => column[row]).join();
    fc.assert(
      fc.property(profiles, (profile) => {
        const selection = selectAll(profile);
        const tables = GRANULARITIES.map((granularity) => frameTable(selection, granularity, false));
        for (const table of tables) {
          const keys = Array.from(table.name.keys(), (row) => keyOf(table, row));
          expect(new Set(keys).size).toBe(table.length);
          expect(table.rowOf.length).toBe(selection.frames.length);
          // Rows are in the order in which frames come to them.
          expect([...new Set(table.rowOf)]).toEqual([...keys.keys()]);
        }
        const [functions, filefunctions, , lines] = tables;
        const isWithin = (fine: FrameTable, coarse: FrameTable): boolean =>
          new Set(Array.from(fine.rowOf, (row, frame) => `${row} ${coarse.rowOf[frame]}`)).size === fine.length;
        expect(isWithin(filefunctions!, functions!)).toBe(true);
        expect(isWithin(lines!, filefunctions!)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
