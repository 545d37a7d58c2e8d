import { type LabelFields, type Profile, ProfileBuilder } from "@pprof-ts/profile";
import fc from "fast-check";
import { expect, test } from "vitest";
import { analyze, graphInput } from "../src/analyze.ts";
import { walkOf } from "../src/graph/graph.ts";
import { graphTagPaths } from "../src/graph/tag-paths.ts";
import { type NodeTags, type Tag, TagTable } from "../src/graph/tags.ts";
import { defaultOptions, type Options } from "../src/options.ts";

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
    graphTagPaths(walk, all),
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
