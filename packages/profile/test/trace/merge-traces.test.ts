import { expect, test } from "vitest";
import { checkGoTrace, goroutineNames, mergeTraces, TRACE_EVENTS, type Trace, writeGoTrace } from "../../src/index.ts";
import { goToolTrace, withoutGoTrace } from "./go-tool.ts";
import { MS, rounds } from "./rounds.ts";

const late = (trace: Trace, millis: number): Trace => ({ ...trace, timeNanos: BigInt(millis * MS) });
const countOf = ({ events }: Trace, name: string): number =>
  events.kind.reduce((sum, row) => sum + (TRACE_EVENTS[row]!.name === name ? 1 : 0), 0);

const one = rounds(25);
const merged = mergeTraces([
  { trace: late(one, 100), rename: ([name, ...rest]) => [name === "event loop" ? "loop of one" : name, ...rest] },
  { trace: late(rounds(20), 113) },
  { trace: late(rounds(5), 700) },
]);

test("traces of several processes are one, with all threads, goroutines and tasks", () => {
  expect(merged.timeNanos).toBe(BigInt(100 * MS));
  expect(merged.durationNanos).toBe(2_500 * MS);
  for (const name of ["task-begin", "task-end", "log", "sample", "region-end"])
    expect(countOf(merged, name)).toBe(2 * countOf(one, name));
  expect(new Set(merged.events.thread)).toEqual(new Set([-1, 0, 1, 2]));
  const names = [...goroutineNames(merged).values()];
  expect(names.filter((name) => name === "GET /item/:id")).toHaveLength(50);
  expect(names.filter((name) => /loop/.test(name)).sort()).toEqual(["event loop", "event loop", "loop of one"]);
  for (let i = 1; i < merged.events.length; i++) {
    expect(merged.events.time[i]!).toBeGreaterThanOrEqual(merged.events.time[i - 1]!);
  }
});

test("the format's rules hold, though their worlds stand still at one time", () => {
  expect(checkGoTrace(writeGoTrace(merged))).toBeUndefined();
});

const skipped = withoutGoTrace === undefined ? "" : ` (skipped: ${withoutGoTrace})`;
test.skipIf(skipped !== "")(`go tool trace reads it${skipped}`, () => {
  expect(goToolTrace("-d=parsed", writeGoTrace(merged)).error).toBe("");
});
