import { encode, ProfileBuilder } from "@pprof-ts/profile";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Answers, ProfileSource, Summary } from "../src/session/protocol.ts";
import { answers } from "../src/worker/answers.ts";

/** A profile of samples with a value for each of the types. */
function bytesOf(types: readonly string[], rows: readonly (readonly number[])[], defaultSampleType = ""): ArrayBuffer {
  const builder = new ProfileBuilder({
    sampleTypes: types.map((type) => ({ type, unit: "bytes" })),
    defaultSampleType,
  });
  const location = builder.location({ lines: [{ function: builder.function({ name: "f" }) }] });
  for (const values of rows) builder.sample([location], values);
  return encode(builder.build()).slice().buffer as ArrayBuffer;
}

async function opened(answer: Answers, source: ProfileSource): Promise<Summary> {
  const read = await answer.open(source);
  if ("unread" in read) throw new Error(read.unread);
  return read;
}

test("pages open on a type that has values where the usual one has none", async () => {
  const answer = answers();
  const summary = await opened(answer, {
    name: "heap",
    bytes: bytesOf(["alloc", "live", "held", "lost"], [[5, 7, 0, 0]], "held"),
  });
  expect(summary.sampleTypes.map(({ type, total }) => `${type} ${total}`)).toEqual([
    "alloc 5",
    "live 7",
    "held 0",
    "lost 0",
  ]);
  expect(summary.sampleTypes[summary.defaultType]?.type).toBe("live");
  expect((await answer.top({})).type).toBe("live");
  expect((await answer.flame({})).total).toBe(7);
  // Who asks for it sees it.
  expect((await answer.top({ si: "held" })).total).toBe(0);
  const both = await answer.compare({
    source: { name: "old", bytes: bytesOf(["live", "alloc"], [[3, 2]]) },
    side: "old",
  });
  expect(both.sampleTypes.map(({ type, total }) => `${type} ${total}`)).toEqual(["alloc 2", "live 3"]);
  // Each profile has another usual one: that of what they have in common is compared.
  expect((await answer.changes({})).sampleType.type).toBe(both.sampleTypes[both.defaultType]?.type);
});

test("the total of each type is what reports say it is", async () => {
  const value = fc.oneof(fc.constant(0), fc.integer({ min: -(2 ** 45), max: 2 ** 45 }));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(value, value, value), { minLength: 1, maxLength: 20 }), async (rows) => {
      const answer = answers();
      const { sampleTypes, defaultType } = await opened(answer, { name: "p", bytes: bytesOf(["a", "b", "c"], rows) });
      for (const { type, total } of sampleTypes) expect((await answer.top({ si: type })).total).toBe(total);
      expect((await answer.top({})).type).toBe(sampleTypes[defaultType]?.type);
      const some = sampleTypes.some(({ total }) => total > 0);
      expect(sampleTypes[defaultType]!.total > 0).toBe(some);
    }),
    { numRuns: 50 },
  );
});
