import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readTrace, TRACE_EVENTS, type Trace, traceFormats } from "../../src/index.ts";
import { WireWriter } from "../../src/proto/wire.ts";
import { rounds } from "./rounds.ts";

const ROUNDS = 25;
const utf8 = new TextEncoder();

/** What happens in a trace, each as `milliseconds event text value`. */
function told({ events, strings }: Trace): string[] {
  const text: Partial<Record<string, (i: number) => string>> = {
    "region-begin": (i) => strings[events.b[i]!]!,
    "task-begin": (i) => strings[events.c[i]!]!,
    log: (i) => `${strings[events.b[i]!]!} ${strings[events.c[i]!]!}`,
    counter: (i) => `${strings[events.a[i]!]!} ${events.b[i]!}`,
    sample: () => "",
  };
  const found: string[] = [];
  for (let i = 0; i < events.length; i++) {
    const { name } = TRACE_EVENTS[events.kind[i]!]!;
    if (name in text) found.push(`${events.time[i]! / 1e6} ${name} ${text[name]!(i)}`.trim());
  }
  return found;
}

describe.each(traceFormats.map((format) => [format.name, format] as const))("the reader of %s", (name, format) => {
  const bytes = format.write(rounds(ROUNDS));

  test("its files are its own, and no other's", () => {
    expect(traceFormats.filter(({ recognises }) => recognises(bytes)).map((one) => one.name)).toEqual([name]);
    expect(format.recognises(new Uint8Array())).toBe(false);
  });

  test("the requests are there as often as they were, each as long, and so is what they say", () => {
    const { trace, broken } = readTrace(bytes);
    expect(broken).toBeUndefined();
    const lines = told(trace);
    // The second one, by the route; which other events tell of it depends on the format.
    expect(lines.filter((line) => /(task|region)-begin GET \/item\/:id$/.test(line)).length).toBeGreaterThanOrEqual(
      ROUNDS,
    );
    expect(lines.filter((line) => line.includes(" log url /item/"))).toHaveLength(ROUNDS);
    expect(Math.abs(trace.durationNanos - 2.45e9)).toBeLessThan(60e6);
  });

  test("of a file that is cut there is what is whole, and why the rest is not", () => {
    const { trace, broken } = readTrace(bytes.subarray(0, bytes.length - 40));
    expect(broken).toMatch(/^malformed trace: /);
    const logs = told(trace).filter((line) => line.includes(" log url /item/"));
    expect(logs.length).toBeGreaterThan(ROUNDS / 2);
  });

  test("times go on, and what refers to a table has a row there", () => {
    const { events, stacks, strings } = readTrace(bytes).trace;
    for (let i = 1; i < events.length; i++) expect(events.time[i]!).toBeGreaterThanOrEqual(events.time[i - 1]!);
    expect(Math.max(...events.stack)).toBeLessThan(stacks.length);
    expect(Math.max(...events.c)).toBeLessThan(Math.max(strings.length, 2 ** 40));
  });
});

test("what is none of them is refused in a sentence that names them", () => {
  expect(() => readTrace(utf8.encode("hello"))).toThrow(
    "it is no trace of Go's, nor of Perfetto's, nor one in Chrome's JSON",
  );
});

describe("Chrome's JSON of others", () => {
  const read = (json: string): string[] => told(readTrace(utf8.encode(json)).trace);

  test("slices, instants, counters and asynchronous ones, as an array that nobody has closed too", () => {
    const events = [
      '{"ph":"X","name":"outer","ts":1000,"dur":5000,"pid":1,"tid":1}',
      '{"ph":"X","name":"inner","ts":1000,"dur":2000,"pid":1,"tid":1}',
      '{"ph":"i","name":"mark","ts":2000,"pid":1,"tid":1,"args":{"value":"said \\"}\\""}}',
      '{"ph":"C","name":"memory","ts":3000,"pid":1,"args":{"heap":7,"rss":9}}',
      '{"ph":"b","cat":"c","id":"0x1","name":"request","ts":3500,"pid":1,"tid":1}',
      '{"ph":"e","cat":"c","id":"0x1","name":"request","ts":4500,"pid":1,"tid":1}',
    ];
    const expected = [
      "0 region-begin outer",
      "0 region-begin inner",
      '1 log mark said "}"',
      "2 counter memory heap 7",
      "2 counter memory rss 9",
      "2.5 task-begin request",
    ];
    expect(read(`[${events}]`)).toEqual(expected);
    expect(read(`[\n${events.join(",\n")},\n`)).toEqual(expected);
    expect(read(`{"displayTimeUnit":"ns","traceEvents":[${events},{"ph":"X","na`)).toEqual(expected);
  });

  test("without what is at no time that a clock has, and a process for which lists in lists stand; of those that are said, the first 500 characters on every engine", () => {
    const nested = "[".repeat(1e5) + "]".repeat(1e5);
    const events = [
      '{"ph":"X","name":"endless","ts":1e308,"dur":1,"pid":1,"tid":1}',
      '{"ph":"X","name":"long","ts":1,"dur":1e308,"pid":1,"tid":1}',
      `{"ph":"i","name":"mark","ts":1000,"pid":${nested},"tid":1,"args":{"a":${nested}}}`,
      '{"ph":"X","name":"slice","ts":2000,"dur":1,"pid":1,"tid":1}',
    ];
    expect(read(`[${events}]`)).toEqual([`0 log mark {"a":${"[".repeat(495)}`, "1 region-begin slice"]);
  });

  test("what an instant says is its arguments as JSON, or the beginning of that", () => {
    const object = fc.object({ withNullPrototype: false, maxDepth: 4 });
    const said = fc.oneof(
      object,
      object.map((args) => ({ ...args, long: "x".repeat(480), a: [args, 1] })),
    );
    fc.assert(
      fc.property(said, (value) => {
        const args = JSON.stringify({ args: value });
        const event = `{"ph":"i","name":"mark","ts":0,"pid":1,"tid":1,"args":${args}}`;
        expect(read(`[${event}]`)).toEqual([`0 log mark ${args.slice(0, 500)}`.trim()]);
      }),
    );
  });

  test("files of Node's --trace-event-categories", { timeout: 30_000 }, () => {
    const folder = mkdtempSync(path.join(tmpdir(), "pprof-events-"));
    try {
      const code = "setTimeout(() => global.gc(), 5);";
      const flags = [
        "--expose-gc",
        "--trace-event-categories=v8,node.perf,node.async_hooks",
        "--trace-event-file-pattern=all.log",
      ];
      execFileSync(process.execPath, [...flags, "-e", code], {
        cwd: folder,
        env: { ...process.env, NODE_OPTIONS: "" },
      });
      const { trace, broken } = readTrace(readFileSync(path.join(folder, "all.log")));
      expect(broken).toBeUndefined();
      const lines = told(trace);
      for (const part of [/task-begin Timeout$/, /region-begin .*GC/]) {
        expect([part, lines.some((line) => part.test(line))]).toEqual([part, true]);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** Packets of Perfetto's from their fields: numbers, texts, and messages of the same. */
type Message = readonly (readonly [field: number, value: number | string | bigint | Message])[];
function message(fields: Message): Uint8Array {
  const out = new WireWriter();
  for (const [field, value] of fields) {
    if (typeof value === "number") out.uintField(field, value, true);
    else if (typeof value === "string") out.bytesField(field, utf8.encode(value));
    else if (typeof value === "object") out.bytesField(field, message(value));
  }
  return out.finish();
}

test("Perfetto's protobuf of others: names in place, clocks of a sequence's own that count on, defaults, state that is cleared", () => {
  const packets: Message = [
    // A sequence whose clock 64 counts microseconds from 5 ms on.
    [
      1,
      [
        [10, 1],
        [13, 1],
        [
          6,
          [
            [
              1,
              [
                [1, 6],
                [2, 5_000_000],
              ],
            ],
            [
              1,
              [
                [1, 64],
                [2, 0],
                [3, 1],
                [4, 1000],
              ],
            ],
          ],
        ],
        [
          59,
          [
            [58, 64],
            [11, [[11, 7]]],
          ],
        ],
      ],
    ],
    [
      1,
      [
        [10, 1],
        [
          60,
          [
            [1, 7],
            [
              4,
              [
                [1, 1],
                [2, 3],
                [5, "main"],
              ],
            ],
          ],
        ],
      ],
    ],
    [
      1,
      [
        [10, 1],
        [8, 1000],
        [
          12,
          [
            [
              2,
              [
                [1, 1],
                [2, "outer"],
              ],
            ],
          ],
        ],
        [
          11,
          [
            [9, 1],
            [10, 1],
          ],
        ],
      ],
    ],
    [
      1,
      [
        [10, 1],
        [8, 500],
        [
          11,
          [
            [9, 3],
            [23, "mark"],
            [4, [[6, "said"]]],
          ],
        ],
      ],
    ],
    [
      1,
      [
        [10, 1],
        [8, 1500],
        [11, [[9, 2]]],
      ],
    ],
    // The number 1 is nobody's any more.
    [
      1,
      [
        [10, 1],
        [13, 1],
        [8, 1000],
        [
          12,
          [
            [
              2,
              [
                [1, 1],
                [2, "next"],
              ],
            ],
          ],
        ],
        [
          11,
          [
            [9, 1],
            [10, 1],
          ],
        ],
      ],
    ],
    [
      1,
      [
        [10, 1],
        [8, 1000],
        [11, [[9, 2]]],
      ],
    ],
    // Another one, by the clock that all share, with a counter.
    [
      1,
      [
        [10, 2],
        [
          60,
          [
            [1, 8],
            [2, "memory"],
            [8, []],
          ],
        ],
      ],
    ],
    [
      1,
      [
        [10, 2],
        [8, 7_000_000],
        [
          11,
          [
            [9, 4],
            [11, 8],
            [30, 9],
          ],
        ],
      ],
    ],
  ];
  const { trace, broken } = readTrace(message(packets));
  expect(broken).toBeUndefined();
  expect(told(trace)).toEqual([
    "0 region-begin outer",
    "0.5 log mark said",
    "1 counter memory 9",
    "3 region-begin next",
  ]);
});
