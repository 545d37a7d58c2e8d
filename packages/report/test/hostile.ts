import { type Profile, ProfileBuilder } from "@pprof-ts/profile";
import fc from "fast-check";

/** What ends a text, a line or a tag in some language that reports are written in, and what would then follow. */
const WORDS = [
  ...[
    '"',
    "'",
    "\\",
    "\n",
    "\r",
    "\t",
    "{",
    "}",
    "[",
    "]",
    "<",
    ">",
    ";",
    "|",
    "`",
    "&",
    "=",
    "+",
    "-",
    "@",
    ",",
    "::",
  ],
  ...[
    " ",
    "a",
    "main",
    ".",
    "/",
    "#",
    "*",
    "_",
    "(",
    ")",
    "%",
    "$",
    "~",
    "!",
    "N1",
    "…",
    "日本",
    "\u2028",
    "\x1b[2J",
    "\0",
  ],
  ...[
    '" URL="javascript:alert(1)" a="',
    '\\" href="javascript:alert(1)',
    '"] N1 [URL="javascript:alert(1)',
    "\\N\\G\\E",
  ],
  ...[
    '" width=9000 height=9000 fixedsize=true a="',
    '" image="/etc/passwd" shapefile="/etc/passwd',
    '">]}',
    "<<b>x</b>>",
  ],
  ...[
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "]]>",
    "-->",
    "<!--",
    "&lt;b&gt;",
    "&#27;&#0;",
  ],
  ...["=cmd|' /C calc'!A0", "javascript:alert(1)", "](javascript:alert(1))", "\n# forged", "\nfn=forged", "\r\n=1"],
];

/** Texts that somebody wrote to be more than texts. */
export const hostileTexts: fc.Arbitrary<string[]> = fc.array(
  fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 5 }).map((words) => words.join("")),
  { minLength: 1, maxLength: 40 },
);

/** A profile all of whose texts are from this list, each in its turn. */
export function hostileProfile(texts: readonly string[]): Profile {
  let at = 0;
  const text = (): string => texts[at++ % texts.length]!;
  const type = (): { type: string; unit: string } => ({ type: text(), unit: text() });
  const builder = new ProfileBuilder({
    sampleTypes: [type(), type()],
    comments: [text(), text()],
    docUrl: text(),
    periodType: type(),
    period: 1n,
    defaultSampleType: text(),
  });
  const mapping = builder.mapping({ filename: text(), buildId: text(), start: 1n << 20n, limit: 1n << 21n });
  const locations = Array.from({ length: 3 }, (_, i) => {
    const called = builder.function({ name: text(), systemName: text(), filename: text() });
    return builder.location({ mapping, address: (1n << 20n) + BigInt(i), lines: [{ function: called, line: i + 1 }] });
  });
  for (const stack of [locations, locations.slice(1), locations.slice(2)]) {
    const labels = [
      { key: text(), value: text() },
      { key: text(), value: text() },
      { key: text(), value: 5n, unit: text() },
      { key: "bytes", value: 64n, unit: text() },
      { key: "bytes", value: 4096n, unit: text() },
    ];
    builder.sample(stack, [7, 3], labels);
  }
  return builder.build();
}
