import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { encode, ProfileBuilder } from "@pprof-ts/profile";
import { afterEach, expect, test } from "vitest";
import { type Arrival, EmbeddedStore, type FileSystem, nodeFileSystem } from "../src/index.ts";

const { faultyFiles } = (await import(new URL("programs/faulty-files.mjs", import.meta.url).href)) as {
  readonly faultyFiles: (
    files: FileSystem,
    fault: (step: number, name: string) => string | undefined,
    happen: (name: string) => void,
  ) => FileSystem;
};

const program = fileURLToPath(new URL("programs/append-profiles.mjs", import.meta.url));
const folders: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(path.join(tmpdir(), "fleet-crash-"));
  folders.push(made);
  return made;
};
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

const LATER = Date.UTC(2026, 8, 9);
const range = { fromMillis: 0, toMillis: LATER + 1 };
const query = { selector: { tenant: "", matchers: [] }, name: "process_cpu", range };

/** The numbers of the profiles in a store, each as often as it is there. */
async function numbersIn(store: EmbeddedStore): Promise<number[]> {
  const { rows, missing } = await store.top({ ...query, sampleType: "cpu", sort: "flat", limit: 1000 });
  expect(missing).toEqual([]);
  return rows
    .flatMap(({ function: name, flat }) => {
      const number = Number(name.slice(1));
      return Array<number>(flat / 2 ** number).fill(number);
    })
    .sort((a, b) => a - b);
}

async function reopened(where: string): Promise<{ numbers: number[]; trouble: string[] }> {
  const trouble: string[] = [];
  const onTrouble = (message: string): unknown => trouble.push(message);
  const options = { now: () => LATER, maintainMillis: 0, retentionMillis: 1e12, onTrouble };
  const store = await EmbeddedStore.open(where, options);
  const numbers = await numbersIn(store);
  await store.maintain();
  expect(await numbersIn(store)).toEqual(numbers);
  await store.close();
  return { numbers, trouble };
}

function arrival(number: number, receivedMillis: number): Arrival {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "cpu", unit: "nanoseconds" }], durationNanos: 1 });
  const own = builder.function({ name: `f${number}` });
  builder.sample([builder.location({ lines: [{ function: own }] })], [2 ** number]);
  const labels = new Map([["service_name", "shop"]]);
  return { tenant: "", labels, receivedMillis, profile: encode(builder.build()) };
}

const whole = spawnSync(process.execPath, [program, folder()], { encoding: "utf8" });
const { steps, halves } = JSON.parse(whole.stderr) as { steps: number; halves: number[] };

test("a process that is not killed acknowledges all", async () => {
  expect(whole.stdout.trim().split("\n")).toHaveLength(14);
  expect(steps).toBeGreaterThan(50);
});

test("kill -9 at any step loses nothing that was acknowledged, and counts nothing twice", {
  timeout: 600_000,
}, async () => {
  for (let step = 1; step <= steps; step++) {
    for (const how of halves.includes(step) ? ["before", "half"] : ["before"]) {
      const where = folder();
      const { stdout, stderr, signal } = spawnSync(process.execPath, [program, where, String(step), how], {
        encoding: "utf8",
      });
      expect(signal, `step ${step} ${how}: ${stderr}`).toBe("SIGKILL");
      const acknowledged = stdout.split("\n").filter(Boolean).map(Number);
      const { numbers } = await reopened(where);
      // One more may be there, which nobody was told of.
      const last = acknowledged.length;
      expect([acknowledged, [...acknowledged, last]], `step ${step} ${how}`).toContainEqual(numbers);
      rmSync(where, { recursive: true });
    }
  }
});

test("a log that ends at any byte has the whole records before it", { timeout: 120_000 }, async () => {
  const where = folder();
  const options = { now: () => LATER, maintainMillis: 0, retentionMillis: 1e12 };
  const store = await EmbeddedStore.open(where, options);
  for (let number = 0; number < 3; number++) await store.append([arrival(number, LATER)]);
  const copy = folder();
  cpSync(where, copy, { recursive: true });
  await store.close();
  const log = path.join(copy, "log", readdirSync(path.join(copy, "log"))[0]!);
  const { size } = statSync(log);
  const each = size / 3;
  for (let end = size; end >= 0; end -= 1) {
    const torn = folder();
    cpSync(copy, torn, { recursive: true });
    const name = path.join(torn, path.relative(copy, log));
    truncateSync(name, end);
    const { numbers, trouble } = await reopened(torn);
    expect(numbers, `${end} of ${size} bytes`).toEqual([0, 1, 2].slice(0, Math.floor(end / each)));
    expect(trouble).toHaveLength(end % each === 0 ? 0 : 1);
    rmSync(torn, { recursive: true });
  }
  const bytes = readFileSync(log);
  bytes[bytes.length - 2]! ^= 1;
  writeFileSync(log, bytes);
  const { numbers, trouble } = await reopened(copy);
  expect(numbers).toEqual([0, 1]);
  expect(trouble.join()).toMatch(/the last \d+ bytes are no whole record and were cut/);
});

test("a disk that is full refuses what it cannot keep, and has what was acknowledged", {
  timeout: 120_000,
}, async () => {
  for (let first = 1; first < 60; first += 3) {
    const where = folder();
    let clock = LATER - 86_400_000;
    const full = (step: number): string | undefined =>
      step >= first && step < first + 8 ? (step % 2 === 0 ? "half" : "before") : undefined;
    const files = faultyFiles(nodeFileSystem, full, (name) => {
      throw Object.assign(new Error(`ENOSPC: no space left on device, ${name}`), { code: "ENOSPC", syscall: "write" });
    });
    const options = { now: () => clock, maintainMillis: 0, retentionMillis: 1e12, files };
    const acknowledged: number[] = [];
    try {
      const store = await EmbeddedStore.open(where, options);
      for (let number = 0; number < 12; number++) {
        clock += 120_000;
        const kept = await store.append([arrival(number, clock)]).catch((error: Error) => error);
        if (kept instanceof Error) expect(kept.message).toMatch(/^cannot keep profiles in .*log: ENOSPC/);
        else acknowledged.push(number);
        await store.maintain();
        expect(await numbersIn(store)).toEqual(acknowledged);
      }
      await store.close();
    } catch (error) {
      // It could not be opened or closed: that is said, and nothing is lost.
      expect(String(error)).toMatch(/ENOSPC/);
    }
    rmSync(path.join(where, "lock"), { force: true });
    const { numbers } = await reopened(where);
    expect(numbers, `full from step ${first} on`).toEqual(expect.arrayContaining(acknowledged));
    expect(new Set(numbers).size).toBe(numbers.length);
  }
});

test("a process whose files may not grow has what it acknowledged", async () => {
  for (const blocks of [1, 2, 4, 8]) {
    const where = folder();
    const script = `ulimit -f ${blocks}; exec "$0" "$1" "$2"`;
    const { stdout } = spawnSync("sh", ["-c", script, process.execPath, program, where], { encoding: "utf8" });
    const acknowledged = stdout.split("\n").filter(Boolean).map(Number);
    const { numbers } = await reopened(where);
    expect(numbers).toEqual(expect.arrayContaining(acknowledged));
    expect(new Set(numbers).size).toBe(numbers.length);
  }
});

test("a store of another version, one that is open and a damaged segment are told", async () => {
  const where = folder();
  const options = { now: () => LATER, maintainMillis: 0, retentionMillis: 1e12 };
  const store = await EmbeddedStore.open(where, options);
  await store.append([arrival(1, LATER), arrival(2, LATER)]);
  await store.close();
  await expect(store.append([])).rejects.toThrow("the store is closed");
  writeFileSync(path.join(where, "lock"), "1");
  await expect(EmbeddedStore.open(where, options)).rejects.toThrow(/process 1 has this store open: end it, or remove/);
  rmSync(path.join(where, "lock"));
  const [segment] = readdirSync(path.join(where, "segments"));
  const file = path.join(where, "segments", segment!);
  const bytes = readFileSync(file);
  bytes[3]! ^= 0xff;
  writeFileSync(file, bytes);
  const damaged = await EmbeddedStore.open(where, options);
  const { profile, missing } = await damaged.merge(query);
  expect(profile).toBeUndefined();
  expect(missing.join()).toMatch(/^shop: .* is damaged in profiles$/);
  await damaged.close();
  writeFileSync(file, bytes.subarray(0, 100));
  const cut = await EmbeddedStore.open(where, options);
  expect((await cut.merge(query)).missing.join()).toMatch(/is no segment, or damaged/);
  await cut.close();
  writeFileSync(path.join(where, "store.json"), '{"version":0}');
  await expect(EmbeddedStore.open(where, options)).rejects.toThrow(/has version 0, and this program reads version 1/);
});
