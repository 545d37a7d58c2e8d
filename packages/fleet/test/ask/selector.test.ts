import { expect, test } from "vitest";
import { compileSelector, type Matcher, parseMatchers, parseSelector } from "../../src/index.ts";

const matcher = (label: string, operator: Matcher["operator"], value: string): Matcher => ({ label, operator, value });

test.for([
  ["", "", []],
  ["{}", "", []],
  [
    '{service_name="api", version=~"v1.*",}',
    "",
    [matcher("service_name", "=", "api"), matcher("version", "=~", "v1.*")],
  ],
  ["{ a != 'b' , c!~`d\\n\"` }", "", [matcher("a", "!=", "b"), matcher("c", "!~", 'd\\n"')]],
  [
    'process_cpu:cpu:nanoseconds:cpu:nanoseconds{service_name="api"}',
    "process_cpu:cpu:nanoseconds:cpu:nanoseconds",
    [matcher("service_name", "=", "api")],
  ],
  ["goroutine", "goroutine", []],
  ['{__name__="memory", a="b"}', "memory", [matcher("a", "=", "b")]],
  ['{__profile_type__="memory:x:y::"}', "memory:x:y::", []],
  ['{"service.name"="a\\"\\\\\\n\\x41\\u00e9\\101,}"}', "", [matcher("service.name", "=", 'a"\\\nAéA,}')]],
] as const)("%s", ([text, name, matchers]) => {
  expect(parseSelector(text)).toEqual({ name, matchers });
});

test.for([
  ["{", /the name of a label is expected at its end/],
  ["{a}", /one of =, !=, =~, !~ is expected at "}"/],
  ["{a=b}", /a text in quotes is expected at "b}"/],
  ['{a="b" c="d"}', /"," or "}" is expected at "c=/],
  ['{a="b}', /a " that ends the text is expected/],
  ['{a="\\z"}', /\\z is no letter of a text/],
  ['{a="b"} + 1', /the end is expected at "\+ 1"/],
  ["+", /"{" is expected at "\+"/],
  ['memory{__name__="goroutine"}', /2 profile types, memory and goroutine/],
  ['{__name__=~"m.*"}', /must be one type, with =, and not =~/],
  [`{${"a='b',".repeat(65)}}`, /more than 64 matchers/],
  [`{a="${"b".repeat(9000)}"}`, /8192 are the most/],
] as const)("%s is refused", ([text, why]) => {
  expect(() => parseSelector(text)).toThrow(why);
});

test("braces of matchers may be missing", () => {
  expect(parseMatchers('a="b", c=~"d"')).toEqual([matcher("a", "=", "b"), matcher("c", "=~", "d")]);
  expect(parseMatchers(' {a="b"}')).toEqual([matcher("a", "=", "b")]);
  expect(parseMatchers(" ")).toEqual([]);
});

const allows = (text: string, labels: Readonly<Record<string, string>>): boolean =>
  compileSelector({ tenant: "", matchers: parseSelector(text).matchers })(new Map(Object.entries(labels)));

test("expressions are for all of a value, and a label that is not there is empty", () => {
  expect(allows('{v=~"v1"}', { v: "v1" })).toBe(true);
  expect(allows('{v=~"v1"}', { v: "v12" })).toBe(false);
  expect(allows('{v=~"a|v12"}', { v: "v12" })).toBe(true);
  expect(allows('{v!=""}', {})).toBe(false);
  expect(allows('{v=""}', {})).toBe(true);
  expect(allows('{v!~".+"}', {})).toBe(true);
});

test("expressions that would take forever elsewhere take no time, and those too large are refused", () => {
  expect(allows('{v=~"(a*)*b"}', { v: "a".repeat(2048) })).toBe(false);
  expect(() => allows('{v=~"((a{1000}){1000}){1000}"}', { v: "a" })).toThrow(/invalid selector/);
  expect(() => allows(`{v=~"${"a".repeat(1025)}"}`, { v: "a" })).toThrow(/more than 1024/);
  expect(() => allows('{v=~"("}', { v: "a" })).toThrow(/missing closing/);
});
