import fc from "fast-check";
import { expect, test } from "vitest";
import { ProfileError, readTrace, traceFormats } from "../../src/index.ts";
import { rounds } from "./rounds.ts";

const numRuns = Number(process.env.FUZZ_RUNS ?? 300);
const files = traceFormats.map((format) => format.write(rounds(12)));

/** Reads what these bytes are, or says in a sentence why not. */
function readsOrRefuses(bytes: Uint8Array): void {
  try {
    const { trace } = readTrace(bytes);
    expect(trace.events.length).toBeGreaterThan(0);
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    expect(error.message).toMatch(/\S/);
  }
}

test("a trace that is cut anywhere is read as far as it is whole, or refused in a sentence", () => {
  for (const bytes of files) {
    for (let end = 0; end < bytes.length; end += 1 + Math.floor(bytes.length / 1500))
      readsOrRefuses(bytes.subarray(0, end));
  }
});

test("changed bytes are read or refused in a sentence", () => {
  const changes = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(fc.nat(files.length - 1), changes, (file, changed) => {
      const bytes = files[file]!.slice();
      for (const [at, byte] of changed) bytes[Math.floor(at * (bytes.length - 1))] = byte;
      readsOrRefuses(bytes);
    }),
    { numRuns },
  );
});

test("whatever Chrome's events hold is read or refused in a sentence", () => {
  const value = fc.oneof(
    fc.constantFrom("B", "E", "X", "b", "e", "M", "thread_name", "x"),
    fc.double(),
    fc.constant(null),
  );
  const event = fc.record(
    {
      ph: value,
      name: value,
      ts: fc.oneof(fc.nat(9), value),
      dur: value,
      pid: value,
      tid: value,
      id: value,
      args: fc.anything(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(event), (traceEvents) => {
      readsOrRefuses(new TextEncoder().encode(JSON.stringify({ traceEvents })));
    }),
    { numRuns },
  );
});
