import { expect, test } from "vitest";
import { SourceMap } from "../src/source-map.ts";

// What esbuild --minify makes of `export function longName(value) {\n  return value * 2;\n}` in one.ts.
const json = JSON.stringify({
  version: 3,
  sourceRoot: "src",
  sources: ["one.ts", null],
  names: ["longName", "value"],
  mappings: "AAAO,SAASA,EAASC,EAAO,CAC9B,OAAOA,EAAQ,CACjB",
});

test("finds the segment at or before a column, and the first of the line without one", () => {
  const map = new SourceMap(json);
  expect(map.original(0)).toEqual({ source: "src/one.ts", line: 0 });
  expect(map.original(0, 15)).toEqual({ source: "src/one.ts", line: 1 });
  expect(map.original(0, 30)).toEqual({ source: "src/one.ts", line: 2 });
  expect(map.original(1)).toBeUndefined();
  expect(map.nameAt(0, 9)).toBe("longName");
  expect(map.nameAt(0, 10)).toBeUndefined();
});

test("sections begin at their offsets", () => {
  const map = new SourceMap(
    JSON.stringify({
      version: 3,
      sections: [
        { offset: { line: 0, column: 0 }, map: { sources: ["a.ts"], names: [], mappings: "AAAA" } },
        { offset: { line: 2, column: 5 }, map: { sources: ["b.ts"], names: [], mappings: "AAAA;AACA" } },
      ],
    }),
  );
  expect([0, 1, 2, 3].map((line) => map.original(line)?.source)).toEqual(["a.ts", undefined, "b.ts", "b.ts"]);
  expect(map.original(3)?.line).toBe(1);
});

test.for(["", "null", "[", '{"mappings":"A*"}'])("%j is an error", (text) => {
  expect(() => new SourceMap(text)).toThrow();
});
