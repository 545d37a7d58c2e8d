import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import {
  formats,
  gzip,
  type Profile,
  ProfileBuilder,
  ProfileError,
  readProfile,
  recogniseFormat,
  writeProfile,
} from "@pprof-ts/profile";
import { describe, expect, test } from "vitest";
import { stacks, totals } from "./show.ts";

/** What a file of testdata is, and what its values add up to. */
interface Example {
  readonly format: string;
  readonly file: string;
  readonly totals: string;
  /** A change to its text, and what the reader says to that. */
  readonly broken: readonly [from: string | RegExp, to: string, message: string];
  /** The number that a line gets that is put in and is none of the format's, and what is before it; not where there are no lines. */
  readonly odd?: readonly [prefix: string, number: number];
}

const ODD = "%% something else wrote this %%";

const examples: readonly Example[] = [
  {
    format: "cpuprofile",
    file: "cpuprofile.json",
    totals: "samples/count=190 cpu/nanoseconds=572444000",
    broken: [/"samples":\[\d+/, '"samples":[99999', "a sample is node 99999, which is not there"],
  },
  {
    format: "heapprofile",
    file: "heapprofile.json",
    totals: "inuse_space/bytes=524304",
    broken: ['"selfSize":524304', '"selfSize":"x"', 'selfSize of a node is "x", not a number'],
  },
  {
    format: "heaptimeline",
    file: "heaptimeline.json",
    totals: "alloc_objects/count=16 alloc_space/bytes=608 inuse_objects/count=3 inuse_space/bytes=80",
    broken: ["4,3,5,200", "4,9,5,200", "a function of the trace tree is 9, but there are 4"],
  },
  {
    format: "v8-log",
    file: "v8-log.json",
    totals: "samples/count=30 cpu/nanoseconds=39917000",
    broken: ['"tm":', '"tn":', "tm of a tick is missing, not a number"],
  },
  {
    format: "chrome-trace",
    file: "chrome-trace.json",
    totals: "samples/count=242 cpu/nanoseconds=97802000",
    broken: [/"ProfileChunk"/g, '"Chunk"', "the trace holds no CPU samples"],
  },
  {
    format: "speedscope",
    file: "speedscope.json",
    totals: "time/nanoseconds=17600000",
    broken: ['"C","frame":1', '"C","frame":2', "closes a frame that is not on top"],
  },
  {
    format: "firefox",
    file: "firefox.json",
    totals: "samples/count=3 time/nanoseconds=3000000 cpu/nanoseconds=1700000 space/bytes=384",
    broken: ['"prefix":[null,0,0]', '"prefix":[1,0,0]', "node 0 is its own caller"],
  },
  {
    format: "otlp",
    file: "otlp.json",
    totals: "samples/count=5 cpu/nanoseconds=9007199274740993",
    broken: ['"values":["3"]', '"values":["3.5"]', 'a value is "3.5", not an integer'],
  },
  {
    format: "callgrind",
    file: "callgrind.out",
    totals: "Ir/count=180 Dr/count=30",
    broken: ["0x1100 51 60 15", "0x1100 51 sixty 15", '"sixty" in "0x1100 51 sixty 15" is no cost'],
    odd: ["", 20],
  },
  {
    format: "perf-report",
    file: "perf-report.txt",
    totals: "cpu-clock/nanoseconds=260026000",
    broken: [
      "58.46% hot;main",
      "58.46 percent hot;main",
      'line 13 is no stack of perf report: "58.46 percent hot;main',
    ],
    odd: ["", 12],
  },
  {
    format: "perf-script",
    file: "perf-script.txt",
    totals: "samples/count=3 cycles/count=2000008 cpu-clock/nanoseconds=2004008",
    broken: ["401200 main", "zzz main", "line 5 is no frame of perf script"],
    odd: ["", 7],
  },
  {
    format: "collapsed",
    file: "collapsed.txt",
    totals: "samples/count=60",
    broken: ["idle 40", "idle 99999999999999999999", "line 5 has a count that is no int64"],
    odd: ["", 2],
  },
  {
    format: "goroutine-dump",
    file: "goroutine-dump.txt",
    totals: "goroutine/count=3",
    broken: ["\t/srv/app/main.go:38 +0x518", "somewhere", 'line 4 is no frame of a goroutine: "main.main()"'],
    odd: ["", 4],
  },
  {
    format: "crash-log",
    file: "crash-log.txt",
    totals: "goroutine/count=2",
    broken: ["\t/app/main.go:7 +0x1d", "somewhere", 'line 9 is no frame of a goroutine: "main.main()"'],
    odd: ["app-1  | ", 9],
  },
  {
    format: "jemalloc-heap",
    file: "jemalloc-heap.txt",
    totals: "objects/count=15 space/bytes=14880",
    broken: ["t*: 13: 6688", "t*: 13 6688", "line 6 is no stack and no count of jemalloc's"],
    odd: ["", 8],
  },
  {
    format: "symbolized",
    file: "symbolized.txt",
    totals: "objects/count=3 space/bytes=6000",
    broken: ["--- heap", "--- heat", "no profile that is known follows the symbols"],
    odd: ["", 4],
  },
  {
    format: "stackprof",
    file: "stackprof.json",
    totals: "samples/count=7 cpu/nanoseconds=7000000",
    broken: ["7003,2]", "7003]", "a stack of 2 frames, but 2 numbers are left"],
  },
  {
    format: "go-count",
    file: "go-count.txt",
    totals: "goroutine/count=3",
    broken: ["1 @ 0x", "1 @ x", "line 7 is no goroutine sample"],
    odd: ["", 7],
  },
  {
    format: "legacy-heap",
    file: "legacy-heap.txt",
    totals: "alloc_objects/count=1645 alloc_space/bytes=2625441 inuse_objects/count=787 inuse_space/bytes=1575865",
    broken: ["1:   2000", "0:   2000", "0 objects of 2000 bytes"],
    odd: ["", 3],
  },
  {
    format: "contention",
    file: "contention.txt",
    totals: "contentions/count=300 delay/nanoseconds=75000",
    broken: ["cycles/second = 2000000000", "cycles/second = fast", '"fast" in "cycles/second = fast" is not an int64'],
    odd: ["", 7],
  },
  {
    format: "threadz",
    file: "threadz.txt",
    totals: "thread/count=3",
    broken: ["--- Thread 7f794ab90942", "--- Fibre 7f794ab90942", "line 8 starts no thread"],
  },
  {
    format: "legacy-java",
    file: "legacy-java.txt",
    totals: "contentions/count=300 delay/microseconds=1600",
    broken: ["resolution", "revolution", 'unknown attribute "revolution = microseconds" of a Java profile'],
  },
];

const read = (file: string): Buffer => readFileSync(new URL(`testdata/${file}`, import.meta.url));

function showTotals(profile: Profile): string {
  return totals(profile)
    .map((sum, i) => `${profile.sampleTypes[i]!.type}/${profile.sampleTypes[i]!.unit}=${sum}`)
    .join(" ");
}

/** Ten ways of breaking any file: it may still be read, but nothing other than a ProfileError may come of it. */
const breaks: Readonly<Record<string, (text: string) => string>> = {
  "without its end": (text) => text.slice(0, text.length * 0.6),
  "without its beginning": (text) => text.slice(text.length * 0.4),
  "without its middle": (text) => text.slice(0, text.length * 0.3) + text.slice(text.length * 0.5),
  "with huge numbers": (text) => text.replace(/\d{2,}/g, "9".repeat(25)),
  "with negative numbers": (text) => text.replace(/\b\d/g, "-$&"),
  "with no numbers": (text) => text.replace(/\d+/g, "x"),
  "with fractions": (text) => text.replace(/\d+/g, "$&.5"),
  "with nulls": (text) => text.replace(/"[^"]*"(?!:)|\d+/g, (value, at) => (at % 3 === 0 ? "null" : value)),
  "with lines in reverse": (text) =>
    text
      .split(/(?<=[\n,])/)
      .reverse()
      .join(""),
  "with a byte that is no text": (text) => text.replace(/\w(?=\W)/g, "\0"),
};

describe.each(examples.map((example) => [example.format, example] as const))("%s", (name, example) => {
  const bytes = read(example.file);

  test("is recognised by its content", async () => {
    expect((await recogniseFormat(bytes)).name).toBe(name);
    expect((await recogniseFormat(gzipSync(gzipSync(bytes)))).name).toBe(name);
    expect((await recogniseFormat(Buffer.from(`\ufeff${bytes.toString()}`))).name).toBe(name);
  });

  test("is read, its totals kept", async () => {
    const profile = await readProfile(bytes);
    expect(showTotals(profile)).toBe(example.totals);
    await expect(`${stacks(profile)}\n`).toMatchFileSnapshot(`golden/stacks-${name}.txt`);
  });

  test("keeps its totals with timestamps", async () => {
    expect(showTotals(await readProfile(bytes, { timestamps: true }))).toBe(example.totals);
  });

  test("is refused in one sentence where it is broken", async () => {
    const [from, to, message] = example.broken;
    const text = bytes.toString().replace(from, to);
    expect(text).not.toBe(bytes.toString());
    await expect(readProfile(Buffer.from(text))).rejects.toThrow(ProfileError);
    await expect(readProfile(Buffer.from(text))).rejects.toThrow(message);
  });

  test.skipIf(example.odd === undefined)("is read without one odd line, which is told by its number", async () => {
    const [prefix, number] = example.odd!;
    const lines = bytes.toString().split("\n");
    lines.splice(number - 1, 0, prefix + ODD);
    const odd = Buffer.from(lines.join("\n"));
    const told: string[] = [];
    const profile = await readProfile(odd, { warn: (sentence) => told.push(sentence) });
    expect(showTotals(profile)).toBe(example.totals);
    expect(told).toEqual([expect.stringMatching(new RegExp(`^line ${number} .*: left out$`))]);
    await expect(readProfile(odd)).rejects.toThrow(`line ${number} `);
  });

  test.each(Object.entries(breaks))("is read or refused %s", async (_, damage) => {
    try {
      await readProfile(Buffer.from(damage(bytes.toString())));
    } catch (error) {
      expect(error).toBeInstanceOf(ProfileError);
      expect((error as Error).message).toMatch(/^.{1,300}$/);
    }
  });
});

describe.each(formats.filter(({ write }) => write !== undefined).map(({ name }) => name))("%s", (name) => {
  test.each(examples.map(({ file }) => file))("is written from %s and read back, its totals kept", async (file) => {
    const profile = await readProfile(read(file));
    const last = profile.sampleTypes.findIndex(({ type }) => type === profile.defaultSampleType);
    // JSON and callgrind's readers know doubles.
    const isExact = name === "pprof" || name === "otlp" || name === "collapsed";
    const sums = totals(profile).map((sum) => (isExact ? sum : BigInt(Number(sum))));
    const shown = sums.at(last)!;
    if (name === "cpuprofile" && profile.samples.values.at(last)!.some((value) => value < 0n)) {
      await expect(writeProfile(profile, { format: name })).rejects.toThrow("holds no negative value");
      return;
    }
    const written = await writeProfile(profile, { format: name });
    expect((await recogniseFormat(written)).name).toBe(name);
    const back = await readProfile(written);
    if (name === "collapsed") expect(totals(back)).toEqual([shown]);
    else if (name === "cpuprofile") {
      const isTime = profile.sampleTypes.at(last)!.unit === "nanoseconds";
      expect(totals(back).at(-1)).toBe(isTime ? shown : shown * 1000n);
    } else expect(totals(back)).toEqual(sums);
  });
});

describe("stacks come back as they were written", () => {
  test.each(["pprof", "otlp", "speedscope"])("in %s", async (format) => {
    const builder = new ProfileBuilder({
      sampleTypes: [
        { type: "samples", unit: "count" },
        { type: "cpu", unit: "nanoseconds" },
      ],
    });
    const frame = (name: string, line: number): number =>
      builder.location({ lines: [{ function: builder.function({ name, filename: "a.ts" }), line, column: 2 }] });
    builder.sample(
      [frame("leaf;\n", 3), frame("main", 1)],
      [2, 20],
      format === "speedscope" ? [] : [{ key: "k", value: "v" }],
    );
    builder.sample([frame("", 9), frame("main", 1)], [1, 2n ** 53n]);
    const profile = builder.build();
    const back = await readProfile(await writeProfile(profile, { format }));
    expect(stacks(back)).toBe(format === "speedscope" ? stacks(profile).replace(";@", ";(unknown)@") : stacks(profile));
  });
});

test("every format that is read has an example, and every example is read by a format", () => {
  const elsewhere = ["pprof", "legacy-cpu", "jfr"];
  const names = formats.filter((row) => row.read !== undefined).map(({ name }) => name);
  expect(examples.map(({ format }) => format).sort()).toEqual(names.filter((name) => !elsewhere.includes(name)).sort());
  const files = readdirSync(new URL("testdata/", import.meta.url));
  expect(files.filter((file) => /\.(json|txt|out)$/.test(file)).sort()).toEqual(
    examples.map(({ file }) => file).sort(),
  );
});

test("the README has a row for every format that is read, and says which are written", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const rows = Array.from(readme.matchAll(/^\| `([a-z0-9-]+)` .*\| (yes|) +\|$/gm), ([, name, yes]) => [
    name,
    yes === "yes",
  ]);
  const known = formats.filter((row) => row.read !== undefined).map((row) => [row.name, row.write !== undefined]);
  expect(rows.sort()).toEqual(known.sort());
});

test("a stack of 5,000 frames is read in every format", async () => {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
  const stack = Array.from({ length: 5000 }, (_, i) =>
    builder.location({ lines: [{ function: builder.function({ name: `f${i}` }) }] }),
  );
  builder.sample(stack, [7]);
  for (const { name, write } of formats) {
    if (write === undefined) continue;
    const back = await readProfile(await writeProfile(builder.build(), { format: name }));
    expect(back.samples.locations.length, name).toBe(5000);
  }
});

test("writing asks for a format that there is", async () => {
  const profile = await readProfile(read("collapsed.txt"));
  await expect(writeProfile(profile, { format: "svg" })).rejects.toThrow(
    'unknown format "svg": must be one of cpuprofile,',
  );
  await expect(writeProfile(profile, { format: "collapsed", sampleType: "cpu" })).rejects.toThrow(
    'unknown sample type "cpu": must be one of samples',
  );
  expect((await writeProfile(profile))[0]).toBe(0x1f);
  expect((await recogniseFormat(await gzip(await writeProfile(profile, { format: "collapsed" })))).name).toBe(
    "collapsed",
  );
});
