import fc from "fast-check";
import { expect, test } from "vitest";
import { TextFitter } from "../src/widget/canvas/fit-text.ts";

/** Letters as wide as their number is odd or even. */
const widthOf = (text: string): number => [...text].reduce((sum, letter) => sum + 5 + (letter.codePointAt(0)! % 3), 0);
const context = { measureText: (text: string) => ({ width: widthOf(text) }) } as CanvasRenderingContext2D;
const fitter = new TextFitter(context);

test.each([
  ["http.(*Server).Serve", "http.(*Server).Serve", 1],
  ["http.(*Server).Serve", "(*Server).Serve", 0.8],
  ["http.(*Server).Serve", "Serve", 0.4],
  ["Queryable+Enumerator[System.Canon].MoveNext()", "Queryable+Enumer…MoveNext()", 0.6],
  ["parserOnHeadersComplete", "parserO…lete", 0.55],
  ["parserOnMessageComplete", "parserO…lete", 0.55],
  ["parserOnHeadersComplete", "parse…", 0.28],
  // What follows the last dot is no name of its own.
  ["json.BenchmarkCodeMarshal.func1", "BenchmarkCodeMarshal.func1", 0.9],
  ["json.BenchmarkCodeMarshal.func1.2", "Benchmar…nc1.2", 0.45],
  ["cfree@GLIBC_2.2.5", "cfree@….2.5", 0.65],
  ["unicode_decode_utf8.part.0", "unicode…art.0", 0.5],
  ["dict_merge.cold", "dict_m….cold", 0.8],
])("%s is shown as %s in %d of its width", (name, shown, part) => {
  expect(fitter.fit(name, widthOf(name) * part)).toBe(shown);
});

test("what is shown fits, is a part of the name or its ends, and cuts no letter in two", () => {
  const names = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 40 }),
    fc.string({ unit: fc.constantFrom(..."ab.:<>(𝛼é") }),
  );
  fc.assert(
    fc.property(names, fc.integer({ min: 0, max: 400 }), (name, room) => {
      const shown = fitter.fit(name, room);
      expect(widthOf(shown)).toBeLessThanOrEqual(room);
      expect(shown).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/);
      if (name.includes("…")) return;
      const [head, tail = ""] = shown.split("…");
      expect(name.includes(head!) && name.endsWith(shown.includes("…") ? tail : head!)).toBe(true);
    }),
  );
});
