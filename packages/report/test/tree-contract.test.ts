import type { Profile } from "@pprof-ts/profile";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { analyze } from "../src/analyze.ts";
import { defaultOptions, type Options } from "../src/options.ts";
import { ProfileIndex } from "../src/profile-index.ts";
import { callTree, frameTotals, type Stacks } from "../src/tree/call-tree.ts";
import { type FrameTable, frameTable } from "../src/tree/frame-table.ts";
import { invertedTree } from "../src/tree/inverted-tree.ts";
import { partTotals } from "../src/tree/part-totals.ts";
import { partialTrees } from "../src/tree/partial-trees.ts";
import { pivotParts } from "../src/tree/pivot-parts.ts";
import { RecentParts } from "../src/tree/recent-parts.ts";
import { stackParts } from "../src/tree/stack-parts.ts";
import { timeTree } from "../src/tree/time-tree.ts";
import { type CallTree, type Detail, type DetailedTree, selfOf } from "../src/tree/tree-columns.ts";
import { treeLeaves } from "../src/tree/tree-leaves.ts";
import { wideTree } from "../src/tree/wide-tree.ts";
import { options, profiles } from "./drawn.ts";
import { sharedInOrder } from "./stacks.ts";

/** What makes a tree of stacks: every row of this table keeps the same promises. */
interface Maker {
  readonly name: string;
  readonly make: (stacks: Stacks, isPivot: Uint8Array, detail: Detail) => DetailedTree;
  /** What of a stack, its outermost frame first, is in the tree, from the root on; undefined where nothing is. */
  readonly part: (stack: readonly number[], isPivot: Uint8Array) => readonly number[] | undefined;
  /** Whether it can leave narrow nodes as they are, and order siblings by rank. */
  readonly takesDetail: boolean;
}

const fromPivot = (stack: readonly number[], isPivot: Uint8Array): readonly number[] | undefined => {
  const first = stack.findIndex((frame) => isPivot[frame] === 1);
  return first < 0 ? undefined : stack.slice(first);
};
const upToPivot = (stack: readonly number[], isPivot: Uint8Array): readonly number[] | undefined => {
  const first = stack.findIndex((frame) => isPivot[frame] === 1);
  return first < 0 ? undefined : stack.slice(0, first + 1).reverse();
};

const MAKERS: readonly Maker[] = [
  {
    name: "callTree",
    make: (stacks) => ({ tree: callTree(stacks), cut: 0 }),
    part: (stack) => stack,
    takesDetail: false,
  },
  {
    name: "wideTree",
    make: (stacks, _, detail) => wideTree(stackParts(stacks), detail),
    part: (stack) => stack,
    takesDetail: true,
  },
  {
    name: "invertedTree",
    make: (stacks, _, detail) => invertedTree(stackParts(stacks), detail),
    part: (stack) => stack.toReversed(),
    takesDetail: true,
  },
  {
    name: "wideTree of what a pivot calls",
    make: (stacks, isPivot, detail) => wideTree(pivotParts(stackParts(stacks), isPivot).callees, detail),
    part: fromPivot,
    takesDetail: true,
  },
  {
    name: "invertedTree of what calls a pivot",
    make: (stacks, isPivot, detail) => invertedTree(pivotParts(stackParts(stacks), isPivot).callers, detail),
    part: upToPivot,
    takesDetail: true,
  },
  {
    name: "partialTrees from the root",
    make: (stacks, _, detail) => partialTrees(stacks, "root", detail),
    part: (stack) => stack,
    takesDetail: false,
  },
  {
    name: "partialTrees from the leaves",
    make: (stacks, _, detail) => partialTrees(stacks, "leaves", detail),
    part: (stack) => stack.toReversed(),
    takesDetail: true,
  },
];

/** A profile under some options, seen without an index or with one, and which of its frames are a pivot. */
const drawn = fc.tuple(profiles, options, fc.boolean(), fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }));

function stacksOf(of: Profile | ProfileIndex, asked: Partial<Options>): Stacks {
  const { selection, values } = analyze(of, { ...defaultOptions, ...asked });
  return { selection, frames: frameTable(selection, asked.granularity ?? "", false), values: values.values.numbers };
}

/** Runs a check on random stacks: of a profile alone, or of one whose index keeps labels and paths apart. */
function forStacks(check: (stacks: Stacks, isPivot: Uint8Array) => void): void {
  fc.assert(
    fc.property(drawn, ([profile, asked, isIndexed, pivots]) => {
      const stacks = stacksOf(isIndexed ? new ProfileIndex(profile) : profile, asked);
      const { length } = stacks.frames;
      check(
        stacks,
        Uint8Array.from({ length }, (_, frame) => Number(pivots[frame % pivots.length])),
      );
    }),
    { numRuns: 40 },
  );
}

/** The stacks one by one, outermost frame first, with what they are worth: no trie, no sums. */
function plainStacks({ selection, frames, values }: Stacks): { sample: number; stack: number[]; value: number }[] {
  const { profile, samples, stackStart, stackEnd } = selection;
  const { start } = selection.frames;
  return Array.from(samples, (sample) => {
    const stack: number[] = [];
    for (let at = stackEnd[sample]! - 1; at >= stackStart[sample]!; at--) {
      const location = profile.samples.locations[at]!;
      for (let frame = start[location + 1]! - 1; frame >= start[location]!; frame--) stack.push(frames.rowOf[frame]!);
    }
    return { sample, stack, value: values[sample]! };
  });
}

/** The frames on the way from the root to a node. */
function pathOf(tree: CallTree, node: number): string {
  const path: number[] = [];
  for (let at = node; at > 0; at = tree.parent[at]!) path.unshift(tree.frame[at]!);
  return path.join();
}

/** A line a node: its way, its values and its place. */
const linesOf = (tree: CallTree, isWanted: (node: number) => boolean = () => true): string[] =>
  Array.from(tree.frame.keys())
    .filter(isWanted)
    .map((node) => `${pathOf(tree, node)} ${tree.total[node]} ${tree.width[node]} @${tree.start[node]}`);

/** Whether the columns are a tree in rows, by what the docstring of `CallTree` promises. */
function expectRows(tree: CallTree): void {
  const { length, frame, parent, firstChild, rowStart } = tree;
  for (const column of [frame, parent, tree.total, tree.start, tree.width]) expect(column.length).toBe(length);
  expect([frame[0], parent[0], firstChild[length]]).toEqual([-1, -1, length]);
  expect([rowStart[0], rowStart[1], rowStart.at(-1)]).toEqual([0, 1, length]);
  // One assertion for all nodes: there are many trees.
  const faults: string[] = [];
  for (let depth = 0; depth + 1 < rowStart.length; depth++) {
    if (rowStart[depth]! >= rowStart[depth + 1]!) faults.push(`row ${depth} is empty`);
    for (let node = rowStart[depth]!; node < rowStart[depth + 1]!; node++) {
      const isBelow = parent[node]! >= rowStart[depth - 1]! && parent[node]! < rowStart[depth]!;
      if (node > 0 && !isBelow) faults.push(`the parent of ${node} is not in the row above`);
      for (let child = firstChild[node]!; child < firstChild[node + 1]!; child++)
        if (parent[child] !== node) faults.push(`${child} is among the children of ${node}`);
    }
  }
  expect(faults).toEqual([]);
}

describe.each(MAKERS)("$name", ({ make, part }) => {
  test("is rows of nodes, and children stand together below their parent", () => {
    forStacks((stacks, isPivot) => expectRows(make(stacks, isPivot, {}).tree));
  });

  test("gives each beginning of a stack one node, worth what the stacks that begin so are worth", () => {
    forStacks((stacks, isPivot) => {
      const { tree, cut } = make(stacks, isPivot, {});
      const expected = new Map([["", [0, 0, 0]]]);
      for (const { stack, value } of plainStacks(stacks)) {
        const way = value === 0 ? undefined : part(stack, isPivot);
        for (let depth = 0; way !== undefined && depth <= way.length; depth++) {
          const path = way.slice(0, depth).join();
          const [total = 0, width = 0, self = 0] = expected.get(path) ?? [];
          expected.set(path, [total + value, width + Math.abs(value), self + (depth === way.length ? value : 0)]);
        }
      }
      const found = Array.from(tree.frame.keys(), (node) => [
        pathOf(tree, node),
        [tree.total[node]!, tree.width[node]!, selfOf(tree, node)],
      ]);
      expect(new Map(found as [string, number[]][])).toEqual(expected);
      expect(found.length).toBe(expected.size);
      expect(cut).toBe(0);
    });
  });

  test("puts siblings side by side from their parent's start on, the widest first, then by frame", () => {
    forStacks((stacks, isPivot) => {
      const { tree } = make(stacks, isPivot, {});
      const { firstChild, start, width, frame } = tree;
      const faults: string[] = [];
      for (let node = 0; node < tree.length; node++) {
        let left = start[node]!;
        for (let child = firstChild[node]!; child < firstChild[node + 1]!; child++) {
          if (start[child] !== left) faults.push(`${child} does not begin where the one before ends`);
          left += width[child]!;
          if (child === firstChild[node]) continue;
          const wider = width[child - 1]! - width[child]!;
          if (wider < 0 || (wider === 0 && frame[child - 1]! >= frame[child]!)) faults.push(`${child} comes too late`);
        }
        if (left > start[node]! + width[node]!) faults.push(`the children of ${node} are wider than it`);
      }
      expect(faults).toEqual([]);
    });
  });
});

describe.each(MAKERS.filter(({ takesDetail }) => takesDetail))("$name", ({ make }) => {
  test("orders siblings by their frames' ranks where it is given some", () => {
    forStacks((stacks, isPivot) => {
      const { length } = stacks.frames;
      const rank = Uint32Array.from({ length }, (_, frame) => (7 * frame + 3) % Math.max(length, 1));
      const ranked = make(stacks, isPivot, { rank }).tree;
      const rankOf = (node: number): number => rank[ranked.frame[node]!]!;
      const isLate = (node: number): boolean =>
        node > 1 && ranked.parent[node] === ranked.parent[node - 1] && rankOf(node) < rankOf(node - 1);
      expect(Array.from(ranked.frame.keys()).filter(isLate)).toEqual([]);
      const values = (tree: CallTree): string[] =>
        linesOf(tree)
          .map((line) => line.slice(0, line.indexOf("@")))
          .sort();
      expect(values(ranked)).toEqual(values(make(stacks, isPivot, {}).tree));
    });
  });

  test("leaves out only what is below nodes that are no wider than it says, few as they may be", () => {
    forStacks((stacks, isPivot) => {
      const whole = make(stacks, isPivot, {}).tree;
      for (const most of [0.5, 4, 32]) {
        const { tree, cut } = make(stacks, isPivot, { most });
        expectRows(tree);
        const all = new Set(linesOf(whole));
        expect(linesOf(tree).filter((line) => !all.has(line))).toEqual([]);
        const isOpen = (of: CallTree) => (node: number) => node === 0 || of.width[of.parent[node]!]! > cut;
        expect(new Set(linesOf(tree, isOpen(tree)))).toEqual(new Set(linesOf(whole, isOpen(whole))));
      }
    });
  });

  test("is whole where as many nodes as there are may be made, and refuses to make none", () => {
    forStacks((stacks, isPivot) => {
      const whole = make(stacks, isPivot, {});
      expect(make(stacks, isPivot, { most: Number.POSITIVE_INFINITY })).toEqual(whole);
      for (const most of [0, -1, Number.NaN]) {
        expect(() => make(stacks, isPivot, { most })).toThrow(`invalid number of nodes ${most}: must be above 0`);
      }
    });
  });
});

describe("two makers of the same tree", () => {
  test("callTree and wideTree, whether labels are frames of the paths or stand beside them", () => {
    forStacks((stacks) => {
      const tree = callTree(stacks);
      const parts = stackParts(stacks);
      expect(wideTree(parts)).toEqual({ tree, cut: 0 });
      expect(partTotals(parts, stacks.frames)).toEqual(frameTotals(tree, stacks.frames));
    });
  });

  test("a profile alone, and its index", () => {
    fc.assert(
      fc.property(profiles, options, (profile, asked) => {
        const [alone, indexed] = [profile, new ProfileIndex(profile)].map((of) => stacksOf(of, asked));
        for (const { make } of MAKERS) {
          const isPivot = Uint8Array.from({ length: alone!.frames.length }, (_, frame) => Number(frame % 3 === 0));
          expect(make(indexed!, isPivot, {})).toEqual(make(alone!, isPivot, {}));
        }
      }),
      { numRuns: 40 },
    );
  });

  test("stacks as they are, and as they are read as what they do not share, whatever order they have", () => {
    fc.assert(
      fc.property(profiles, options, (profile, asked) => {
        const read = { ...profile, samples: { ...profile.samples, shared: sharedInOrder(profile) } };
        const [alone, indexed] = [profile, new ProfileIndex(read)].map((of) => stacksOf(of, asked));
        for (const { make } of MAKERS) {
          const isPivot = Uint8Array.from({ length: alone!.frames.length }, (_, frame) => Number(frame % 3 === 0));
          expect(make(indexed!, isPivot, {})).toEqual(make(alone!, isPivot, {}));
        }
        expect(partTotals(stackParts(indexed!), indexed!.frames)).toEqual(frameTotals(callTree(alone!), alone!.frames));
      }),
      { numRuns: 60 },
    );
  });

  test("one that knows the stacks before, whatever was asked of the same profile, and one that knows none", () => {
    fc.assert(
      fc.property(profiles, fc.array(options, { minLength: 2, maxLength: 6 }), (profile, asked) => {
        const index = new ProfileIndex(profile);
        const recent = new RecentParts();
        // Whoever draws a profile again and again has one table of frames for those of a selection.
        const tables = new Map<unknown, FrameTable>();
        for (const options of asked) {
          const made = stacksOf(index, { ...options, granularity: "" });
          const frames = tables.get(made.selection.frames) ?? made.frames;
          tables.set(made.selection.frames, frames);
          const stacks = { ...made, frames };
          const isPivot = Uint8Array.from({ length: frames.length }, (_, frame) => Number(frame % 3 === 0));
          const rank = Uint32Array.from({ length: frames.length }, (_, frame) => frames.length - frame);
          for (const [view, detail] of [
            ["root", { rank }],
            ["leaves", {}],
            [isPivot, {}],
          ] as const)
            expect(partialTrees(stacks, view, detail, recent)).toEqual(partialTrees(stacks, view, detail));
        }
      }),
      { numRuns: 60 },
    );
  });

  test("the two halves of a pivot, and partialTrees of it", () => {
    forStacks((stacks, isPivot) => {
      const { tree, callers, self, total } = partialTrees(stacks, isPivot);
      const { callees, callers: outwards } = pivotParts(stackParts(stacks), isPivot);
      expect(tree).toEqual(wideTree(callees).tree);
      expect(callers).toEqual(invertedTree(outwards).tree);
      expect({ self, total }).toEqual(frameTotals(callTree(stacks), stacks.frames));
      // Both halves are of the same stacks.
      expect(callers?.total[0]).toBe(tree.total[0]);
    });
  });
});

test("frames are worth the stacks that end in them, and those that they are in, once a stack", () => {
  forStacks((stacks) => {
    // A function that is inlined here and called there is worth what both are.
    const { length, same } = stacks.frames;
    const [self, total] = [new Float64Array(length), new Float64Array(length)];
    for (const { stack, value } of plainStacks(stacks)) {
      if (stack.length > 0) self[same[stack.at(-1)!]!]! += value;
      for (const frame of new Set(stack.map((frame) => same[frame]!))) total[frame]! += value;
    }
    const all = (sums: Float64Array): Float64Array => sums.map((_, frame) => sums[same[frame]!]!);
    expect(frameTotals(callTree(stacks), stacks.frames)).toEqual({ self: all(self), total: all(total) });
  });
});

test("every stack ends in the node that its own frames lead to, as far as the tree is made", () => {
  forStacks((stacks, isPivot) => {
    for (const [view, most] of [
      ["root", undefined],
      ["leaves", undefined],
      ["leaves", 0.5],
      [isPivot, undefined],
      [isPivot, 0.5],
    ] as const) {
      const trees = partialTrees(stacks, view, { most });
      const leaves = treeLeaves(stacks, trees, view);
      const isSplit = typeof view !== "string";
      const ways = [trees.tree, trees.callers].map(
        (tree) => tree && new Set(Array.from(tree.frame.keys(), (node) => pathOf(tree, node))),
      );
      /** As much of a way as there are nodes for. */
      const made = (way: readonly number[] | undefined, part: 0 | 1): string | undefined => {
        let length = way?.length ?? 0;
        while (length > 0 && !ways[part]!.has(way!.slice(0, length).join())) length--;
        return way?.slice(0, length).join();
      };
      for (const { sample, stack, value } of plainStacks(stacks)) {
        if (value === 0) continue;
        const inwards = isSplit ? fromPivot(stack, isPivot) : view === "leaves" ? stack.toReversed() : stack;
        const node = leaves.tree[sample]!;
        expect(node < 0 ? undefined : pathOf(trees.tree, node)).toBe(made(inwards, 0));
        if (!isSplit) continue;
        const caller = leaves.callers![sample]!;
        expect(caller < 0 ? undefined : pathOf(trees.callers!, caller)).toBe(made(upToPivot(stack, isPivot), 1));
      }
    }
  });
});

describe("timeTree", () => {
  /** A time for each sample, now and then the same, none or long after the one before. */
  const withTimes = (check: (stacks: Stacks, ends: Float64Array) => void): void => {
    fc.assert(
      fc.property(drawn, fc.array(fc.integer({ min: -1, max: 60 }), { minLength: 40, maxLength: 40 }), (of, times) => {
        const [profile, asked, isIndexed] = of;
        const stacks = stacksOf(isIndexed ? new ProfileIndex(profile) : profile, asked);
        const ends = Float64Array.from(times, (time) => (time < 0 ? Number.NaN : time < 50 ? time : time * 20));
        check(stacks, ends);
      }),
      { numRuns: 40 },
    );
  };

  test("is rows of nodes in the order of time, within their parents", () => {
    withTimes((stacks, ends) => {
      const { tree } = timeTree(stacks, ends);
      expectRows(tree);
      const { firstChild, start, width } = tree;
      const faults: string[] = [];
      for (let node = 0; node < tree.length; node++) {
        let left = start[node]!;
        for (let child = firstChild[node]!; child < firstChild[node + 1]!; child++) {
          if (start[child]! < left) faults.push(`${child} begins before the one before it ends`);
          left = start[child]! + width[child]!;
        }
        if (left > start[node]! + width[node]!) faults.push(`the children of ${node} end after it`);
      }
      expect(faults).toEqual([]);
    });
  });

  test("has at each moment the stack of the sample that ends next", () => {
    withTimes((stacks, ends) => {
      const { tree, begin } = timeTree(stacks, ends);
      const timed = plainStacks(stacks)
        .filter(({ sample }) => ends[sample]! >= 0)
        .sort((a, b) => ends[a.sample]! - ends[b.sample]!);
      const at = (time: number): string => {
        let node = 0;
        for (;;) {
          const { firstChild, start, width } = tree;
          let next = firstChild[node]!;
          while (next < firstChild[node + 1]! && !(start[next]! <= time && time < start[next]! + width[next]!)) next++;
          if (next === firstChild[node + 1]) return pathOf(tree, node);
          node = next;
        }
      };
      timed.forEach(({ sample, stack }, i) => {
        const before = i === 0 ? begin : ends[timed[i - 1]!.sample]!;
        // A moment before its end: what is longer ago may be a gap.
        if (ends[sample]! > before) expect(at(ends[sample]! - begin - 0.001)).toBe(stack.join());
      });
    });
  });
});
