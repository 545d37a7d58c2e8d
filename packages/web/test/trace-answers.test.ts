import { statesOf, TraceBuilder, traceFormats } from "@pprof-ts/profile";
import fc from "fast-check";
import { expect, test } from "vitest";
import { MS, rounds } from "../../profile/test/trace/rounds.ts";
import { BOX_STYLES, type ViewPicture } from "../src/session/trace-protocol.ts";
import { traceAnswers } from "../src/worker/trace/trace-answers.ts";

const trace = rounds(40);
const bytes = traceFormats[0]!.write(trace);

/** Answers about a trace in Go's format. */
async function opened(bytes: Uint8Array): Promise<ReturnType<typeof traceAnswers>> {
  const answers = traceAnswers(() => {});
  await answers.openTrace({ name: "trace", bytes: bytes.slice().buffer });
  return answers;
}

/** How long the boxes of a row are that have a style, within these times. */
function drawn({ asked, length, row, style, from, to }: ViewPicture, of: number, name: string): number {
  let nanos = 0;
  for (let box = 0; box < length; box++) {
    if (row[box] !== of || BOX_STYLES[style[box]!] !== name) continue;
    nanos += Math.max(0, Math.min(to[box]!, asked.to) - Math.max(from[box]!, asked.from));
  }
  return nanos;
}

test("whatever is in view, boxes are as long as what they stand for", async () => {
  const answers = await opened(bytes);
  const rows = await answers.rows({ from: 0, to: trace.durationNanos, search: "" });
  const spans = [...statesOf(trace)];
  const known = { running: "running", ready: "ready", network: "network", sync: "sync", call: "call" } as const;
  await fc.assert(
    fc.asyncProperty(
      fc.double({ min: 0, max: 0.9, noNaN: true }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      async (at, part) => {
        const from = trace.durationNanos * at;
        const to = Math.min(trace.durationNanos, from + trace.durationNanos * part);
        // A pixel that is shorter than any state.
        const asked = {
          from,
          to,
          pixel: 0.5 * MS,
          rows: [...rows.row].map((of) => ({ kind: "goroutine", of }) as const),
        };
        const picture = await answers.view(asked);
        for (const name of Object.values(known)) {
          const all = asked.rows.reduce((sum, _, row) => sum + drawn(picture, row, name), 0);
          const expected = spans.reduce((sum, { goroutine, state, reason, from: begin, to: end }) => {
            const text = trace.strings[reason]!;
            const is = state === "waiting" ? text === name : state === name;
            return goroutine === 1 || !is ? sum : sum + Math.max(0, Math.min(end, to) - Math.max(begin, from));
          }, 0);
          // Times in the file are whole ticks, and no two are equal.
          expect(Math.abs(all - expected), name).toBeLessThan(1000 * rows.row.length);
        }
      },
    ),
    { numRuns: 40 },
  );
});

test("what is too narrow to be seen is put together, so that no picture has more boxes than it has room for", async () => {
  const answers = await opened(bytes);
  const rows = await answers.rows({ from: 0, to: trace.durationNanos, search: "" });
  const width = 50;
  const asked = {
    from: 0,
    to: trace.durationNanos,
    pixel: trace.durationNanos / width,
    rows: [{ kind: "lane", of: 0 } as const, ...[...rows.row].map((of) => ({ kind: "goroutine", of }) as const)],
  };
  const picture = await answers.view(asked);
  expect(picture.length).toBeLessThanOrEqual(asked.rows.length * (width + 1));
  expect(new Set(picture.row.subarray(0, picture.length)).size).toBe(asked.rows.length);
});

test("of very many goroutines, each of a name of its own, some are told, and how many there are", async () => {
  const builder = new TraceBuilder();
  const thread = 0;
  builder.add("proc-start", 0, { thread, a: 0 });
  const count = 20_000;
  for (let i = 0; i < count; i++) {
    const goroutine = i + 1;
    const time = i * 1000;
    builder.add("create", time, { thread, goroutine, a: builder.stack([[`GET /${i}`, "http", 0]]) });
    builder.add("run", time + 100, { thread, goroutine });
    builder.add("task-begin", time + 200, { thread, goroutine, a: goroutine, c: builder.text(`GET /${i}`) });
    builder.add("end", time + 900, { thread, goroutine });
  }
  const answers = await opened(traceFormats[0]!.write(builder.build(0n, count * 1000)));
  const rows = await answers.rows({ from: 0, to: count * 1000, search: "" });
  expect(rows.row.length + rows.more).toBe(count);
  expect(rows.row.length).toBeLessThan(5000);
  expect((await answers.units({ part: "", before: "" })).length).toBeLessThanOrEqual(1000);
  expect((await answers.waits({ part: "" })).length).toBeLessThanOrEqual(2000);
  expect((await answers.turns({ part: "" })).length).toBeLessThanOrEqual(200);
  const found = await answers.rows({ from: 0, to: count * 1000, search: "^GET /1234$" });
  expect(found.labels).toEqual(["GET /1234"]);
});

test("bytes of no format that is read are no trace, and a broken one is a sentence", async () => {
  const answers = traceAnswers(() => {});
  expect(await answers.openTrace({ name: "none", bytes: new Uint8Array(9).buffer })).toBeUndefined();
  const header = bytes.slice(0, 40);
  await expect(async () => answers.openTrace({ name: "short", bytes: header.buffer })).rejects.toThrow(
    /malformed trace/,
  );
  expect(() => answers.rows({ from: 0, to: 1, search: "" })).toThrow("no trace is open");
});
