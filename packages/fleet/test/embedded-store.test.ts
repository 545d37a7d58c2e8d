import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { encode, ProfileBuilder } from "@pprof-ts/profile";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Arrival, EmbeddedStore, type EmbeddedStoreOptions, parseMatchers } from "../src/index.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const MIDNIGHT = Date.UTC(2026, 8, 1);

let folder: string;
let clock: number;
let store: EmbeddedStore | undefined;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "fleet-embedded-"));
  clock = MIDNIGHT;
});
afterEach(async () => {
  await store?.close();
  rmSync(folder, { recursive: true });
});

async function open(options: EmbeddedStoreOptions = {}): Promise<EmbeddedStore> {
  await store?.close();
  store = await EmbeddedStore.open(folder, { now: () => clock, maintainMillis: 0, ...options });
  return store;
}

function profile(type: string, stacks: readonly (readonly string[])[], value = 1, seconds = 10): Uint8Array {
  const builder = new ProfileBuilder({ sampleTypes: [{ type, unit: "count" }], durationNanos: seconds * 1e9 });
  for (const stack of stacks) {
    const locations = stack.map((name) => builder.location({ lines: [{ function: builder.function({ name }) }] }));
    builder.sample(locations.reverse(), [value]);
  }
  return encode(builder.build());
}

function arrival(bytes: Uint8Array, labels: Record<string, string> = {}): Arrival {
  const all = new Map(Object.entries({ service_name: "shop", ...labels }));
  return { tenant: "", labels: all, receivedMillis: clock, name: "cpu", profile: bytes };
}

const all = { tenant: "", matchers: parseMatchers("") };
const always = { fromMillis: 0, toMillis: MIDNIGHT + 1000 * DAY };
const segments = (): string[] => readdirSync(path.join(folder, "segments"));

async function total(of: EmbeddedStore, name = "cpu", sampleType = "samples"): Promise<number | undefined> {
  const query = { selector: all, name, range: always, sampleType, sort: "flat", limit: 10 } as const;
  return (await of.top(query)).totals.get("shop");
}

test("a day becomes one segment, and goes when it is old; the log goes with what is written", async () => {
  const own = await open({ retentionMillis: 7 * DAY });
  for (let scrape = 0; scrape < 24 * 12; scrape++) {
    await own.append([arrival(profile("samples", [["main", "work"]]))]);
    clock += 5 * MINUTE;
    if (scrape % 12 === 0) await own.maintain();
  }
  expect(await total(own)).toBe(288);
  // Of the last hours there are some yet.
  expect(segments().length).toBeLessThan(60);
  clock += DAY;
  await own.maintain();
  expect(segments()).toHaveLength(1);
  expect(await total(own)).toBe(288);
  expect(await total(await open({ retentionMillis: 7 * DAY }))).toBe(288);
  clock += 7 * DAY;
  await store!.maintain();
  expect(segments()).toEqual([]);
  expect(await total(store!)).toBeUndefined();
}, 120_000);

test("files of the log go when all that is in them is in segments", async () => {
  const own = await open();
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
  builder.comment("x".repeat(4 << 20));
  const large = encode(builder.build());
  for (let at = 0; at < 20; at++) {
    expect((await own.append([arrival(large)])).cut).toHaveLength(1);
    clock += 4 * MINUTE;
  }
  expect(readdirSync(path.join(folder, "log"))).toEqual(["0000000002.log"]);
});

test("counters go on after the store was closed", async () => {
  const counted = async (value: number): Promise<void> => {
    clock += MINUTE;
    await store!.append([{ ...arrival(profile("contentions", [["main", "lock"]], value, 0)), name: "mutex" }]);
  };
  await open();
  await counted(100);
  await open();
  await counted(105);
  await counted(111);
  clock += 30 * MINUTE;
  await open();
  await store!.maintain();
  await counted(112);
  expect(await total(store!, "mutex", "contentions")).toBe(12);
  // An hour later nobody knows what has been between.
  clock += 61 * MINUTE;
  await counted(200);
  expect(await total(store!, "mutex", "contentions")).toBe(12);
});

test("services, sets of labels and stacks have limits", async () => {
  const own = await open({ limits: { services: 2, series: 2, stacks: 300 } });
  const bytes = profile("samples", [["main"]]);
  const of = async (labels: Record<string, string>): Promise<string | undefined> =>
    (await own.append([arrival(bytes, labels)])).refused[0]?.reason;
  expect(await of({ instance: "a" })).toBeUndefined();
  expect(await of({ instance: "b" })).toBeUndefined();
  expect(await of({ instance: "c" })).toBe("shop has 2 sets of labels already");
  expect(await of({ service_name: "cart" })).toBeUndefined();
  expect(await of({ service_name: "third" })).toBe("there are 2 services already");
  const many = (from: number): Uint8Array =>
    profile(
      "samples",
      Array.from({ length: 300 }, (_, i) => ["main", `f${from + i}`]),
    );
  expect((await own.append([arrival(many(0), { instance: "a" })])).cut).toEqual([]);
  const { cut } = await own.append([arrival(many(1000), { instance: "a" })]);
  expect(cut).toEqual([{ index: 0, reason: "shop has 300 different stacks already: 300 samples are more than 3" }]);
  expect(await total(own)).toBe(602);
  const query = { selector: all, name: "cpu", range: always, sampleType: "samples", sort: "flat", limit: 1 } as const;
  expect((await own.top(query)).rows).toEqual([{ service: "shop", function: "(other)", flat: 297, cum: 297 }]);
});

test("what is appended at the same time is written together, and is there at once", async () => {
  const own = await open();
  const bytes = profile("samples", [["main"]]);
  const kept = await Promise.all(
    Array.from({ length: 20 }, (_, i) => own.append([arrival(bytes, { instance: `i${i}` })])),
  );
  expect(kept.every(({ accepted }) => accepted === 1)).toBe(true);
  expect(await total(own)).toBe(20);
  expect(await own.labelValues("instance", all, always)).toHaveLength(20);
  expect(await own.services("", always)).toMatchObject([{ name: "shop", types: ["cpu"], series: 20, profiles: 20 }]);
  expect(await own.services("another tenant", always)).toEqual([]);
});
