import { ProfileBuilder } from "@pprof-ts/profile";
import { expect, test } from "vitest";
import { Addresses } from "../src/agent/code/code-addresses.ts";
import { Frames } from "../src/agent/code/frames.ts";
import { Scripts } from "../src/agent/code/scripts.ts";
import { CpuSamples } from "../src/agent/cpu/cpu-samples.ts";
import { type CpuProfile, Slice } from "../src/agent/cpu/slice.ts";
import { stacksOf } from "./stacks.ts";

const names = ["(root)", "(idle)", "outer", "inner"];
const callFrame = (functionName: string) => ({ functionName, url: "", lineNumber: -1, columnNumber: -1 });

/** A profile whose samples are `name` at so many microseconds. */
function profile(startTime: number, endTime: number, samples: readonly [name: string, at: number][]): CpuProfile {
  let before = startTime;
  return {
    nodes: names.map((name, id) => {
      const children = name === "(root)" ? [1, 2] : name === "outer" ? [3] : [];
      return { id, callFrame: callFrame(name), children };
    }),
    startTime,
    endTime,
    samples: samples.map(([name]) => names.indexOf(name)),
    timeDeltas: samples.map(([, at]) => {
      const delta = at - before;
      before = at;
      return delta;
    }),
  };
}

function read(profiles: readonly CpuProfile[], fromMicros = 0, timed = false, everyMicros = 0, untilMicros = 1e9) {
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: "samples", unit: "count" },
      { type: "cpu", unit: "nanoseconds" },
    ],
  });
  const program = { script: "a.js", execPath: "node", commandLine: [] };
  const frames = new Frames(builder, { scripts: new Scripts(), addresses: new Addresses(), program });
  const slices = profiles.map((one) => new Slice(one));
  new CpuSamples(slices, { timed, fromMicros, everyMicros, untilMicros }).addTo(builder, frames, [], (micros) =>
    BigInt(micros * 1000),
  );
  return builder.build();
}

// Sampled each 100 µs: both profiles are open from 500 to 520, and the second begins with a sample of its own.
const first = profile(0, 520, [
  ["outer", 100],
  ["inner", 200],
  ["(idle)", 300],
  ["inner", 400],
  ["outer", 500],
]);
const second = profile(500, 1000, [
  ["outer", 500],
  ["inner", 600],
  ["inner", 700],
  ["(idle)", 800],
  ["outer", 900],
]);

const found = (
  profiles: readonly CpuProfile[],
  from?: number,
  every?: number,
  until?: number,
): Record<string, number[]> =>
  Object.fromEntries(
    stacksOf(read(profiles, from, false, every, until)).map(({ frames, values }) => [
      frames[0]!.split(" ")[0]!,
      values,
    ]),
  );

test("slices that follow one another have the time of all, none of it twice", () => {
  expect(found([first])).toEqual({ outer: [2, 120_000], inner: [2, 200_000] });
  expect(found([first, second])).toEqual({ outer: [3, 300_000], inner: [4, 400_000] });
});

test("samples before the beginning and behind the end are left out", () => {
  expect(found([first, second], 650)).toEqual({ inner: [1, 100_000], outer: [1, 100_000] });
  expect(found([first, second], 0, 0, 650)).toEqual({ outer: [2, 200_000], inner: [3, 250_000] });
});

test("with times, each sample has the one at which it ends", () => {
  const { samples } = read([first, second], 0, true);
  expect([...samples.labels.num]).toEqual([200, 300, 500, 600, 700, 800, 1000].map((micros) => BigInt(micros * 1000)));
});

test("time in which nothing sampled is nobody's", () => {
  const later = profile(5000, 5200, [["inner", 5100]]);
  expect(found([first, later])).toEqual({ outer: [2, 120_000], inner: [3, 300_000] });
});

test("at a lower rate, what ran at each of its moments has the time until the next", () => {
  // At 50, 250, 450, 650 and 850: nothing yet, inner, inner, inner, idle.
  expect(found([first, second], 50, 200)).toEqual({ inner: [3, 600_000] });
  // A sample that stands for long, as of native code, is met as often as it lasts; what is behind the end counts for nothing.
  const long = profile(0, 1050, [
    ["outer", 0],
    ["inner", 10],
    ["outer", 990],
  ]);
  expect(found([long], 0, 200)).toEqual({ outer: [2, 250_000], inner: [4, 800_000] });
  const { samples } = read([long], 0, true, 200);
  expect([...samples.labels.num]).toEqual([200, 400, 600, 800, 1000, 1050].map((micros) => BigInt(micros * 1000)));
});
