import { expect, test } from "vitest";
import { beginsIn, hasPlacesOf } from "../src/agent/code/function-begin.ts";

/** A text with `|` where V8 says that a function of this name begins, and what the name is taken from. */
const standing: readonly (readonly [text: string, functionName: string, name: string | undefined])[] = [
  ["function burn|(job) {}", "burn", "burn"],
  ["async function* burn|(job) {}", "burn", "burn"],
  ["const burn = |(job) => job", "burn", "burn"],
  ["const burn = async |(job) => job", "burn", "burn"],
  ["const burn = |job => job", "burn", "burn"],
  ["let e=function|(t){}", "e", "e"],
  ["a.b.c = function |(t) {}", "a.b.c", "c"],
  ["x = { run: |() => 1 }", "run", "run"],
  ["x = { run|() {} }", "run", "run"],
  ["x = { get size|() {} }", "get size", "size"],
  ["class A { #own|() {} }", "#own", "#own"],
  ["class A { constructor|() {} }", "A", undefined],
  ["class A { |static { } }", "A", undefined],
  ["class A { |field = 1 }", "A", undefined],
  ["|class A {}", "A", undefined],
  ['x = { "two words"|() {} }', "two words", undefined],
  ["list.map(|(one) => one)", "", undefined],
  ["list.map(function |(one) {})", "", undefined],
  ["return |(one) => one", "", undefined],
  // As stacks have it.
  ["|function burn(job) {}", "burn", "burn"],
  ["|async function* burn(job) {}", "burn", "burn"],
  ["const burn = |function (job) {}", "burn", "burn"],
  ["const burn = |async (job) => job", "burn", "burn"],
  ["const burn = |async job => job", "burn", "burn"],
  ["x = { |async run() {} }", "run", "run"],
  ["x = { |*run() {} }", "run", "run"],
  ["x = { |run() {} }", "run", "run"],
  ["x = { |get size() {} }", "get size", "size"],
  ["class A { |#own() {} }", "#own", "#own"],
  ["class A { |constructor() {} }", "A", undefined],
  ['class A { |["x" + 1]() {} }', "x1", undefined],
  // V8 names a function for all that it is assigned to, by more than one word.
  ["e.s=t=>{t.push(Array.from({length:5},|(n)=>n))}", "e.s.t.push.Array.from.length", undefined],
];

test.each(standing)("%s is where %j begins", (text, functionName, name) => {
  const columnNumber = text.indexOf("|");
  const one = { functionName, lineNumber: 1, columnNumber };
  const found = beginsIn(`first line\n${text.replace("|", "")}`, [one]).get(one)!;
  expect(found.stands).toBe(true);
  const at = found.nameColumn;
  const identifier = /^[\w$#]+/.exec(text.replace("|", "").slice(at ?? text.length))?.[0];
  expect(identifier).toBe(name);
});

const other: readonly (readonly [text: string, functionName: string])[] = [
  ["function b|urn(job) {}", "burn"],
  ["  |other(job);", "burn"],
  ["function other|(job) {}", "burn"],
  ["  let sum |= 0;", "burn"],
  ["// a comment |of words", "burn"],
  ["|", "burn"],
  ["short", "beyond its end"],
];

test.each(other)("%s is not where %j begins", (text, functionName) => {
  const at = text.indexOf("|");
  const one = { functionName, lineNumber: 0, columnNumber: at < 0 ? 99 : Math.max(at, 1) };
  expect(beginsIn(text.replace("|", ""), [one]).get(one)!.stands).toBe(false);
});

test("a line that is not there is none", () => {
  const one = { functionName: "burn", lineNumber: 5, columnNumber: 3 };
  expect(beginsIn("one\ntwo", [one]).get(one)!.stands).toBe(false);
});

test("the places are the file's where the text is, but for what is around it, or types are blanked out", () => {
  const file = "interface Job { rounds: number }\nfunction burn(job: Job): number {\n  return job.rounds;\n}\n";
  const blanked = "                                \nfunction burn(job     )         {\n  return job.rounds;\n}\n";
  expect(hasPlacesOf(file, file)).toBe(true);
  expect(hasPlacesOf(`(function (exports, require) { ${file}\n});`, file)).toBe(true);
  expect(hasPlacesOf(blanked, file)).toBe(true);
  expect(hasPlacesOf(`${blanked}\n\n//# sourceURL=file:///burn.ts`, file)).toBe(true);
  expect(hasPlacesOf(`(function (exports, require) { \n${file}\n});`, `#!/usr/bin/env node\n${file}`)).toBe(true);
  expect(hasPlacesOf(file, `#!/usr/bin/env node\n${file}`)).toBe(false);
  expect(hasPlacesOf(`"use strict";\n${file}`, file)).toBe(false);
  expect(hasPlacesOf("function burn(job) {\n  return job.rounds;\n}\n", file)).toBe(false);
});
