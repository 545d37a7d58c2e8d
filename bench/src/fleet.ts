// node --expose-gc bench/dist/fleet.js [--case REGEXP] [--scrapes N] [--services N] [--days N]
// What it costs to keep the profiles of a fleet, and to ask for them later, beside the raw profiles merged one by one: processor time
// of all threads, bytes on the disk, memory. An hour of a service is 240 scrapes of five profiles.
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { EmbeddedStore, parseMatchers, type Store } from "@pprof-ts/fleet";
import { EncodedMerger, encode } from "@pprof-ts/profile";
import { fleetProfile, KINDS, programOf } from "./fleet-profiles.ts";

const { values: flags } = parseArgs({
  options: {
    case: { type: "string", default: "" },
    scrapes: { type: "string", default: "240" },
    services: { type: "string", default: "50" },
    days: { type: "string", default: "7" },
  },
});
const HOUR = 3_600_000;
const SCRAPE = 15_000;
const BEGIN = Date.UTC(2026, 8, 1);
const scrapes = Number(flags.scrapes);
const serviceCount = Number(flags.services);
const days = Number(flags.days);

/** A store in a folder of its own, whose clock stands where it is put. */
interface Kept {
  readonly store: EmbeddedStore;
  readonly clock: { millis: number };
  readonly folder: string;
}

async function newStore(): Promise<Kept> {
  const folder = mkdtempSync(path.join(tmpdir(), "pprof-fleet-"));
  const clock = { millis: BEGIN };
  const now = (): number => clock.millis;
  const store = await EmbeddedStore.open(folder, { now, maintainMillis: 0, onTrouble: console.error });
  return { store, clock, folder };
}

async function remove({ store, folder }: Kept): Promise<void> {
  await store.close();
  rmSync(folder, { recursive: true });
}

/** Milliseconds of processor time, of all threads together. */
async function cpuOf<T>(work: () => Promise<T>): Promise<{ millis: number; result: T }> {
  const from = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(from);
  return { millis: (user + system) / 1000, result };
}

function row(what: string, figure: number, unit: string, beside = ""): void {
  console.log(`| ${what} | ${figure.toFixed(figure < 10 ? 2 : 0)} ${unit} | ${beside} |`);
}

const labelsOf = (service: number, pod: number, version: number): Map<string, string> =>
  new Map([
    ["service_name", `service-${service}`],
    ["instance", `pod-${pod}`],
    ["version", `v1.${version}`],
  ]);

/** Processor time of appending what `profileOf` makes, scrape by scrape; making it is left out. */
async function fill(
  { store, clock }: Kept,
  count: number,
  step: number,
  profilesAt: (scrape: number) => { service: number; name: string; bytes: Uint8Array; pod: number }[],
): Promise<number> {
  let millis = 0;
  for (let scrape = 0; scrape < count; scrape++) {
    clock.millis = BEGIN + scrape * step;
    const arrivals = profilesAt(scrape).map(({ service, name, bytes, pod }) => ({
      tenant: "",
      labels: labelsOf(service, pod, scrape < count / 2 ? 0 : 1),
      name,
      receivedMillis: clock.millis,
      profile: bytes,
    }));
    const { millis: own, result } = await cpuOf(() => store.append(arrivals));
    for (const { reason } of [...result.refused, ...result.cut]) throw new Error(reason);
    millis += own;
  }
  return millis;
}

function segmentBytes(folder: string): number {
  const segments = path.join(folder, "segments");
  return readdirSync(segments).reduce((sum, name) => sum + statSync(path.join(segments, name)).size, 0);
}

const of = (text: string, fromMillis: number, toMillis: number) => ({
  selector: { tenant: "", matchers: parseMatchers(text) },
  range: { fromMillis, toMillis },
});

async function mergeTimes(store: Store, raw: readonly Uint8Array[], when: string): Promise<void> {
  const query = { ...of('{service_name="service-0"}', BEGIN, BEGIN + HOUR), name: "process_cpu" };
  for (const turn of ["first", "again"]) {
    const { millis } = await cpuOf(async () => encode((await store.merge(query)).profile!));
    const { millis: peer } = await cpuOf(async () => {
      const merger = new EncodedMerger();
      for (const bytes of raw) merger.add(gunzipSync(bytes));
      return encode(merger.finish());
    });
    row(`merge of an hour's CPU profiles, ${when}, ${turn}`, millis, "ms", `${peer.toFixed(0)} ms raw`);
  }
  const filtered = { ...query, ...of('{service_name="service-0", instance="pod-1"}', BEGIN, BEGIN + HOUR) };
  const { millis } = await cpuOf(async () => encode((await store.merge(filtered)).profile!));
  row(`the same of one process, ${when}`, millis, "ms");
}

/** A case by itself, in a new store. */
const CASES: Readonly<Record<string, () => Promise<void>>> = {
  async hour() {
    const programs = [programOf(0, 0), programOf(0, 1)];
    const raw: Uint8Array[] = [];
    const kept = await newStore();
    let received = 0;
    const millis = await fill(kept, scrapes, SCRAPE, (scrape) =>
      KINDS.map((kind) => {
        const bytes = fleetProfile(programs[scrape < scrapes / 2 ? 0 : 1]!, kind, scrape);
        received += bytes.length;
        if (kind.name === "process_cpu") raw.push(bytes);
        return { service: 0, name: kind.name, bytes, pod: scrape % 3 };
      }),
    );
    row(
      "taking in a profile",
      millis / scrapes / KINDS.length,
      "ms",
      `${Math.round(received / scrapes / 5)} bytes each`,
    );
    await mergeTimes(kept.store, raw, "in windows of 3 minutes");
    row("bytes on the disk a profile, in windows", segmentBytes(kept.folder) / scrapes / KINDS.length, "bytes");
    kept.clock.millis = BEGIN + 30 * HOUR;
    const { millis: compaction } = await cpuOf(() => kept.store.maintain());
    row("combining an hour, a profile", compaction / scrapes / KINDS.length, "ms");
    row("bytes on the disk a profile, combined", segmentBytes(kept.folder) / scrapes / KINDS.length, "bytes");
    await mergeTimes(kept.store, raw, "combined");
    await remove(kept);
  },
  async bytes() {
    for (const kind of KINDS) {
      const program = programOf(0);
      const kept = await newStore();
      await fill(kept, scrapes, SCRAPE, (scrape) => [
        { service: 0, name: kind.name, bytes: fleetProfile(program, kind, scrape), pod: scrape % 3 },
      ]);
      await kept.store.close();
      const inWindows = segmentBytes(kept.folder) / scrapes;
      const clock = BEGIN + 30 * HOUR;
      const store = await EmbeddedStore.open(kept.folder, { now: () => clock, maintainMillis: 0 });
      await store.maintain();
      row(
        `bytes of a ${kind.name} profile`,
        segmentBytes(kept.folder) / scrapes,
        "bytes",
        `${Math.round(inWindows)} in windows`,
      );
      await remove({ ...kept, store });
    }
  },
  async top() {
    const kept = await newStore();
    const programs = Array.from({ length: serviceCount }, (_, service) => programOf(service));
    // A scrape every ten minutes: of a day, all but the last hours is combined, and what is asked for is a function's sums.
    await fill(kept, 144, 600_000, (scrape) => {
      const bytes = programs.map((program) => fleetProfile(program, KINDS[0]!, scrape));
      return bytes.map((own, service) => ({ service, name: "process_cpu", bytes: own, pod: 0 }));
    });
    await kept.store.maintain();
    const query = { ...of("", BEGIN, BEGIN + 24 * HOUR), name: "process_cpu", sampleType: "cpu", limit: 50 };
    for (const turn of ["first", "again"]) {
      const { millis, result } = await cpuOf(() => kept.store.top({ ...query, sort: "cum" }));
      const segments = readdirSync(path.join(kept.folder, "segments")).length;
      row(
        `top of ${serviceCount} services over 24 h, ${turn}`,
        millis,
        "ms",
        `${result.rows.length} rows, ${segments} segments`,
      );
    }
    await remove(kept);
  },
  async timeline() {
    const kept = await newStore();
    const program = programOf(0);
    const bytes = Array.from({ length: 100 }, (_, at) => fleetProfile(program, KINDS[0]!, at, 20));
    await fill(kept, days * 5760, SCRAPE, (scrape) => [
      { service: 0, name: "process_cpu", bytes: bytes[scrape % 100]!, pod: scrape % 3 },
    ]);
    await kept.store.maintain();
    const query = { ...of("", BEGIN, BEGIN + days * 24 * HOUR), name: "process_cpu", sampleType: "cpu" };
    for (const turn of ["first", "again"]) {
      const { millis, result } = await cpuOf(() =>
        kept.store.timeline({ ...query, stepMillis: HOUR / 4, groupBy: ["instance"] }),
      );
      row(`timeline of ${days} days, ${turn}`, millis, "ms", `${result.series.length} lines`);
    }
    await remove(kept);
  },
  async memory() {
    const kept = await newStore();
    const programs = Array.from({ length: serviceCount }, (_, service) => programOf(service));
    let most = 0;
    let held = 0;
    for (let scrape = 0; scrape < Math.min(scrapes, 30); scrape++) {
      for (const [service, program] of programs.entries()) {
        kept.clock.millis = BEGIN + scrape * SCRAPE + service;
        const profiles = KINDS.map((kind) => ({ name: kind.name, profile: fleetProfile(program, kind, scrape) }));
        const common = { tenant: "", labels: labelsOf(service, 0, 0), receivedMillis: kept.clock.millis };
        await kept.store.append(profiles.map((profile) => ({ ...common, ...profile })));
      }
      most = Math.max(most, process.memoryUsage.rss());
      globalThis.gc?.();
      held = Math.max(held, process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers);
    }
    row(
      `memory with ${serviceCount} services × ${KINDS.length} types`,
      most / 1e6,
      "MB",
      `${Math.round(held / 1e6)} MB held`,
    );
    await remove(kept);
  },
};

console.log("| what | figure | beside |\n| ---- | -----: | ------ |");
for (const [name, run] of Object.entries(CASES)) if (new RegExp(flags.case).test(name)) await run();
