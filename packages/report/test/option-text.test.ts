import { expect, test } from "vitest";
import { defaultOptions, withQuery } from "../src/index.ts";

test("a query sets options under the reference tool's keys", () => {
  expect(withQuery({ f: "a|b", n: "+7", nf: ".5", trim: "no", g: "lines", tagroot: "thread", p: "x" })).toEqual({
    ...defaultOptions,
    focus: "a|b",
    nodecount: 7,
    nodefraction: 0.5,
    trim: false,
    granularity: "lines",
    tagroot: "thread",
  });
});

test.each([
  [{ n: "abc" }, 'error setting config field nodecount: strconv.Atoi: parsing "abc": invalid syntax'],
  [
    { n: "99999999999999999999" },
    'error setting config field nodecount: strconv.Atoi: parsing "99999999999999999999": value out of range',
  ],
  [{ nf: "x" }, 'error setting config field nodefraction: strconv.ParseFloat: parsing "x": invalid syntax'],
  [{ trim: "maybe" }, 'error setting config field trim: illegal value "maybe" for bool variable'],
  [{ sort: "up" }, 'error setting config field sort: invalid "sort" value "up"'],
])("%o is refused in its words", (query, message) => {
  expect(() => withQuery(query)).toThrow(message);
});
