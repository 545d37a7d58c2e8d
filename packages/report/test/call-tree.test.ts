import { type Profile, ProfileBuilder } from "@pprof-ts/profile";
import { describe, expect, test } from "vitest";
import { analyze } from "../src/analyze.ts";
import { defaultOptions, type Options } from "../src/options.ts";
import { ProfileIndex } from "../src/profile-index.ts";
import { selectAll } from "../src/stack/selection.ts";
import { callTree, frameTotals, type Stacks } from "../src/tree/call-tree.ts";
import { frameName, frameTable } from "../src/tree/frame-table.ts";
import { partialTrees } from "../src/tree/partial-trees.ts";
import { type CallTree, selfOf } from "../src/tree/tree-columns.ts";

/** One line a stack: `main a b 3`; frames joined by `<` were inlined into each other: `main outer<inner 3`. */
function profileOf(text: string): Profile {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
  for (const line of text.trim().split("\n")) {
    const words = line.trim().split(/\s+/);
    const value = Number(words.pop());
    const locations = words.map((word) => {
      const names = word.split("<").reverse();
      return builder.location({ lines: names.map((name) => ({ function: builder.function({ name }) })) });
    });
    builder.sample(locations.reverse(), [value]);
  }
  return builder.build();
}

function stacksOf(profile: Profile, options: Partial<Options> = {}): Stacks {
  const { selection, values } = analyze(profile, { ...defaultOptions, ...options });
  return { selection, frames: frameTable(selection, options.granularity ?? "", false), values: values.values.numbers };
}

function treeOf(text: string, view: "callers first" | "root first" = "root first"): string[] {
  const profile = profileOf(text);
  const stacks = stacksOf(profile);
  return print(view === "callers first" ? partialTrees(stacks, "leaves").tree : callTree(stacks), stacks);
}

/** A line a node, row by row: path, total, self, where it starts. */
function print(tree: CallTree, { selection, frames }: Stacks): string[] {
  const path = (node: number): string =>
    node === 0 ? "" : `${path(tree.parent[node]!)}/${frameName(selection.profile, frames, tree.frame[node]!)}`;
  return Array.from(tree.frame, (_, node) => node)
    .slice(1)
    .map((node) => `${path(node)} ${tree.total[node]} ${selfOf(tree, node)} @${tree.start[node]}`);
}

describe("callTree", () => {
  test("merges stacks from the root, widest sibling first", () => {
    expect(treeOf("main a 1\nmain b c 5\nmain a 2\nother 1")).toEqual([
      "/main 8 0 @0",
      "/other 1 1 @8",
      "/main/b 5 0 @0",
      "/main/a 3 3 @5",
      "/main/b/c 5 5 @0",
    ]);
  });

  test("merges stacks from the leaf where inverted", () => {
    expect(treeOf("main a x 1\nmain b x 4", "callers first")).toEqual([
      "/x 5 0 @0",
      "/x/b 4 0 @0",
      "/x/a 1 0 @4",
      "/x/b/main 4 4 @0",
      "/x/a/main 1 1 @4",
    ]);
  });

  test("reads inlined frames as frames of their own", () => {
    expect(treeOf("main outer<inner 2\nmain outer 1")).toEqual([
      "/main 3 0 @0",
      "/main/outer 3 1 @0",
      "/main/outer/inner 2 2 @0",
    ]);
    expect(treeOf("main outer<inner 2", "callers first").map((line) => line.split(" ")[0])).toEqual([
      "/inner",
      "/inner/outer",
      "/inner/outer/main",
    ]);
  });

  test("is as wide as what was added and taken away together", () => {
    const profile = profileOf("main a 5\nmain a -3\nmain b -4");
    const tree = callTree(stacksOf(profile));
    expect([...tree.total]).toEqual([-2, -2, 2, -4]);
    expect([...tree.width]).toEqual([12, 12, 8, 4]);
  });

  test("holds a stack of a hundred thousand frames", () => {
    const deep = Array.from({ length: 100_000 }, (_, i) => `f${i % 7}`).join(" ");
    const profile = profileOf(`${deep} 1`);
    const stacks = stacksOf(profile);
    const tree = callTree(stacks);
    expect(tree.rowStart.length).toBe(100_002);
    expect(frameTotals(tree, stacks.frames).total.every((total) => total === 1)).toBe(true);
  });
});

describe("a pivot", () => {
  test("splits stacks at the outermost pivot", () => {
    const profile = profileOf("main a x p y p 1\nmain b p 4\nmain c 2");
    const stacks = stacksOf(profile);
    const { frames } = stacks;
    const isPivot = Uint8Array.from({ length: frames.length }, (_, i) =>
      frameName(profile, frames, i) === "p" ? 1 : 0,
    );
    const { tree, callers } = partialTrees(stacks, isPivot);
    expect(print(tree, stacks)).toEqual(["/p 5 4 @0", "/p/y 1 0 @0", "/p/y/p 1 1 @0"]);
    expect(print(callers!, stacks)).toEqual([
      "/p 5 0 @0",
      "/p/b 4 0 @0",
      "/p/x 1 0 @4",
      "/p/b/main 4 4 @0",
      "/p/x/a 1 0 @4",
      "/p/x/a/main 1 1 @4",
    ]);
  });
});

describe("a tree that is not made to its end", () => {
  // Many narrow stacks beside a wide one.
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
  for (let i = 0; i < 1200; i++) {
    const names = ["main", `a${i % 7}`, `b${i % 11}`, `c${i % 401}`, `d${i % 5}`];
    const stack = names
      .reverse()
      .map((name) => builder.location({ lines: [{ function: builder.function({ name }) }] }));
    const user = i % 10 === 0 ? "rare" : "usual";
    const value = i === 770 ? 100_000 : i % 17 === 3 ? -2 : 1 + (i % 3);
    builder.sample(stack, [value], [{ key: "user", value: user }]);
  }
  const index = new ProfileIndex(builder.build());
  const views = [
    ["labels above", { tagroot: "user" }, "root"],
    ["labels below", { tagleaf: "user" }, "root"],
    ["labels at both ends", { tagroot: "user", tagleaf: "size" }, "root"],
    ["callers first", {}, "leaves"],
    ["callers first, with labels", { tagroot: "user" }, "leaves"],
    ["a pivot, with labels", { tagroot: "user" }, "b0"],
    ["a label as pivot", { tagroot: "user" }, "rare"],
  ] as const;

  test.each(views)("is the whole one wherever it is wide enough, and where one looks: %s", (_, options, of) => {
    const { selection, values, profile } = analyze(index, { ...defaultOptions, ...options });
    const frames = frameTable(selection, "", false);
    const stacks = { selection, frames, values: values.values.numbers };
    const isPivot = Uint8Array.from({ length: frames.length }, (_, i) => Number(frameName(profile, frames, i) === of));
    const view = of === "root" || of === "leaves" ? of : isPivot;
    const whole = partialTrees(stacks, view);
    expect(whole.cut).toBe(0);
    const trees = (made: typeof whole): CallTree[] => [made.tree, ...(made.callers ? [made.callers] : [])];
    const lines = (tree: CallTree, wanted: (node: number) => boolean): string[] =>
      Array.from(tree.frame.keys())
        .filter(wanted)
        .map((node) => {
          const path: number[] = [];
          for (let at = node; at > 0; at = tree.parent[at]!) path.unshift(tree.frame[at]!);
          return `${path} ${tree.total[node]} ${tree.width[node]} @${tree.start[node]}`;
        });
    const check = (made: typeof whole, isOpen: (tree: CallTree, node: number) => boolean): void => {
      expect([made.self, made.total]).toEqual([whole.self, whole.total]);
      trees(made).forEach((tree, i) => {
        const full = trees(whole)[i]!;
        const all = new Set(lines(full, () => true));
        expect(lines(tree, () => true).filter((line) => !all.has(line))).toEqual([]);
        const wanted = (of: CallTree) => (node: number) => node === 0 || isOpen(of, of.parent[node]!);
        expect(new Set(lines(tree, wanted(tree)))).toEqual(new Set(lines(full, wanted(full))));
      });
    };
    const few = partialTrees(stacks, view, { most: 40 });
    const nodes = (of: typeof whole): number => trees(of).reduce((sum, { length }) => sum + length, 0);
    expect(few.cut).toBeGreaterThan(0);
    expect(nodes(few)).toBeLessThan(nodes(whole));
    check(few, (tree, node) => tree.width[node]! > few.cut);
    // What was cut is there when it is looked at.
    let looked = 0;
    trees(few).forEach((tree, i) => {
      const full = trees(whole)[i]!;
      const place = (of: CallTree, node: number): string => `${of.frame[node]}@${of.start[node]}+${of.width[node]}`;
      const children = (of: CallTree, wanted: string): number => {
        const node = of.frame.findIndex((_, at) => place(of, at) === wanted);
        return of.firstChild[node + 1]! - of.firstChild[node]!;
      };
      const node = tree.frame.findIndex(
        (_, at) => tree.firstChild[at] === tree.firstChild[at + 1] && children(full, place(tree, at)) > 0,
      );
      if (node < 0) return;
      looked++;
      const seen = { from: tree.start[node]!, to: tree.start[node]! + tree.width[node]! };
      const near = trees(partialTrees(stacks, view, { most: 40, seen }))[i]!;
      expect(children(near, place(tree, node))).toBe(children(full, place(tree, node)));
    });
    expect(looked).toBeGreaterThan(0);
  });
});

describe("what filters leave", () => {
  test.each([
    [{ hide: "^b$" }, ["/main 4 0 @0", "/main/x 3 3 @0", "/main/y 1 1 @3"]],
    [{ focus: "y" }, ["/main 1 0 @0", "/main/b 1 0 @0", "/main/b/y 1 1 @0"]],
    [{ show_from: "b" }, ["/b 4 0 @0", "/b/x 3 3 @0", "/b/y 1 1 @3"]],
    [{ prune_from: "b" }, ["/main 4 0 @0", "/main/b 4 4 @0"]],
  ] as const)("%o", (options, expected) => {
    const stacks = stacksOf(profileOf("main b x 3\nmain b y 1"), options);
    expect(print(callTree(stacks), stacks)).toEqual(expected);
  });
});

describe("frameTable", () => {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
  const mapping = builder.mapping({ filename: "/usr/lib/libc.so.6" });
  const one = builder.function({ name: "run", filename: "a.ts" });
  const two = builder.function({ name: "run", filename: "b.ts" });
  builder.sample(
    [
      builder.location({ lines: [{ function: one, line: 1 }] }),
      builder.location({ lines: [{ function: one, line: 2 }] }),
      builder.location({ lines: [{ function: two, line: 2 }] }),
      builder.location({ mapping, address: 0x10n }),
      builder.location({ mapping, address: 0x20n }),
      builder.location({ address: 0x30n }),
    ],
    [1],
  );
  const profile = builder.build();
  test.each([
    ["functions", ["run", "[libc.so.6]", "0x30"]],
    ["filefunctions", ["run", "run", "[libc.so.6]", "0x30"]],
    ["files", ["a.ts", "b.ts", "[libc.so.6]", "0x30"]],
    ["lines", ["run", "run", "run", "0x10 [libc.so.6]", "0x20 [libc.so.6]", "0x30"]],
  ] as const)("tells frames apart by %s", (granularity, names) => {
    const table = frameTable(selectAll(profile), granularity, false);
    expect(Array.from({ length: table.length }, (_, frame) => frameName(profile, table, frame))).toEqual(names);
  });
});
