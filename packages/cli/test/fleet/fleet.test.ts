import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { decode } from "@pprof-ts/profile";
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EmbeddedStore, fleetRoutes } from "../../../fleet/src/index.ts";
import { cpuProfile, filledStore, labelsOf, MINUTE, NOON, partialStore } from "../../../fleet/test/filled-store.ts";
import { serveRoutes } from "../../../fleet/test/serve-routes.ts";
import { directory, pprof, type Run } from "../tool.ts";

let server: Awaited<ReturnType<typeof serveRoutes>>;
const made = directory({});
beforeAll(async () => {
  server = await serveRoutes(fleetRoutes(await filledStore(), () => NOON + 10 * MINUTE));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  made[Symbol.dispose]();
});

const ask = (line: string): Promise<Run> =>
  pprof(["fleet", ...line.split(" ").map((word) => word.replace("COLLECTOR", server.origin))], { cwd: made.path });

const HOUR = "-from=2026-11-30T12:00:00Z -to=2026-11-30T12:10:00Z";
const LATER = "-from=2026-11-30T12:05:00Z -to=2026-11-30T12:10:00Z";

/**
 * Command lines over the store of fleet/test/filled-store.ts, and the files in golden/fleet with all that they print:
 * `npx vitest run packages/cli/test/fleet -u` writes them anew.
 */
const GOLDENS = [
  `services ${HOUR} COLLECTOR`,
  `services ${LATER} -ago=5m COLLECTOR`,
  `services ${LATER} -ago=5m -csv COLLECTOR`,
  `services ${HOUR} -json -service=web COLLECTOR`,
  `services -from=2020-01-01 -to=2020-01-02 COLLECTOR`,
  `labels ${HOUR} COLLECTOR`,
  `labels ${HOUR} -csv -service=api COLLECTOR`,
  `targets ${HOUR} COLLECTOR`,
  `targets ${HOUR} -csv -service=web COLLECTOR`,
  `top ${HOUR} -service=api COLLECTOR`,
  `top ${HOUR} -match={version="v2"} -nodecount=2 -cum COLLECTOR`,
  `query ${HOUR} -service=api -type=samples -tree COLLECTOR`,
  `diff ${LATER} -service=api -ago=5m -n=5 COLLECTOR`,
  `diff ${HOUR} -service=api -old=version=v1 -new=version=v2 -n=1 COLLECTOR`,
  `diff ${HOUR} -service=api -old=version=v1 -new={version="v2"} -md COLLECTOR`,
  `diff ${LATER} -service=api -ago=5m -n=5 -fail-on=self>+5% COLLECTOR`,
  "",
  "-h",
  "tops COLLECTOR",
  "top",
  "top -service=api -from=yesterday COLLECTOR",
  `top ${HOUR} -type=heap COLLECTOR`,
  `top ${HOUR} -service=nobody COLLECTOR`,
  "top COLLECTOR COLLECTOR",
  "top nowhere",
  `diff ${HOUR} -service=api COLLECTOR`,
  `diff ${HOUR} -service=api -ago=5m -n=0 COLLECTOR`,
  `diff ${HOUR} -service=nobody -ago=5m COLLECTOR`,
  `services -top COLLECTOR`,
  "query -http=: COLLECTOR",
];

const fileOf = (line: string): string =>
  line
    .replace(HOUR, "hour")
    .replace(LATER, "later")
    .replace(/[^\w=.,-]+/g, "_")
    .replace(/^[-_]|_$/g, "") || "no_words";

describe.concurrent("what is printed for", () => {
  test.for(GOLDENS)("pprof fleet %s", async (line, { expect }) => {
    const run = await ask(line);
    const text = [
      `$ pprof fleet ${line}`,
      `status ${run.status}`,
      "--- standard error",
      run.stderr,
      "--- standard output",
      run.stdout,
    ];
    await expect(text.join("\n").replaceAll(server.origin, "COLLECTOR")).toMatchFileSnapshot(
      `../golden/fleet/${fileOf(line)}.txt`,
    );
  });

  test("each of them in a file of its own", ({ expect }) => {
    expect(new Set(GOLDENS.map(fileOf)).size).toBe(GOLDENS.length);
  });
});

test("the merged profile goes into a file, or a pipe", async () => {
  expect(await ask(`query ${HOUR} -service=api -o=merged.pb.gz COLLECTOR`)).toEqual({
    status: 0,
    stdout: "",
    stderr: "",
  });
  const profile = decode(gunzipSync(readFileSync(path.join(made.path, "merged.pb.gz"))));
  expect(profile.comments[0]).toContain('fleet: process_cpu{service_name="api"}');
  const top = await pprof(["-top", "merged.pb.gz"], { cwd: made.path });
  expect(top.stdout).toContain("hash");
});

test("a query's address is a source", async () => {
  const { status, stdout } = await pprof(["-top", `${server.origin}/merge.pb.gz?service=api&from=now-10m`], {
    cwd: made.path,
  });
  expect(status).toBe(0);
  expect(stdout).toMatch(/3000ms +53\.14% .* hash/);
  const wrong = await pprof(["-top", `${server.origin}/merge.pb.gz?type=nope`], { cwd: made.path });
  expect(wrong.stderr).toContain('400 Bad Request - no profiles of type "nope": there are process_cpu, samples, cpu');
});

test("what is missing in an answer is said", async () => {
  const partial = await partialStore(["shard 2 of 2"]);
  await using there = await serveRoutes(fleetRoutes(partial, () => NOON + 10 * MINUTE));
  const { status, stderr, stdout } = await pprof(["fleet", "top", there.origin], { cwd: made.path });
  expect([status, stderr]).toEqual([0, "missing: shard 2 of 2\n"]);
  expect(stdout).toContain("hash");
});

test("what is no collector is said", async () => {
  await using there = await serveRoutes([]);
  const { status, stderr } = await pprof(["fleet", "services", there.origin], { cwd: made.path });
  expect([status, stderr]).toEqual([
    2,
    `pprof: ${there.origin}: server response: 404 Not Found: nothing is served at /api/services\n`,
  ]);
});

test("a store's folder is asked as a collector is, and checked", async () => {
  const folder = path.join(made.path, "store");
  const kept = await EmbeddedStore.open(folder, { now: () => NOON, maintainMillis: 0 });
  const labels = labelsOf({ service_name: "api", instance: "a" });
  for (const seconds of [0, 30]) {
    const profile = cpuProfile({ "main parse": 100 });
    await kept.append([{ tenant: "default", labels, receivedMillis: NOON + 1000 * seconds, profile }]);
  }
  const held = await ask(`top ${HOUR} ${folder}`);
  expect([held.status, held.stderr]).toEqual([2, expect.stringMatching(/^pprof: process \d+ has this store open: /)]);
  await kept.close();
  expect((await ask(`top ${HOUR} ${folder}`)).stdout).toMatch(/200ms +100% +100% +200ms +100% +parse/);
  expect((await ask(`services ${HOUR} -tenant=other ${folder}`)).stderr).toBe(
    "no service sent a profile in that time\n",
  );
  expect(await ask(`check ${folder}`)).toEqual({
    status: 0,
    stdout:
      "service  profile      profiles  stacks  series  failed\napi      process_cpu         2       1       1       0\n",
    stderr: "all of it can be read\n",
  });
  const [segment] = readdirSync(path.join(folder, "segments"), { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile(),
  );
  const file = path.join(segment!.parentPath, segment!.name);
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1]! ^= 0xff;
  writeFileSync(file, bytes);
  const { status, stderr } = await ask(`check ${folder}`);
  expect([status, stderr]).toEqual([1, expect.stringContaining("damaged")]);
  expect((await ask(`check ${server.origin}`)).stderr).toContain("check reads a store's folder");
  expect((await ask(`check ${made.path}`)).stderr).toContain("and no store of pprof collect");
});

test("rows for SQL, in Parquet", async () => {
  const { status, stderr } = await ask(`export ${HOUR} -service=api -by=version -step=5m -o=rows.parquet COLLECTOR`);
  expect([status, stderr]).toEqual([0, "30 rows in rows.parquet\n"]);
  const { buffer, byteOffset, length } = readFileSync(path.join(made.path, "rows.parquet"));
  const rows = await parquetReadObjects({ file: buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer });
  const parse = rows.filter(({ stack }) => (stack as string[]).at(-1) === "parse");
  expect(parse.slice(0, 1)).toEqual([
    {
      time: new Date(NOON),
      version: "v1",
      stack: ["main", "serve", "parse"],
      labels: expect.any(String),
      samples_count: expect.any(BigInt),
      cpu_nanoseconds: expect.any(BigInt),
    },
  ]);
  const sum = (version: string): bigint =>
    parse.filter((row) => row.version === version).reduce((total, row) => total + (row.cpu_nanoseconds as bigint), 0n);
  expect([sum("v1"), sum("v2")]).toEqual([510_000_000n, 2_035_000_000n]);
  expect((await ask(`export ${HOUR} COLLECTOR`)).stderr).toBe("pprof: where the rows go: -o=FILE.parquet\n");
  expect((await ask(`export ${HOUR} -by=nope -o=x COLLECTOR`)).stderr).toContain('no label "nope": there are instance');
});
