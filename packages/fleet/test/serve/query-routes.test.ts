import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { decode } from "@pprof-ts/profile";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fleetRoutes, MISSING_HEADER } from "../../src/index.ts";
import { filledStore, MINUTE, NOON, partialStore } from "../filled-store.ts";
import { serveRoutes } from "../serve-routes.ts";

const now = (): number => NOON + 10 * MINUTE;

let server: Awaited<ReturnType<typeof serveRoutes>>;
beforeAll(async () => {
  server = await serveRoutes(fleetRoutes(await filledStore(), now));
});
afterAll(() => server[Symbol.asyncDispose]());

const get = async (path: string): Promise<Record<string, never>> => {
  const answer = await fetch(server.origin + path);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
  return (await answer.json()) as Record<string, never>;
};

const profileAt = async (origin: string, path: string): Promise<ReturnType<typeof decode>> => {
  const answer = await fetch(origin + path);
  expect(answer.status).toBe(200);
  return decode(gunzipSync(Buffer.from(await answer.arrayBuffer())));
};

test("a merged profile says what it is of, and begins with the value that is asked for", async () => {
  const { comments, defaultSampleType } = await profileAt(
    server.origin,
    "/merge.pb.gz?service=api&type=samples&label=version=v1&from=now-20m",
  );
  expect(comments).toEqual([
    'fleet: process_cpu{service_name="api", version="v1"} from 2026-11-30T11:50:00Z to 2026-11-30T12:10:00Z',
    "fleet: 5 profiles of 1 series",
  ]);
  expect(defaultSampleType).toBe("samples");
});

test.for([
  ["service=nobody", 404, /^no process_cpu profile of \{service_name="nobody"\} from 2026-11-30T11:10:00Z to /],
  ["service=api&type=nope", 400, /^no profiles of type "nope": there are process_cpu, samples, cpu\n$/],
  ["service=api&from=yesterday", 400, /^invalid time "yesterday"/],
  ["label=version", 400, /^invalid label "version": must be like version=v1/],
  ["match=%7B", 400, /^invalid selector/],
  ["label=version=~(", 400, /missing closing/],
  ["match=memory&type=process_cpu", 400, /^types process_cpu and memory: one is asked for/],
] as const)("/merge.pb.gz?%s is %d", async ([search, status, why]) => {
  const answer = await fetch(`${server.origin}/merge.pb.gz?${search}`);
  expect([answer.status, answer.headers.get("x-go-pprof")]).toEqual([status, "1"]);
  expect(await answer.text()).toMatch(why);
});

test("a part that is missing is named in the comments, in a header and in JSON", async () => {
  const missing = ["segment 7 is damaged: bytes 100 to 200"];
  await using there = await serveRoutes(fleetRoutes(await partialStore(missing), now));
  const answer = await fetch(`${there.origin}/merge.pb.gz?service=api`);
  expect(JSON.parse(answer.headers.get(MISSING_HEADER)!)).toEqual(missing);
  expect((await profileAt(there.origin, "/merge.pb.gz?service=api")).comments.at(-1)).toBe(
    `fleet: missing: ${missing[0]}`,
  );
  expect(await (await fetch(`${there.origin}/api/timeline?service=api`)).json()).toMatchObject({ missing });
  const render = `${there.origin}/pyroscope/render?query=process_cpu:cpu:nanoseconds:cpu:nanoseconds{}`;
  expect(await (await fetch(render)).json()).toMatchObject({ missing });
});

test("services with what they cost, and cost before", async () => {
  const told = await get("/api/services?from=now-5m&ago=5m");
  expect(told).toMatchObject({
    schema: "pprof-ts/fleet-services",
    version: 1,
    from: "2026-11-30T12:05:00Z",
    type: "process_cpu",
  });
  expect(told.services).toEqual([
    expect.objectContaining({ name: "api", amount: 3585e6, before: 2060e6, profiles: 5, failures: 0, series: 1 }),
    expect.objectContaining({ name: "web", amount: 250e6, before: 250e6, profiles: 5 }),
  ]);
  expect((await get("/api/services?service=web")).services).toHaveLength(1);
});

test("types, labels, targets", async () => {
  expect((await get("/api/types")).types).toEqual([expect.objectContaining({ name: "process_cpu" })]);
  expect((await get("/api/labels?service=api")).labels).toContainEqual({
    name: "version",
    count: 2,
    values: ["v1", "v2"],
  });
  const { targets } = await get("/api/targets?service=web");
  expect(targets).toEqual([
    expect.objectContaining({
      labels: { instance: "web-1:6060", service_name: "web" },
      profiles: 10,
      failures: 0,
      lastFailure: null,
    }),
    expect.objectContaining({
      profiles: 0,
      failures: 1,
      lastFailure: { at: "2026-11-30T12:01:00Z", status: 503, reason: "503 Service Unavailable" },
    }),
  ]);
});

test("a timeline by label has null where no profile was", async () => {
  const told = await get("/api/timeline?service=api&by=version&step=5m&from=now-15m");
  expect(told).toMatchObject({ stepSeconds: 300, sampleType: { type: "cpu", unit: "nanoseconds" } });
  expect(told.series).toEqual([
    { labels: { version: "v2" }, values: [null, null, 3585e6], profiles: [0, 0, 5], failures: [0, 0, 0] },
    { labels: { version: "v1" }, values: [null, 2060e6, null], profiles: [0, 5, 0], failures: [0, 0, 0] },
  ]);
  expect((await fetch(`${server.origin}/api/timeline?step=0`)).status).toBe(400);
  expect((await fetch(`${server.origin}/api/timeline?step=1ms&from=now-1d`)).status).toBe(400);
});

test("the functions that have most, of all services", async () => {
  expect((await get("/api/top?n=2")).rows).toEqual([
    { service: "api", function: "hash", flat: 3000e6, cum: 3000e6 },
    { service: "api", function: "parse", flat: 2545e6, cum: 2545e6 },
  ]);
  for (const search of ["n=0", "n=1e9", "n=x", "sort=name"])
    expect((await fetch(`${server.origin}/api/top?${search}`)).status).toBe(400);
});

test("Pyroscope's render has the levels and the line, and by label one for each", async () => {
  const query = encodeURIComponent('process_cpu:cpu:nanoseconds:cpu:nanoseconds{service_name="api"}');
  const told = await get(`/pyroscope/render?query=${query}&from=now-10m&until=now&groupBy=version&format=json`);
  expect(told).toMatchObject({
    version: 1,
    flamebearer: { numTicks: 5645e6, maxSelf: 3000e6 },
    metadata: { format: "single", units: "samples", sampleRate: 1e9, name: "cpu" },
    timeline: { startTime: NOON / 1000, durationDelta: 10 },
  });
  const { timeline, groups } = told as unknown as {
    timeline: { samples: number[] };
    groups: Record<string, { samples: number[] }>;
  };
  expect(timeline.samples.filter((value) => value > 0)).toHaveLength(10);
  expect(Object.keys(groups)).toEqual(["v2", "v1"]);
  const side = (name: string, version: string): string =>
    `${name}Query=${encodeURIComponent(`process_cpu:cpu:nanoseconds:cpu:nanoseconds{version="${version}"}`)}&${name}From=now-10m&${name}Until=now`;
  const diff = await get(`/pyroscope/render-diff?${side("left", "v1")}&${side("right", "v2")}`);
  expect(diff).toMatchObject({ leftTicks: 2060e6, rightTicks: 3585e6, metadata: { format: "double" } });
  expect((await fetch(`${server.origin}/pyroscope/render?query={}`)).status).toBe(400);
  expect((await fetch(`${server.origin}/pyroscope/render?query=${query}&format=svg`)).status).toBe(400);
});

describe.skipIf(spawnSync("go", ["tool", "pprof", "-h"]).error !== undefined)(
  "go tool pprof (skipped without go)",
  () => {
    const directory = mkdtempSync(path.join(tmpdir(), "pprof-fleet-"));
    afterAll(() => rmSync(directory, { recursive: true }));

    const goPprof = async (search: string): Promise<{ status: number | null; out: string }> => {
      const words = ["tool", "pprof", "-top", `${server.origin}/merge.pb.gz?${search}`];
      const child = spawn("go", words, { env: { ...process.env, PPROF_TMPDIR: directory } });
      let out = "";
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding("utf8").on("data", (part: string) => {
          out += part;
        });
      const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
      return { status, out };
    };

    test("takes a query's address for a source", async () => {
      const { status, out } = await goPprof("service=api&label=version=v2&from=now-10m&to=now");
      expect(out).toMatch(/2035ms 56\.76% +56\.76% +2035ms 56\.76% +parse/);
      expect(status).toBe(0);
    });

    test("says what is wrong with one", async () => {
      expect((await goPprof("service=api&from=yesterday")).out).toContain('invalid time "yesterday"');
    });
  },
);
