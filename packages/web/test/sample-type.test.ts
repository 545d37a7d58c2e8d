import { encode, type Profile, ProfileBuilder } from "@pprof-ts/profile";
import { sampleIndexOf } from "@pprof-ts/report";
import fc from "fast-check";
import { expect, test } from "vitest";
import { shownType, typeKey, typeRow, typeTitle } from "../src/session/sample-type.ts";
import { answers } from "../src/worker/answers.ts";

/** Types as profiles have them: of one name, of none, and of numbers for names. */
const types = fc.array(
  fc.record({
    type: fc.constantFrom("", "cpu", "ctimer", "0", "1", "space"),
    unit: fc.constantFrom("", "count", "ns"),
  }),
  { minLength: 1, maxLength: 5 },
);

function profileOf(sampleTypes: readonly { readonly type: string; readonly unit: string }[]): Profile {
  const builder = new ProfileBuilder({ sampleTypes });
  const main = builder.location({ lines: [{ function: builder.function({ name: "main" }) }] });
  builder.sample(
    [main],
    sampleTypes.map((_, row) => 100 + row),
  );
  return builder.build();
}

test("the tool, the worker and the header mean the same type by what an address says, whatever types are called", async () => {
  await fc.assert(
    fc.asyncProperty(types, async (drawn) => {
      const profile = profileOf(drawn);
      const answer = answers();
      const summary = await answer.open({ name: "p", bytes: encode(profile).slice().buffer as ArrayBuffer });
      if ("unread" in summary) throw new Error(summary.unread);
      const keys = drawn.map((_, row) => typeKey(summary.sampleTypes, row));
      expect(new Set(keys).size).toBe(drawn.length);
      for (const [row, key] of keys.entries()) {
        expect(sampleIndexOf(profile, key)).toBe(row);
        expect([typeRow(summary.sampleTypes, key), shownType(summary, key)]).toEqual([row, row]);
        expect((await answer.flame({ si: key })).tree.total[0]).toBe(100 + row);
        expect(typeTitle(summary.sampleTypes, row)).not.toBe("");
      }
      const opened = shownType(summary, undefined);
      expect((await answer.flame({})).tree.total[0]).toBe(summary.sampleTypes[opened]!.total);
    }),
    { numRuns: 60 },
  );
});

test("what an address names that no type is called is not there", () => {
  const { sampleTypes } = profileOf([{ type: "cpu", unit: "ns" }]);
  const known = sampleTypes.map((type) => ({ ...type, total: 0, besideHeap: 0 }));
  for (const key of ["", "space", "1", "-1", "0.5"]) expect(typeRow(known, key)).toBe(-1);
});
