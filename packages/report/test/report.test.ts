import { canonical, decode, encode, type Profile, readProfile } from "@pprof-ts/profile";
import { describe, expect, test } from "vitest";
import { type Binaries, defaultOptions, type Form, type Options, report, wholeBody } from "../src/index.ts";
import { shop, stacks } from "./stacks.ts";

function print(
  profile: Profile,
  output: string,
  options: Partial<Options> = {},
  argument?: string,
  form: Form = "own",
): string {
  return String(wholeBody(report(profile, output, { ...defaultOptions, ...options }, {}, argument, form).body));
}

/** The rows of `top`, without what stands above them. */
function rows(profile: Profile, options: Partial<Options> = {}): string[] {
  const lines = print(profile, "top", options).trimEnd().split("\n");
  return lines.slice(lines.findIndex((line) => line.includes("flat%")) + 1);
}

test("a path that holds the last name of a search path twice is cut once, and the report is whole", () => {
  const profile = stacks(
    "main@/build/proj/src/proj/main.go:3;hot@/build/proj/src/proj/a.go:7  1000\n" +
      "main@/build/proj/src/proj/main.go:3;cold@/build/proj/src/proj/b.go:9  1\n",
    { sampleTypes: [{ type: "samples", unit: "count" }] },
  );
  expect(rows(profile, { granularity: "lines", source_path: "/x/proj" })).toEqual([
    "      1000 99.90% 99.90%       1000 99.90%  hot src/proj/a.go:7",
    "         0     0% 99.90%       1001   100%  main src/proj/main.go:3",
  ]);
});

test("proto writes strings, labels and tables in the order in which Go does", () => {
  const { body } = report(shop(), "proto", defaultOptions);
  const written = canonical({ ...shop(), defaultSampleType: "cpu" });
  expect(Buffer.from(wholeBody(body) as Uint8Array)).toEqual(Buffer.from(encode(written)));
});

test.each([
  ["", "cpu"],
  ["samples", "samples"],
])("proto opens on the sample type that was asked for: %j", async (sample_index, written) => {
  const { body } = report(shop(), "proto", { ...defaultOptions, sample_index, mean: true });
  expect((await readProfile(wholeBody(body) as Uint8Array)).defaultSampleType).toBe(written);
});

test("only what names the values calls a mean so", () => {
  expect(print(shop(), "top", { mean: true })).toContain("Type: mean_cpu\n");
  expect(print(shop(), "callgrind", { mean: true })).toContain("events: mean_cpu(");
});

describe("what cannot be reported", () => {
  test.each([
    ["top", { focus: "[" }, "parsing focus regexp: error parsing regexp: missing closing ]: `[`"],
    ["top", { hide: "a\\" }, "parsing hide regexp: error parsing regexp: trailing backslash at end of expression: ``"],
    ["top", { tagfocus: "a,(" }, "parsing tagfocus regexp: error parsing regexp: missing closing ): `(`"],
    ["top", { sample_index: "heap" }, 'sample_index "heap" must be one of: [samples cpu]'],
    ["top", { sample_index: "2" }, "sample_index 2 is outside the range [0..1]"],
    ["top", { divide_by: 0 }, "zero divisor specified"],
    ["topp", {}, 'unknown output "topp"'],
  ] as const)("%s %j", (output, options, message) => {
    expect(() => print(shop(), output, options)).toThrow(message);
  });

  test.each([
    ["peek", "nothing", "no matches found for regexp: nothing"],
    ["list", "nothing", "no matches found for regexp: nothing"],
    ["weblist", "nothing", "no matches found for regexp: nothing"],
    ["disasm", "nothing", "no matches found for regexp nothing"],
    ["disasm", "0x10", "no matches found for address 0x10"],
    ["peek", "(", "parsing argument regexp (: error parsing regexp: missing closing ): `(`"],
    ["md", "12", 'invalid number of lines "12": must be 40 or more'],
  ])("%s of %s", (output, argument, message) => {
    expect(() => print(shop(), output, {}, argument)).toThrow(message);
  });

  test("an output without data as JSON, or without rows as CSV", () => {
    expect(() => print(shop(), "flame", {}, undefined, "json")).toThrow("flame cannot be written as JSON");
    expect(() => print(shop(), "dot", {}, undefined, "csv")).toThrow("dot is no table and cannot be written as CSV");
  });
});

test("messages say which filter matched nothing, and how tags were understood", () => {
  const options = { ...defaultOptions, focus: "nobody", tagfocus: "bytes=1mb:", tagroot: "no such key" };
  expect(report(shop(), "top", options).messages).toEqual([
    "TagRoot expression matched no samples",
    "tagfocus:Interpreted '1mb:' as range, not regexp",
    "Focus expression matched no samples",
    "TagFocus expression matched no samples",
  ]);
});

test("values beyond 2^53 are added to the last bit, and wrap as int64", () => {
  const profile = stacks(`
a;b 9007199254740993
a;c 9007199254740992
a;d 4611686018427387904
a;e 4611686018427387903`);
  // b is one larger than c, which a double cannot tell.
  expect(rows(profile, { trim: false }).map((row) => row.split(/\s+/).at(-1))).toEqual(["d", "e", "b", "c", "a"]);
  expect(print(profile, "raw")).toContain("9007199254740993: ");
  const total = 2n ** 63n - 1n + 2n ** 54n + 1n - 2n ** 64n;
  expect(JSON.parse(print(profile, "top", {}, undefined, "json")).total).toBe(String(total));
});

test("a search path that comes twice in a source path does not empty the report", () => {
  const profile = stacks(
    "main@/x/src/y/src/a.ts:1;work@/x/src/y/src/b.ts:2 999\nmain@/x/src/y/src/a.ts:1;rare@c.ts:3 1",
  );
  const text = print(profile, "top", { source_path: "/home/me/src", granularity: "lines" });
  expect(text).toContain("Dropped 1 node");
  expect(text).toContain("work y/src/b.ts:2");
});

test("a stack deeper than JavaScript's own", () => {
  const deep = Array.from({ length: 30_000 }, (_, i) => `f${i % 7}`).join(";");
  const profile = stacks(`${deep} 5\nf1;f2 3`);
  for (const output of ["top", "tree", "dot", "callgrind", "traces", "raw", "collapsed", "flame", "md"]) {
    expect(print(profile, output).length, output).toBeGreaterThan(0);
  }
  expect(print(profile, "dot", { call_tree: true, nodecount: 3 })).toContain("Showing top 3 nodes");
});

test("proto writes what filters leave, and divides it", () => {
  const { body } = report(shop(), "proto", { ...defaultOptions, focus: "checkout@?", hide: "route", divide_by: 10 });
  const left = decode(wholeBody(body) as Uint8Array);
  expect(left.samples.length).toBe(3);
  expect(rows(left)).toEqual(
    rows(shop(), { focus: "checkout@?", hide: "route", divide_by: 10, relative_percentages: true }),
  );
});

test("topproto holds the rows of top", () => {
  const body = wholeBody(report(shop(), "topproto", { ...defaultOptions, nodecount: 2 }).body) as Uint8Array;
  const profile = decode(body);
  expect(profile.sampleTypes.map(({ type, unit }) => `${type}/${unit}`)).toEqual(["cum/ms", "flat/ms"]);
  expect(profile.samples.values.map((column) => [...column])).toEqual([
    [400n, 250n],
    [400n, 250n],
  ]);
});

test.each([40, 60, 100])("a Markdown report keeps to %i lines", (lines) => {
  const text = Array.from({ length: 300 }, (_, i) => `main;caller${i % 40};callee${i} ${i + 1}`).join("\n");
  const many = { ...stacks(text), comments: Array.from({ length: 50 }, (_, i) => `comment ${i}`) };
  const report = print(many, "md", { focus: "main" }, String(lines));
  const count = report.trimEnd().split("\n").length;
  expect(count).toBeLessThanOrEqual(lines);
  expect(count).toBeGreaterThan(lines - 8);
  expect(report).toContain("of 300 stacks are shown");
});

test("names with signs that mean something to the format", () => {
  const profile = stacks('a|b`c;<"d",\\e> 5');
  expect(print(profile, "md")).toContain("`a\\|b'c`");
  expect(print(profile, "flame")).not.toContain('<"d"');
  expect(print(profile, "dot")).toContain('tooltip="<\\"d\\" (5)"');
  expect(print(stacks('f@/a"b\\c.ts:1 1'), "dot", { granularity: "lines" })).toContain('\\na\\"b\\\\c.ts:1\\n');
  expect(print(stacks('with "quotes" 1'), "top", {}, undefined, "csv")).toContain('"with ""quotes"""');
});

describe("with a binary", () => {
  // A program of two functions of four instructions each, mapped at 1 MB.
  const binaries: Binaries = {
    open: (file) => {
      if (file !== "/srv/shop") throw new Error(`${file}: no such file`);
      return {
        objectAddress: (address) => address - 0x100000n,
        sourceLines: (addresses) =>
          addresses.map((address) => [
            { function: address < 0x100020n ? "main" : "work", file: "src/main.ts", line: 3 },
          ]),
        symbols: (matches) =>
          [
            { names: ["main"], file, start: 0x0n, end: 0x1fn },
            { names: ["work", "alias_of_work"], file, start: 0x20n, end: 0x3fn },
          ].filter(({ names }) => names.some(matches)),
      };
    },
    disassemble: (_, start, end) =>
      Array.from({ length: Math.ceil(Number(end - start) / 8) }, (_, i) => {
        const address = start + BigInt(8 * i);
        return { address, text: `op ${address}`, function: "", file: "src/main.ts", line: 3 };
      }),
  };
  const profile = stacks("main@src/main.ts:3;work@src/main.ts:7 30\nmain@src/main.ts:3 4");

  test("disasm", () => {
    const options = { ...defaultOptions };
    const text = wholeBody(report(profile, "disasm", options, { binaries }, "work").body);
    expect(text).toBe(`Total: 34
ROUTINE ======================== work
    AKA ======================== alias_of_work
        30         30 (flat, cum) 88.24% of Total
        30         30         20: op 32                                   ;work main.ts:3
         .          .         28: op 40                                   ;main.ts:3
         .          .         30: op 48
         .          .         38: op 56
`);
  });

  test("disasm looks for the function's own name, and what lies in a symbol's last byte is the symbol's", () => {
    const work = binaries.open("/srv/shop", 0n, 0n, 0n);
    const last = {
      ...binaries,
      open: () => ({
        ...work,
        symbols: (matches: (name: string) => boolean) =>
          [{ names: ["work"], file: "", start: 0x19n, end: 0x20n }].filter(({ names }) => names.some(matches)),
      }),
    };
    const disasm = (pattern: string): string =>
      String(wholeBody(report(profile, "disasm", defaultOptions, { binaries: last }, pattern).body));
    expect(disasm("work").split("\n")[2]).toBe("        30         30 (flat, cum) 88.24% of Total");
    expect(() => disasm("ts:7")).toThrow("no matches found");
  });

  test("weblist counts a sample once for an address, however often that recurs in the stack", () => {
    const recursive = stacks("main@src/main.ts:3;work@src/main.ts:7;work@src/main.ts:7 30");
    const page = String(wholeBody(report(recursive, "weblist", defaultOptions, {}, "work").body));
    expect(page).toContain("Total:          30         30 (flat, cum)   100%");
  });

  test("weblist", () => {
    const world = {
      binaries,
      readSource: (path: string) => (path === "/src/main.ts" ? "one\ntwo\nthree\n" : undefined),
    };
    const page = String(wholeBody(report(profile, "weblist", defaultOptions, world, "main").body));
    const [head, body] = page.split("<body>");
    expect(head).toContain("<title>shop samples</title>");
    expect(`<body>${body}`).toMatchInlineSnapshot(`
      "<body>

      <div class="legend">File: shop<br>
      Type: samples<br>Total: 34</div><h2>main</h2><p class="filename">src/main.ts</p>
      <pre onClick="pprof_toggle_asm(event)">
        Total:          34         64 (flat, cum) 188.24%
      <span class=line>      1</span> <span class=nop>           .          .           one </span>
      <span class=line>      2</span> <span class=nop>           .          .           two </span>
      <span class=line>      3</span> <span class=livesrc>          34         64           three </span><span class=asm>                   .          .        0:     op 0                                                                         <span class=unimportant>main.ts:3</span>
                         .          .        8:     op 8                                                                         <span class=unimportant>main.ts:3</span>
                         4         34       10:     op 16                                                                        <span class=unimportant>main.ts:3</span>
                         .          .       18:     op 24                                                                        <span class=unimportant>main.ts:3</span>
                        30         30       20:     op 32                                                                        <span class=unimportant>main.ts:3</span>
                         .          .       28:     op 40                                                                        <span class=unimportant>main.ts:3</span>
                         .          .       30:     op 48                                                                        <span class=unimportant>main.ts:3</span>
                         .          .       38:     op 56                                                                        <span class=unimportant>main.ts:3</span>
                         .          .       40:     op 64                                                                        <span class=unimportant>main.ts:3</span>
                         .          .       48:     op 72                                                                        <span class=unimportant>main.ts:3</span>
                         .          .       50:     op 80                                                                        <span class=unimportant>main.ts:3</span>
                         .          .       58:     op 88                                                                        <span class=unimportant>main.ts:3</span>
                         .          .       60:     op 96                                                                        <span class=unimportant>main.ts:3</span>
                         .          .       68:     op 104                                                                       <span class=unimportant>main.ts:3</span>
                         .          .       70:     op 112                                                                       <span class=unimportant>main.ts:3</span>
                         .          .       78:     op 120                                                                       <span class=unimportant>main.ts:3</span>
                         .          .       80:     op 128                                                                       <span class=unimportant>main.ts:3</span>
                         .          .       88:     op 136                                                                       <span class=unimportant>main.ts:3</span>
                         .          .       90:     op 144                                                                       <span class=unimportant>main.ts:3</span>
                         .          .       98:     op 152                                                                       <span class=unimportant>main.ts:3</span>
                         .          .       a0:     op 160                                                                       <span class=unimportant>main.ts:3</span>
                         .          .       a8:     op 168                                                                       <span class=unimportant>main.ts:3</span>
                         .          .       b0:     op 176                                                                       <span class=unimportant>main.ts:3</span>
                         .          .       b8:     op 184                                                                       <span class=unimportant>main.ts:3</span>
                         .          .       c0:     op 192                                                                       <span class=unimportant>main.ts:3</span>
                         .          .       c8:     op 200                                                                       <span class=unimportant>main.ts:3</span>
                         .          .       d0:     op 208                                                                       <span class=unimportant>main.ts:3</span>
                         .          .       d8:     op 216                                                                       <span class=unimportant>main.ts:3</span>
                         .          .       e0:     op 224                                                                       <span class=unimportant>main.ts:3</span>
                         .          .       e8:     op 232                                                                       <span class=unimportant>main.ts:3</span>
                         .          .       f0:     op 240                                                                       <span class=unimportant>main.ts:3</span>
                         .          .       f8:     op 248                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      100:     op 256                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      108:     op 264                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      110:     op 272                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      118:     op 280                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      120:     op 288                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      128:     op 296                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      130:     op 304                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      138:     op 312                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      140:     op 320                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      148:     op 328                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      150:     op 336                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      158:     op 344                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      160:     op 352                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      168:     op 360                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      170:     op 368                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      178:     op 376                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      180:     op 384                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      188:     op 392                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      190:     op 400                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      198:     op 408                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      1a0:     op 416                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      1a8:     op 424                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      1b0:     op 432                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      1b8:     op 440                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      1c0:     op 448                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      1c8:     op 456                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      1d0:     op 464                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      1d8:     op 472                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      1e0:     op 480                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      1e8:     op 488                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      1f0:     op 496                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      1f8:     op 504                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      200:     op 512                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      208:     op 520                                                                       <span class=unimportant>main.ts:3</span>
                         .          .      210:     op 528                                                                       <span class=unimportant>main.ts:3</span>
      </span>
      </pre>

      </body>
      </html>
      "
    `);
  });
});
