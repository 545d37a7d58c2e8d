import { expect, test } from "vitest";
import type { TraceRecord } from "../../src/agent/trace/record-table.ts";
import { sleepsOf, utilization } from "../../src/agent/trace/sleeps.ts";

const MS = 1e6;

/** Records as text, `milliseconds name microseconds` a line; `busy` and `idle` in milliseconds. The sleeps, in milliseconds. */
function sleeps(text: string, busy: readonly number[] = [], idle: readonly number[] = []): number[][] {
  const records = text
    .trim()
    .split("\n")
    .map((line): TraceRecord => {
      const [time, name, id] = line.trim().split(" ");
      return {
        name: name as TraceRecord["name"],
        time: Number(time) * MS,
        id: Number(id),
        value: 0,
        other: 0,
        text: "",
      };
    });
  const all = [...busy, ...records.filter(({ name }) => name !== "turn").map(({ time }) => time / MS)];
  return sleepsOf(
    records,
    all.sort((a, b) => a - b).map((millis) => millis * MS),
    idle.map((millis) => millis * MS),
  ).map(({ from, to }) => [from / MS, to / MS]);
}

test("of a turn in which nothing else is known, the loop slept at its end", () => {
  expect(sleeps("100 turn 0\n 200 turn 70000")).toEqual([[130, 200]]);
});

test("what runs after it slept has woken it", () => {
  expect(sleeps("100 turn 0\n 150 woke 40000\n 150 request 1\n 200 turn 40000")).toEqual([[110, 150]]);
});

test("what ran before it slept has not", () => {
  expect(sleeps("100 turn 0\n 110 woke 0\n 110 runs 1\n 200 turn 40000")).toEqual([[160, 200]]);
});

test("between timers and the rest it slept, however long the rest took", () => {
  const records = "100 turn 0\n 101 woke 0\n 101 runs 1\n 120 woke 5000\n 120 request 2\n 140 region 3\n 190 turn 5000";
  expect(sleeps(records)).toEqual([[115, 120]]);
});

test("where samples found something, it did not sleep", () => {
  expect(sleeps("100 turn 0\n 200 turn 30000", [110, 120, 130, 140, 150, 195])).toEqual([[165, 195]]);
});

test("it slept no longer than there is room, nor longer than the turn took", () => {
  expect(sleeps("100 turn 0\n 200 turn 90000", [150])).toEqual([[150, 200]]);
  expect(sleeps("100 turn 0\n 200 turn 900000")).toEqual([[100, 200]]);
});

test("where samples found it asleep, it slept since something ran last, whatever libuv makes of a sleep that signals interrupt", () => {
  expect(sleeps("100 turn 0\n 130 woke 0\n 130 runs 1\n 200 turn 3000", [140], [150, 160, 170, 180, 190])).toEqual([
    [140, 200],
  ]);
  expect(sleeps("100 turn 0\n 125 woke 5\n 125 request 1\n 200 turn 5", [], [110, 120])).toEqual([[100, 125]]);
});

test("between two sizes of the heap, the loop's utilization is the time in which it did not sleep", () => {
  const at = (millis: number): TraceRecord => ({
    name: "heap",
    time: millis * MS,
    id: 1,
    value: 0,
    other: 0,
    text: "",
  });
  const asleep = [
    { from: 90 * MS, to: 110 * MS },
    { from: 150 * MS, to: 190 * MS },
    { from: 195 * MS, to: 260 * MS },
  ];
  expect(utilization([at(100), at(200), at(300), at(300)], asleep)).toEqual([
    { time: 200 * MS, percent: 45 },
    { time: 300 * MS, percent: 40 },
  ]);
});
