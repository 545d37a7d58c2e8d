import { type Profile, ProfileBuilder } from "@pprof-ts/profile";
import fc from "fast-check";
import { expect, test } from "vitest";
import { analyze, defaultOptions, type Folding, ProfileIndex, type TreeRow, top, tree } from "../src/index.ts";

/** A frame is a letter and a line; locations may hold several, innermost first, the last of which calls the others. */
interface DrawnFrame {
  readonly name: string;
  readonly line: number;
}
type Stack = readonly (readonly DrawnFrame[])[];

const frame = fc.record({ name: fc.constantFrom(..."abcdefg"), line: fc.integer({ min: 1, max: 2 }) });
const stack: fc.Arbitrary<Stack> = fc.array(fc.array(frame, { minLength: 1, maxLength: 3 }), {
  minLength: 1,
  maxLength: 8,
});
const drawn = fc.array(fc.tuple(stack, fc.integer({ min: 1, max: 9 })), { minLength: 1, maxLength: 12 });

/** Capitals are packages: a and b are of A, c and d of C; the others stay. */
const PACKAGES: Readonly<Record<string, string>> = { a: "A", b: "A", c: "C", d: "C" };

function profileOf(stacks: readonly (readonly [Stack, number])[]): Profile {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "n", unit: "count" }] });
  for (const [stack, value] of stacks) {
    const locations = stack.map((frames) =>
      builder.location({
        lines: frames.map(({ name, line }) => ({ function: builder.function({ name, filename: `${name}.x` }), line })),
      }),
    );
    builder.sample(locations, [value]);
  }
  return builder.build();
}

/** The names of a stack, outermost first, folded one after the other. */
function foldedNames(stack: Stack, recursion: boolean): readonly string[] {
  const names: string[] = [];
  const isAlone: boolean[] = [];
  for (const frames of [...stack].reverse()) {
    const isTakenApart = frames.some(({ name }) => PACKAGES[name] !== undefined);
    for (const { name } of [...frames].reverse()) {
      const folded = PACKAGES[name] ?? name;
      const alone = frames.length === 1 || isTakenApart;
      const isSame = names.at(-1) === folded;
      if (isSame && (folded !== name || (recursion && alone && isAlone.at(-1)))) continue;
      names.push(folded);
      isAlone.push(alone);
    }
  }
  return names;
}

const folding = (profile: Profile, recursion: boolean): Folding => ({
  recursion,
  frameOf(fn) {
    const name = PACKAGES[profile.strings.get(profile.functions.name[fn]!)];
    return name === undefined ? undefined : { name, file: "a package" };
  },
});

const treeRows = (of: ProfileIndex): readonly TreeRow[] =>
  tree(analyze(of, { ...defaultOptions, granularity: "functions" }, "."), {}).rows;

test.each([false, true])(
  "packages are one frame, and with recursion %s functions that call themselves",
  (recursion) => {
    fc.assert(
      fc.property(drawn, (stacks) => {
        const profile = profileOf(stacks);
        const folded = new ProfileIndex(profile).withFoldedFrames("x", folding(profile, recursion));
        const expected = profileOf(
          stacks.map(([stack, value]) => [
            foldedNames(stack, recursion)
              .toReversed()
              .map((name) => [{ name, line: 1 }]),
            value,
          ]),
        );
        const plain = ({ name, flat, cum, callers, callees }: TreeRow): unknown => ({
          name,
          flat,
          cum,
          callers: callers.map(({ name, weight }) => `${name} ${weight}`).sort(),
          callees: callees.map(({ name, weight }) => `${name} ${weight}`).sort(),
        });
        const byName = (rows: readonly TreeRow[]): readonly unknown[] =>
          rows.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(plain);
        expect(byName(treeRows(folded))).toEqual(byName(treeRows(new ProfileIndex(expected))));
        // Whoever looks at the stacks and not at their paths sees the same.
        expect(byName(treeRows(new ProfileIndex(folded.profile, false)))).toEqual(byName(treeRows(folded)));
      }),
      { numRuns: 300 },
    );
  },
);

test("what samples are worth, and their labels, stay; the last folding is kept", () => {
  const profile = profileOf([[[[{ name: "a", line: 1 }], [{ name: "b", line: 1 }], [{ name: "e", line: 1 }]], 5]]);
  const index = new ProfileIndex(profile);
  const folded = index.withFoldedFrames("x", folding(profile, false));
  const { rows } = top(analyze(folded, defaultOptions), {});
  expect(rows.map(({ name, flat, cum }) => [name, flat, cum])).toEqual([
    ["A", 5, 5],
    ["e", 0, 5],
  ]);
  expect(folded.profile.samples.values).toBe(profile.samples.values);
  expect(index.withFoldedFrames("x", folding(profile, false))).toBe(folded);
});
