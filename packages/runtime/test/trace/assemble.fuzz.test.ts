import { checkGoTrace, writeGoTrace } from "@pprof-ts/profile";
import fc from "fast-check";
import { expect, test } from "vitest";
import { goToolTrace, withoutGoTrace } from "../../../profile/test/trace/go-tool.ts";
import { assemble, type Recorded } from "../../src/agent/trace/assemble.ts";
import { AWAIT, TRACE_RECORDS } from "../../src/exchange/trace-records.ts";

const MS = 1e6;
const moment = fc.integer({ min: -20, max: 3_500 }).map((millis) => millis * MS);

/** Whatever the main thread might have noted, in any order: ends without a beginning, sleeps that are too long, times gone by. */
const schedule: fc.Arbitrary<Recorded> = fc.record({
  from: fc.constant(0),
  isExact: fc.boolean(),
  to: fc.constantFrom(1, 500 * MS, 3_000 * MS),
  records: fc.array(
    fc.record({
      name: fc.constantFrom(...TRACE_RECORDS),
      time: moment,
      value: fc.constantFrom(0, 1, 4, 8, 200, 404, 70_000, AWAIT, AWAIT | (1 << 8), AWAIT | (3 << 8)),
      other: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 3_000_000 })),
      id: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 3_000_000 })),
      text: fc.oneof(
        fc.constant(""),
        fc.webPath().map((path) => `GET ${path}`),
        fc.string({ unit: "binary" }),
      ),
    }),
    { maxLength: 120 },
  ),
  samples: fc.array(
    fc.record({
      time: moment,
      thread: fc.constantFrom("main", "worker 1", "worker 2"),
      isIdle: fc.boolean(),
      frames: fc.array(fc.tuple(fc.string(), fc.string(), fc.nat(9)), { maxLength: 4 }),
    }),
    { maxLength: 20 },
  ),
  stacks: fc
    .array(fc.array(fc.tuple(fc.string(), fc.string(), fc.nat(9)), { maxLength: 4 }), { maxLength: 5 })
    .map((stacks) => new Map(stacks.entries())),
  notes: fc.array(fc.string(), { maxLength: 2 }),
  timeNanos: fc.constant(0n),
});

test("no schedule makes a trace that breaks the format's rules", () => {
  fc.assert(
    fc.property(schedule, (recorded) => {
      expect(checkGoTrace(writeGoTrace(assemble(recorded)))).toBeUndefined();
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 500) },
  );
});

const skipped = withoutGoTrace === undefined ? "" : ` (skipped: ${withoutGoTrace})`;
test.skipIf(skipped !== "")(`go tool trace reads what they make${skipped}`, { timeout: 60_000 }, () => {
  for (const recorded of fc.sample(schedule, 40)) {
    expect(goToolTrace("-d=parsed", writeGoTrace(assemble(recorded))).error).toBe("");
  }
});
