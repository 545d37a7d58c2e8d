import fc from "fast-check";
import { expect, test } from "vitest";
import { countsToStarts, groupRows } from "../src/stack/group-rows.ts";

test("rows are grouped by their numbers, those of one number in order or in the order before", () => {
  const column = fc.array(fc.nat(6), { maxLength: 40 });
  fc.assert(
    fc.property(column, column, (numbers, ranks) => {
      const rows = numbers.map((_, row) => row);
      const { start, rows: grouped } = groupRows(Int32Array.from(numbers), 7);
      expect([...grouped]).toEqual(rows.toSorted((a, b) => numbers[a]! - numbers[b]!));
      for (let number = 0; number < 7; number++) {
        const own = grouped.subarray(start[number], start[number + 1]);
        expect([...own]).toEqual(rows.filter((row) => numbers[row] === number));
      }
      // A second column that was sorted by before.
      const before = rows.toSorted((a, b) => (ranks[a] ?? 0) - (ranks[b] ?? 0));
      const again = groupRows(Int32Array.from(numbers), 7, Uint32Array.from(before)).rows;
      expect([...again]).toEqual(before.toSorted((a, b) => numbers[a]! - numbers[b]!));
    }),
  );
});

test("counts become the places where the counted begin", () => {
  const counts = Uint32Array.of(0, 2, 1, 3);
  countsToStarts(counts);
  expect([...counts]).toEqual([0, 2, 3, 6]);
});
