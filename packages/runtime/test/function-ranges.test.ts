import path from "node:path";
import { expect, test } from "vitest";
import { functionRanges, inlinedAt, rangeAt, reachedFrom } from "../src/agent/code/function-ranges.ts";
import { importsOf } from "../src/agent/code/imports.ts";

const source = `import { a } from "b"; // function no() {
export function outer(list) {
  const pattern = /[/}]\\/{/g, ratio = list.length / 2 / 1;
  if (list.length > 3) {
    return list.map((item) => {
      return \`\${item.name} } \${format({ item })}\`;
    });
  }
  return inner(list);
}
class Shop {
  #open = async () => {
    await 1
  }
  get price() {
    return 1;
  }
  async *items({ from = 1 }) {
    yield from;
  }
}
const double = x => x * 2
const tail = function () {
  return "}";
};
exports.named = (a, b) =>
  a + b;
`;

const shown = functionRanges(source)
  .sort((a, b) => a.line - b.line || a.column - b.column)
  .map(({ name, line, column, endLine }) => `${name || "-"} ${line + 1}:${column + 1}-${endLine + 1}`);

test("functions by their tokens: names as V8 gives them, from the parameters to the end", () => {
  expect(shown).toEqual([
    "outer 2:22-10",
    "- 5:21-7",
    "#open 12:17-14",
    "get price 15:12-17",
    "items 18:15-20",
    "double 22:16-23",
    "tail 23:23-25",
    "exports.named 26:17-27",
  ]);
});

test("text that is no JavaScript ends in some ranges, not in an error", () => {
  for (const text of ["", "`${", "((((", "}}}}) => {", "/", '"', "`", "=> =>", "{".repeat(10_000), "\\"]) {
    expect(functionRanges(text)).toBeInstanceOf(Array);
  }
});

test("a line outside of its function belongs to the function around the line, if that can be called from there", () => {
  const script = `function leaf(x) {
  return x + 1;
}
function caller(list) {
  for (const x of list) leaf(x);
  const inner = (y) => {
    return y;
  };
  inner(1);
}
const one = (x) => x;
function elsewhere() {
  return [1].map((x) => {
    return x;
  });
}
function indirect() {
  caller([elsewhere()]);
}
const f = (x) => x, g = (x) => x;
`;
  const ranges = functionRanges(script);
  const caller = { line: 3, column: 15 };
  const at = (line: number, from = caller): string => {
    const found = inlinedAt(ranges, from, line - 1);
    return typeof found === "string" ? `(${found})` : found.name;
  };
  expect(at(2)).toBe("leaf");
  expect(at(5)).toBe("(caller)");
  expect(at(6)).toBe("(caller)");
  expect(at(7)).toBe("inner");
  // Nothing in it calls these: what V8 has inlined there is a function of another script.
  expect(at(11)).toBe("(elsewhere)");
  expect(at(14)).toBe("(elsewhere)");
  const indirect = { line: 16, column: 17 };
  expect(at(2, indirect)).toBe("leaf");
  expect(at(14, indirect)).toBe("");
  expect(at(11, indirect)).toBe("(elsewhere)");
});

test("a function reaches those of another script whose names it says, and what they call", () => {
  const [caller] = functionRanges(`import { price } from "./pricing.js";
const checkout = (cart) => {
  const { total } = (0, pricing_1.price)(cart);
  return JSON.stringify(total);
};
`);
  const script = functionRanges(`export function price(cart) {
  return best(cart);
}
function best(cart) {
  return round(cart.total);
}
function stringify() {
  return other();
}
function unsaid() {
  return 1;
}
`);
  const words = new Set([...caller!.mentions, ...caller!.beyond]);
  const at = (line: number): string | undefined => reachedFrom(script, words, line - 1).at?.name;
  expect([2, 5, 8, 11, 13].map(at)).toEqual(["price", "best", "stringify", undefined, undefined]);
  // What it may call of further scripts.
  expect([...reachedFrom(script, words, 0).words]).toEqual(expect.arrayContaining(["round", "other"]));
  expect(rangeAt(script, { line: 3, column: 13 })?.name).toBe("best");
});

test("what a script imports", () => {
  const module = `import a, { b as c } from "./a.js"; import * as d from '../d.js';
import "./e.js"; export * from "./f.js"; const g = await import("./g.js");
import fs from "node:fs"; import hono from "hono"; const text = "import nothing";`;
  expect(importsOf("file:///srv/app/main.js", module, 9)).toEqual([
    "file:///srv/app/a.js",
    "file:///srv/d.js",
    "file:///srv/app/e.js",
    "file:///srv/app/f.js",
    "file:///srv/app/g.js",
  ]);
  const here = import.meta.filename;
  const script = `const a = require("./stacks.ts"), fs = require("fs"), none = require("./none.js");`;
  expect(importsOf(here, script, 9)).toEqual([path.join(import.meta.dirname, "stacks.ts")]);
});
