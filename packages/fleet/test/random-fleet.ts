import { encode, ProfileBuilder, type ValueType } from "@pprof-ts/profile";
import type { Arrival, Failure, Labels } from "../src/index.ts";

/** Numbers from a seed, from 0 up to but without `below`. */
export type Random = (below: number) => number;

export function randomOf(seed: number): Random {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
  };
}

interface Kind {
  readonly name: string;
  readonly types: readonly ValueType[];
  readonly seconds: number;
  /** Whether its counters only grow. */
  readonly grows: boolean;
}

const type = (text: string): ValueType => ({ type: text.split("/")[0]!, unit: text.split("/")[1]! });
const HEAP = ["alloc_objects/count", "alloc_space/bytes", "inuse_objects/count", "inuse_space/bytes"].map(type);

/** Profiles as Go and others have them; of one name there are two sets of types. */
const KINDS: readonly Kind[] = [
  { name: "process_cpu", types: ["samples/count", "cpu/nanoseconds"].map(type), seconds: 10, grows: false },
  { name: "process_cpu", types: ["cpu/nanoseconds", "wall/nanoseconds"].map(type), seconds: 10, grows: false },
  { name: "memory", types: HEAP, seconds: 0, grows: true },
  { name: "memory", types: HEAP.slice(2), seconds: 0, grows: false },
  { name: "mutex", types: ["contentions/count", "delay/nanoseconds"].map(type), seconds: 0, grows: true },
  { name: "goroutine", types: [type("goroutine/count")], seconds: 0, grows: false },
];

/** Makes what processes of two services would send, with what they have counted so far. */
export class RandomFleet {
  readonly #random: Random;
  readonly #counts = new Map<string, number>();

  constructor(random: Random) {
    this.#random = random;
  }

  labels(): Labels {
    const random = this.#random;
    const labels = new Map([["service_name", `service-${random(2)}`]]);
    if (random(4) > 0) labels.set("instance", `i${random(2)}`);
    if (random(2) > 0) labels.set("version", `v${1 + random(2)}`);
    return labels;
  }

  arrival(receivedMillis: number): Arrival {
    const random = this.#random;
    const labels = this.labels();
    const kind = KINDS[random(KINDS.length)]!;
    const key = JSON.stringify([...labels, kind.types]);
    // It has begun anew.
    if (random(10) === 0) for (const one of this.#counts.keys()) if (one.startsWith(key)) this.#counts.delete(one);
    const profile = this.#profile(kind, key, receivedMillis);
    const since = random(8) === 0 ? { countersSince: (["begin", "start"] as const)[random(2)]! } : {};
    return { tenant: "", labels, receivedMillis, name: kind.name, profile, scrapeMillis: random(50), ...since };
  }

  failure(receivedMillis: number): Failure {
    const random = this.#random;
    const { name } = KINDS[random(KINDS.length)]!;
    const reason = `try ${random(100)}`;
    const rest = { status: random(2) * 503, reason, scrapeMillis: random(100), bytes: random(3) };
    return { tenant: "", labels: this.labels(), name, receivedMillis, ...rest };
  }

  #profile(kind: Kind, key: string, millis: number): Uint8Array {
    const random = this.#random;
    const builder = new ProfileBuilder({
      sampleTypes: kind.types,
      durationNanos: kind.seconds * 1e9,
      timeNanos: random(5) === 0 ? 0n : BigInt(millis + random(3000) - 1000) * 1_000_000n,
      period: random(2) * 10,
      ...(random(3) > 0 && { periodType: type("cpu/nanoseconds") }),
      ...(random(3) === 0 && { comments: [`comment ${random(3)}`] }),
      ...(random(4) === 0 && { defaultSampleType: kind.types[0]!.type }),
      ...(random(9) === 0 && { docUrl: "http://localhost/doc", dropFrames: "^drop" }),
    });
    const start = BigInt(random(3)) << 40n;
    const mappings = ["/bin/app", "/lib/libc.so"].slice(0, random(3)).map((filename, i) =>
      builder.mapping({
        filename,
        buildId: i === 0 ? "" : "c0ffee",
        start,
        limit: start + 0x5000n,
        hasFunctions: true,
      }),
    );
    const location = (): number => {
      const mapping = mappings[random(3)];
      const line = (): { function: number; line: number; column: number } => ({
        function: builder.function({
          name: `f${random(6)}`,
          filename: `file${random(2)}.go`,
          startLine: random(3),
          systemName: random(9) === 0 ? "_Zmangled" : "",
        }),
        line: random(4),
        column: random(8) === 0 ? 7 : 0,
      });
      return builder.location({
        ...(mapping !== undefined && { mapping, address: start + BigInt(random(5)) }),
        lines: Array.from({ length: [1, 1, 1, 2, 0][random(5)]! }, line),
        isFolded: random(20) === 0,
      });
    };
    for (let left = random(12); left > 0; left--) {
      const stack = Array.from({ length: random(6) }, location);
      const labels = [
        { key: "endpoint", value: `/api/${random(3)}` },
        { key: "bytes", value: 16 * random(3), unit: "bytes" },
      ].slice(random(3));
      const values = kind.types.map((_, column) =>
        this.#value(kind, `${key}${JSON.stringify([stack, labels, column])}`),
      );
      builder.sample(stack, values, labels);
    }
    return encode(builder.build());
  }

  #value(kind: Kind, key: string): number {
    const value = this.#random(5) * 10 ** this.#random(9);
    if (!kind.grows) return value;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + value);
    return this.#counts.get(key)!;
  }
}
