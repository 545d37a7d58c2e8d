import { readProfile, recogniseFormat, writeProfile } from "@pprof-ts/profile";
import { describe, expect, test } from "vitest";
import { stacks } from "./show.ts";

// What programs write that is other than the formats' own descriptions have it. A row: what is special about it, the
// text, the format that it is read as, and the stacks with their values.

interface Written {
  readonly what: string;
  readonly text: string;
  readonly stacks: string;
}

const TRACE = "main.work(...)\n\t/app/main.go:12\nmain.main()\n\t/app/main.go:7 +0x1d\n";
const CRASH = "main.main@main.go:7;main.work@main.go:12 1 goroutine=1 state=running";
const prefixed = (prefix: (line: number) => string, text: string): string =>
  text
    .split("\n")
    .map((line, i) => `${prefix(i)}${line}`)
    .join("\n");
const LOG = `panic: boom\n\ngoroutine 1 [running]:\n${TRACE}exit status 2\n`;

/** A report of perf's; the event's count is 1,000. */
const perfReport = (rows: string, samples: number, event = "cpu-clock"): string => `# Total Lost Samples: 0
#
# Samples: ${samples}  of event '${event}'
# Event count (approx.): 1000
#
# Overhead  Command  Symbol
# ........  .......  ..............
#
${rows}`;

const written: Readonly<Record<string, readonly Written[]>> = {
  collapsed: [
    {
      what: "counts with decimals",
      text: "main;work 0.25\nmain;idle 0.75\n",
      stacks: "main;work 250\nmain;idle 750",
    },
    { what: "counts with decimals that are all zero", text: "main;work 3.0\nidle 4\n", stacks: "main;work 3\nidle 4" },
    {
      what: "two counts, as difffolded.pl has them",
      text: "a;b 5 7\na;c 3 2\n",
      stacks: "a;b 7\na;b -5 pprof::base=true\na;c 2\na;c -3 pprof::base=true",
    },
    {
      what: "one name that ends in a number",
      text: "a;step 1 7\na;b 2\n",
      stacks: "a;step 1 7\na;b 2",
    },
    { what: "no callers", text: "main 5\nidle 7\n", stacks: "main 5\nidle 7" },
    {
      what: "py-spy's frames",
      text: "<module> (app.py:3);work (app.py:1) 12\n",
      stacks: "<module> (app.py:3);work (app.py:1) 12",
    },
    { what: "py-spy's samples without a frame", text: "main;work 12\n 3\n", stacks: "main;work 12\n 3" },
    {
      what: "austin's header and threads",
      text: "# austin: 3.6.0\n# mode: wall\n\nP42;T7;app.py:main:3;app.py:work:1 100\n",
      stacks: "P42;T7;app.py:main:3;app.py:work:1 100",
    },
  ],
  "perf-script": [
    {
      what: "an empty line below the header",
      text: "java 19983 4794564.109216: cycles:\n\n\tffffffff8103d0ca x ([kernel.kallsyms])\n\n\n",
      stacks: "x 1 1 comm=java pid=19983 tid=19983",
    },
    {
      what: "frames indented by spaces",
      text: "java 19983 4794564.109216: cycles:\n        ffffffff8103d0ca x ([kernel.kallsyms])\n        7f0 main (/bin/java)\n\njava 19983 4794564.2: cycles:\n        7f0 main (/bin/java)\n\n",
      stacks: "main;x 1 1 comm=java pid=19983 tid=19983\nmain 1 1 comm=java pid=19983 tid=19983",
    },
    {
      what: "an event without a time",
      text: "java 19983 cycles:\n\tffffffff8103d0ca x ([kernel.kallsyms])\n\n",
      stacks: "x 1 1 comm=java pid=19983 tid=19983",
    },
    {
      what: "an event without a time, and spaces",
      text: "java 19983 cycles:\n    ffffffff8103d0ca x ([kernel.kallsyms])\n\n",
      stacks: "x 1 1 comm=java pid=19983 tid=19983",
    },
  ],
  "perf-report": [
    {
      what: "samples, callers first, and rows of which some or all is below its limit",
      text: perfReport(
        "    70.00%  my app   [.] hot\n7 main;hot (inlined)\n    20.00%  my app   [.] cold\n1 main;cold\n    10.00%  my app   [k] idle\n",
        10,
      ),
      stacks: "main;hot 7 comm=my app\nmain;cold 1 comm=my app\ncold 1 comm=my app\nidle 1 comm=my app",
    },
    {
      what: "counts of the event",
      text: perfReport("   100.00%  app      [.] hot\n700 hot;main\n300 hot;other\n", 10),
      stacks: "main;hot 700 comm=app\nother;hot 300 comm=app",
    },
    {
      what: "two events",
      text: `${perfReport("   100.00%  app      [.] hot\n100.00% hot;main\n", 10)}\n\n${perfReport("   100.00%  app      [.] cold\n100.00% cold;main\n", 3, "page-faults:u")}`,
      stacks: "main;hot 1000 0 comm=app\nmain;cold 0 1000 comm=app",
    },
  ],
  "crash-log": [
    { what: "lines before and after", text: `10:00 starting\n${LOG}`, stacks: CRASH },
    { what: "timestamps", text: prefixed((i) => `2026-11-01T10:00:0${i}.${"1".repeat(i + 1)}Z `, LOG), stacks: CRASH },
    { what: "a pod's name", text: prefixed(() => "[pod/app-5d4f9/app] ", LOG), stacks: CRASH },
    {
      what: "docker's JSON lines",
      text: LOG.split("\n")
        .map((line) => JSON.stringify({ log: `${line}\n`, stream: "stderr", time: "2026-11-01T10:00:00Z" }))
        .join("\n"),
      stacks: CRASH,
    },
    {
      what: "a JSON line with the whole traceback",
      text: `{"level":"info","msg":"starting"}\n${JSON.stringify({ level: "error", error: { stack: LOG } })}\n`,
      stacks: CRASH,
    },
    {
      what: "a traceback in one line",
      text: `level=INFO msg=start\nlevel=ERROR msg=panic stack="goroutine 1 [running]:\\n${TRACE.replaceAll("\n", "\\n").replaceAll("\t", "\\t")}"\n`,
      stacks: CRASH,
    },
  ],
  "goroutine-dump": [
    {
      what: "registers behind it",
      text: `SIGSEGV: segmentation violation\n\ngoroutine 1 [running]:\n${TRACE}\nrax    0x0\nexit status 2\n`,
      stacks: CRASH,
    },
  ],
  "jemalloc-heap": [
    {
      what: "all allocations",
      text: "heap_v2/1\n  t*: 1: 8 [2: 24]\n@ 0x10\n  t*: 1: 8 [2: 24]\n\nMAPPED_LIBRARIES:\n",
      stacks: "0xf 2 24 1 8 bytes=8",
    },
  ],
  stackprof: [
    {
      what: "no stacks",
      text: '{"version":1.2,"mode":"object","interval":1,"gc_samples":0,"frames":{"1":{"name":"a","samples":2},"2":{"name":"b","samples":0}}}',
      stacks: "a 2 2",
    },
  ],
  speedscope: [
    {
      what: "a unit of its own",
      text: '{"$schema":"https://www.speedscope.app/file-format-schema.json","shared":{"frames":[{"name":"a"}]},"profiles":[{"type":"sampled","name":"CPU","unit":"samples","startValue":0,"endValue":3,"samples":[[0]],"weights":[3]}]}',
      stacks: "a 3",
    },
  ],
  firefox: [
    {
      what: "offsets of callers, libraries of frames and places before compilation, since versions 64 to 70",
      text: JSON.stringify({
        meta: { interval: 1, startTime: 0, preprocessedProfileVersion: 70 },
        libs: [{ name: "app", path: "/bin/app" }],
        shared: {
          stringArray: ["main", "work", "app.js", "app.ts"],
          stackTable: { frame: [0, 1], prefixOffset: [0, 1], length: 2 },
          frameTable: {
            func: [0, 1],
            lib: [0, -1],
            address: [16, -1],
            line: [null, 9],
            column: [null, 1],
            originalLocation: [null, 1],
            length: 2,
          },
          funcTable: { name: [0, 1], source: [null, 0], lineNumber: [null, 8], originalLocation: [null, 0], length: 2 },
          resourceTable: { length: 0, name: [] },
          sources: { length: 2, filename: [2, 3] },
          sourceLocationTable: { source: [1, 1], line: [3, 4], column: [1, 2], length: 2 },
        },
        threads: [{ name: "t", samples: { stack: [1, 1, 0], time: [0, 1, 2], weight: null, length: 3 } }],
      }),
      stacks: "main;work@app.ts:4 2 2000000 thread=t\nmain 1 1000000 thread=t",
    },
  ],
};

/** A message of OTLP's in JSON; of 2025 with profiles of two types, of 2024 with tables of its own. */
const OTLP = JSON.stringify({
  resourceProfiles: [
    {
      scopeProfiles: [
        {
          profiles: [{ sampleType: { typeStrindex: 1, unitStrindex: 2 }, samples: [{ stackIndex: 1, values: ["5"] }] }],
        },
      ],
    },
  ],
  dictionary: {
    mappingTable: [{}],
    locationTable: [{}, { lines: [{ functionIndex: 1 }] }],
    functionTable: [{}, { nameStrindex: 3 }],
    linkTable: [{}],
    stringTable: ["", "cpu", "nanoseconds", "main"],
    attributeTable: [{}],
    stackTable: [{}, { locationIndices: [1] }],
  },
});
const OLD_TABLES = {
  locationTable: [{ line: [{ functionIndex: 0 }] }, { line: [{ functionIndex: 1 }] }],
  functionTable: [{ nameStrindex: 3 }, { nameStrindex: 4 }],
  stringTable: ["", "cpu", "nanoseconds", "main", "work", "samples", "count", "size", "bytes"],
  attributeTable: [{ key: "size", value: { intValue: "7" } }],
  attributeUnits: [{ attributeKeyStrindex: 7, unitStrindex: 8 }],
};
const OLD_PROFILE = {
  sampleType: [
    { typeStrindex: 5, unitStrindex: 6 },
    { typeStrindex: 1, unitStrindex: 2 },
  ],
  sample: [{ locationsStartIndex: 1, locationsLength: 2, value: ["1", "20"], attributeIndices: [0] }],
  locationIndices: [0, 1, 0],
  timeNanos: "9",
};
const oldOtlp = (profile: object, tables: object): string =>
  JSON.stringify({ resourceProfiles: [{ scopeProfiles: [{ profiles: [profile] }] }], ...tables });
const OLD_STACKS = "main;work 1 20 size=7bytes";

const otlpTexts: readonly Written[] = [
  { what: "a message a line", text: `${OTLP}\n${OTLP}\n`, stacks: "main 10" },
  {
    what: "a message in many lines",
    text: JSON.stringify(JSON.parse(OTLP), undefined, 1),
    stacks: "main 5",
  },
  { what: "the draft of 2025", text: oldOtlp(OLD_PROFILE, { dictionary: OLD_TABLES }), stacks: OLD_STACKS },
  { what: "the draft of 2024", text: oldOtlp({ ...OLD_PROFILE, ...OLD_TABLES }, {}), stacks: OLD_STACKS },
];

describe.each(Object.entries({ ...written, otlp: otlpTexts }))("%s, as real programs write it", (format, texts) => {
  test.each(texts.map((text) => [text.what, text] as const))("with %s", async (_, { text, stacks: shown }) => {
    const bytes = Buffer.from(text);
    expect((await recogniseFormat(bytes)).name).toBe(format);
    const told: string[] = [];
    const profile = await readProfile(bytes, { warn: (sentence) => told.push(sentence) });
    expect(stacks(profile)).toBe(shown);
    expect(told).toEqual([]);
  });
});

test.each([
  [
    "drawn stacks",
    perfReport("    58.46%  hot      [.] hot\n            |\n            ---hot\n", 10),
    "perf report --no-children -g folded writes",
  ],
  [
    "children",
    perfReport("    58.46%  hot      [.] hot\n", 10).replace("Overhead", "Children"),
    "counts each stack several times",
  ],
  ["a group of events", perfReport("", 10).replace("event 'cpu-clock'", "events 'a, b'"), "--no-group"],
])("a report of perf with %s is refused, and what is read is said", async (_, text, words) => {
  await expect(readProfile(Buffer.from(text))).rejects.toThrow(words);
});

test("a binary CPU profile behind a table of names has those names", async () => {
  const words = [0, 3, 0, 10000, 0, 5, 2, 0x1000, 0x2000, 0, 1, 0];
  const cpu = Buffer.alloc(8 * words.length);
  words.forEach((word, i) => {
    cpu.writeBigUInt64LE(BigInt(word), 8 * i);
  });
  const table = "--- symbol\nbinary=/bin/x\n0x0000000000001000 foo\n0x0000000000002000 main\n---\n--- profile\n";
  const profile = await readProfile(Buffer.concat([Buffer.from(table), cpu]));
  expect(stacks(profile)).toBe("main;foo 5 50000000");
  expect(profile.strings.get(profile.mappings.filename[0]!)).toBe("/bin/x");
});

describe("OTLP of a collector", () => {
  const framed = (messages: readonly Uint8Array[]): Buffer =>
    Buffer.concat(
      messages.flatMap((message) => {
        const length = Buffer.alloc(4);
        length.writeUInt32BE(message.length);
        return [length, message];
      }),
    );

  test("is read message after message, each with its length before it", async () => {
    const message = await writeProfile(await readProfile(Buffer.from(OTLP)), { format: "otlp" });
    expect((await recogniseFormat(framed([message]))).name).toBe("otlp");
    expect(stacks(await readProfile(framed([message, message])))).toBe("main 10");
    const told: string[] = [];
    const warn = (sentence: string): number => told.push(sentence);
    const broken = framed([message, Buffer.from([0x0a, 9]), message]);
    expect(stacks(await readProfile(broken, { warn }))).toBe("main 10");
    const cut = framed([message, message]).subarray(0, -1);
    expect(stacks(await readProfile(cut, { warn }))).toBe("main 5");
    expect(told).toEqual([
      expect.stringMatching(/^message 2 of 3 is no OTLP data: .*: left out$/),
      "message 2 ends before its end: left out",
    ]);
  });

  test("is read without a line that is no message", async () => {
    const told: string[] = [];
    const profile = await readProfile(Buffer.from(`${OTLP}\n{"cut\n${OTLP}\n`), { warn: (line) => told.push(line) });
    expect(stacks(profile)).toBe("main 10");
    expect(told).toEqual([expect.stringMatching(/^line 2 is no JSON of OTLP's: .*: left out$/)]);
  });

  test("is not looked for in more than 10,000 lines of which most are none", async () => {
    const read = readProfile(Buffer.from(`${OTLP}\n${"{\n".repeat(20_000)}`), { warn: () => undefined });
    await expect(read).rejects.toThrow("malformed profile: 10001 of the first 10002 lines are no JSON of OTLP's");
  });

  test("of 2025 is read as protobuf too", async () => {
    const int = (tag: number, value: number): number[] => [tag * 8, value];
    const bytes = (tag: number, content: readonly number[]): number[] => [tag * 8 + 2, content.length, ...content];
    const string = (tag: number, text: string): number[] => bytes(tag, [...Buffer.from(text)]);
    const type = (tag: number, type: number, unit: number): number[] => bytes(tag, [...int(1, type), ...int(2, unit)]);
    const profile = [
      ...type(1, 1, 2),
      ...bytes(2, [...int(1, 1), ...int(2, 2), ...bytes(3, [7])]),
      ...bytes(3, [0, 1, 0]),
      ...int(4, 9),
    ];
    const location = (fn: number): number[] => bytes(2, bytes(3, int(1, fn)));
    const dictionary = [
      ...location(0),
      ...location(1),
      ...bytes(3, int(1, 3)),
      ...bytes(3, int(1, 4)),
      ...["", "samples", "count", "main", "work"].flatMap((text) => string(5, text)),
    ];
    const data = [...bytes(1, bytes(2, bytes(2, profile))), ...bytes(2, dictionary)];
    const read = await readProfile(Uint8Array.from(data));
    expect(stacks(read)).toBe("main;work 7");
    expect(read.timeNanos).toBe(9n);
    // In 2024 the tables stood in the profile.
    const older = [
      ...type(1, 1, 2),
      ...bytes(2, [...int(1, 0), ...int(2, 1), ...bytes(3, [7])]),
      ...bytes(4, bytes(3, int(1, 0))),
      ...bytes(5, [0]),
      ...bytes(6, int(1, 3)),
      ...["", "samples", "count", "main"].flatMap((text) => string(10, text)),
    ];
    expect(stacks(await readProfile(Uint8Array.from(bytes(1, bytes(2, bytes(2, older))))))).toBe("main 7");
  });
});

test("what holds nothing says so", async () => {
  const empty = '{"$schema":"https://www.speedscope.app/file-format-schema.json","shared":{"frames":[]},"profiles":[]}';
  await expect(readProfile(Buffer.from(empty))).rejects.toThrow("the speedscope file holds no profiles");
  const told: string[] = [];
  const odd = Buffer.from(`a;b 1\n${"?\n".repeat(200)}`);
  await expect(readProfile(Buffer.from(`a;b x\n${"a;b 1\n".repeat(3)}`))).rejects.toThrow("line 1 ");
  await expect(readProfile(odd, { warn: (sentence) => told.push(sentence) })).rejects.toThrow("unrecognized");
});

test("of many odd lines the first ten are told, and how many more there are", async () => {
  const told: string[] = [];
  const text = `${"a;b 1\n".repeat(100)}${"?\n".repeat(25)}`;
  await readProfile(Buffer.from(text), { warn: (sentence) => told.push(sentence) });
  expect(told).toHaveLength(11);
  expect(told.at(-1)).toBe("15 more such parts: left out");
});
