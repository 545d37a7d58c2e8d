import { ProfileBuilder } from "@pprof-ts/profile";
import { expect, test } from "vitest";
import { defaultOptions, markdownCode, markdownText, report, wholeBody } from "../src/index.ts";

function named(name: string): ProfileBuilder {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }], comments: [name] });
  builder.sample([builder.location({ lines: [{ function: builder.function({ name }), line: 1 }] })], [-7]);
  return builder;
}

test.each([
  ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
  ["+1+cmd|' /C calc'!A0", `"'+1+cmd|' /C calc'!A0"`],
  ["-[NSObject init]", `"'-[NSObject init]"`],
  ["@SUM(1)", `"'@SUM(1)"`],
  ["\t=1", `"'\t'=1"`],
  ["\r=1", `"'\r'=1"`],
  ["＝1", `"'＝1"`],
  ["﹦1", `"'﹦1"`],
  [" =1", `"' =1"`],
  ["\ufeff\u00a0\u200b@a", `"'\ufeff\u00a0\u200b@a"`],
  ['"=1"', `"'""=1"""`],
  [";=1", `";'=1"`],
  ["main;+cmd|x", `"main;'+cmd|x"`],
  ['a; "-1"', `"a;' ""-1"""`],
  ["a\t-1", `"a\t'-1"`],
  ["a\n=1", `"a\n'=1"`],
  ["operator=; a-b", "operator=; a-b"],
  ["a=1", "a=1"],
  ["a,b", '"a,b"'],
])("a cell with the name %j is %s, and a negative number stays one", (name, cell) => {
  const { body } = report(named(name).build(), "top", { ...defaultOptions, trim: false }, {}, undefined, "csv");
  expect(String(wholeBody(body)).split(/\r\n(?!=)/)[1]).toBe(`${cell},,-7,100%,100%,-7,100%`);
});

test.each(["\t", ";", " ", '"', "\ufeff", "\t\n", "; "])("a cell of a million %j takes no time", (sign) => {
  const name = `${sign.repeat(1_000_000)}a=`;
  const { body } = report(named(name).build(), "top", { ...defaultOptions, trim: false }, {}, undefined, "csv");
  expect(String(wholeBody(body)).length).toBeGreaterThan(1_000_000);
});

test.each([
  ["a|b`c", "`a\\|b'c`"],
  ["a\n\n<b>", "`a <b>`"],
  ["a\u2028b\x1b", "`a b `"],
  ["a\\|<b>", "`a\\ \\|<b>`"],
])("%j is a name in Markdown: %s", (name, code) => {
  expect(markdownCode(name)).toBe(code);
});

test("no text in Markdown turns the direction in which its line is read", () => {
  expect(markdownText("ok\u202e\u2066// x\u2069")).toBe("ok\ufffd\ufffd// x\ufffd");
  expect(markdownCode("is\u200fAdmin\u202e")).toBe("`is\ufffdAdmin\ufffd`");
});

test("texts in Markdown are no HTML, no links and no lines of their own", () => {
  expect(markdownText("<img src=x> [a](b) `c` *d* e|f\n# g & &lt; <= h_i")).toBe(
    "&lt;img src=x> \\[a\\](b) \\`c\\` \\*d\\* e\\|f # g & &amp;lt; <= h_i",
  );
  const begins = [
    ["# h", "\\# h"],
    ["> q", "\\> q"],
    ["- l", "\\- l"],
    [" + l", "\\+ l"],
    ["--- -", "\\--- -"],
    ["12. l", "12\\. l"],
  ];
  const other = [
    ["-5s", "-5s"],
    ["1.5s", "1.5s"],
    ["__a__ b_c", "\\_\\_a\\_\\_ b_c"],
    ["$x$ ~~y~~", "\\$x\\$ \\~\\~y\\~\\~"],
  ];
  for (const [text, shown] of [...begins, ...other]) expect(markdownText(text!)).toBe(shown);
  const text = String(report(named("<script>\n\n# forged").build(), "md", defaultOptions).body);
  expect(text).not.toMatch(/^# forged|^<script>|- <script>/m);
});

test("what is shown in another way is matched as it is", () => {
  const shown = (text: string): string => text.replaceAll("\x1b", "ESC");
  const options = { ...defaultOptions, focus: "a\\x1b" };
  const { body } = report(named("a\x1b").build(), "top", options, { shown });
  expect(String(body)).toMatch(/100% {2}aESC\n$/);
  expect(String(body)).not.toContain("\x1b");
});
