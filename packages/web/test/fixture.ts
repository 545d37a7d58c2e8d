import { writeFileSync } from "node:fs";
import { encode, ProfileBuilder } from "@pprof-ts/profile";

/** Names that would break a page which took them for markup, or for text that behaves. */
export const NASTY: readonly string[] = [
  "<script>document.title='taken'</script>",
  "\"'><img src=x onerror=document.title='taken'>",
  "\u202egnp.exe\u202c \u2066hidden\u2069\u0000",
  `long${"x".repeat(100_000)}`,
  "__proto__",
  "</script><!--",
];

/** main → serve → parse | render → encode, and the nasty ones; two sample types, labels, timestamps. */
export function writeFixture(file: string, scale: number = 1): void {
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: "samples", unit: "count" },
      { type: "cpu", unit: "nanoseconds" },
    ],
    durationNanos: 10_000_000_000,
    comments: ["<b>comment</b>"],
  });
  const mapping = builder.mapping({ filename: "/bin/<b>service</b>" });
  const at = (name: string, line: number): number =>
    builder.location({
      mapping,
      lines: [{ function: builder.function({ name, filename: `/src/${name.slice(0, 20)}.ts`, startLine: 1 }), line }],
    });
  const add = (stack: readonly string[], count: number, user: string): void =>
    builder.sample(
      stack.map((name, i) => at(name, i + 2)).reverse(),
      [count, count * 10_000_000],
      [
        { key: "user", value: user },
        { key: "host", value: "everywhere" },
      ],
    );
  add(["main", "serve", "parse"], 60, "ann");
  add(["main", "serve", "render", "encode"], 30 * scale, "bob");
  add(["main", "serve", "parse", "encode"], 10, "bob");
  NASTY.forEach((name, i) => {
    add(["main", name, `child${i}`], 2, "<i>eve</i>");
  });
  writeFileSync(file, encode(builder.build()));
}
