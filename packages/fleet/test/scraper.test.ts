import { setTimeout as sleep } from "node:timers/promises";
import { decode } from "@pprof-ts/profile";
import { expect, test } from "vitest";
import { PLAIN_CLIENT } from "../src/config/client-config.ts";
import { targetsOf } from "../src/discover/targets.ts";
import { ByteBudget } from "../src/fetch/byte-budget.ts";
import { httpGet } from "../src/fetch/http-get.ts";
import {
  type Arrival,
  type Failure,
  MemoryStore,
  parseFleetConfig,
  type ScrapeResult,
  type ScrapeTarget,
} from "../src/index.ts";
import { Intake } from "../src/intake/intake.ts";
import { keepSampleTypes } from "../src/scrape/keep-sample-types.ts";
import { Places } from "../src/scrape/places.ts";
import { firstTurn, nextTurn, offsetOf } from "../src/scrape/schedule.ts";
import { Scraper } from "../src/scrape/scraper.ts";
import { cpuProfile, profile, serve } from "./servers.ts";

const never = new AbortController().signal;

/** A target that is taken so. */
function target(key: string, take: ScrapeTarget["take"], intervalMillis = 50): ScrapeTarget {
  const labels = new Map([
    ["service_name", "shop"],
    ["instance", key],
  ]);
  return {
    key,
    tenant: "default",
    labels,
    name: "process_cpu",
    shown: key,
    intervalMillis,
    keep: [],
    isDelta: true,
    take,
  };
}

/** A scraper into a store that remembers. */
function scraperOf(mostOpen = 100) {
  const arrivals: Arrival[] = [];
  const failures: Failure[] = [];
  const results: ScrapeResult[] = [];
  const store = new MemoryStore();
  const append = store.append.bind(store);
  store.append = (given) => {
    arrivals.push(...given);
    return append(given);
  };
  const fail = store.fail.bind(store);
  store.fail = (given) => {
    failures.push(...given);
    return fail(given);
  };
  const intake = new Intake(store, 1e6, () => {});
  const onScrape = (result: ScrapeResult): void => void results.push(result);
  const scraper = new Scraper({ intake, mostOpen, mostBytes: 1e6, onScrape });
  return { scraper, arrivals, failures, results, store, intake };
}

test("turns are spread over the interval, the same after each start, and are caught up once", () => {
  const offsets = Array.from({ length: 1000 }, (_, i) => offsetOf(`target ${i}`, 10_000));
  for (let second = 0; second < 10; second++) {
    const within = offsets.filter((offset) => Math.floor(offset / 1000) === second).length;
    expect(within).toBeGreaterThan(50);
    expect(within).toBeLessThan(150);
  }
  expect(offsetOf("a", 10_000)).toBe(offsetOf("a", 10_000));
  expect(firstTurn(12_345, 300, 1000)).toBe(13_300);
  expect(firstTurn(12_300, 300, 1000)).toBe(12_300);
  expect(nextTurn(1000, 1500, 1000)).toBe(2000);
  expect(nextTurn(1000, 2500, 1000)).toBe(2000);
  expect(nextTurn(1000, 4500, 1000)).toBe(4000);
});

test("whoever was late waits behind the others, and has a quarter of the places", async () => {
  const places = new Places(4);
  const first = await places.take(true, never);
  let hasEntered = false;
  const second = places.take(true, never).then((leave) => {
    hasEntered = true;
    return leave;
  });
  const others = await Promise.all([1, 2, 3].map(() => places.take(false, never)));
  expect(places.taken).toBe(4);
  const waiting = places.take(false, never);
  others[0]!();
  // A place is free, and is not for the late one.
  (await waiting)!();
  await sleep(0);
  expect(hasEntered).toBe(false);
  first!();
  first!();
  (await second)!();
  others[1]!();
  others[2]!();
  expect(places.taken).toBe(0);
  const full = new Places(1);
  const leave = await full.take(false, never);
  expect(await full.take(false, AbortSignal.abort())).toBeUndefined();
  leave!();
  expect(full.taken).toBe(0);
});

test("what is taken is kept, with the time that it took", async () => {
  const { scraper, arrivals, results, store } = scraperOf();
  scraper.sync([target("a", async () => cpuProfile), target("b", async () => cpuProfile)]);
  await expect.poll(() => new Set(arrivals.map(({ labels }) => labels.get("instance"))).size).toBe(2);
  await expect.poll(() => arrivals.length).toBeGreaterThan(4);
  // One is gone, and is not scraped any more.
  scraper.sync([target("b", async () => cpuProfile)]);
  expect(scraper.targets.map(({ key }) => key)).toEqual(["b"]);
  await scraper.end();
  const count = arrivals.length;
  await sleep(150);
  expect(arrivals).toHaveLength(count);
  expect(arrivals[0]).toMatchObject({ tenant: "default", name: "process_cpu", countersSince: "begin" });
  expect(results.every(({ failure }) => failure === undefined)).toBe(true);
  const range = { fromMillis: 0, toMillis: Date.now() + 1 };
  expect(await store.targets({ tenant: "default", matchers: [] }, range)).toHaveLength(2);
});

test("of one target no more than one scrape is under way, however long it takes", async () => {
  const { scraper, arrivals } = scraperOf();
  let open = 0;
  let most = 0;
  const slow = async (): Promise<Uint8Array> => {
    most = Math.max(most, ++open);
    await sleep(80);
    open--;
    return cpuProfile;
  };
  scraper.sync([target("a", slow, 20)]);
  await expect.poll(() => arrivals.length).toBeGreaterThan(3);
  await scraper.end();
  expect(most).toBe(1);
});

test("a scrape that fails is a row that says why", async () => {
  const { scraper, failures, results } = scraperOf();
  scraper.sync([
    target("a", () => Promise.reject(new Error("connection refused"))),
    target("b", async () => Buffer.from("no profile")),
  ]);
  const of = (instance: string) => failures.find(({ labels }) => labels.get("instance") === instance);
  await expect.poll(() => of("a") !== undefined && of("b") !== undefined).toBe(true);
  await scraper.end();
  expect(of("a")).toMatchObject({ status: 0, bytes: 0, reason: "connection refused", name: "process_cpu" });
  expect(of("b")).toMatchObject({ status: 200, bytes: 10, reason: expect.stringContaining("malformed profile") });
  expect(results[0]!.failure).toBeDefined();
});

test("the store that cannot write, and the one that does not keep up, make rows", async () => {
  const { scraper, failures, store, intake } = scraperOf();
  store.append = () => Promise.reject(new Error("no space left on the disk"));
  scraper.sync([target("a", async () => cpuProfile)]);
  await expect.poll(() => failures.at(-1)?.reason).toBe("no space left on the disk");
  store.append = () => new Promise(() => {});
  void intake.keep({ tenant: "", labels: new Map(), receivedMillis: 0, profile: new Uint8Array(1e6) });
  const loaded = new Scraper({ intake, mostOpen: 1, mostBytes: 1e6 });
  await scraper.end();
  loaded.sync([target("b", async () => cpuProfile)]);
  expect(intake.isFull(1)).toBe(true);
  await loaded.end();
});

test("the end gives up what is under way, and loses nothing that was taken", async () => {
  const { scraper, arrivals, failures } = scraperOf();
  let hasBegun = false;
  let isAborted = false;
  const hanging = (signal: AbortSignal): Promise<Uint8Array> =>
    new Promise((_, reject) => {
      hasBegun = true;
      signal.addEventListener("abort", () => {
        isAborted = true;
        reject(signal.reason);
      });
    });
  scraper.sync([target("a", hanging), target("b", async () => cpuProfile)]);
  await expect.poll(() => hasBegun && arrivals.length > 0).toBe(true);
  await scraper.end();
  expect(isAborted).toBe(true);
  expect(failures).toEqual([]);
});

test("sample types that are not wanted are left out", async () => {
  const both = profile("samples/count cpu/nanoseconds", { "main;a": [1, 10], "main;b": [2, 20] });
  const kept = decode(await keepSampleTypes(both, [{ type: "cpu", unit: "nanoseconds" }], 1e6));
  expect(kept.sampleTypes).toEqual([{ type: "cpu", unit: "nanoseconds" }]);
  expect(kept.samples.values.map((column) => [...column])).toEqual([[10n, 20n]]);
  await expect(keepSampleTypes(both, [{ type: "wall", unit: "nanoseconds" }], 1e6)).rejects.toThrow(
    "it has samples/count, cpu/nanoseconds",
  );
  expect(await keepSampleTypes(cpuProfile, [{ type: "cpu", unit: "nanoseconds" }], 1e6)).toBe(cpuProfile);
});

// Of a thousand real connections, 333 to a server that accepts and says nothing.
/** `TARGETS=1000` for more; on a busy machine the server of the test is then what is late. */
const TARGETS = Number(process.env.TARGETS ?? 300);

test(`of ${TARGETS} targets of which a third hang, the rest are scraped on time`, async () => {
  await using good = await serve((_, response) => void setTimeout(() => response.end(cpuProfile), 20));
  await using hanging = await serve(() => {});
  const groups = Array.from({ length: TARGETS }, (_, i) => ({
    addresses: [i % 3 === 0 ? hanging.host : good.host],
    labels: new Map([["instance", String(i)]]),
  }));
  const job = parseFleetConfig(
    `
scrape_configs:
  - job_name: many
    scrape_interval: 4s
    scrape_timeout: 6s
    profiling_config:
      pprof_config:
        process_cpu: { delta: false }
        memory: { enabled: false }
        goroutine: { enabled: false }
        block: { enabled: false }
        mutex: { enabled: false }
`,
    "fleet.yml",
  ).jobs[0]!;
  const { targets } = targetsOf(job, groups, httpGet(PLAIN_CLIENT, new ByteBudget(1e8)), 1e6);
  expect(targets).toHaveLength(TARGETS);
  // As many places as targets hang: without the order among them these would take them all.
  const { scraper, results, failures } = scraperOf(Math.floor(TARGETS / 3));
  const begun = Date.now();
  scraper.sync(targets);
  const isHanging = ({ target }: ScrapeResult): boolean => Number(target.labels.get("instance")) % 3 === 0;
  const scrapes = (): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const { target } of results.filter((result) => !isHanging(result))) {
      counts.set(target.key, (counts.get(target.key) ?? 0) + 1);
    }
    return counts;
  };
  await expect.poll(() => scrapes().size, { timeout: 60_000 }).toBe(TARGETS - Math.ceil(TARGETS / 3));
  await expect.poll(() => Math.min(...scrapes().values()), { timeout: 60_000 }).toBeGreaterThanOrEqual(4);
  const passed = Date.now() - begun;
  await scraper.end();
  const answered = results.filter((result) => !isHanging(result));
  expect(answered.filter(({ failure }) => failure !== undefined)).toEqual([]);
  // Each has had its turns: none waits for those that hang.
  const turns = Math.floor(passed / 4000);
  expect(Math.min(...scrapes().values())).toBeGreaterThanOrEqual(turns - 1);
  expect(failures.length).toBeGreaterThan(0);
  expect(failures.every(({ reason }) => reason === "no answer within 6s")).toBe(true);
}, 120_000);
