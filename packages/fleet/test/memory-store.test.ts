import { decode, encode, ProfileBuilder, toNumbers } from "@pprof-ts/profile";
import { expect, test } from "vitest";
import { type Arrival, MemoryStore, parseMatchers } from "../src/index.ts";

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 8, 1, 12);
const range = { fromMillis: NOON, toMillis: NOON + 60 * MINUTE };

/** A profile of stacks, root first, with a value for each of `types`. */
function profile(types: string, stacks: Readonly<Record<string, readonly number[]>>, seconds = 0): Uint8Array {
  const builder = new ProfileBuilder({
    sampleTypes: types.split(" ").map((text) => ({ type: text.split("/")[0]!, unit: text.split("/")[1]! })),
    durationNanos: seconds * 1e9,
    timeNanos: BigInt(NOON) * 1_000_000n,
  });
  for (const [stack, values] of Object.entries(stacks)) {
    const rows = stack
      .split(";")
      .map((name) => builder.location({ lines: [{ function: builder.function({ name }) }] }));
    builder.sample(rows.reverse(), values);
  }
  return encode(builder.build());
}

function arrival(minute: number, bytes: Uint8Array, more: Partial<Arrival> = {}): Arrival {
  const labels = new Map([
    ["service_name", "shop"],
    ["instance", "a"],
  ]);
  return { tenant: "", labels, receivedMillis: NOON + minute * MINUTE, profile: bytes, ...more };
}

const store = (): MemoryStore => new MemoryStore({ now: () => NOON + 60 * MINUTE });
const all = { tenant: "", matchers: parseMatchers("") };

/** The values of a column by function at the leaf. */
async function flat(of: MemoryStore, name: string, column = 0, within = range): Promise<Record<string, number>> {
  const { rows } = await of.top({
    selector: all,
    name,
    range: within,
    sampleType: (await of.profileTypes(all, range)).find((type) => type.name === name)!.sampleTypes[column]!.type,
    sort: "flat",
    limit: 10,
  });
  return Object.fromEntries(rows.map((row) => [row.function, row.flat]));
}

test("times are sums, and what is there is a mean", async () => {
  const memory = store();
  const { refused } = await memory.append([
    arrival(0, profile("cpu/nanoseconds", { "main;a": [10], "main;b": [5] }, 10)),
    arrival(1, profile("cpu/nanoseconds", { "main;b": [7] }, 10)),
    arrival(0, profile("inuse_space/bytes", { "main;a": [10] })),
    arrival(1, profile("inuse_space/bytes", { "main;a": [20], "main;b": [5] })),
  ]);
  expect(refused).toEqual([]);
  expect(await flat(memory, "process_cpu")).toEqual({ b: 12, a: 10, main: 0 });
  expect(await flat(memory, "memory")).toEqual({ a: 15, b: 2.5, main: 0 });
  const merged = await memory.merge({ selector: all, name: "memory", range });
  // A mean in a profile is a whole number.
  expect([...toNumbers(merged.profile!.samples.values[0]!)]).toEqual([15, 3]);
});

test("counters are differences, from nothing after the first and after a restart", async () => {
  const memory = store();
  const counts = [
    { "main;a": [100] },
    { "main;a": [130], "main;b": [5] },
    { "main;a": [130], "main;b": [6] },
    { "main;a": [9] },
  ];
  await memory.append(counts.map((stacks, minute) => arrival(minute, profile("contentions/count", stacks))));
  const steps = await memory.timeline({
    selector: all,
    name: "mutex",
    range: { fromMillis: NOON, toMillis: NOON + 5 * MINUTE },
    sampleType: "contentions",
    stepMillis: MINUTE,
    groupBy: [],
  });
  expect([...steps.series[0]!.values]).toEqual([0, 35, 1, 9, Number.NaN]);
  expect(await flat(memory, "mutex")).toEqual({ a: 39, b: 6, main: 0 });
});

test("a failed scrape is a gap, with its reason", async () => {
  const memory = store();
  await memory.append([arrival(0, profile("cpu/nanoseconds", { main: [10] }, 10))]);
  const { labels, tenant } = arrival(0, new Uint8Array());
  const failed = { tenant, labels, name: "process_cpu", receivedMillis: NOON + MINUTE, status: 503 };
  await memory.fail([{ ...failed, reason: "503 Service Unavailable", scrapeMillis: 12, bytes: 0 }]);
  const [line] = (
    await memory.timeline({
      selector: all,
      name: "process_cpu",
      range: { fromMillis: NOON, toMillis: NOON + 2 * MINUTE },
      sampleType: "cpu",
      stepMillis: MINUTE,
      groupBy: ["instance", "version"],
    })
  ).series;
  expect([...line!.values]).toEqual([10, Number.NaN]);
  expect([...line!.failures]).toEqual([0, 1]);
  expect([...line!.labels]).toEqual([["instance", "a"]]);
  const [target] = await memory.targets(all, range);
  expect(target).toMatchObject({ profiles: 1, failures: 1, skewMillis: 10_000 });
  expect(target?.lastFailure?.reason).toBe("503 Service Unavailable");
});

test("what is broken, too large or without a service is refused in a sentence", async () => {
  const small = new MemoryStore({ limits: { profileBytes: 1000, unpackedBytes: 2000 }, now: () => NOON });
  const good = profile("cpu/nanoseconds", { main: [10] });
  const { accepted, refused } = await small.append([
    arrival(0, good, { labels: new Map() }),
    arrival(0, new Uint8Array([0x1f, 0x8b, 8, 0])),
    arrival(0, new Uint8Array([0xff])),
    arrival(0, new Uint8Array(1001)),
    arrival(11, good),
    arrival(0, profile("cpu/nanoseconds cpu/nanoseconds", { main: [10, 10] })),
    arrival(0, good),
  ]);
  expect(accepted).toBe(1);
  expect(refused.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(refused[0]!.reason).toBe("it has no label service_name");
  expect(refused[3]!.reason).toBe("1001 bytes are more than 1000");
});

test("samples and frames beyond a limit are (other)", async () => {
  const small = new MemoryStore({ limits: { samples: 2, depth: 4 }, now: () => NOON });
  const { cut } = await small.append([
    arrival(0, profile("cpu/nanoseconds", { a: [5], b: [1], c: [2], "r;d;e;f;g;h": [7] })),
  ]);
  expect(cut.map(({ reason }) => reason)).toEqual(["1 stacks are deeper than 4 frames", "4 samples are more than 2"]);
  const { profile: merged } = await small.merge({ selector: all, name: "process_cpu", range });
  const { samples, locations, functions, strings } = decode(encode(merged!));
  const stacks = Array.from({ length: samples.length }, (_, row) =>
    Array.from(samples.locations.subarray(samples.locationStart[row], samples.locationStart[row + 1]), (location) =>
      strings.get(functions.name[locations.lines.function[location]!]!),
    )
      .reverse()
      .join(";"),
  );
  expect(Object.fromEntries(stacks.map((stack, row) => [stack, Number(samples.values[0]![row])]))).toEqual({
    "(other)": 3,
    a: 5,
    "r;d;(other);g;h": 7,
  });
});

test("processes are chosen as in Prometheus", async () => {
  const memory = store();
  const versions = ["v1", "v2", "v10"];
  await memory.append(
    versions.map((version) =>
      arrival(0, profile("cpu/nanoseconds", { [version]: [1] }), {
        labels: new Map([
          ["service_name", "shop"],
          ["version", version],
        ]),
      }),
    ),
  );
  const chosen = async (text: string): Promise<readonly string[]> =>
    memory.labelValues("version", { tenant: "", matchers: parseMatchers(text) }, range);
  expect(await chosen('{version=~"v1.*"}')).toEqual(["v1", "v10"]);
  expect(await chosen('version=~"1"')).toEqual([]);
  expect(await chosen('{version!="v1", service_name="shop"}')).toEqual(["v10", "v2"]);
  expect(await chosen('{version!~"v1|v2",}')).toEqual(["v10"]);
  expect(await chosen('{zone=""}')).toEqual(["v1", "v10", "v2"]);
  await expect(chosen('{version=~"("}')).rejects.toThrow(/invalid selector: pattern/);
  await expect(chosen("{version}")).rejects.toThrow(/invalid selector.*one of =, !=, =~, !~ is expected/);
  await expect(chosen(`{version=~"${"a".repeat(2000)}"}`)).rejects.toThrow(/2000 characters, more than 1024/);
});
