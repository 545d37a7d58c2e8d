import { expect, test } from "vitest";
import { mismatch, stepsOf } from "./steps.ts";

test("commands are what follows a dollar in blocks of console, with what is below them", () => {
  const text = "a\n```sh\n$ no\n```\n```console\n$ one \\\n  two\nsays\n\n$ three &\n```\n";
  expect(stepsOf(text)).toEqual([
    { line: 6, command: "one two", prints: ["says", ""] },
    { line: 10, command: "three &", prints: [] },
  ]);
});

/** What a story says, what is printed, and whether that is the same. */
const cases: readonly (readonly [said: string, printed: string, isSame: boolean])[] = [
  ["a\nb", "a\n\nb\n", true],
  ["a", "a\nb", false],
  ["a\n…", "a\nb", true],
  ["…\nb\n…", "a\nb\nc", true],
  ["…\nb", "a\nb\nc", false],
  ["a\n…\nb\nc", "a\nb\nx\nb\nc", true],
  ["b\na", "a\nb", false],
  ["a\n…\nc\n…\nb\n…", "a\nb\nc\nd", true],
  ["b\n…\na\n…", "a\nb\nc", false],
  ["…\nb", "b\na", false],
  ["1.20s  30.00% work", "  0.9s 20.10%   work", true],
  ["1.20s 30.00% work", "1.20s 70.00% work", false],
  ["1.20s 30.00% work", "1.20s 30.00% rest", false],
  ["1s 30% 30% 2s 60% work", "1s 30% 90% 2s 60% work", true],
  ["1s 30% 30% 2s 60% work", "1s 30% 30% 2s 20% work", false],
  ["10MB work", "19MB work", true],
  ["10MB work", "10ms work", false],
  ["10MB work", "64MB work", false],
  ["0 work", "3MB work", false],
  ["0 work", "10ms work", true],
  ["10ms work", "0 work", true],
  ["10s work", "0 work", false],
  ["12 rows", "40 rows", true],
  ["12 rows", "400 rows", false],
  ["12 rows", "none rows", false],
  ["await lock.ts:14", "await lock.ts:15", false],
  ["http://localhost:6060/x", "http://localhost:6061/x", false],
  ["took 3s.", "took 2s.", true],
  ["saved … in 2s", "saved a.pb.gz in 3s", true],
  ["-4.20s work", "4.20s work", false],
];

test.each(cases)("%j is said, %j is printed: %j", (said, printed, isSame) => {
  expect(mismatch(said.split("\n"), printed) === undefined).toBe(isSame);
});
