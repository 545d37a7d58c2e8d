import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { decode, formats, type Profile, readProfile, toNumbers } from "@pprof-ts/profile";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ByteBudget } from "../src/fetch/byte-budget.ts";
import { type Arrival, type Collector, MemoryStore, startCollector } from "../src/index.ts";
import { Intake } from "../src/intake/intake.ts";
import { serveRoutes } from "../src/listen/server.ts";
import { encodeMessage } from "../src/proto/binary.ts";
import { PUSH_SCHEMA } from "../src/receive/push-schema.ts";
import { receiveRoutes } from "../src/receive/routes.ts";
import { cpuProfile, profile } from "./servers.ts";

const written = (name: string): Buffer => readFileSync(new URL(`../../profile/test/written/${name}`, import.meta.url));
const goProfile = new Uint8Array(written("go.pb.gz"));

let collector: Collector;
let arrivals: Arrival[] = [];
const store = new MemoryStore();

beforeAll(async () => {
  const append = store.append.bind(store);
  store.append = (given) => {
    arrivals.push(...given);
    return append(given);
  };
  collector = await startCollector({
    config: {
      jobs: [],
      tenants: [
        { name: "shop", token: { text: "token-of-shop" } },
        { name: "bank", token: { text: "token-of-bank" } },
      ],
    },
    store,
    host: "127.0.0.1",
    port: 0,
    forbids: () => undefined,
    tell: (sentence) => expect.unreachable(sentence),
  });
});
beforeEach(() => {
  arrivals = [];
});
afterAll(() => collector.close());

/** Pushes as the tenant shop. */
function post(
  path: string,
  body: Uint8Array | string | FormData,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`http://127.0.0.1:${collector.port}${path}`, {
    method: "POST",
    body: body as BodyInit,
    headers: { authorization: "Bearer token-of-shop", ...headers },
  });
}

const labels = (arrival: Arrival): object => Object.fromEntries(arrival.labels);
const json = { "content-type": "application/json" };
const proto = { "content-type": "application/proto" };

/** The values of the first column by stack, root first. */
function stacksOf({ samples, locations, functions, strings }: Profile): Record<string, number> {
  const values = toNumbers(samples.values[0]!);
  return Object.fromEntries(
    Array.from(values, (value, row) => {
      const stack = samples.locations.subarray(samples.locationStart[row], samples.locationStart[row + 1]);
      const names = Array.from(stack, (location) =>
        strings.get(functions.name[locations.lines.function[locations.lineStart[location]!]!]!),
      );
      return [names.reverse().join(";"), value];
    }),
  );
}

describe("Pyroscope's Push", () => {
  const path = "/push.v1.PusherService/Push";
  const request = (raw: Uint8Array) => ({
    series: [
      {
        labels: [
          { name: "__name__", value: "process_cpu" },
          { name: "service_name", value: "shop" },
          { name: "pod", value: "shop-1" },
          { name: "__session_id__", value: "x" },
          { name: "__delta__", value: "false" },
        ],
        samples: [{ rawProfile: raw }],
      },
    ],
  });
  const inJson = (raw: Uint8Array): string =>
    JSON.stringify(request(raw), (key, value) => (key === "rawProfile" ? Buffer.from(raw).toString("base64") : value));

  test("keeps a profile in JSON and in protobuf, gzipped and not", async () => {
    const binary = encodeMessage(PUSH_SCHEMA, "PushRequest", request(goProfile));
    const answers = [
      await post(path, inJson(goProfile), json),
      await post(path, binary, proto),
      await post(path, gzipSync(binary), { ...proto, "content-encoding": "gzip" }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await answers[0]!.text()).toBe("{}");
    expect((await answers[1]!.arrayBuffer()).byteLength).toBe(0);
    expect(answers[1]!.headers.get("content-type")).toBe("application/proto");
    expect(arrivals).toHaveLength(3);
    for (const arrival of arrivals) {
      // The label by which Grafana Alloy says that it has made the differences.
      expect(arrival).toMatchObject({ tenant: "shop", name: "process_cpu", countersSince: "begin" });
      expect(labels(arrival)).toEqual({ service_name: "shop", pod: "shop-1" });
      expect(Buffer.from(arrival.profile).equals(goProfile)).toBe(true);
    }
  });

  test("says what is wrong as Connect does", async () => {
    const wrong = [
      [inJson(Buffer.from("no profile")), json, 400, "invalid_argument", "malformed profile"],
      ["{", json, 400, "invalid_argument", "malformed message"],
      [
        '{"series": [{"labels": [], "samples": []}]}',
        json,
        400,
        "invalid_argument",
        "no label service_name: it has none",
      ],
      [Buffer.from([0xff, 0xff]), proto, 400, "invalid_argument", "malformed message"],
      ["x", { "content-type": "text/plain" }, 415, "unimplemented", "text/plain is not read"],
      ["x", { ...json, "content-encoding": "br" }, 415, "unimplemented", "must be gzip or identity"],
      ["x", { ...json, "content-encoding": "gzip" }, 400, "invalid_argument", "no gzip"],
    ] as const;
    for (const [body, headers, status, code, why] of wrong) {
      const answer = await post(path, body, headers);
      expect(answer.status, why).toBe(status);
      const { code: told, message } = (await answer.json()) as { code: string; message: string };
      expect(told).toBe(code);
      expect(message).toContain(why);
    }
  });

  test("takes neither more bytes nor a bomb of them", async () => {
    const large = await post(path, Buffer.alloc(17 << 20), json);
    expect([large.status, ((await large.json()) as { message: string }).message]).toEqual([
      413,
      "the request is larger than 16777216 bytes",
    ]);
    const bomb = await post(path, gzipSync(Buffer.alloc(65 << 20)), { ...proto, "content-encoding": "gzip" });
    expect([bomb.status, ((await bomb.json()) as { message: string }).message]).toEqual([
      413,
      "the request unpacks to more than 67108864 bytes",
    ]);
    const inside = await post(
      path,
      encodeMessage(PUSH_SCHEMA, "PushRequest", request(gzipSync(Buffer.alloc(65 << 20)))),
      proto,
    );
    expect(inside.status).toBe(400);
    expect(arrivals).toHaveLength(1);
    const many = { series: Array.from({ length: 1001 }, () => request(cpuProfile).series[0]) };
    const answer = await post(path, encodeMessage(PUSH_SCHEMA, "PushRequest", many), proto);
    expect(((await answer.json()) as { message: string }).message).toBe(
      "1001 profiles in a request are more than 1000",
    );
  });
});

describe("tenants", () => {
  test("are told by their tokens, and by nothing else that a client says", async () => {
    const send = (headers: Record<string, string>): Promise<Response> =>
      post("/ingest?name=app", "a;b 1", { "x-scope-orgid": "bank", ...headers });
    expect((await send({})).status).toBe(200);
    expect((await send({ authorization: "bearer token-of-bank" })).status).toBe(200);
    expect(arrivals.map(({ tenant }) => tenant)).toEqual(["shop", "bank"]);
    for (const authorization of ["", "Bearer ", "Bearer token-of-nobody", "Basic token-of-shop", "token-of-shop"]) {
      const answer = await send({ authorization });
      expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    }
    expect(arrivals).toHaveLength(2);
  });
});

describe("/ingest", () => {
  test("takes folded stacks, counted by their name and their rate", async () => {
    const answer = await post(
      "/ingest?name=shop.cpu{env=prod,region=%22eu-1%22}&from=1790000000&until=1790000010&sampleRate=50",
      "main;a;b 3\nmain;c 1\n\n",
    );
    expect(answer.status).toBe(200);
    const [arrival] = arrivals;
    expect(labels(arrival!)).toEqual({ service_name: "shop", env: "prod", region: "eu-1" });
    expect(arrival).toMatchObject({ name: "process_cpu", countersSince: "begin" });
    const read = decode(arrival!.profile);
    expect(read.sampleTypes).toEqual([{ type: "cpu", unit: "nanoseconds" }]);
    expect(stacksOf(read)).toEqual({ "main;a;b": 60_000_000, "main;c": 20_000_000 });
    expect([read.timeNanos, read.durationNanos]).toEqual([1_790_000_000_000_000_000n, 10_000_000_000n]);
  });

  test.each([
    ["name=a.alloc_space", "memory", "alloc_space", "bytes", 3],
    ["name=a.inuse_objects&from=1790000000123&until=1790000010000", "memory", "inuse_objects", "count", 3],
    ["name=a&units=lock_nanoseconds", "mutex", "delay", "nanoseconds", 3],
    ["name=a.wall", "wall", "wall", "nanoseconds", 30_000_000],
    ["name=my.app", "process_cpu", "cpu", "nanoseconds", 30_000_000],
  ])("counts of %s are %s", async (query, name, type, unit, value) => {
    expect((await post(`/ingest?${query}`, "x;y 3")).status).toBe(200);
    const read = decode(arrivals[0]!.profile);
    expect([arrivals[0]!.name, read.sampleTypes[0]]).toEqual([name, { type, unit }]);
    expect(stacksOf(read)).toEqual({ "x;y": value });
  });

  test("takes lines, pprof, JFR and speedscope", async () => {
    expect((await post("/ingest?name=a.goroutines&format=lines", "x;y\nx;y\n")).status).toBe(200);
    expect((await post("/ingest?name=a&format=pprof", goProfile)).status).toBe(200);
    expect((await post("/ingest?name=a&format=jfr", written("async-profiler.jfr"))).status).toBe(200);
    expect((await post("/ingest?name=a&format=speedscope", written("py-spy.speedscope.json"))).status).toBe(200);
    expect(toNumbers(decode(arrivals[0]!.profile).samples.values[0]!)).toEqual(Float64Array.of(1, 1));
    for (const arrival of arrivals) expect((await readProfile(arrival.profile)).samples.length).toBeGreaterThan(0);
  });

  test("takes a form, as the SDKs for Node, Ruby and Go send it", async () => {
    const form = new FormData();
    form.append("profile", new Blob([goProfile], { type: "text/json" }), "profile");
    expect((await post("/ingest?from=1&until=2&name=node-app&spyName=nodespy&sampleRate=100", form)).status).toBe(200);
    const typed = new FormData();
    const counts = profile("contentions/count delay/nanoseconds", { "main;lock": [5, 500] });
    typed.append("profile", new Blob([counts as Uint8Array<ArrayBuffer>]), "profile.pprof");
    const config = { contentions: { "display-name": "block_count", cumulative: true }, delay: { cumulative: true } };
    typed.append("sample_type_config", new Blob([JSON.stringify(config)]), "sample_type_config.json");
    expect((await post("/ingest?name=go-app", typed)).status).toBe(200);
    const before = profile("contentions/count delay/nanoseconds", { "main;lock": [2, 100] });
    typed.append("prev_profile", new Blob([new Uint8Array(gzipSync(before))]), "profile.pprof");
    expect((await post("/ingest?name=go-app", typed)).status).toBe(200);
    expect(Buffer.from(arrivals[0]!.profile).equals(goProfile)).toBe(true);
    // What is not said to count from the start has been made a difference by the SDK.
    expect(arrivals[0]).toMatchObject({ countersSince: "begin" });
    expect(arrivals[1]).toMatchObject({ name: "block", countersSince: "start" });
    expect(arrivals[2]).toMatchObject({ name: "block", countersSince: "begin" });
    expect(stacksOf(decode(arrivals[2]!.profile))).toEqual({ "main;lock": 3 });
  });

  test.each([
    ["name=", "a 1", 'invalid name ""'],
    ["name=a{b}", "a 1", '"b" is no label'],
    ["name=a&format=trie", "x", 'format "trie" is not read'],
    ["name=a", "no count", "line 1 is no stack with a count"],
    ["name=a&from=yesterday", "a 1", 'invalid from "yesterday"'],
    ["name=a&sampleRate=0", "a 1", 'invalid sampleRate "0"'],
    ["name=a&format=pprof", "x", "malformed profile"],
    ["name=a&format=jfr", "x", "unrecognized profile format"],
  ])("refuses %s", async (query, body, why) => {
    const answer = await post(`/ingest?${query}`, body);
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(why)]);
  });

  test("refuses forms that are none", async () => {
    const type = { "content-type": "multipart/form-data; boundary=x" };
    expect(await (await post("/ingest?name=a", "nothing", type)).text()).toContain("the request is no form");
    const form = new FormData();
    form.append("other", "x");
    expect(await (await post("/ingest?name=a", form)).text()).toBe("the form has no part called profile\n");
  });
});

describe("Parca's WriteRaw", () => {
  const series = (raw: unknown, key = "rawProfile") => ({
    tenant: "bank",
    series: [
      {
        labels: {
          labels: [
            { name: "__name__", value: "memory" },
            { name: "job", value: "api" },
          ],
        },
        samples: [{ [key]: raw }],
      },
    ],
    normalized: true,
  });

  test("keeps what comes by its gateway, in both spellings", async () => {
    const raw = Buffer.from(goProfile).toString("base64");
    const answer = await post("/profiles/writeraw", JSON.stringify(series(raw)), json);
    expect([answer.status, await answer.text()]).toEqual([200, "{}"]);
    expect((await post("/profiles/writeraw", JSON.stringify(series(raw, "raw_profile")), json)).status).toBe(200);
    for (const arrival of arrivals) {
      expect(arrival).toMatchObject({ tenant: "shop", name: "memory" });
      expect(labels(arrival)).toEqual({ service_name: "api", job: "api" });
      expect(Buffer.from(arrival.profile).equals(goProfile)).toBe(true);
    }
    expect(arrivals).toHaveLength(2);
  });

  test("keeps what comes by gRPC-Web, and answers with trailers", async () => {
    const path = "/parca.profilestore.v1alpha1.ProfileStoreService/WriteRaw";
    const type = { "content-type": "application/grpc-web+proto" };
    const framed = (message: Uint8Array): Buffer => {
      const head = Buffer.alloc(5);
      head.writeUInt32BE(message.length, 1);
      return Buffer.concat([head, message]);
    };
    const message = encodeMessage(PUSH_SCHEMA, "WriteRawRequest", series(goProfile));
    const answer = Buffer.from(await (await post(path, framed(message), type)).arrayBuffer());
    expect(answer.subarray(0, 5)).toEqual(Buffer.alloc(5));
    expect([answer[5], answer.subarray(10).toString()]).toEqual([0x80, "grpc-status:0\r\ngrpc-message:\r\n"]);
    expect(arrivals).toHaveLength(1);
    const wrong = Buffer.from(await (await post(path, message, type)).arrayBuffer());
    expect(wrong.subarray(5).toString()).toMatch(/^grpc-status:3\r\ngrpc-message:malformed%20request/);
  });
});

describe("OTLP", () => {
  const path = "/v1development/profiles";
  const otlp = (name: string): Buffer => written(name);
  const shop = formats.find(({ name }) => name === "otlp")!.write!(decode(cpuProfile));

  /** The resource of a message in JSON that `collector.json` has. */
  const attribute = (key: string, value: string): object => ({ key, value: { stringValue: value } });

  test("keeps a profile for each resource, with labels that tell processes apart", async () => {
    const first = otlp("collector.json").toString().split("\n")[0]!;
    const message = JSON.parse(first) as { resourceProfiles: object[]; dictionary: object };
    const [one] = message.resourceProfiles as [{ scopeProfiles: object }];
    message.resourceProfiles = ["shop", "cart"].map((service) => ({
      ...one,
      resource: {
        attributes: [
          attribute("service.name", service),
          attribute("k8s.pod.name", `${service}-1`),
          attribute("process.command_line", "secret"),
        ],
      },
    }));
    const answer = await post(path, JSON.stringify(message), json);
    expect([answer.status, await answer.text()]).toEqual([200, "{}"]);
    expect(arrivals.map(labels)).toEqual([
      { service_name: "shop", k8s_pod_name: "shop-1" },
      { service_name: "cart", k8s_pod_name: "cart-1" },
    ]);
    for (const arrival of arrivals) expect(decode(arrival.profile).samples.length).toBeGreaterThan(0);
  });

  test("says what is wrong in the format that it was asked in", async () => {
    // As it is written here, the resource has no name.
    const answer = await post(path, shop, { "content-type": "application/x-protobuf" });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([400, "application/x-protobuf"]);
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect([bytes[0], bytes[1]]).toEqual([8, 3]);
    expect(bytes.toString()).toContain("a resource has no service.name");
    const text = await post(path, "{", json);
    expect([text.status, await text.json()]).toEqual([400, { code: 3, message: expect.stringContaining("no JSON") }]);
    expect((await post(path, "x", { "content-type": "text/plain" })).status).toBe(415);
    expect((await post(path, '{"resourceProfiles": 7}', json)).status).toBe(400);
    expect((await post(path, "null", json)).status).toBe(200);
  });
});

test("what cannot be kept now is refused for a while, and what cannot be written as well", async () => {
  let release = (): void => {};
  const full = new MemoryStore();
  full.append = async ({ length }) => {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return { accepted: length, refused: [], cut: [] };
  };
  const intake = new Intake(full, 1000, () => {});
  const memory = new ByteBudget(2000);
  const server = await serveRoutes({
    host: "127.0.0.1",
    port: 0,
    forbids: () => undefined,
    tenantOf: () => "default",
    routes: receiveRoutes({ intake, memory, mostBytes: 1000, mostUnpackedBytes: 1500 }),
    memory,
    tell: (sentence) => expect.unreachable(sentence),
  });
  const push = (size: number): Promise<Response> =>
    fetch(`http://127.0.0.1:${server.port}/ingest?name=a&format=pprof`, { method: "POST", body: new Uint8Array(size) });
  const waiting = push(900);
  await expect.poll(() => intake.isFull(101)).toBe(true);
  const refused = await push(101);
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
  expect(await refused.text()).toBe("the store does not keep up\n");
  memory.take(1000);
  expect(await (await push(101)).text()).toBe("too much is sent at a time\n");
  memory.give(1000);
  release();
  expect((await waiting).status).toBe(200);
  expect(memory.held).toBe(0);
  full.append = () => Promise.reject(new Error("no space left on the disk"));
  const failed = await push(10);
  expect([failed.status, failed.headers.get("retry-after"), await failed.text()]).toEqual([
    503,
    "1",
    "the store could not write: no space left on the disk\n",
  ]);
  await server.close();
});
