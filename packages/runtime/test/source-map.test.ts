import { expect, test } from "vitest";
import { SourceMap } from "../src/agent/source-map/source-map.ts";
import { RuntimeError } from "../src/error.ts";

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
  expect(map.original(0)).toEqual({ source: "src/one.ts", line: 0, column: 7 });
  expect(map.original(0, 15)).toEqual({ source: "src/one.ts", line: 1, column: 2 });
  expect(map.original(0, 30)).toEqual({ source: "src/one.ts", line: 2, column: 0 });
  expect(map.original(1)).toBeUndefined();
  expect(map.identifierAt(0, 9)).toEqual({ name: "longName", source: "src/one.ts", stands: undefined });
  expect(map.identifierAt(0, 10)).toBeUndefined();
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

test("what a map says of places that there cannot be is left out", () => {
  const odd = { sources: ["a.ts", 5, null, "b".repeat(5000)], names: [{}, "one"], sourceRoot: {} };
  const map = new SourceMap(JSON.stringify({ ...odd, mappings: "AAAAA,CAAAC;ACAA;ACAA;ACAA;ACAA;AJDA;ADAA,D" }));
  expect([0, 1, 2, 3, 4, 5, 6].map((line) => map.original(line))).toEqual([
    { source: "a.ts", line: 0, column: 0 },
    ...Array(6).fill(undefined),
  ]);
  expect([map.identifierAt(0, 0), map.identifierAt(0, 1)?.name]).toEqual([undefined, "one"]);
});

test.for([
  ['{"sections":[{"offset":{"line":4e9,"column":0},"map":{"mappings":"AAAA"}}]}', "it has more than 4194304 lines"],
  ['{"sections":[{"offset":{"line":-1,"column":0},"map":{"mappings":"AAAA"}}]}', "a section has no place"],
  ['{"sections":[{"offset":{"line":0.5,"column":0},"map":{"mappings":"AAAA"}}]}', "a section has no place"],
  ['{"sections":[{"offset":{"line":0,"column":0},"map":{"sections":[]}}]}', "it has sections in a section"],
  [`{"mappings":"${"A,".repeat(2 ** 23 + 1)}"}`, "it has more than 8388608 segments"],
  [`{"mappings":"ggggggE"}`, "it has a number of more than 32 bits"],
  [`{"sources":${"[".repeat(100)}`, "it nests deeper than 32"],
  [`{"names":[${"0,".repeat(2 ** 21)}0]}`, "it has more than 2097152 values"],
  [`{"sources":[${"0,".repeat(2 ** 18)}0]}`, "it has more than 262144 sources"],
  [
    `{"sourceRoot":"${"r".repeat(4095)}","sources":[${"0,".repeat(2 ** 12)}0]}`,
    "it has more than 16777216 characters in the paths of its sources",
  ],
  [`{${'"a":0'.repeat(2 ** 18 + 1)}}`, "it has more than 262144 members of objects"],
] as const)("%.60s is refused: %s", ([text, why]) => {
  expect(() => new SourceMap(text)).toThrow(new RuntimeError(why));
});

test.for(["", "null", "[", '{"mappings":"A*"}'])("%j is an error", (text) => {
  expect(() => new SourceMap(text)).toThrow();
});

test("an identifier is told to stand in the original only where it does, as a whole", () => {
  const standing = (text: string | null): boolean | undefined => {
    const map = new SourceMap(JSON.stringify({ ...JSON.parse(json), sourcesContent: [text] }));
    return map.identifierAt(0, 9)?.stands;
  };
  // In the original, the name begins at column 16 of the first line.
  expect(standing("export function longName(value) {")).toBe(true);
  expect(standing("export function longNames(value) {")).toBe(false);
  expect(standing("export function another(value) {")).toBe(false);
  expect(standing("\n".repeat(300))).toBe(false);
  expect(standing(null)).toBeUndefined();
  const map = new SourceMap(json);
  map.provide("src/one.ts", "export function longName(value) {");
  expect(map.identifierAt(0, 9)?.stands).toBe(true);
});

test("a line of which no column is known has an original where it comes from one line", () => {
  const two = { version: 3, sources: ["a.ts"], names: [], mappings: "AAAA,EAAE;AACA,EACA" };
  const map = new SourceMap(JSON.stringify(two));
  expect(map.originalOfLine(0)).toEqual({ source: "a.ts", line: 0, column: 0 });
  expect([1, 2].map((line) => map.originalOfLine(line))).toEqual([undefined, undefined]);
});
