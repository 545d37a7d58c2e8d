import { type LabelFields, type Profile, ProfileBuilder } from "@pprof-ts/profile";
import fc from "fast-check";
import { expect, test } from "vitest";
import { analyze, graphInput } from "../src/analyze.ts";
import { dotText } from "../src/go/dot-text.ts";
import { walkOf } from "../src/graph/graph.ts";
import { SetSums } from "../src/graph/set-sums.ts";
import { graphTagStacks } from "../src/graph/tag-stacks.ts";
import { type NodeTags, type Tag, TagTable } from "../src/graph/tags.ts";
import { trimmedGraph } from "../src/graph/trim.ts";
import { defaultOptions, type Options } from "../src/options.ts";
import { labelWords } from "../src/stack/label-words.ts";

// Texts that pass for others when they are put together.
const text = fc.record({
  key: fc.constantFrom("a", "a:b", "user", "pprof::base"),
  value: fc.constantFrom("b:c", "c", "x", "y", "x\\na:c", "true"),
});
const number = fc.record({
  key: fc.constantFrom("bytes", "bytes", "size"),
  value: fc.constantFrom(0, 1023, 1024, 1030, 5000).map(BigInt),
});
const sample = fc.record({
  stack: fc.array(fc.constantFrom("main", "serve", "parse"), { minLength: 1, maxLength: 4 }),
  value: fc.integer({ min: -3, max: 20 }),
  labels: fc.array(fc.oneof({ weight: 3, arbitrary: text }, number), { maxLength: 4 }),
});
type Drawn = typeof sample extends fc.Arbitrary<infer T> ? T : never;

function profileOf(samples: readonly Drawn[]): Profile {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "cpu", unit: "count" }] });
  for (const { stack, value, labels } of samples) {
    const locations = stack.map((name) => builder.location({ lines: [{ function: builder.function({ name }) }] }));
    builder.sample(locations, [value], labels as readonly LabelFields[]);
  }
  return builder.build();
}

/** The tags of each node, with this cutoff. */
function tagsOf(profile: Profile, options: Partial<Options>, cutoff: number): NodeTags[] {
  const input = graphInput(analyze(profile, { ...defaultOptions, ...options }));
  const walk = walkOf(input.stacks, input.frames);
  const all = new Uint8Array(walk.nodeCount).fill(1);
  const table = new TagTable(
    input.stacks,
    graphTagStacks(walk, all),
    input.values,
    input.labelWords(),
    input.labelUnits,
    "",
    cutoff,
  );
  return Array.from(all, (_, node) => table.of(node));
}

test("tags that are large enough are found as among all, in the same order", () => {
  const hide = fc.constantFrom("", "", "user", "bytes");
  fc.assert(
    fc.property(
      fc.array(sample, { maxLength: 30 }),
      fc.integer({ min: 1, max: 30 }),
      hide,
      (drawn, cutoff, taghide) => {
        const profile = profileOf(drawn);
        const isLarge = ({ flat, cum }: Tag): boolean => Math.abs(flat) >= cutoff || Math.abs(cum) >= cutoff;
        const expected = tagsOf(profile, { taghide }, 0).map(({ text, numbers }) => ({
          text: text.filter(isLarge),
          numbers: new Map([...numbers].map(([name, tags]) => [name, tags.filter(isLarge)])),
        }));
        const withoutEmpty = ({ text, numbers }: NodeTags): object => ({
          text,
          // They are looked up by their text, whichever came first.
          numbers: new Map([...numbers].filter(([, tags]) => tags.length > 0)),
        });
        expect(tagsOf(profile, { taghide }, cutoff).map(withoutEmpty)).toEqual(expected.map(withoutEmpty));
      },
    ),
    { numRuns: 500 },
  );
});

test("tags are those of the samples one by one, in a graph and in a tree of calls", () => {
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 30 }), (drawn) => {
      const plain = drawn.map(({ stack, value, labels }) => {
        const user = labels.find(({ key }) => key === "user");
        return { stack, value: Math.abs(value), labels: user === undefined ? [] : [user] };
      });
      for (const tree of [false, true]) {
        const expected = new Map<string, number[]>();
        for (const { stack, value, labels } of plain) {
          const outermost = [...stack].reverse();
          // A node of a tree is named by the way to it.
          const nodes = tree ? outermost.map((_, depth) => outermost.slice(0, depth + 1).join(";")) : outermost;
          for (const node of value === 0 || labels.length === 0 ? [] : new Set(nodes)) {
            const tag = `${node} ${dotText(`user:${labels[0]!.value}`)}`;
            const [flat = 0, cum = 0] = expected.get(tag) ?? [];
            expected.set(tag, [node === nodes.at(-1) ? flat + value : flat, cum + value]);
          }
        }
        const input = graphInput(analyze(profileOf(plain), { ...defaultOptions, nodecount: 0, nodefraction: 0 }));
        const { nodes, links, shown, tags } = trimmedGraph(input, { edges: "all", visual: true, tree });
        const nameOf = (node: number): string => {
          const name = nodes.table.name[nodes.info[node]!]!;
          const [caller] = tree ? links.into(node) : [];
          return caller === undefined ? name : `${nameOf(links.edges.src[caller]!)};${name}`;
        };
        const found = Array.from(shown, (node) =>
          (tags?.of(node).text ?? []).map(({ name, flat, cum }) => [`${nameOf(node)} ${name}`, [flat, cum]] as const),
        );
        const isAny = ([, [flat, cum]]: readonly [string, readonly (number | undefined)[]]): boolean =>
          flat !== 0 || cum !== 0;
        expect(new Map(found.flat().filter(isAny))).toEqual(new Map([...expected].filter(isAny)));
      }
    }),
    { numRuns: 200 },
  );
});

test("labels have one number where they are the same in the same order, as far as they are tags", () => {
  const hide = fc.constantFrom<string[]>([], ["user"], ["bytes", "a"]);
  // Few labels and many are numbered in two ways.
  const many = fc.tuple(sample, fc.array(text, { maxLength: 5 })).map(([drawn, more]) => ({
    ...drawn,
    labels: [...more, ...drawn.labels],
  }));
  fc.assert(
    fc.property(fc.array(many, { maxLength: 15 }), hide, (drawn, hidden) => {
      const profile = profileOf([...drawn, ...drawn]);
      expect(profile.samples.length).toBe(2 * drawn.length);
      const rows = hidden.map((key) => profile.strings.rowOf(key)).filter((row) => row >= 0);
      const { of, length } = labelWords(profile, new Set(rows));
      const { labelStart, labels } = profile.samples;
      const texts = Array.from(of, (_, row) =>
        Array.from({ length: labelStart[row + 1]! - labelStart[row]! }, (_, i) => {
          const label = labelStart[row]! + i;
          const key = profile.strings.get(labels.key[label]!);
          const isTag = labels.str[label] !== 0 || key === "bytes";
          const value = [labels.str[label], labels.num[label], labels.numUnit[label]].join();
          return isTag && !hidden.includes(key) ? `${key}=${value};` : "";
        }).join(""),
      );
      for (const [row, word] of of.entries()) {
        expect(word).toBeLessThan(length);
        expect(word === 0).toBe(texts[row] === "");
        for (const [other, same] of of.entries()) expect(word === same).toBe(texts[row] === texts[other]);
      }
    }),
    { numRuns: 200 },
  );
});

test("sums of sets of labels are the same in a table of all and where those that there are are looked up", () => {
  const stack = fc.record({
    sets: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 4 }),
    nodes: fc.uniqueArray(fc.integer({ min: 0, max: 299 }), { maxLength: 200 }),
    leaf: fc.integer({ min: -1, max: 3 }),
  });
  fc.assert(
    fc.property(fc.array(stack, { maxLength: 20 }), (stacks) => {
      const [all, few] = [3000, 0].map((mostRows) => {
        const sums = new SetSums(10, 300, mostRows);
        stacks.forEach(({ sets, nodes, leaf }, i) => {
          for (const set of sets) sums.addSample(set, 1 + i, 2);
          sums.addStack(Int32Array.from(nodes), nodes.length, nodes[leaf] ?? -1);
        });
        const found = new Map<string, object>();
        sums.each((set, node, sum) => found.set(`${set} ${node}`, sum));
        return found;
      });
      expect(few).toEqual(all);
      const total = (of: (at: (typeof stacks)[number]) => number): number =>
        stacks.reduce((sum, at, i) => sum + (1 + i) * at.sets.length * of(at), 0);
      const sum = (key: "flat" | "cum"): number =>
        [...all!.values()].reduce((sum, found) => sum + (found as Record<"flat" | "cum", number>)[key], 0);
      expect(sum("cum")).toBe(total(({ nodes }) => nodes.length));
      expect(sum("flat")).toBe(total(({ nodes, leaf }) => (nodes[leaf] === undefined ? 0 : 1)));
    }),
    { numRuns: 50 },
  );
});
