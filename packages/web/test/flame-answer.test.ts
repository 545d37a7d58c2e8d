import { ProfileBuilder } from "@pprof-ts/profile";
import { analyze, callTree, defaultOptions, frameName, frameTotals, ProfileIndex, withQuery } from "@pprof-ts/report";
import { expect, test } from "vitest";
import { Boxes, boxAt, placeOf, ROW, sceneOf } from "../src/view/flame/drawing/flame-scene.ts";
import { findMatches } from "../src/view/flame/drawing/search.ts";
import { flamePicture } from "../src/worker/picture/flame-answer.ts";
import { PictureFrames } from "../src/worker/picture/frame-columns.ts";
import { FrameMatcher } from "../src/worker/picture/frame-matcher.ts";

// 700 stacks that meet only at their root, in one label each, beside one that is worth more than all of them.
const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
const locations = Array.from({ length: 401 }, (_, i) =>
  builder.location({ lines: [{ function: builder.function({ name: `f${i}` }) }] }),
);
for (let i = 0; i <= 700; i++) {
  const stack = Array.from({ length: 400 }, (_, depth) => locations[(depth * (1 + (i % 390)) + i) % 400]!);
  builder.sample([...stack, locations[400]!], [i === 700 ? 1_000_000 : 1 + (i % 3)], [{ key: "user", value: `u${i}` }]);
}
const index = new ProfileIndex(builder.build());
const pictureOf = (query: Record<string, string>): ReturnType<typeof flamePicture>["picture"] =>
  flamePicture(analyze(index, withQuery(query, defaultOptions)), query, new PictureFrames()).picture;

test.each([
  ["their callees", { tagroot: "user" }],
  ["their callers", { inv: "1", f: "f399" }],
] as const)("says which boxes are shown without %s, and shows those that are in view", (what, query) => {
  const { tree, isCut, warnings } = pictureOf(query);
  const [warning] = warnings;
  expect(isCut).toBe(true);
  expect(warning).toMatch(new RegExp(`^boxes below 0\\.0\\d+% are shown without ${what}: zoom in to see that$`));
  const isLeaf = (node: number): boolean => tree.firstChild[node] === tree.firstChild[node + 1];
  const share = Number(/[\d.]+/.exec(warning!)) / 100;
  const [cut] = [...tree.frame.keys()].filter(
    (node) => isLeaf(node) && tree.width[node]! < 1.01 * share * tree.width[0]!,
  );
  const [from, to] = [tree.start[cut!]!, tree.start[cut!]! + tree.width[cut!]!];
  const deeper = pictureOf({ ...query, seen: `${from}:${to}` });
  // A box has a name that holds in both.
  const place = placeOf(sceneOf(tree, undefined), cut!);
  const again = boxAt(sceneOf(deeper.tree, undefined), place)!;
  expect(deeper.tree.frame[again]).toBe(tree.frame[cut!]);
  expect(deeper.tree.rowStart.length).toBeGreaterThan(400);
  expect(deeper.tree.firstChild[again]).toBeLessThan(deeper.tree.firstChild[again + 1]!);
});

test("rows that stay on screen are kept, and show what they would show anew", () => {
  const { tree, callers } = pictureOf({ p: "f200" });
  const scene = sceneOf(tree, callers);
  const shown = (boxes: Boxes): readonly string[] => {
    const columns = [boxes.x, boxes.y, boxes.width, boxes.id, boxes.frame];
    const row = (box: number): string => columns.map((column) => column[box]).join(" ");
    const wide = boxes.wide.subarray(0, boxes.wideLength);
    const narrow = boxes.narrow.subarray(0, boxes.narrowLength);
    expect(boxes.wideLength + boxes.narrowLength).toBe(boxes.length);
    return [...Array.from(wide, (box) => `wide ${row(box)}`), ...Array.from(narrow, row)].sort();
  };
  const boxes = new Boxes();
  const whole = tree.width[0]!;
  const view = { left: 0, right: whole, top: 0, width: 900, height: 300 };
  const tops = [0, 3 * ROW, 7.3 * ROW, 2 * ROW, 100 * ROW, 90.5 * ROW, 91 * ROW];
  for (const at of [...tops.map((top) => ({ ...view, top })), { ...view, right: whole / 3 }, { ...view, width: 300 }]) {
    boxes.fill(scene, at);
    const anew = new Boxes();
    anew.fill(scene, at);
    expect(shown(boxes)).toEqual(shown(anew));
    expect([boxes.top, boxes.rows]).toEqual([anew.top, anew.rows]);
    expect(boxes.length).toBeGreaterThan(15);
  }
});

test("a search counts what is outermost, and ends when nobody asks any more", async () => {
  const { tree, frames } = pictureOf({});
  const matches = new Uint8Array(frames.length).fill(1);
  expect(await findMatches(tree, matches, () => false)).toEqual({
    boxes: Array.from({ length: tree.firstChild[1]! - 1 }, (_, i) => i + 1),
    width: tree.width[0],
  });
  expect(await findMatches(tree, matches, () => true)).toBe(undefined);
});

test("of very many paths the picture is what can be seen, and frames are summed up when that is asked for", () => {
  const many = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
  const at = Array.from({ length: 400 }, (_, i) =>
    many.location({ lines: [{ function: many.function({ name: `f${i}` }) }] }),
  );
  for (let i = 0; i < 3000; i++)
    many.sample(
      Array.from({ length: 200 }, (_, depth) => at[(depth * (1 + (i % 391)) + i) % 400]!),
      [1 + (i % 3)],
    );
  const analysis = analyze(new ProfileIndex(many.build()), defaultOptions);
  const frames = new PictureFrames();
  const { picture, self, total } = flamePicture(analysis, {}, frames);
  const stacks = {
    selection: analysis.selection,
    frames: frames.table(analysis),
    values: analysis.values.values.numbers,
  };
  const whole = callTree(stacks);
  expect(analysis.selection.paths!.length).toBeGreaterThan(500_000);
  expect(picture.tree.length).toBeLessThan(whole.length);
  expect(picture.tree.total[0]).toBe(whole.total[0]);
  expect(picture.frames.total).toBe(undefined);
  expect({ self, total: total() }).toEqual(frameTotals(whole, stacks.frames));
});

test("texts are searched once for all pictures of a profile", () => {
  const tried: string[] = [];
  const matcher = new FrameMatcher({
    source: "7",
    test: (text) => {
      tried.push(text);
      return text.includes("7");
    },
  });
  for (const query of [{}, { inv: "1" }, { g: "lines" }, { tagroot: "user" }, { h: "f7" }]) {
    const analysis = analyze(index, withQuery(query, defaultOptions));
    const shown = { profile: analysis.profile, frames: new PictureFrames().table(analysis) };
    const names = Array.from(shown.frames.name, (_, frame) => frameName(shown.profile, shown.frames, frame));
    expect([...matcher.flags(shown)]).toEqual(names.map((name) => Number(name.includes("7"))));
    const ofFunctions = tried.filter((text) => text.startsWith("f"));
    expect(ofFunctions.length).toBe(new Set(ofFunctions).size);
  }
  expect(tried).toContain("f399");
});
