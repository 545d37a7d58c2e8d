import { expect, test } from "vitest";
import { nearest } from "../src/words/nearest.ts";

test.each([
  ["tpo", "top"],
  ["nodecuont", "nodecount"],
  ["granul", "granularity"],
  ["xyz", undefined],
])("%s was probably meant to be %s", (mistyped, meant) => {
  expect(nearest(mistyped, ["top", "tree", "nodecount", "granularity"])).toBe(meant);
});
