import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { ByteBudget } from "../src/fetch/byte-budget.ts";
import { MemoryStore } from "../src/index.ts";
import { Intake } from "../src/intake/intake.ts";
import { serveRoutes } from "../src/listen/server.ts";
import { encodeMessage } from "../src/proto/binary.ts";
import { PUSH_SCHEMA } from "../src/receive/push-schema.ts";
import { receiveRoutes } from "../src/receive/routes.ts";

const written = (name: string): Buffer => readFileSync(new URL(`../../profile/test/written/${name}`, import.meta.url));
const go = new Uint8Array(written("go.pb.gz"));
const pairs = [
  { name: "__name__", value: "process_cpu" },
  { name: "service_name", value: "a" },
];
const samples = [{ rawProfile: go }];

/** What each address takes, of which parts are then something else. */
const SEEDS: readonly (readonly [path: string, type: string, body: Uint8Array])[] = [
  [
    "/push.v1.PusherService/Push",
    "application/proto",
    encodeMessage(PUSH_SCHEMA, "PushRequest", { series: [{ labels: pairs, samples }] }),
  ],
  ["/push.v1.PusherService/Push", "application/json", Buffer.from(JSON.stringify({ series: [{ labels: pairs }] }))],
  ["/ingest?name=a", "text/plain", Buffer.from("main;a 1\nmain;b 2\n")],
  ["/ingest?name=a&format=pprof", "application/octet-stream", go],
  ["/ingest?name=a&format=jfr", "application/octet-stream", written("async-profiler.jfr").subarray(0, 20_000)],
  [
    "/ingest?name=a",
    "multipart/form-data; boundary=x",
    Buffer.concat([
      Buffer.from('--x\r\ncontent-disposition: form-data; name="profile"; filename="p"\r\n\r\n'),
      go,
      Buffer.from("\r\n--x--\r\n"),
    ]),
  ],
  [
    "/profiles/writeraw",
    "application/json",
    Buffer.from(JSON.stringify({ series: [{ labels: { labels: pairs }, samples: [{ rawProfile: "eA==" }] }] })),
  ],
  [
    "/parca.profilestore.v1alpha1.ProfileStoreService/WriteRaw",
    "application/grpc-web+proto",
    Buffer.concat([Buffer.from([0, 0, 0, 0, 4]), Buffer.from([0x12, 2, 0x0a, 0])]),
  ],
  ["/v1development/profiles", "application/x-protobuf", written("collector.otlp").subarray(4)],
  ["/v1development/profiles", "application/json", Buffer.from(written("collector.json").toString().split("\n")[0]!)],
];

/** Numbers that are the same each time. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Some bytes changed, cut out, doubled or put in place of others. */
function mutated(body: Uint8Array, random: (below: number) => number): Uint8Array {
  const bytes = Buffer.from(body);
  const at = random(bytes.length);
  const length = random(Math.min(64, bytes.length - at)) + 1;
  const ways = [
    () => {
      for (let i = 0; i <= random(8); i++) bytes[random(bytes.length)] = random(256);
      return bytes;
    },
    () => bytes.subarray(0, at),
    () => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]),
    () => Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]),
    () => Buffer.concat([bytes.subarray(0, at), Buffer.alloc(length, 0xff), bytes.subarray(at)]),
  ];
  return ways[random(ways.length)]!();
}

test("whatever is pushed is taken or refused in a sentence, and leaves nothing held", async () => {
  const told: string[] = [];
  const memory = new ByteBudget(1 << 26);
  const intake = new Intake(new MemoryStore(), 1 << 26, (sentence) => told.push(sentence));
  const server = await serveRoutes({
    host: "127.0.0.1",
    port: 0,
    forbids: () => undefined,
    tenantOf: () => "default",
    routes: receiveRoutes({ intake, memory, mostBytes: 1 << 22, mostUnpackedBytes: 1 << 24 }),
    memory,
    tell: (sentence) => told.push(sentence),
  });
  const random = randomOf(7);
  const statuses = new Map<number, number>();
  for (let i = 0; i < 600; i++) {
    const [path, type, body] = SEEDS[i % SEEDS.length]!;
    const changed = i < SEEDS.length ? body : mutated(body, random);
    const isPacked = random(4) === 0;
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, {
      method: "POST",
      headers: { "content-type": type, ...(isPacked ? { "content-encoding": "gzip" } : {}) },
      body: (isPacked ? gzipSync(changed) : changed) as Uint8Array<ArrayBuffer>,
    });
    const text = await answer.text();
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    expect(text.length, `${path} ${i}`).toBeLessThan(2000);
  }
  await server.close();
  expect(told).toEqual([]);
  expect(memory.held).toBe(0);
  expect([...statuses.keys()].filter((status) => status >= 500)).toEqual([]);
  expect(statuses.get(200)).toBeGreaterThan(20);
  expect(statuses.get(400)).toBeGreaterThan(20);
}, 120_000);
