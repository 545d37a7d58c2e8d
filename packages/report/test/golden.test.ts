import { describe, expect, test } from "vitest";
import { type Form, report, wholeBody } from "../src/index.ts";
import { parseArgs } from "./reference.ts";
import { shop } from "./stacks.ts";

/** Command lines, and the files in golden/ with what they print. `npx vitest run -u` writes them anew. */
const GOLDENS = [
  "-top",
  "-top -cum -nodecount=5",
  "-top -lines",
  "-top -files -unit=ms",
  "-top -addresses -noinlines",
  "-top -focus=checkout",
  "-top -ignore=crypto -relative_percentages",
  "-top -hide=route|serve",
  "-top -show=walk|list",
  "-top -show_from=route",
  "-top -prune_from=total",
  "-top -tagfocus=tenant=ann,bob",
  "-top -tagfocus=bytes=8kb:",
  "-top -tagignore=endpoint:/list",
  "-top -tagroot=endpoint -tagleaf=tenant",
  "-top -sample_index=samples -mean",
  "-top -divide_by=3",
  "-tree -nodecount=4",
  "-peek=^walk$",
  "-traces",
  "-traces -tagshow=endpoint",
  "-tags",
  "-comments",
  "-raw",
  "-raw -hide=walk -noinlines",
  "-list=walk|total",
  "-dot",
  "-dot -nodecount=6 -edgefraction=0.1",
  "-dot -call_tree -focus=walk",
  "-callgrind",
  "-collapsed",
  "-md=40",
  "-flame",
  "-top -json",
  "-peek=walk -json",
  "-tags -csv",
  "-tree -csv -nodecount=3",
];

const SOURCES: Readonly<Record<string, string>> = {
  "/work/src/shop/tree.ts": Array.from({ length: 20 }, (_, i) => `tree line ${i + 1}`).join("\n"),
};

describe("what is printed for a shop's server", () => {
  test.each(GOLDENS)("%s", async (line) => {
    const words = line.split(" ");
    const form = (["json", "csv"] as const).find((form) => words.includes(`-${form}`));
    const { output, options, argument } = parseArgs(words.filter((word) => word !== `-${form}`));
    const world = { directory: "/work/src/deep", readSource: (path: string): string | undefined => SOURCES[path] };
    const { body } = report(shop(), output, options, world, argument, form ?? ("own" satisfies Form));
    const file = line
      .replace(/(^| )-/g, " ")
      .trim()
      .replace(/[^\w=.,-]+/g, "_");
    await expect(wholeBody(body)).toMatchFileSnapshot(`golden/${file}.txt`);
  });
});
