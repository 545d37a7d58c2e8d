import { expect, test } from "vitest";
import { tableText } from "../../src/fleet/table-text.ts";

const columns = [
  { title: "name", least: 8 },
  { title: "n", isNumber: true },
  { title: "why", least: 8 },
];

test("columns are as wide as what they hold, where nothing says how wide the table is", () => {
  expect(
    tableText(
      columns,
      [
        ["a", "10", "b"],
        ["abc", "1", ""],
      ],
      undefined,
    ),
  ).toBe("name   n  why\na     10  b\nabc    1\n");
});

test("the widest give way to a terminal, down to what tells them apart", () => {
  const rows = [["a".repeat(40), "1", "b".repeat(60)]];
  const lines = (width: number): string[] => tableText(columns, rows, width).trimEnd().split("\n");
  expect(lines(60).map((line) => line.length)).toEqual([35, 60]);
  expect(lines(60)[1]).toMatch(/^a{8}…a{18} {2}1 {2}b{9}…b{18}$/);
  // Narrower than it can become.
  expect(lines(5)[1]).toMatch(/^aa…a{5} {2}1 {2}bb…b{5}$/);
});
