import { deriveProfile, statesOf, type Trace, TraceBuilder, type TraceEventName, toNumbers } from "@pprof-ts/profile";
import fc from "fast-check";
import { expect, test } from "vitest";
import { rounds } from "../../../profile/test/trace/rounds.ts";
import {
  clipTrace,
  indexTrace,
  longestTurns,
  NO_ROW,
  SPAN_STATE_NAMES,
  spanEnd,
  storyOf,
  summarizeTrace,
  type TraceIndex,
  taskStory,
  unitGroups,
  victimsOf,
  waitSums,
  waitText,
} from "../../src/index.ts";
import { MS, written } from "./traced.ts";

const STATE_EVENTS: readonly TraceEventName[] = [
  "present",
  "create",
  "run",
  "yield",
  "wait",
  "ready",
  "end",
  "call-begin",
  "call-end",
];

/** Any events of states in any order, which no scheduler would write; `runs`: after all goroutines have run. */
const anyTrace = (runs: boolean): fc.Arbitrary<Trace> =>
  fc
    .array(
      fc.record({
        name: fc.constantFrom(...STATE_EVENTS),
        goroutine: fc.integer({ min: 1, max: 4 }),
        thread: fc.integer({ min: -1, max: 2 }),
        passes: fc.constantFrom(1000, 5000, 70_000),
        a: fc.integer({ min: 0, max: 2 }),
      }),
      { minLength: 1, maxLength: 60 },
    )
    .map((events): Trace => {
      const builder = new TraceBuilder();
      const reasons = ["network", "sync", "sleep"].map((reason) => builder.text(reason));
      const stacks = ["f", "g", "h"].map((name) => builder.stack([[name, "a.js", 3]]));
      let time = 0;
      for (let goroutine = 1; runs && goroutine <= 4; goroutine++) builder.add("run", 0, { goroutine, stack: 1 });
      // No program uses the number of a goroutine that has ended again.
      const ended = new Set<number>();
      for (const { name, goroutine, thread, passes, a } of events) {
        time += passes;
        if (ended.has(goroutine)) continue;
        if (name === "end") ended.add(goroutine);
        const isWhy = name === "wait" || name === "yield";
        builder.add(name, time, { goroutine, thread, a: isWhy ? reasons[a]! : stacks[a]!, stack: stacks[a]! });
      }
      return builder.build(0n, time + 1000);
    });

/** For how long each goroutine was in each state. */
function sums(entries: Iterable<readonly [goroutine: number, state: string, nanos: number]>): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [goroutine, state, nanos] of entries)
    if (nanos > 0) found[`${goroutine} ${state}`] = (found[`${goroutine} ${state}`] ?? 0) + nanos;
  return found;
}

function* indexed(index: TraceIndex): Generator<readonly [number, string, number]> {
  const { goroutines, spans } = index;
  for (let row = 0; row < goroutines.length; row++) {
    for (let span = goroutines.spanStart[row]!; span < goroutines.spanEnd[row]!; span++) {
      const nanos = spanEnd(index, row, span) - spans.from[span]!;
      yield [goroutines.id[row]!, SPAN_STATE_NAMES[spans.state[span]!]!, nanos];
    }
  }
}

test("whatever happens, goroutines are in the states that they are in by the order of events", () => {
  fc.assert(
    fc.property(anyTrace(false), (trace) => {
      const index = indexTrace(trace);
      // What is there from the beginning is so whenever it is said.
      const begun = new Map(Array.from(index.goroutines.id, (id, row) => [id, index.goroutines.from[row]!]));
      const known = Array.from(statesOf(trace), ({ goroutine, state, from, to }) => {
        const isFirst = begun.get(goroutine) === 0 && state === "waiting" && from > 0;
        return { goroutine, state, from, to, isFirst };
      });
      const first = new Set<number>();
      const expected = known.map(({ goroutine, state, from, to, isFirst }) => {
        const extends_ = isFirst && !first.has(goroutine);
        first.add(goroutine);
        return [goroutine, state, to - (extends_ ? 0 : from)] as const;
      });
      expect(sums(indexed(index))).toEqual(sums(expected));
      for (const { length, from, to, busy } of index.lanes) {
        for (let entry = 0; entry < length; entry++) {
          expect(to[entry]).toBeGreaterThan(from[entry]!);
          expect(to[entry]).toBeLessThanOrEqual(trace.durationNanos);
          if (entry > 0) expect(from[entry]).toBeGreaterThanOrEqual(to[entry - 1]!);
        }
        expect(busy[length]).toBeCloseTo(Array.from(from, (begin, i) => to[i]! - begin).reduce((a, b) => a + b, 0));
      }
    }),
  );
});

test("no part of a trace loses time, wherever it is cut", () => {
  const total = (index: TraceIndex, from: number, to: number, name: string): number =>
    toNumbers(deriveProfile(clipTrace(index, { from, to }, NO_ROW), name).samples.values[1]!).reduce(
      (a, b) => a + b,
      0,
    );
  fc.assert(
    fc.property(anyTrace(true), fc.double({ min: 0.05, max: 0.95, noNaN: true }), (trace, at) => {
      const index = indexTrace(trace);
      const cut = Math.round(trace.durationNanos * at);
      for (const name of ["net", "sync", "sched", "syscall", "await"]) {
        const parts = total(index, 0, cut, name) + total(index, cut, trace.durationNanos, name);
        expect(parts, name).toBeCloseTo(total(index, 0, trace.durationNanos, name), -1);
      }
    }),
    { numRuns: 60 },
  );
});

test("what tasks awaited, and where they could have run, is the same in parts as in the whole", () => {
  const trace = rounds(5);
  const index = indexTrace(trace);
  for (const name of ["await", "loopwait"]) {
    const add = (sums: Map<string, number>, from: number, to: number): Map<string, number> => {
      const { samples, locations, functions, strings } = deriveProfile(clipTrace(index, { from, to }, NO_ROW), name);
      const nanos = toNumbers(samples.values[1]!);
      for (let row = 0; row < nanos.length; row++) {
        const leaf = samples.locations[samples.locationStart[row]!]!;
        const fn = strings.get(functions.name[locations.lines.function[locations.lineStart[leaf]!]!]!);
        sums.set(fn, (sums.get(fn) ?? 0) + nanos[row]!);
      }
      return sums;
    };
    const all = add(new Map(), 0, trace.durationNanos);
    for (const cut of [20, 32, 60, 120, 195, 333]) {
      expect(add(add(new Map(), 0, cut * MS), cut * MS, trace.durationNanos), `${name} ${cut}`).toEqual(all);
    }
  }
});

test("groups of tasks have where the time of each went, and in a part of a trace its own", () => {
  const trace = rounds(25);
  const index = indexTrace(trace);
  const [group] = unitGroups(index, { from: 0, to: trace.durationNanos });
  expect(group).toMatchObject({ name: "GET /item/:id", kind: "http", isTask: true, count: 25, open: 0 });
  expect([group!.running, group!.call, group!.ready, group!.waiting].map((nanos) => nanos / MS)).toEqual([
    275, 50, 125, 575,
  ]);
  expect(group!.histogram.reduce((a, b) => a + b)).toBe(25);
  expect(unitGroups(index, { from: 1000 * MS, to: 1020 * MS })[0]!.count).toBe(1);
});

test("of tasks that share a goroutine each has its own way, and those that are parts of it", () => {
  const trace = written();
  const { builder } = trace;
  trace.begin(0, 10, "whole", "task");
  trace.step(10, "task-begin", 10, { a: 77, b: 10, c: builder.text("part") });
  trace.step(11, "log", 10, { a: 77, b: builder.text("row"), c: builder.text("3") });
  trace.wait(12, 10, "network", "query");
  trace.run(20, 10);
  trace.step(25, "task-end", 10, { a: 77 });
  trace.wait(30, 10, "sleep", "(timer)");
  trace.run(40, 10);
  trace.end(41, 10);
  const index = indexTrace(trace.build(50));
  expect(taskStory(index, 77)).toMatchObject({
    name: "part",
    from: 10 * MS,
    to: 25 * MS,
    waiting: 8 * MS,
    logs: [{ key: "row", value: "3" }],
    parts: [],
  });
  const steps = taskStory(index, 77)!.steps.map(({ state, from, to, why }) => [state, from / MS, to / MS, why]);
  expect(steps).toEqual([
    ["running", 10, 12, ""],
    ["waiting", 12, 20, "network: query"],
    ["running", 20, 25, ""],
  ]);
  expect(taskStory(index, 10)!.parts).toMatchObject([{ task: 77, name: "part", from: 10 * MS, to: 25 * MS }]);
  expect(taskStory(index, 10)!.stairs).toEqual([]);
  expect(taskStory(index, 11)).toBeUndefined();
});

test("the world stands still once, though one program stops while another has", () => {
  const trace = written();
  for (const [millis, name] of [
    [10, "stop-begin"],
    [12, "stop-begin"],
    [14, "stop-end"],
    [16, "stop-end"],
    [20, "stop-begin"],
    [21, "stop-end"],
  ] as const) {
    trace.step(millis, name, 0);
  }
  const { collections } = summarizeTrace(indexTrace(trace.build(50)));
  expect(collections).toEqual({ count: 2, nanos: 5 * MS });
});

test("where the recorder tells what was awaited, a wait has the line too; of Go's, the first that is no runtime's", () => {
  const trace = written();
  const { builder } = trace;
  const route = ["GET /x", "http", 0] as const;
  const told = builder.stack([["(timer)", "node", 0], ["wait", "node:timers", 3], ["load", "/srv/app.js", 9], route]);
  const called = builder.stack([
    ["GET 127.0.0.1:80", "node", 0],
    ["GET /x:1", "http", 0],
  ]);
  const go = builder.stack([
    ["runtime.chanrecv1", "/go/chan.go", 1],
    ["sync.(*Mutex).Lock", "/go/mutex.go", 2],
    ["main.work", "/src/main.go", 3],
  ]);
  const [sleep, receive] = ["sleep", "chan receive"].map((reason) => builder.text(reason));
  const made = trace.build(1);
  expect(waitText(made, sleep!, told)).toBe("sleep: (timer) at load /srv/app.js:9");
  expect(waitText(made, sleep!, called)).toBe("sleep: GET 127.0.0.1:80");
  expect(waitText(made, receive!, go)).toBe("chan receive: main.work /src/main.go:3");
});

test("a wait is told by what it was for, and where it was the longest", () => {
  const trace = rounds(3);
  const index = indexTrace(trace);
  const sums = waitSums(index, { from: 0, to: trace.durationNanos });
  expect(sums[0]).toMatchObject({ name: "event loop", what: "sleep" });
  expect(sums.find(({ what }) => what === "network: query app.js:7")).toMatchObject({
    name: "GET /item/:id",
    count: 3,
    nanos: 60 * MS,
    most: 20 * MS,
  });
});

test("waits whose line was not taken are where those are of which it was, if that is one place", () => {
  const route = ["GET /x", "http", 0] as const;
  const sumsOf = (lines: readonly (number | undefined)[]): unknown[] => {
    const trace = written();
    trace.begin(0, 10, "GET /x", "http");
    for (const [i, line] of lines.entries()) {
      const stack = trace.builder.stack([
        ["(timer)", "node", 0],
        ...(line === undefined ? [] : ([["load", "/srv/app.js", line]] as const)),
        route,
      ]);
      trace.builder.add("wait", (2 + i * 10) * MS, { thread: 0, goroutine: 10, a: trace.builder.text("sleep"), stack });
      trace.run(10 + i * 10, 10);
    }
    trace.end(150, 10);
    const all = waitSums(indexTrace(trace.build(200)), { from: 0, to: 200 * MS });
    return all
      .filter(({ name, what }) => name === "GET /x" && what.startsWith("sleep"))
      .map(({ what, count }) => [what, count]);
  };
  expect(sumsOf([9, undefined, undefined])).toEqual([["sleep: (timer) at load /srv/app.js:9", 3]]);
  expect(sumsOf([9, undefined, 12])).toHaveLength(3);
  expect(sumsOf([9, ...Array<undefined>(9).fill(undefined)])).toHaveLength(1);
  expect(sumsOf([9, ...Array<undefined>(10).fill(undefined)])).toHaveLength(2);
  expect(sumsOf([undefined, undefined])).toEqual([["sleep: (timer)", 2]]);
});

test("tasks of which each has a name of its own, and a long one, are summed up each", { timeout: 60_000 }, () => {
  const trace = written();
  const tasks = 40_000;
  const long = "x".repeat(100_000);
  for (let i = 0; i < tasks; i++) {
    const [at, goroutine] = [1 + i / 1000, 10 + i];
    trace.begin(at, goroutine, `GET /${i}${i % 1000 === 0 ? long : ""}`, "http");
    trace.wait(at, goroutine, "sleep", "(timer)");
    trace.run(at + 1, goroutine);
    trace.end(at + 2, goroutine);
  }
  const index = indexTrace(trace.build(100));
  const part = { from: 0, to: 100 * MS };
  expect(waitSums(index, part).filter(({ what }) => what === "sleep: (timer)")).toHaveLength(tasks);
  expect(summarizeTrace(index).tasks).toHaveLength(tasks);
});

test("calls that are made one after the other are found, and the way that a request took", () => {
  const trace = written();
  trace.begin(0, 10, "GET /cart", "http");
  for (const [i, lasts] of [30, 20, 25].entries()) {
    const from = 2 + i * 40;
    trace.begin(from, 20 + i, `GET upstream/${i}`, "http client", 10);
    trace.wait(from, 20 + i, "network");
    trace.wait(from, 10, "select", `GET upstream/${i}`);
    trace.run(from + lasts, 20 + i);
    trace.end(from + lasts, 20 + i);
    trace.run(from + lasts, 10);
  }
  trace.end(108, 10);
  const index = indexTrace(trace.build(200));
  const story = storyOf(index, index.goroutines.id.indexOf(10))!;
  expect(story.parts.map(({ name }) => name)).toEqual(["GET upstream/0", "GET upstream/1", "GET upstream/2"]);
  expect(story.stairs).toEqual([]);
  expect(
    story.path.filter(({ depth }) => depth === 1).map(({ name, from, to, why }) => [name, (to - from) / MS, why]),
  ).toEqual([
    ["GET upstream/0", 30, "network"],
    ["GET upstream/1", 20, "network"],
    ["GET upstream/2", 25, "network"],
  ]);
  // All of its time is on its way.
  expect(story.path.reduce((sum, { from, to }) => sum + to - from, 0)).toBeCloseTo(108 * MS, -3);
});

test("whom a long turn delayed is known, and who may have been", () => {
  const trace = written();
  trace.run(0, 1);
  trace.begin(1, 10, "GET /late", "http");
  trace.wait(2, 10, "sleep", "(timer)");
  trace.begin(2, 11, "GET /upstream", "http");
  trace.wait(3, 11, "network");
  trace.begin(3, 12, "GET /burn", "http");
  // Its timer is due while another one holds the loop.
  trace.step(40, "ready", 10, { thread: -1 });
  trace.end(103, 12);
  trace.step(103, "run", 10);
  trace.end(104, 10);
  trace.run(104, 11);
  trace.end(105, 11);
  const index = indexTrace(trace.build(200));
  const { turn, ready, perhaps } = victimsOf(index, 0, 50 * MS);
  expect(turn).toMatchObject({ name: "GET /burn", from: 3 * MS, to: 103 * MS, delayed: 1 });
  expect(ready.map(({ name, nanos }) => [name, nanos / MS])).toEqual([["GET /late", 63]]);
  expect(perhaps.map(({ name, nanos }) => [name, nanos / MS])).toEqual([["GET /upstream", 100]]);
  expect(victimsOf(index, 0, 150 * MS).turn).toBeUndefined();
  expect(victimsOf(index, 7, 0).turn).toBeUndefined();
  const [longest] = longestTurns(index, { from: 0, to: 200 * MS });
  expect(longest).toMatchObject({ name: "GET /burn", delayed: 1, delayNanos: 63 * MS });
});

test("waits in a row with next to nothing between them are told, unless it is one thing that is waited for", () => {
  const trace = written();
  trace.begin(0, 10, "GET /cart", "http");
  for (const from of [1, 31, 61]) {
    trace.wait(from, 10, "network", "query");
    trace.run(from + 29, 10);
  }
  trace.wait(100, 10, "sync", "lock");
  trace.run(150, 10);
  trace.end(151, 10);
  trace.begin(151, 11, "GET /once", "http");
  trace.begin(151, 12, "checkout", "task", 11);
  trace.wait(152, 12, "sleep", "(timer)");
  for (const [from, to] of [
    [152, 170],
    [171, 190],
  ] as const) {
    trace.wait(from, 11, "select", "checkout");
    trace.run(to, 11);
  }
  trace.run(190, 12);
  trace.end(190, 12);
  trace.end(191, 11);
  const index = indexTrace(trace.build(200));
  const story = (id: number): ReturnType<typeof storyOf> => storyOf(index, index.goroutines.id.indexOf(id));
  expect(story(10)!.stairs).toEqual([
    { from: MS, to: 90 * MS, count: 3, sum: 87 * MS, longest: 29 * MS, what: ["network: query"] },
  ]);
  expect(story(11)!.stairs).toEqual([]);
  expect(story(99)).toBeUndefined();
});

test("what a function awaits in a row is told whole, where after its first await nobody knows who called it", () => {
  const trace = written();
  trace.begin(0, 10, "GET /page", "http");
  const load = ["load", "page.mjs", 13] as const;
  const callers = ["handle", "server.mjs", 40] as const;
  for (const [from, line] of [
    [1, 6],
    [21, 7],
    [41, 8],
  ] as const) {
    const stack = trace.builder.stack([load, ["page", "page.mjs", line], ...(line === 6 ? [callers] : [])]);
    trace.step(from, "wait", 10, { a: trace.builder.text("sleep"), stack });
    trace.run(from + 19, 10);
  }
  trace.end(61, 10);
  const { inARow } = summarizeTrace(indexTrace(trace.build(100)));
  const lines = ["page.mjs:6", "page.mjs:7", "page.mjs:8"];
  expect(inARow).toEqual([{ task: "GET /page", function: "page", lines, count: 1, nanos: 57 * MS, others: 38 * MS }]);
});

test("what makes way for others is no wait, in tables and in the profile of them alike", () => {
  const reasons = [
    "network",
    "sleep",
    "",
    "system goroutine wait",
    "GC mark assist wait for work",
    "wait for debug call",
  ];
  const trace = written();
  for (const [i, reason] of reasons.entries()) {
    const goroutine = i + 2;
    trace.begin(10, goroutine, `waits ${i}`, "task");
    trace.wait(20, goroutine, reason);
    trace.run(30, goroutine);
    trace.end(40, goroutine);
  }
  const built = trace.build(50);
  const sums = waitSums(indexTrace(built), { from: 0, to: built.durationNanos });
  expect(sums.map(({ what }) => what).filter((what) => what !== "waits to run")).toEqual(["network", "sleep"]);
  const { samples, locations, functions, strings } = deriveProfile(built, "await");
  const names = Array.from(samples.locations, (row) => strings.get(functions.name[locations.lines.function[row]!]!));
  expect(names).toEqual(["waits 0", "waits 1"]);
});
