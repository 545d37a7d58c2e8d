import { gunzipSync, gzipSync } from "node:zlib";
import { decode, toNumbers } from "@pprof-ts/profile";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fleetRoutes, MISSING_HEADER } from "../../src/index.ts";
import { decodeMessage, encodeMessage } from "../../src/proto/binary.ts";
import type { Message } from "../../src/proto/message.ts";
import { SCHEMA } from "../../src/serve/pyroscope/schema.ts";
import { filledStore, MINUTE, NOON, partialStore } from "../filled-store.ts";
import { serveRoutes } from "../serve-routes.ts";

const CPU = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";
const RANGE = { start: NOON, end: NOON + 10 * MINUTE };
const API = { profileTypeID: CPU, labelSelector: '{service_name="api"}', ...RANGE };
const now = (): number => RANGE.end;

let server: Awaited<ReturnType<typeof serveRoutes>>;
beforeAll(async () => {
  server = await serveRoutes(fleetRoutes(await filledStore(), now));
});
afterAll(() => server[Symbol.asyncDispose]());

const urlOf = (method: string): string => `${server.origin}/querier.v1.QuerierService/${method}`;

/** Asks in JSON. */
async function ask(method: string, message: object): Promise<Record<string, never>> {
  const answer = await fetch(urlOf(method), {
    method: "POST",
    headers: { "content-type": "application/json", "connect-protocol-version": "1" },
    body: JSON.stringify(message),
  });
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
  return (await answer.json()) as Record<string, never>;
}

/** Asks in binary, as Grafana does. */
async function askBinary(method: string, request: string, message: Message): Promise<Uint8Array> {
  const answer = await fetch(urlOf(method), {
    method: "POST",
    headers: { "content-type": "application/proto", "connect-protocol-version": "1" },
    body: encodeMessage(SCHEMA, request, message) as Uint8Array<ArrayBuffer>,
  });
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/proto"]);
  return new Uint8Array(await answer.arrayBuffer());
}

test("ProfileTypes, which is also what Grafana looks at to know whether somebody is there", async () => {
  const type = {
    ID: CPU,
    name: "process_cpu",
    sampleType: "cpu",
    sampleUnit: "nanoseconds",
    periodType: "cpu",
    periodUnit: "nanoseconds",
  };
  const { profileTypes } = await ask("ProfileTypes", {});
  expect(profileTypes).toContainEqual(type);
  expect(profileTypes).toHaveLength(2);
  const bytes = await askBinary("ProfileTypes", "ProfileTypesRequest", RANGE);
  expect(decodeMessage(SCHEMA, "ProfileTypesResponse", bytes)).toEqual({ profileTypes });
  expect(await ask("ProfileTypes", { start: 1000, end: 2000 })).toEqual({});
});

test("LabelNames, LabelValues and Series", async () => {
  const matchers = ['{service_name="api"}'];
  expect(await ask("LabelNames", { matchers, ...RANGE })).toEqual({ names: ["instance", "service_name", "version"] });
  expect(await ask("LabelValues", { name: "version", matchers: ["{}"] })).toEqual({ names: ["v1", "v2"] });
  expect(await ask("LabelValues", { name: "version", matchers: ['{service_name="web"}'] })).toEqual({});
  expect(await ask("LabelValues", { name: "__profile_type__" })).toMatchObject({
    names: expect.arrayContaining([CPU]),
  });
  const { labelsSet } = await ask("Series", { matchers, labelNames: ["version", "service_name"], ...RANGE });
  expect(labelsSet).toEqual([
    {
      labels: [
        { name: "service_name", value: "api" },
        { name: "version", value: "v1" },
      ],
    },
    {
      labels: [
        { name: "service_name", value: "api" },
        { name: "version", value: "v2" },
      ],
    },
  ]);
});

test("SelectSeries: sums and means by step and label; where there was no profile there is no point", async () => {
  const { series } = await ask("SelectSeries", { ...API, step: 300, groupBy: ["version"] });
  const end = (steps: number): string => String(NOON + 5 * steps * MINUTE);
  expect(series).toEqual([
    { labels: [{ name: "version", value: "v2" }], points: [{ value: 3_585e6, timestamp: end(2) }] },
    { labels: [{ name: "version", value: "v1" }], points: [{ value: 2_060e6, timestamp: end(1) }] },
  ]);
  const aggregation = "TIME_SERIES_AGGREGATION_TYPE_AVERAGE";
  const mean = await ask("SelectSeries", { ...API, step: 600, aggregation, limit: 1 });
  expect(mean).toEqual({ series: [{ points: [{ value: 564.5e6, timestamp: end(2) }] }] });
  const bytes = await askBinary("SelectSeries", "SelectSeriesRequest", { ...API, step: 60 });
  const told = decodeMessage(SCHEMA, "SelectSeriesResponse", bytes) as { series: { points: { value: number }[] }[] };
  expect(told.series[0]!.points.map(({ value }) => value / 1e6)).toEqual([
    410, 411, 412, 413, 414, 715, 716, 717, 718, 719,
  ]);
});

test("SelectMergeStacktraces: a flame graph of what is asked for, nothing where there is nothing", async () => {
  const { flamegraph } = await ask("SelectMergeStacktraces", { ...API, labelSelector: '{version="v1"}' });
  expect(flamegraph).toEqual({
    names: expect.arrayContaining(["total", "main", "serve", "hash", "parse"]),
    levels: [
      { values: ["0", "2060000000", "0", "0"] },
      { values: ["0", "2060000000", "50000000", expect.any(String)] },
      { values: ["50000000", "2010000000", "0", expect.any(String)] },
      {
        values: [
          "50000000",
          "1500000000",
          "1500000000",
          expect.any(String),
          "0",
          "510000000",
          "510000000",
          expect.any(String),
        ],
      },
    ],
    total: "2060000000",
    maxSelf: "1500000000",
  });
  const bytes = await askBinary("SelectMergeStacktraces", "SelectMergeStacktracesRequest", { ...API, maxNodes: 2 });
  const small = decodeMessage(SCHEMA, "SelectMergeStacktracesResponse", bytes) as {
    flamegraph: { levels: object[]; names: string[] };
  };
  expect(small.flamegraph.names).toContain("other");
  expect(await ask("SelectMergeStacktraces", { ...API, labelSelector: '{service_name="nobody"}' })).toEqual({});
  expect(
    await ask("SelectMergeStacktraces", { ...API, profileTypeID: "memory:inuse_space:bytes:space:bytes" }),
  ).toEqual({});
});

test("SelectMergeSpanProfile: of the spans alone that are asked for", async () => {
  const { flamegraph } = await ask("SelectMergeSpanProfile", { ...API, spanSelector: ["span1", "span9"] });
  expect(flamegraph).toMatchObject({ total: String((411 + 719) * 1e6) });
});

test("SelectMergeProfile: a profile of the type alone, in binary and as JSON", async () => {
  const profile = decode(await askBinary("SelectMergeProfile", "SelectMergeProfileRequest", API));
  expect(profile.sampleTypes).toEqual([{ type: "cpu", unit: "nanoseconds" }]);
  expect(toNumbers(profile.samples.values[0]!).reduce((sum, value) => sum + value, 0)).toBe(5_645e6);
  const told = (await ask("SelectMergeProfile", API)) as { sample?: object[]; stringTable?: string[] };
  expect(told.sample).toHaveLength(profile.samples.length);
  expect(told.stringTable).toContain("parse");
});

test("Diff: both sides in one flame graph", async () => {
  const side = (labelSelector: string): object => ({ ...API, labelSelector });
  const { flamegraph } = await ask("Diff", { left: side('{version="v1"}'), right: side('{version="v2"}') });
  expect(flamegraph).toMatchObject({ leftTicks: "2060000000", rightTicks: "3585000000", total: "5645000000" });
  const { levels } = flamegraph as unknown as { levels: { values: string[] }[] };
  expect(levels[0]).toEqual({ values: ["0", "2060000000", "0", "0", "3585000000", "0", "0"] });
  expect(await ask("Diff", { left: side('{version="v0"}'), right: side('{version="v3"}') })).toEqual({});
});

describe("what cannot be answered is an error in Connect's form", () => {
  const refused = async (
    method: string,
    message: object | string | Uint8Array,
    headers: Record<string, string> = {},
  ): Promise<unknown> => {
    const isRaw = typeof message === "string" || message instanceof Uint8Array;
    const answer = await fetch(urlOf(method), {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: isRaw ? (message as string) : JSON.stringify(message),
    });
    expect(answer.headers.get("content-type")).toBe("application/json");
    return { status: answer.status, ...(await answer.json()) };
  };
  const argument = (message: RegExp): object => ({
    status: 400,
    code: "invalid_argument",
    message: expect.stringMatching(message),
  });

  test.for([
    [
      "SelectSeries",
      { ...API, profileTypeID: "cpu" },
      argument(/^invalid profile type "cpu": must be like process_cpu:/),
    ],
    ["SelectSeries", { ...API, labelSelector: "{" }, argument(/^invalid selector/)],
    ["SelectSeries", { ...API, labelSelector: '{a=~"("}' }, argument(/missing closing/)],
    ["SelectSeries", { ...API, step: 0.001 }, argument(/600000 points are more than 11000/)],
    ["SelectSeries", { ...API, step: -1 }, argument(/^invalid step/)],
    [
      "SelectSeries",
      { ...API, groupBy: "abcdefghijklmnopq".split("") },
      argument(/17 labels to group by: 16 are the most/),
    ],
    ["SelectSeries", { ...API, start: 5, end: 1 }, argument(/^invalid range/)],
    ["LabelValues", {}, argument(/^name is missing/)],
    ["Diff", { left: API }, argument(/^right is missing/)],
    ["LabelNames", "{", argument(/^malformed message/)],
    ["LabelNames", { matchers: "x" }, argument(/matchers of LabelNamesRequest is a list/)],
    [
      "SelectMergeStacktraces",
      { ...API, format: 2 },
      { status: 501, code: "unimplemented", message: expect.any(String) },
    ],
    [
      "SelectMergeProfile",
      { ...API, profileIdSelector: ["a"] },
      { status: 501, code: "unimplemented", message: expect.any(String) },
    ],
    [
      "SelectSeries",
      { ...API, stackTraceSelector: { callSite: [{ name: "f" }] } },
      { status: 501, code: "unimplemented", message: expect.any(String) },
    ],
  ] as const)("%s %j", async ([method, message, expected]) => {
    expect(await refused(method, message)).toEqual(expected);
  });

  test("a body of another kind, too large, or that unpacks to too much", async () => {
    const other = await fetch(urlOf("LabelNames"), {
      method: "POST",
      headers: { "content-type": "text/xml" },
      body: "<a/>",
    });
    expect([other.status, other.headers.get("accept-post")]).toEqual([415, "application/proto, application/json"]);
    expect(await refused("LabelNames", " ".repeat(2 ** 20 + 1))).toMatchObject({
      status: 429,
      code: "resource_exhausted",
    });
    const bomb = gzipSync(Buffer.alloc(2 ** 24));
    const gzip = { "content-encoding": "gzip" };
    expect(await refused("LabelNames", bomb, gzip)).toMatchObject({ status: 429, code: "resource_exhausted" });
    expect(await refused("LabelNames", "no gzip", gzip)).toEqual(argument(/^malformed message/));
    expect(await refused("LabelNames", "{}", { "content-encoding": "br" })).toMatchObject({ code: "unimplemented" });
    expect(gunzipSync(bomb)).toHaveLength(2 ** 24);
  });

  test("a packed body is unpacked", async () => {
    const answer = await fetch(urlOf("LabelValues"), {
      method: "POST",
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
      body: new Uint8Array(gzipSync('{"name":"version"}')),
    });
    expect(await answer.json()).toEqual({ names: ["v1", "v2"] });
  });

  test("a store that fails says nothing of why", async () => {
    const broken = await filledStore();
    broken.merge = () => Promise.reject(new Error("secret path /srv"));
    await using there = await serveRoutes(fleetRoutes(broken, now));
    const answer = await fetch(`${there.origin}/querier.v1.QuerierService/SelectMergeStacktraces`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(API),
    });
    expect([answer.status, await answer.json()]).toEqual([
      500,
      { code: "internal", message: "the query could not be answered" },
    ]);
  });
});

test("a part of the answer that is missing is named in a header, and in the profile's comments", async () => {
  await using there = await serveRoutes(fleetRoutes(await partialStore(["shard 2 of 2 — away"]), now));
  const answer = await fetch(`${there.origin}/querier.v1.QuerierService/SelectMergeProfile`, {
    method: "POST",
    headers: { "content-type": "application/proto" },
    body: encodeMessage(SCHEMA, "SelectMergeProfileRequest", API) as Uint8Array<ArrayBuffer>,
  });
  expect(JSON.parse(answer.headers.get(MISSING_HEADER)!)).toEqual(["shard 2 of 2 — away"]);
  expect(decode(new Uint8Array(await answer.arrayBuffer())).comments).toContain("fleet: missing: shard 2 of 2 — away");
});
