import { collapsedLines, ProfileBuilder } from "@pprof-ts/profile";
import fc from "fast-check";
import { expect, test } from "vitest";

const LONGEST_TEXT = 0x1fffffe8;

test("each stack is one line, in the order of their coming, with all of its values", () => {
  const name = fc.constantFrom("main", "a;b", "a:b", "", "(unknown)", "(empty)", "x");
  const sample = fc.record({ stack: fc.array(name, { maxLength: 4 }), value: fc.integer({ min: -3, max: 9 }) });
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 20 }), (samples) => {
      const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
      const sums = new Map<string, number>();
      for (const { stack, value } of samples) {
        const rows = stack.map((name, i) =>
          builder.location({ lines: [{ function: builder.function({ name }), line: i + 1 }] }),
        );
        builder.sample(rows, [value]);
        const names = stack.map((text) => text.replaceAll(";", ":") || "(unknown)").reverse();
        const text = names.join(";") || "(empty)";
        sums.set(text, (sums.get(text) ?? 0) + value);
      }
      const lines = Array.from(sums, ([text, sum]) => `${text} ${sum}\n`);
      expect([...collapsedLines(builder.build())]).toEqual(lines);
    }),
  );
});

test("more text than a string holds comes line by line", () => {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
  const location = builder.location({ lines: [{ function: builder.function({ name: "n".repeat(10_000) }) }] });
  const leaves = Array.from({ length: 30 }, (_, i) =>
    builder.location({ lines: [{ function: builder.function({ name: `leaf${i}` }) }] }),
  );
  for (const leaf of leaves) builder.sample([leaf, ...new Array<number>(2000).fill(location)], [1]);
  let size = 0;
  for (const line of collapsedLines(builder.build())) size += line.length;
  expect(size).toBeGreaterThan(LONGEST_TEXT);
});
