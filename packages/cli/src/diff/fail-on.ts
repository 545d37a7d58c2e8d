import type { DiffRow } from "@pprof-ts/report";
import { ToolError } from "../error.ts";

type Test = (row: DiffRow) => boolean;

/**
 * Understands a condition such as `self > +5% && total > 1% && p < 0.05`. A share with a sign is how far it moved, in
 * points of a hundred; one without is the new share. `p` is that of the function's own share. `&&` binds before `||`.
 */
export function parseCondition(text: string): Test {
  const alternatives = text.split("||").map((part) => part.split("&&").map(parseComparison));
  return (row) => alternatives.some((tests) => tests.every((test) => test(row)));
}

/** Whether a condition, one that `parseCondition` understands, asks for a p-value, which only repeats have. */
export function asksForP(text: string): boolean {
  return /(^|[&|])\s*p\s*[<>]/.test(text);
}

const compare: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
};

function parseComparison(text: string): Test {
  const [, subject, operator = "", sign, digits, percent] =
    /^\s*(self|total|p)\s*([<>]=?)\s*([+-]?)(\d+(?:\.\d+)?|\.\d+)(%?)\s*$/.exec(text) ?? [];
  const isShare = subject === "self" || subject === "total";
  if (subject === undefined || isShare !== (percent === "%") || (!isShare && sign !== "")) {
    throw new ToolError(`invalid condition "${text.trim()}": must be like self > +5%, total > 1% or p < 0.05`);
  }
  const limit = Number(digits) * (sign === "-" ? -1 : 1);
  const test = compare[operator]!;
  if (!isShare) return ({ self }) => self.p !== undefined && test(self.p, limit);
  return (row) => test(100 * (sign === "" ? row[subject].new : row[subject].change), limit);
}
