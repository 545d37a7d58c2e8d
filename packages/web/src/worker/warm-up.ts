import { encode, type LabelFields, ProfileBuilder } from "@pprof-ts/profile";
import type { Query } from "../session/address/state.ts";
import type { Answers } from "../session/protocol.ts";

/** After so many rounds engines have compiled what reading and drawing a profile needs. */
const ROUNDS = 8;
/** Filters are asked for later than the first picture, so there is time for more rounds. */
const REFINING_ROUNDS = 32;

/** So many that a label with another value on each sample makes more boxes than a picture is given at once. */
const SAMPLES = 2000;

const REFINED: readonly Query[] = [
  { tagroot: "endpoint" },
  { tagroot: "request" },
  { inv: "1" },
  { p: "Method7$" },
  { f: "Method7$" },
  { i: "Method7$" },
  { h: "Method7$" },
  { s: "Method[1-7]" },
  { sf: "Method7$" },
  { tf: "endpoint=/1" },
  { tagleaf: "bytes" },
  { tagleaf: "request" },
];

/**
 * Steps of some milliseconds that read and draw a small profile a few times, so that the engine has compiled what the
 * first real one needs: 9 MB are on screen in two thirds of the time, and a filter of 100 MB takes half.
 */
export function* warmUp(answer: Answers): Generator<unknown, void> {
  const bytes = encode(exampleProfile());
  const packed = gzip(bytes);
  // Packed ones are decoded while they are unpacked, and their stacks merged.
  for (let round = 0; round < ROUNDS; round++) {
    for (const source of [bytes, packed]) {
      yield Promise.resolve(source).then((source) =>
        answer.open({ name: "", bytes: source.slice().buffer as ArrayBuffer }),
      );
      yield answer.flame({});
    }
  }
  for (let round = 0; round < REFINING_ROUNDS; round++) {
    for (const query of REFINED) yield answer.flame(query);
    yield answer.match("method1");
    yield answer.top(round % 2 === 0 ? {} : { f: "Method7$" });
    yield answer.shades({ query: {}, key: "endpoint" });
    if (round % 4 > 0) continue;
    yield answer.peek({ f: "Method7$" });
    yield answer.tags({});
    yield answer.graph({});
  }
}

async function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function exampleProfile(): ReturnType<ProfileBuilder["build"]> {
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: "samples", unit: "count" },
      { type: "cpu", unit: "nanoseconds" },
    ],
  });
  const mapping = builder.mapping({ filename: "program" });
  const functions = Array.from({ length: 300 }, (_, i) =>
    builder.function({ name: `example.com/part${i % 150}.(*Type).Method${i}`, filename: `part${i % 150}/file.go` }),
  );
  const locations = functions.map((fn, i) =>
    builder.location({
      mapping,
      address: 64n * BigInt(i + 1),
      lines:
        i % 4 === 0
          ? [
              { function: functions[(i * 7) % 300]!, line: i },
              { function: fn, line: 2 },
            ]
          : [{ function: fn, line: i }],
    }),
  );
  const nameless = builder.location({ mapping, address: 1n });
  for (let sample = 0; sample < SAMPLES; sample++) {
    const stack = Array.from(
      { length: 10 + (sample % 20) },
      (_, i) => locations[(i * (1 + (sample % 2) * (sample % 40))) % 300]!,
    );
    if (sample % 50 === 0) stack.unshift(nameless);
    const labels: LabelFields[] = [{ key: "request", value: `${sample}` }];
    if (sample % 3 > 0) labels.push({ key: "endpoint", value: `/${sample % 10}` });
    if (sample % 4 > 0) labels.push({ key: "bytes", value: BigInt(1 << (sample % 20)), unit: "bytes" });
    builder.sample(stack, [1, 10_000_000_000 + 1_000_000_000 * sample], labels);
  }
  return builder.build();
}
