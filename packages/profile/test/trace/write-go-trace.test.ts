import { describe, expect, test } from "vitest";
import { checkGoTrace, type Profile, readProfile, TraceBuilder, toNumbers, writeGoTrace } from "../../src/index.ts";
import { goToolTrace, withoutGoTrace } from "./go-tool.ts";
import { MS, rounds } from "./rounds.ts";

/** The nanoseconds of a derived profile by the leaf of each stack. */
function nanosOf(profile: Profile): Record<string, number> {
  const { samples, locations, functions, strings } = profile;
  const nanos = toNumbers(samples.values[1]!);
  return Object.fromEntries(
    Array.from(nanos, (value, i) => {
      const first = samples.locationStart[i]!;
      if (first === samples.locationStart[i + 1]) return ["", value];
      const line = locations.lineStart[samples.locations[first]!]!;
      return [strings.get(functions.name[locations.lines.function[line]!]!), value];
    }),
  );
}

describe("a trace of 25 rounds in three seconds", () => {
  const bytes = writeGoTrace(rounds(25));

  test("holds the format's rules", () => {
    expect(checkGoTrace(bytes)).toBeUndefined();
  });

  const skipped = withoutGoTrace === undefined ? "" : ` (skipped: ${withoutGoTrace})`;
  test.skipIf(skipped !== "")(`is what go tool trace reads, wait by wait${skipped}`, async () => {
    const { output, error } = goToolTrace("-d=parsed", bytes);
    expect(error).toBe("");
    const text = output.toString();
    const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
    expect(count(/ TaskBegin .*Type="GET \/item\/:id"/g)).toBe(25);
    expect(count(/ RegionBegin .*Type="parse"/g)).toBe(25);
    expect(count(/ Log .*Category="url" Message="\/item\/\d+"/g)).toBe(25);
    expect(count(/ StackSample /g)).toBe(25);
    expect(count(/ RangeBegin .*Name="stop-the-world \(GC scavenge\)"/g)).toBe(25);
    expect(count(/ Metric .*Name="\/memory\/classes\/heap\/objects:bytes" Value=Value\{Uint64\(50000\d\d\)\}/g)).toBe(
      25,
    );
    const derived = async (kind: string): Promise<Record<string, number>> =>
      nanosOf(await readProfile(goToolTrace(`-pprof=${kind}`, bytes).output));
    // Its reader sets equal times apart by a nanosecond each.
    const near = (millis: number): unknown => expect.closeTo(25 * millis * MS, -4);
    expect(await derived("net")).toEqual({ query: near(20) });
    expect(await derived("sync")).toEqual({ lock: near(3) });
    expect(await derived("syscall")).toEqual({ readFileSync: near(2) });
    // What was ready has no stack: nobody knows what made it so. The loop gave way for 3 ms.
    expect(await derived("sched")).toEqual({ "": near(5), "event loop": near(3) });
  });
});

test("strings are cut between characters, and deep stacks keep what names the goroutine", () => {
  const builder = new TraceBuilder();
  const deep = Array.from({ length: 300 }, (_, i) => [`f${i}`, "deep.js", i] as const);
  builder.add("proc-start", 0, { thread: 0, a: 0 });
  builder.add("present", 0, { thread: 0, goroutine: 1 });
  builder.add("ready", 0, { goroutine: 1 });
  builder.add("run", 0, { thread: 0, goroutine: 1 });
  builder.add("log", 5, {
    thread: 0,
    b: builder.text("k"),
    c: builder.text("€".repeat(100_000)),
    stack: builder.stack(deep),
  });
  for (let i = 0; i < 3000; i++) {
    const [b, c] = [builder.text(`key ${i}`), builder.text(`${"long ".repeat(200)}${i}`)];
    builder.add("log", i, { thread: 0, b, c, stack: builder.stack([[`g${i}`, "many.js", i], ...deep]) });
  }
  const bytes = writeGoTrace(builder.build(0n, 1e6));
  expect(checkGoTrace(bytes)).toBeUndefined();
  if (withoutGoTrace !== undefined) return;
  const text = goToolTrace("-d=parsed", bytes).output.toString();
  expect(text).toContain(`Message="${"€".repeat(341)}"`);
  expect(text).toContain("f299 @");
  expect(text).not.toContain("f298 @");
});

describe("an event that contradicts those before is refused, with its place", () => {
  const begun = (): TraceBuilder => {
    const builder = new TraceBuilder();
    builder.add("proc-start", 0, { thread: 0, a: 0 });
    builder.add("present", 0, { thread: 0, goroutine: 1 });
    return builder;
  };
  const refused =
    (builder: TraceBuilder): (() => void) =>
    () =>
      writeGoTrace(builder.build(0n, 1));
  test.each([
    ["run", { thread: 0, goroutine: 1 }, "event 2, run on thread 0: goroutine 1 may not run"],
    ["run", { thread: 0, goroutine: 2 }, "event 2, run on thread 0: there is no goroutine 2"],
    ["wait", { thread: 0, goroutine: 1 }, "event 2, wait on thread 0: no goroutine runs there"],
    ["log", { thread: 3 }, "event 2, log on thread 3: it has no proc"],
    ["create", { goroutine: 5 }, "event 2, create on thread -1: there is no thread"],
    ["create", { thread: 0, goroutine: 1 }, "event 2, create on thread 0: goroutine 1 is there"],
    ["proc-start", { thread: 1, a: 0 }, "event 2, proc-start on thread 1: proc 0 is not idle"],
    ["call-end", { thread: 0 }, "event 2, call-end on thread 0: it is in no system call"],
  ] as const)("%s %j", (name, fields, sentence) => {
    const builder = begun();
    builder.add(name, 1, fields);
    expect(refused(builder)).toThrow(`invalid trace: ${sentence}`);
  });
});
