import { readdirSync, readFileSync } from "node:fs";
import { formats, type Profile, readProfile, recogniseFormat } from "@pprof-ts/profile";
import { describe, expect, test } from "vitest";
import { totals } from "./show.ts";

// What real profilers wrote of small programs (scripts/writers.mjs makes it anew), and what their own tools make of it.

interface Written {
  readonly by: string;
  readonly format: string;
  /** A sample type and its total as the writer's own tools have it; "" for the last one, no total where there is no such tool. */
  readonly type: string;
  readonly total?: string;
  /** Whether it has names, and not addresses alone. */
  readonly hasNames: boolean;
}

const folder = new URL("written/", import.meta.url);
const written: Readonly<Record<string, Written>> = JSON.parse(readFileSync(new URL("profiles.json", folder), "utf8"));

/** The values of one sample type of all samples in whose stacks a function is. */
function within(profile: Profile, column: number, name: RegExp): number {
  const { samples, locations, functions, strings } = profile;
  let sum = 0;
  for (let row = 0; row < samples.length; row++) {
    const stack = samples.locations.subarray(samples.locationStart[row], samples.locationStart[row + 1]);
    const isIn = Array.from(stack).some((location) =>
      Array.from(
        locations.lines.function.subarray(locations.lineStart[location], locations.lineStart[location + 1]),
      ).some((fn) => name.test(strings.get(functions.name[fn]!))),
    );
    if (isIn) sum += Number(samples.values[column]![row]!);
  }
  return sum;
}

describe.each(Object.entries(written))("%s", (file, { by, format, type, total, hasNames }) => {
  const bytes = readFileSync(new URL(file, folder));
  const read = async (): Promise<{ profile: Profile; column: number; told: string[] }> => {
    const told: string[] = [];
    const profile = await readProfile(bytes, { warn: (sentence) => told.push(sentence) });
    const column =
      type === "" ? profile.sampleTypes.length - 1 : profile.sampleTypes.findIndex((of) => of.type === type);
    return { profile, column, told };
  };

  test(`is read as ${format}, without a word left out, and adds up to what ${by} says`, async () => {
    expect((await recogniseFormat(bytes)).name).toBe(format);
    const { profile, column, told } = await read();
    expect(told).toEqual([]);
    expect(profile.sampleTypes[column], `one of ${profile.sampleTypes.map((of) => of.type)}`).toBeDefined();
    // JSON's readers have doubles.
    if (total !== undefined) expect(Number(totals(profile)[column]) / Number(total)).toBeCloseTo(1, 6);
  });

  test("says what is counted, and in what", async () => {
    const { profile } = await read();
    for (const of of profile.sampleTypes)
      expect(of).toEqual({ type: expect.stringMatching(/./), unit: expect.stringMatching(/./) });
  });

  test.skipIf(!hasNames)("has three times as much in what is hot as in what is cold, or about so", async () => {
    const { profile, column } = await read();
    const [hot, cold] = [/\bhot(?:Wait)?\b/, /\bcold(?:Wait)?\b/].map((name) => within(profile, column, name)) as [
      number,
      number,
    ];
    const all = Number(totals(profile)[column]);
    expect(hot / cold).toBeGreaterThan(1.5);
    expect(hot / cold).toBeLessThan(8);
    expect((hot + cold) / all).toBeGreaterThan(0.5);
    expect(hot + cold).toBeLessThanOrEqual(all);
  });
});

test("every profile that is there is looked at", () => {
  const files = readdirSync(folder).filter((file) => file !== "profiles.json");
  expect(files.sort()).toEqual(Object.keys(written).sort());
});

test("every format of another program's is there as a real program wrote it, but for these", () => {
  const known = new Set(Object.values(written).map(({ format }) => format));
  const others = formats.filter(({ name, read }) => read !== undefined && !known.has(name)).map(({ name }) => name);
  // Chrome's traces, Node's logs, which are large, and heap timelines are in testdata; the writers of the others are no more.
  expect(others).toEqual(["threadz", "legacy-java", "heaptimeline", "v8-log", "chrome-trace"]);
});
