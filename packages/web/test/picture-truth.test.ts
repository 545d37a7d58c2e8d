import { type Profile, ProfileBuilder } from "@pprof-ts/profile";
import {
  type Analysis,
  analyze,
  type CallTree,
  defaultOptions,
  outputRow,
  ProfileIndex,
  withQuery,
} from "@pprof-ts/report";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Boxes, nodeOf, ROW, rowOf, type Scene, sceneOf } from "../src/view/flame/drawing/flame-scene.ts";
import { sideScene } from "../src/view/flame/drawing/side-tree.ts";
import { flameRows, PARTS } from "../src/view/flame/flame-rows.ts";
import { heatColumns } from "../src/view/time/heat-columns.ts";
import { flamePicture } from "../src/worker/picture/flame-answer.ts";
import { PictureFrames } from "../src/worker/picture/frame-columns.ts";
import { timePicture } from "../src/worker/picture/time-answer.ts";

// What a picture leaves out it says, and what it shows sums up to what the tree says.

interface Sample {
  readonly stack: readonly number[];
  readonly value: number;
  readonly user: number;
}

/** Values from one to a million, so that boxes of all widths stand beside each other. */
const value = fc.integer({ min: 0, max: 20 }).chain((power) => fc.integer({ min: 1, max: 2 ** power }));
const samples = fc.array(
  fc.record({
    stack: fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 6 }),
    value,
    user: fc.integer({ min: 0, max: 200 }),
  }),
  { minLength: 1, maxLength: 400, size: "max" },
);

function profileOf(drawn: readonly Sample[], signOf: (sample: number) => number): Profile {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "calls", unit: "count" }] });
  drawn.forEach(({ stack, value, user }, i) => {
    const locations = stack.map((name) =>
      builder.location({ lines: [{ function: builder.function({ name: `f${name}` }) }] }),
    );
    const at = { key: "end_timestamp_ns", value: BigInt(1 + i * (1 + (user % 3))), unit: "nanoseconds" };
    const labels = [{ key: "user", value: `u${user}` }];
    builder.sample(locations, [value * signOf(i)], user % 7 === 0 ? labels : [...labels, at]);
  });
  return builder.build();
}

interface Maker {
  readonly name: string;
  readonly isDiff: boolean;
  readonly scenes: (analysis: Analysis, profile: Profile) => readonly Scene[];
}

const flame =
  (query: Record<string, string>) =>
  (analysis: Analysis): readonly Scene[] => {
    const { tree, callers } = flamePicture(analysis, query, new PictureFrames()).picture;
    return [sceneOf(tree, callers)];
  };

const sides = (scenes: readonly Scene[]): readonly Scene[] =>
  scenes.flatMap((scene) => (["old", "fresh"] as const).map((side) => sideScene(scene, side)));

/** Every picture of boxes that the pages draw. */
const MAKERS: readonly Maker[] = [
  { name: "a flame graph", isDiff: false, scenes: flame({}) },
  { name: "a flame graph by name", isDiff: false, scenes: flame({ order: "name" }) },
  { name: "callers first", isDiff: false, scenes: flame({ inv: "1" }) },
  { name: "a pivot", isDiff: false, scenes: flame({ p: "^f[1-3]$" }) },
  { name: "labels as callers", isDiff: false, scenes: flame({ tagroot: "user" }) },
  { name: "labels as callees", isDiff: false, scenes: flame({ tagleaf: "user" }) },
  { name: "a difference", isDiff: true, scenes: flame({}) },
  {
    name: "the sides of a difference",
    isDiff: true,
    scenes: (analysis) => sides(flame({})(analysis)),
  },
  {
    name: "the sides of a pivot of a difference",
    isDiff: true,
    scenes: (analysis) => sides(flame({ p: "^f[1-3]$" })(analysis)),
  },
  {
    name: "stacks over time",
    isDiff: false,
    scenes: (analysis, profile) => [
      sceneOf(timePicture(analysis, profile, {}, new PictureFrames()).picture.tree, undefined),
    ],
  },
];

const query = (name: string): Record<string, string> =>
  name === "labels as callers" ? { tagroot: "user" } : name === "labels as callees" ? { tagleaf: "user" } : {};

function scenesOf({ name, isDiff, scenes }: Maker, drawn: readonly Sample[]): readonly Scene[] {
  const profile = profileOf(drawn, (i) => (isDiff && i % 2 === 0 ? -1 : 1));
  return scenes(analyze(new ProfileIndex(profile), withQuery(query(name), defaultOptions)), profile);
}

/** The nodes of each row of the screen that are in view, with how wide they are there. */
function nodesInView(
  scene: Scene,
  left: number,
  right: number,
  each: (tree: CallTree, node: number, id: number) => void,
): void {
  for (const tree of scene.callers === undefined ? [scene.tree] : [scene.tree, scene.callers]) {
    for (let node = 0; node < tree.length; node++) {
      const id = tree === scene.callers ? -1 - node : node;
      const isRoot = scene.callers !== undefined && (node === 0 || (id < 0 && tree.parent[node] === 0));
      const [from, width] = [tree.start[node]!, tree.width[node]!];
      if (!isRoot && width > 0 && from < right && from + width > left) each(tree, node, id);
    }
  }
}

const near = (a: number, b: number, whole: number): boolean => Math.abs(a - b) <= 1e-9 * whole;

test.each(MAKERS)("$name shows every box of two pixels, and a pixel says for how many it stands", (maker) => {
  fc.assert(
    fc.property(
      samples,
      fc.integer({ min: 40, max: 4000 }),
      fc.double({ min: 0, max: 0.99, noNaN: true }),
      fc.double({ min: 0.001, max: 1, noNaN: true }),
      (drawn, width, at, part) => {
        for (const scene of scenesOf(maker, drawn)) {
          const whole = scene.tree.width[0]!;
          if (whole === 0) continue;
          const left = at * whole;
          const right = Math.min(whole, left + part * whole);
          const perPixel = (right - left) / width;
          const boxes = new Boxes();
          boxes.fill(scene, { left, right, top: 0, width, height: scene.rows * ROW });
          const shownBy = new Map<number, number>();
          const shown = new Float64Array(scene.rows);
          for (let box = 0; box < boxes.length; box++) {
            const { tree, node } = nodeOf(scene, boxes.id[box]!);
            for (let other = node; other < boxes.until[box]!; other++) {
              const id = boxes.id[box]! < 0 ? -1 - other : other;
              expect(shownBy.has(id)).toBe(false);
              shownBy.set(id, box);
              shown[rowOf(scene, id)]! += tree.total[other]!;
            }
          }
          const there = new Float64Array(scene.rows);
          nodesInView(scene, left, right, (tree, node, id) => {
            // What rounding alone brings into view is nobody's loss.
            const seen = Math.min(right, tree.start[node]! + tree.width[node]!) - Math.max(left, tree.start[node]!);
            const box = shownBy.get(id);
            if (box === undefined) {
              expect(seen / perPixel).toBeLessThan(1e-5);
              shown[rowOf(scene, id)]! += tree.total[node]!;
            }
            there[rowOf(scene, id)]! += tree.total[node]!;
            if (box === undefined) return;
            const from = (tree.start[node]! - left) / perPixel;
            // It is where it belongs, but for a pixel that others have.
            expect(boxes.x[box]! - Math.max(0, from)).toBeLessThan(1.01);
            expect(boxes.x[box]! + boxes.width[box]!).toBeGreaterThan(Math.min(width, from + seen / perPixel) - 1.01);
            if (seen / perPixel >= 2) {
              expect(boxes.id[box]).toBe(id);
              expect(boxes.until[box]).toBe(node + 1);
              expect(boxes.width[box]).toBeGreaterThan(seen / perPixel - 2.01);
              expect(boxes.width[box]).toBeGreaterThanOrEqual(0.999);
            }
          });
          there.forEach((sum, row) => {
            expect(near(sum, shown[row]!, whole)).toBe(true);
          });
          // No two boxes of a row stand in the same place.
          for (let box = 1; box < boxes.length; box++)
            if (boxes.y[box] === boxes.y[box - 1])
              expect(boxes.x[box]).toBeGreaterThanOrEqual(boxes.x[box - 1]! + boxes.width[box - 1]! - 1e-2);
        }
      },
    ),
    { numRuns: 30 },
  );
});

test.each(MAKERS)(
  "the table of $name has every box of a pixel, and each of its levels the sum of the picture's",
  (maker) => {
    fc.assert(
      fc.property(samples, fc.double({ min: 0, max: 0.999, noNaN: true }), (drawn, which) => {
        for (const scene of scenesOf(maker, drawn)) {
          const whole = scene.tree.width[0]!;
          const zoomed = Math.floor(which * scene.tree.length);
          if (whole === 0 || scene.tree.width[zoomed] === 0) continue;
          const left = scene.tree.start[zoomed]!;
          const right = left + scene.tree.width[zoomed]!;
          const rows = flameRows(scene, zoomed, undefined);
          const listed = new Set(rows.flatMap((row) => ("box" in row ? [row.box] : [])));
          const sums = new Map<number, number>();
          for (const row of rows) {
            const { tree, node } = "box" in row ? nodeOf(scene, row.box) : { tree: scene.tree, node: -1 };
            const total = "box" in row ? tree.total[node]! : row.total;
            sums.set(row.depth, (sums.get(row.depth) ?? 0) + total);
          }
          const there = new Map<number, number>();
          nodesInView(scene, left, right, (tree, node, id) => {
            const seen = Math.min(right, tree.start[node]! + tree.width[node]!) - Math.max(left, tree.start[node]!);
            if (seen * PARTS < 1e-5 * (right - left)) return;
            const depth = rowOf(scene, id) - scene.rowsAbove;
            there.set(depth, (there.get(depth) ?? 0) + tree.total[node]!);
            if (seen * PARTS > 1.0001 * (right - left)) expect(listed.has(id)).toBe(true);
          });
          for (const [depth, sum] of there) expect(near(sum, sums.get(depth) ?? 0, whole)).toBe(true);
        }
      }),
      { numRuns: 25 },
    );
  },
);

test("the tool's flame graph has every box of a pixel, and each of its rows the sum of the tree's", () => {
  fc.assert(
    fc.property(samples, (drawn) => {
      const analysis = analyze(new ProfileIndex(profileOf(drawn, () => 1)), defaultOptions);
      const { tree } = flamePicture(analysis, {}, new PictureFrames()).picture;
      const svg = outputRow("flame")!.print(analysis, {}) as string;
      const rows = new Map<string, number>();
      const counts = new Map<string, number>();
      for (const [, title, x, y, width] of svg.matchAll(
        /<title>(.*?)<\/title><rect x="(.*?)" y="(.*?)" width="(.*?)"/g,
      )) {
        const sum = Number(/: (\d+) \(/.exec(title!)![1]);
        rows.set(y!, (rows.get(y!) ?? 0) + sum);
        counts.set(y!, (counts.get(y!) ?? 0) + Number(/^(\d+) boxes/.exec(title!)?.[1] ?? 1));
        expect(Number(width)).toBeGreaterThan(0.3);
        expect(Number(x)).toBeLessThanOrEqual(1200);
      }
      const depths = tree.rowStart.length - 1;
      expect(rows.size).toBe(depths);
      // Boxes that stand for several come behind all others.
      const byDepth = [...rows.keys()].sort((a, b) => Number(a) - Number(b));
      for (const [depth, y] of byDepth.entries()) {
        let there = 0;
        for (let node = tree.rowStart[depth]!; node < tree.rowStart[depth + 1]!; node++) there += tree.total[node]!;
        expect(rows.get(y)).toBe(there);
        expect(counts.get(y)).toBe(tree.rowStart[depth + 1]! - tree.rowStart[depth]!);
      }
    }),
    { numRuns: 30 },
  );
});

test("a heat map of fewer columns has the same sum, and says when samples have no time", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(1000), { minLength: 20, maxLength: 400 }),
      fc.integer({ min: 1, max: 60 }),
      (all, most) => {
        const columns = Math.floor(all.length / 20);
        const heat = { step: 1e9, columns, rows: 20, values: Float64Array.from(all.slice(0, columns * 20)) };
        const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
        const fewer = heatColumns(heat, most);
        expect(fewer.columns).toBeLessThanOrEqual(most);
        expect(fewer.values.length).toBe(fewer.columns * 20);
        expect(fewer.columns * fewer.step).toBeGreaterThanOrEqual(columns * 1e9);
        expect(sum(fewer.values)).toBe(sum(heat.values));
      },
    ),
  );
  const timeless = { stack: [1], value: 10, user: 7 };
  const profile = profileOf([timeless, { stack: [1], value: 30, user: 1 }], () => 1);
  const { picture } = timePicture(analyze(new ProfileIndex(profile), defaultOptions), profile, {}, new PictureFrames());
  expect(picture.warnings).toEqual([
    "1 samples, 25% of the value, do not say when they were taken: they are on the other pages alone",
  ]);
});
