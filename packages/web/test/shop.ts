import { writeFileSync } from "node:fs";
import { encode, ProfileBuilder } from "@pprof-ts/profile";

const source = (file: string): string => `/app/src/${file}`;

type Frame = readonly [name: string, file: string, line: number];
const http: readonly Frame[] = [
  ["parserOnHeadersComplete", "node:_http_common", 71],
  ["emit", "node:events", 519],
  ["(anonymous main.ts:14)", source("main.ts"), 16],
];
const write: readonly Frame[] = [
  ["Writable.uncork", "node:internal/streams/writable", 510],
  ["clearBuffer", "node:internal/streams/writable", 730],
  ["writevGeneric", "node:internal/stream_base_commons", 123],
  ["writev", "", 0],
];
/** What the example service does, how often, for which customers. */
const WORK: readonly (readonly [stack: readonly Frame[], weight: number])[] = [
  [[...http, ["quote", source("pricing.ts"), 13], ["bestDiscount", source("pricing.ts"), 23]], 34],
  [[...http, ["quote", source("pricing.ts"), 13], ["bestDiscount", source("pricing.ts"), 25]], 21],
  [[...http, ["search", source("catalogue.ts"), 17], ["editDistance", source("catalogue.ts"), 32]], 14],
  [[...http, ["search", source("catalogue.ts"), 17], ["editDistance", source("catalogue.ts"), 28]], 9],
  [[...http, ["receipt", source("receipt.ts"), 9], ["deflateSync", "node:zlib", 770]], 6],
  [
    [
      ...http,
      ["json", "/app/node_modules/body-parser/lib/json.js", 60],
      ["parse", "/app/node_modules/qs/lib/parse.js", 88],
    ],
    5,
  ],
  [[...http, ...write], 8],
  [
    [
      ["processTicksAndRejections", "node:internal/process/task_queues", 77],
      ["authorize", "/app/src/auth.ts", 41],
    ],
    4,
  ],
  [[["(garbage collector)", "", 0]], 5],
];

/** A profile of the example service as it could be: always the same, 12 seconds, so that pictures can be compared. */
export function writeShop(file: string, more: { readonly slower?: number; readonly seed?: number } = {}): void {
  let state = more.seed ?? 1;
  const random = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: "samples", unit: "count" },
      { type: "cpu", unit: "nanoseconds" },
    ],
    periodType: { type: "cpu", unit: "nanoseconds" },
    period: 10_000_000n,
    timeNanos: 1_795_273_342_000_000_000n,
    durationNanos: 12_000_000_000n,
  });
  const mapping = builder.mapping({ filename: "/app/shop" });
  const work = WORK.map(([stack, weight], i) => [stack, i < 2 ? weight * (more.slower ?? 1) : weight] as const);
  const whole = work.reduce((sum, [, weight]) => sum + weight, 0);
  for (let tick = 0; tick < 1200; tick++) {
    const load = 0.55 + 0.4 * Math.sin(tick / 120) + (tick > 700 && tick < 800 ? 0.5 : 0);
    if (random() > load) continue;
    let left = random() * whole;
    const [stack] = work.find(([, weight]) => {
      left -= weight;
      return left < 0;
    })!;
    const locations = stack.map(([name, filename, line]) =>
      builder.location({ mapping, lines: [{ function: builder.function({ name, filename, startLine: 1 }), line }] }),
    );
    const customer = ["acme", "globex", "initech"][Math.floor(random() ** 2 * 3)]!;
    builder.sample(
      locations.reverse(),
      [1, 10_000_000],
      [
        { key: "customer", value: customer },
        { key: "thread", value: "main" },
        { key: "bytes", value: BigInt(2 ** Math.floor(4 + random() * 6)), unit: "bytes" },
        {
          key: "end_timestamp_ns",
          value: 1_795_273_342_000_000_000n + BigInt(tick) * 10_000_000n,
          unit: "nanoseconds",
        },
      ],
    );
  }
  writeFileSync(file, encode(builder.build()));
}
