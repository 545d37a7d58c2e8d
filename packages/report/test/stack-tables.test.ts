import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyValues } from "../src/stack/label-values.ts";
import { labelsOf } from "../src/stack/labels.ts";
import { numberPairs, PairTable } from "../src/stack/pair-table.ts";
import { type Selection, selectAll } from "../src/stack/selection.ts";
import { sharedStacks, stacksOfTrie } from "../src/stack/shared-stacks.ts";
import { stackTrie } from "../src/stack/stack-paths.ts";
import { StackRows } from "../src/stack/stack-rows.ts";
import { RowSet } from "../src/tree/row-set.ts";
import { profiles } from "./drawn.ts";
import { stacks, unfolded } from "./stacks.ts";

const int = (most: number, min = 0): fc.Arbitrary<number> => fc.integer({ min, max: most });

describe("StackRows", () => {
  /** Few callees or so many that they are found by hash; stacks that come again. */
  const drawn = fc.oneof(
    fc.array(fc.array(int(3), { maxLength: 6 }), { maxLength: 60 }),
    fc.array(fc.array(int(90), { maxLength: 3 }), { maxLength: 400 }),
  );

  test("gives each beginning of a stack one row, behind which stands what goes on from it", () => {
    fc.assert(
      fc.property(drawn, (all) => {
        const rows = new StackRows();
        const expected = new Set([""]);
        // Stacks come innermost first, paths begin with the outermost.
        const ends = all.map((stack) => {
          stack.forEach((_, depth) => {
            expected.add(stack.slice(0, depth + 1).join());
          });
          return rows.row(Uint32Array.from(stack.toReversed()), 0, stack.length);
        });
        const { length, parent, location, end, leaf } = rows.finish(Int32Array.from(ends));
        const paths = [""];
        for (let row = 1; row < length; row++) {
          const above = paths[parent[row]!]!;
          paths.push(above === "" && parent[row] === 0 ? String(location[row]) : `${above},${location[row]}`);
        }
        expect(new Set(paths)).toEqual(expected);
        expect(paths.length).toBe(expected.size);
        expect(Array.from(leaf, (row) => paths[row])).toEqual(all.map((stack) => stack.join()));
        expect([parent[0], location[0], end[0]]).toEqual([-1, -1, length]);
        const size = new Int32Array(length).fill(1);
        for (let row = length - 1; row > 0; row--) size[parent[row]!]! += size[row]!;
        expect(end).toEqual(size.map((count, row) => row + count));
        for (let row = 1; row < length; row++) {
          expect(row).toBeGreaterThan(parent[row]!);
          expect(row).toBeLessThan(end[parent[row]!]!);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("keeps tens of thousands of stacks apart", () => {
    const rows = new StackRows();
    const stackOf = (i: number): Uint32Array => Uint32Array.of(i % 7, i % 211, i);
    const first = Array.from({ length: 30_000 }, (_, i) => rows.row(stackOf(i), 0, 3));
    expect(new Set(first).size).toBe(30_000);
    expect(Array.from({ length: 30_000 }, (_, i) => rows.row(stackOf(i), 0, 3))).toEqual(first);
  });
});

describe("stacks as what they do not share", () => {
  function stacksOf({ profile, stackStart, stackEnd }: Selection, samples: Uint32Array): string[] {
    const { locations } = profile.samples;
    return Array.from(samples, (row) => [...locations.subarray(stackStart[row], stackEnd[row])].reverse().join());
  }

  test("are the samples' own, equal ones once", () => {
    fc.assert(
      fc.property(profiles, fc.array(fc.boolean(), { minLength: 3 }), (profile, drawn) => {
        const all = selectAll(profile);
        const samples = all.samples.filter((sample) => drawn[sample % drawn.length]);
        const expected = stacksOf(all, samples);
        for (const known of [sharedStacks(all, samples), stacksOfTrie(stackTrie(all, samples))]) {
          expect(unfolded(known)).toEqual(expected);
          expect(known.length).toBe(new Set(expected).size);
          expect(known.deepest).toBe(Math.max(0, ...expected.map((stack) => stack.split(",").filter(Boolean).length)));
        }
      }),
    );
  });

  test("share nearly all that they can, also deep ones and thousands", () => {
    const text = (i: number): string =>
      Array.from({ length: 3 + (i % 300) }, (_, depth) => `f${depth < 200 ? i % 7 : i % 900}`).join(";");
    const profile = stacks(Array.from({ length: 5000 }, (_, i) => `${text(i)} 1`).join("\n"));
    const all = selectAll(profile);
    const known = sharedStacks(all, all.samples);
    expect(unfolded(known)).toEqual(stacksOf(all, all.samples));
    expect(known.locations.length).toBeLessThan(1.2 * stackTrie(all, all.samples).length);
  });
});

describe("pairs", () => {
  const columns = (first: number, second: number): fc.Arbitrary<(readonly [number, number])[]> =>
    fc.array(fc.tuple(int(first, -1), int(second, -1)), { maxLength: 300 });

  test("are numbered in the order in which they are seen, near each other or far apart", () => {
    fc.assert(
      fc.property(fc.oneof(columns(5, 9), columns(2 ** 30, 3), columns(3, 2 ** 30)), (pairs) => {
        const { of, seen } = numberPairs(
          Int32Array.from(pairs, ([first]) => first),
          Int32Array.from(pairs, ([, second]) => second),
        );
        const texts = [...new Set(pairs.map(String))];
        expect([...of]).toEqual(pairs.map((pair) => texts.indexOf(String(pair))));
        expect(seen).toEqual(texts.map((text) => pairs.findIndex((pair) => String(pair) === text)));
      }),
    );
  });

  test("have a row each in a table that grows", () => {
    const table = new PairTable();
    const rows = Array.from({ length: 20_000 }, (_, i) => table.row(i % 130, Math.trunc(i / 130)));
    expect(rows).toEqual([...rows.keys()]);
    expect(table.row(7, 0)).toBe(7);
    expect([table.first[131], table.second[131], table.length]).toEqual([1, 1, 20_000]);
  });
});

test("a set of rows is emptied in order, few of them or many", () => {
  fc.assert(
    fc.property(fc.array(fc.array(int(999), { maxLength: 400 }), { maxLength: 4 }), (sets) => {
      const rows = new RowSet(1000);
      const column = new Int32Array(2000);
      for (const set of sets) {
        expect(set.map((row) => rows.add(row))).toEqual(set.map((row, i) => set.indexOf(row) === i));
        const expected = [...new Set(set)].sort((a, b) => a - b);
        expect(rows.moveTo(column, 3)).toBe(3 + expected.length);
        expect([...column.subarray(3, 3 + expected.length)]).toEqual(expected);
      }
    }),
  );
});

describe("the values of a label key", () => {
  test("are one number for samples that have the same", () => {
    fc.assert(
      fc.property(profiles, fc.constantFrom("user", "nobody"), (profile, key) => {
        const { of, seen } = keyValues(profile, key);
        const values = Array.from(
          { length: profile.samples.length },
          (_, sample) => labelsOf(profile, sample, new Set()).text.get(key)?.join() ?? "",
        );
        const different = [...new Set(values)];
        expect(Array.from(of)).toEqual(values.map((value) => different.indexOf(value)));
        expect(seen).toEqual(different.map((value) => values.indexOf(value)));
      }),
      { numRuns: 60 },
    );
  });

  test("tell numbers apart to the bit and by their units, and samples with several from all others", () => {
    const text = [
      "main 1 n=9007199254740993",
      "main 1 n=9007199254740992",
      "main 1 n=9007199254740993",
      "main 1 n=5:bytes",
      "main 1 n=5:ns",
      "main 1 n=5:bytes",
      "main 1 n=5:bytes n=6:bytes",
      "main 1 n=5:bytes n=6:bytes",
      "main 1",
    ];
    expect([...keyValues(stacks(text.join("\n")), "n").of]).toEqual([0, 1, 0, 2, 3, 2, 4, 5, 6]);
  });
});
