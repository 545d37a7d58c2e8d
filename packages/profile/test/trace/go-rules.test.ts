import { expect, test } from "vitest";
import { checkGoTrace } from "../../src/index.ts";
import { GO_RULES } from "./go-rules.ts";
import { goToolTrace, withoutGoTrace } from "./go-tool.ts";
import { goTraceOf } from "./go-trace-text.ts";

const bytesOf = (name: string): Uint8Array => {
  const { text, version, cut } = GO_RULES[name]!;
  const bytes = goTraceOf(text, version);
  return cut?.(bytes) ?? bytes;
};

test.each(Object.keys(GO_RULES))("%s", (name) => {
  const said = checkGoTrace(bytesOf(name));
  expect(said === undefined, said).toBe(GO_RULES[name]!.reads);
});

const skipped = withoutGoTrace === undefined ? "" : ` (skipped: ${withoutGoTrace})`;
test.skipIf(skipped !== "")(
  `go tool trace holds the same rules${skipped}`,
  () => {
    const found = Object.keys(GO_RULES).map((name) => [name, goToolTrace("-d=parsed", bytesOf(name)).error === ""]);
    expect(Object.fromEntries(found)).toEqual(
      Object.fromEntries(Object.entries(GO_RULES).map(([name, { reads }]) => [name, reads])),
    );
  },
  120_000,
);

test("a trace that is cut anywhere is read or refused in a sentence", () => {
  for (const name of [
    "a system call has the sequence of its proc",
    "idle goroutines may be left out of a generation",
  ]) {
    const bytes = bytesOf(name);
    for (let end = 0; end < bytes.length; end++) expect(() => checkGoTrace(bytes.subarray(0, end))).not.toThrow();
  }
});
