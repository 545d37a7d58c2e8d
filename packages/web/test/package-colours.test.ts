import { type Profile, ProfileBuilder } from "@pprof-ts/profile";
import { analyze, type CallTree, defaultOptions, ProfileIndex, withQuery } from "@pprof-ts/report";
import fc from "fast-check";
import { expect, test } from "vitest";
import { profiles } from "../../report/test/drawn.ts";
import { flamePicture } from "../src/worker/picture/flame-answer.ts";
import { PictureFrames } from "../src/worker/picture/frame-columns.ts";

/** Boxes of different packages that are beside or below one another and look alike. */
function alike(profile: Profile, query: Record<string, string>, known: PictureFrames = new PictureFrames()): number {
  const analysis = analyze(new ProfileIndex(profile), withQuery(query, defaultOptions));
  const { picture } = flamePicture(analysis, query, known);
  const { group } = known.packages(analysis.profile, known.table(analysis));
  const { colour } = picture.frames;
  let count = 0;
  const look = (tree: CallTree, boxes: Uint8Array | undefined): void => {
    const of = (node: number): number => boxes?.[node] ?? colour[tree.frame[node]!]!;
    const differ = (a: number, b: number): boolean => group[tree.frame[a]!] !== group[tree.frame[b]!];
    for (let row = 1; row + 1 < tree.rowStart.length; row++) {
      let last = -1;
      for (let node = tree.rowStart[row]!; node < tree.rowStart[row + 1]!; node++) {
        if (tree.width[node] === 0) continue;
        const above = tree.parent[node]!;
        if (above > 0 && differ(node, above) && of(node) === of(above)) count++;
        const touches = last >= 0 && tree.start[last]! + tree.width[last]! === tree.start[node];
        if (touches && differ(node, last) && of(node) === of(last)) count++;
        last = node;
      }
    }
  };
  look(picture.tree, picture.boxColours?.tree);
  if (picture.callers !== undefined) look(picture.callers, picture.boxColours?.callers);
  return count;
}

test("neighbours of different packages never look alike, in any picture of a profile", () => {
  fc.assert(
    fc.property(profiles, (profile) => {
      fc.pre(profile.samples.length > 0);
      const known = new PictureFrames();
      for (const query of [{}, { inv: "1" }, { p: "." }, { order: "name" }])
        expect(alike(profile, query, known)).toBe(0);
    }),
    { numRuns: 100 },
  );
});

/** Packages that all call each other, more than there are colours. */
function manyPackages(count: number): Profile {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
  const at = (i: number): number =>
    builder.location({ lines: [{ function: builder.function({ name: `f${i}`, filename: `/p${i}/a.js` }) }] });
  for (let i = 0; i < count; i++)
    for (let j = 0; j < count; j++) builder.sample([at((i * j) % count), at(j), at(i)], [1 + ((i * 7 + j) % 5)]);
  return builder.build();
}

test.each([5, 15, 60])("nor do those of %d packages that all call each other", (count) => {
  const profile = manyPackages(count);
  for (const query of [{}, { inv: "1" }, { p: "f3$" }]) expect(alike(profile, query)).toBe(0);
});

test("a package keeps its colour from picture to picture, where no neighbour takes it", () => {
  const profile = manyPackages(6);
  const index = new ProfileIndex(profile);
  const known = new PictureFrames();
  const colours = (query: Record<string, string>): readonly string[] => {
    const { picture } = flamePicture(analyze(index, withQuery(query, defaultOptions)), query, known);
    return picture.packages.map(({ name, colour }) => `${name} ${colour}`).sort();
  };
  const before = colours({});
  expect(before.length).toBe(6);
  expect(colours({ inv: "1" })).toEqual(before);
  expect(before).toEqual(expect.arrayContaining([...colours({ f: "f2$" })]));
});

test("the heaviest of the legend have colours of their own, whatever was seen before", () => {
  const index = new ProfileIndex(manyPackages(15));
  const known = new PictureFrames();
  for (const query of [{}, { inv: "1" }, { f: "f3$" }, { p: "f7$" }, { i: "f1$" }, {}]) {
    const { picture } = flamePicture(analyze(index, withQuery(query, defaultOptions)), query, known);
    const colours = picture.packages.map(({ colour }) => colour);
    expect(new Set(colours.slice(0, 6)).size).toBe(6);
    expect(colours.slice(6).filter((colour) => colours.slice(0, 6).includes(colour))).toEqual([]);
  }
});
