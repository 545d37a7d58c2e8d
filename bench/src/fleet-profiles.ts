import { gzipSync } from "node:zlib";
import { encode, ProfileBuilder, type ValueType } from "@pprof-ts/profile";

/** Numbers from 0 to 1 from a seed, the same on every machine. */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

interface Kind {
  readonly name: string;
  readonly types: readonly ValueType[];
  readonly seconds: number;
  /** Whether each profile has the same stacks, as what counts from a process's start has, and not those that were met by chance. */
  readonly isWhole: boolean;
}

const type = (text: string): ValueType => ({ type: text.split("/")[0]!, unit: text.split("/")[1]! });

/** What a service is scraped for. */
export const KINDS: readonly Kind[] = [
  { name: "process_cpu", types: ["samples/count", "cpu/nanoseconds"].map(type), seconds: 15, isWhole: false },
  { name: "wall", types: ["samples/count", "wall/nanoseconds"].map(type), seconds: 15, isWhole: false },
  {
    name: "memory",
    types: ["alloc_objects/count", "alloc_space/bytes", "inuse_objects/count", "inuse_space/bytes"].map(type),
    seconds: 0,
    isWhole: true,
  },
  { name: "mutex", types: ["contentions/count", "delay/nanoseconds"].map(type), seconds: 0, isWhole: true },
  { name: "goroutine", types: [type("goroutine/count")], seconds: 0, isWhole: true },
];

const WORDS = "get set load save parse render query fetch encode decode merge apply commit handle route auth".split(
  " ",
);
const ENDPOINTS = 12;
const STACKS = 4000;
const FUNCTIONS = 1000;
/** How much of a value differs from one profile to the next by chance. */
const NOISE = 0.05;

/** A service's program: a tree of frames, whose nodes are its stacks. */
export interface Program {
  readonly service: number;
  readonly version: number;
  readonly parent: Int32Array;
  readonly functionOf: Int32Array;
}

export function programOf(service: number, version = 0): Program {
  const random = numbersFrom(service * 7919 + 13);
  const parent = new Int32Array(STACKS).fill(-1);
  const functionOf = new Int32Array(STACKS);
  const depth = new Int32Array(STACKS);
  for (let node = 1; node < STACKS; node++) {
    let above = random() < 0.68 ? node - 1 : Math.floor(node * random());
    if (depth[above]! > 60) above = Math.floor(node * 0.1 * random());
    parent[node] = above;
    depth[node] = depth[above]! + 1;
    functionOf[node] = Math.floor(FUNCTIONS * random() ** 2);
  }
  const changes = numbersFrom(service * 31 + version);
  for (let node = 1; version > 0 && node < STACKS; node++) {
    if (changes() < 0.02) functionOf[node] = Math.floor(FUNCTIONS * changes());
  }
  return { service, version, parent, functionOf };
}

/** A gzipped profile of a program, the `at`-th that is taken: some 1,900 samples, 24 frames deep. */
export function fleetProfile(program: Program, kind: Kind, at: number, samples = 2000): Uint8Array {
  const { service, version, parent, functionOf } = program;
  const random = numbersFrom((service * 5 + KINDS.indexOf(kind)) * 100_003 + at);
  const builder = new ProfileBuilder({
    sampleTypes: kind.types,
    durationNanos: kind.seconds * 1e9,
    timeNanos: BigInt(1_790_000_000 + 15 * at) * 1_000_000_000n,
    periodType: kind.types.at(-1)!,
    period: 10_000_000,
  });
  const mapping = builder.mapping({
    start: 0x400000n,
    limit: 0x8000000n,
    filename: "/app/server",
    buildId: `b${service}`,
  });
  const locations = new Int32Array(STACKS).fill(-1);
  const locationOf = (node: number): number => {
    if (locations[node]! >= 0) return locations[node]!;
    const fn = functionOf[node]!;
    const part = `svc${service}/internal/${WORDS[(fn * 7) % 16]}${fn % 40}`;
    const own = builder.function({
      name: `github.com/acme/${part}.(*Thing${fn % 97}).${WORDS[fn % 16]}${fn}`,
      filename: `/src/acme/${part}/file${fn % 13}.go`,
      startLine: 1 + ((fn * 37) % 2000) + (fn % 10 === 0 ? 3 * version : 0),
    });
    const address = BigInt(0x400000 + 5 * (fn * 4096 + (node % 12)));
    locations[node] = builder.location({ mapping, address, lines: [{ function: own, line: fn + (node % 12) }] });
    return locations[node]!;
  };
  const seen = new Set<number>();
  for (let i = 0; i < samples; i++) {
    const drifts = Math.floor(STACKS * random() ** 2.5 + at * 0.02 * STACKS) % STACKS;
    const node = kind.isWhole ? Math.floor(i * 1.93) % STACKS : drifts;
    const endpoint = kind.isWhole || random() > 0.6 ? -1 : Math.floor(ENDPOINTS * random() ** 2);
    const key = node * 16 + endpoint + 1;
    if (seen.has(key)) continue;
    seen.add(key);
    const stack: number[] = [];
    for (let on = node; on >= 0; on = parent[on]!) stack.push(locationOf(on));
    const labels = endpoint < 0 ? [] : [{ key: "endpoint", value: `/api/v2/${WORDS[endpoint]}/:id` }];
    builder.sample(stack, valuesOf(kind, node, at, random), labels);
  }
  return gzipSync(encode(builder.build()), { level: 1 });
}

function valuesOf({ name, isWhole }: Kind, node: number, at: number, random: () => number): number[] {
  const noisy = (value: number): number => Math.round(value * (1 + (random() < NOISE ? random() : 0)));
  const count = 1 + Math.floor(0.3 / (random() + 0.01));
  if (name === "goroutine") return [noisy(1 + (node % 37))];
  if (name === "memory") {
    const objects = 1000 + (node % 777) + Math.floor(at * (node % 9));
    const live = noisy(1 + (node % 20));
    const size = 16 << (node % 8);
    return [objects, objects * size, live, live * size];
  }
  const contentions = (node % 50) + Math.floor(at * (node % 11 === 0 ? 3 : 0));
  return isWhole ? [contentions, contentions * 1733] : [count, count * 10_000_000];
}
