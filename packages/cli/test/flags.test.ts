import { expect, test } from "vitest";
import { type Flag, parseFlags } from "../src/words/flags.ts";

const flags: Flag[] = [
  { name: "top", kind: "bool" },
  { name: "nodecount", kind: "int" },
  { name: "nodefraction", kind: "float" },
  { name: "focus", kind: "string" },
];

function read(...words: string[]): unknown {
  const parsed = parseFlags(words, flags);
  return "values" in parsed ? { ...Object.fromEntries(parsed.values), _: parsed.positional } : parsed;
}

test("one dash or two, = or a space, and booleans only with =", () => {
  expect(read("-top", "--nodecount=5", "-focus", "main", "prof")).toEqual({
    top: [true],
    nodecount: [5],
    focus: ["main"],
    _: ["prof"],
  });
  expect(read("-top", "false", "prof")).toEqual({ top: [true], _: ["false", "prof"] });
  expect(read("-top=0", "-focus=a=b", "-focus=")).toEqual({ top: [false], focus: ["a=b", ""], _: [] });
});

test("the first word that is no flag ends them, and so does --", () => {
  expect(read("prof", "-top")).toEqual({ _: ["prof", "-top"] });
  expect(read("-top", "--", "-focus")).toEqual({ top: [true], _: ["-focus"] });
  expect(read("-top", "-", "x")).toEqual({ top: [true], _: ["-", "x"] });
});

test.each([
  ["0x2", 2],
  ["0b11", 3],
  ["0o17", 15],
  ["017", 15],
  ["1_000", 1000],
  ["-1", -1],
  ["0", 0],
])("the integer %s is %i", (text, value) => {
  expect(read(`-nodecount=${text}`)).toEqual({ nodecount: [value], _: [] });
});

test.each([
  [["-nope"], { problem: "flag provided but not defined: -nope", unknown: "nope" }],
  [["-nodecount", "x"], { problem: 'invalid value "x" for flag -nodecount: parse error' }],
  [
    ["-nodecount=99999999999999999999"],
    { problem: 'invalid value "99999999999999999999" for flag -nodecount: value out of range' },
  ],
  [["-nodefraction=1e999"], { problem: 'invalid value "1e999" for flag -nodefraction: value out of range' }],
  [["-top=maybe"], { problem: 'invalid boolean value "maybe" for -top: parse error' }],
  [["-focus"], { problem: "flag needs an argument: -focus" }],
  [["---top"], { problem: "bad flag syntax: ---top" }],
  [["-=x"], { problem: "bad flag syntax: -=x" }],
  [["-h"], { help: true }],
  [["--help"], { help: true }],
])("%j is answered as Go answers it", (words, answer) => {
  expect(read(...words)).toEqual(answer);
});

test("a boolean that may be a file is one where its value is no truth", () => {
  const file = [{ name: "speedscope", kind: "bool", mayBeFile: true } as const];
  const value = (word: string): unknown => {
    const parsed = parseFlags([word, "prof"], file);
    return "values" in parsed ? parsed.values.get("speedscope") : parsed;
  };
  expect(value("-speedscope")).toEqual([true]);
  expect(value("-speedscope=false")).toEqual([false]);
  expect(value("-speedscope=out.json")).toEqual(["out.json"]);
  expect(value("-speedscope=")).toMatchObject({ problem: expect.stringContaining("invalid boolean value") });
});
