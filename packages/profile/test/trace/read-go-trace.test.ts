import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import {
  checkGoTrace,
  deriveProfile,
  type Profile,
  readGoTrace,
  readProfile,
  TRACE_EVENTS,
  type Trace,
  TraceBuilder,
  toNumbers,
  writeGoTrace,
} from "../../src/index.ts";
import { goToolTrace, withoutGoTrace } from "./go-tool.ts";
import { rounds } from "./rounds.ts";

/** By the names of each stack, how often it was met and for how many nanoseconds. */
function stacksOf(profile: Profile): Map<string, { readonly count: number; readonly nanos: number }> {
  const { samples, locations, functions, strings } = profile;
  const [counts, nanos] = samples.values.map(toNumbers);
  const found = new Map<string, { count: number; nanos: number }>();
  for (let i = 0; i < samples.length; i++) {
    const rows = samples.locations.subarray(samples.locationStart[i]!, samples.locationStart[i + 1]!);
    const names = Array.from(rows, (row) => {
      const line = locations.lineStart[row]!;
      return `${strings.get(functions.name[locations.lines.function[line]!]!)}:${locations.lines.line[line]}`;
    });
    // A stack of nothing is none.
    const stack = names.filter((name) => name !== ":0").join(" ");
    const known = found.get(stack) ?? { count: 0, nanos: 0 };
    known.count += counts![i]!;
    known.nanos += nanos![i]!;
    found.set(stack, known);
  }
  return found;
}

const DERIVED = ["net", "sync", "syscall", "sched"];
const skipped = withoutGoTrace === undefined ? "" : ` (skipped: ${withoutGoTrace})`;

/** What `go tool trace` derives of these bytes is what we do. */
async function expectSame(bytes: Uint8Array, trace: Trace): Promise<void> {
  for (const name of DERIVED) {
    const theirs = stacksOf(await readProfile(goToolTrace(`-pprof=${name}`, bytes).output));
    const ours = stacksOf(deriveProfile(trace, name));
    expect([name, [...ours.keys()].sort()]).toEqual([name, [...theirs.keys()].sort()]);
    for (const [stack, { count, nanos }] of theirs) {
      const own = ours.get(stack)!;
      expect([name, stack, own.count]).toEqual([name, stack, count]);
      // It sets equal times apart by a nanosecond each.
      expect(Math.abs(own.nanos - nanos)).toBeLessThanOrEqual(count);
    }
  }
}

test.skipIf(skipped !== "")(`what we write is read back, and derives the same${skipped}`, async () => {
  const bytes = writeGoTrace(rounds(25));
  const { trace, broken } = readGoTrace(bytes);
  expect(broken).toBeUndefined();
  await expectSame(bytes, trace);
});

describe.skipIf(skipped !== "")(`a trace of a program of Go's${skipped}`, () => {
  let bytes: Uint8Array;
  let trace: Trace;

  beforeAll(() => {
    const folder = mkdtempSync(path.join(tmpdir(), "pprof-traced-"));
    try {
      const program = path.join(folder, "traced");
      const cwd = fileURLToPath(new URL("go-traced", import.meta.url));
      const built = spawnSync("go", ["build", "-o", program, "."], { cwd, encoding: "utf8" });
      if (built.status !== 0) throw new Error(built.stderr);
      bytes = spawnSync(program, { maxBuffer: 2 ** 28 }).stdout;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    const read = readGoTrace(bytes);
    expect(read.broken).toBeUndefined();
    trace = read.trace;
  }, 120_000);

  test("holds the rules, and derives what go tool trace does", async () => {
    expect(checkGoTrace(bytes)).toBeUndefined();
    await expectSame(bytes, trace);
  });

  test("has its tasks, regions, logs and collections", () => {
    const count = (name: string): number =>
      trace.events.kind.filter((kind) => TRACE_EVENTS[kind]!.name === name).length;
    expect(["task-begin", "task-end", "region-begin", "region-end", "log"].map(count)).toEqual([8, 8, 8, 8, 8]);
    expect(count("gc-begin")).toBeGreaterThan(0);
    expect(count("heap")).toBeGreaterThan(0);
    expect(trace.strings).toEqual(expect.arrayContaining(["compute", "locked", "has the lock", "main.work"]));
  });

  test("of a file that is cut what is whole is read, and the rest is told of", () => {
    const { trace: part, broken } = readGoTrace(bytes.subarray(0, bytes.length - 100));
    expect(part.events.length).toBeLessThan(trace.events.length);
    expect(broken).toMatch(/^malformed trace: /);
    expect(() => readGoTrace(bytes.subarray(0, 100))).toThrow("malformed trace: ");
  });
});

test("a last second with nothing but a sample ends when that was", () => {
  const builder = new TraceBuilder();
  const stack = builder.stack([["work", "app.js", 3]]);
  builder.add("proc-start", 0, { thread: 0, a: 0 });
  builder.add("create", 0, { thread: 0, goroutine: 1, a: stack });
  builder.add("run", 1000, { thread: 0, goroutine: 1 });
  builder.add("sample", 1.5e9, { thread: 0, goroutine: 1, stack });
  const { trace } = readGoTrace(writeGoTrace(builder.build(0n, 2e9)));
  expect(trace.durationNanos / 1e9).toBeCloseTo(1.5, 3);
  expect([...trace.events.time].every(Number.isFinite)).toBe(true);
});
