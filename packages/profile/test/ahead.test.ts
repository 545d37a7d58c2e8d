import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { decode, encode, type Profile, ProfileBuilder, readProfile, StringTable } from "@pprof-ts/profile";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

/** More than is needed for a profile to be decoded while it arrives. */
const large = build();
const whole = encode(large);

function build(): Profile {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "cpu", unit: "nanoseconds" }], timeNanos: 5n });
  const locations = Array.from({ length: 300 }, (_, i) =>
    builder.location({ address: BigInt(i), lines: [{ function: builder.function({ name: `f${i}` }), line: i }] }),
  );
  for (let i = 0; i < 4000; i++) {
    const stack = Array.from({ length: 20 }, (_, depth) => locations[(i * depth) % locations.length]!);
    builder.sample(stack, [i * 1000], [{ key: "thread", value: `worker ${i % 7}` }]);
  }
  return builder.build();
}

async function* inParts(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The bytes of what reading gives, which say all of it, or the message of what it throws. */
async function outcome(read: () => Profile | Promise<Profile>): Promise<string> {
  try {
    return createHash("sha256")
      .update(encode(await read()))
      .digest("hex");
  } catch (error) {
    return `${error}`;
  }
}

const firstSample = whole.indexOf(0x12);
const locationRow = large.locations.length - 1;

/** Profiles that are as nearly all are, and those that are not: what is read is what `decode` reads. */
const cases: Record<string, Uint8Array> = {
  "as encoded": whole,
  "with ids of its own": encode({
    ...large,
    locations: { ...large.locations, id: large.locations.id.map((id) => id * 3n + 70_000n) },
  }),
  "with ids of 64 bits": encode({
    ...large,
    locations: { ...large.locations, id: large.locations.id.map((id) => id + 2n ** 60n) },
  }),
  "without the last location": encode({
    ...large,
    locations: { ...large.locations, length: locationRow },
  }),
  "without the last strings": encode({
    ...large,
    strings: new StringTable(large.strings.utf8, large.strings.start.subarray(0, 301)),
  }),
  "with unknown fields in samples": encode({
    ...large,
    samples: { ...large.samples, unknownFields: new Map([[3000, Uint8Array.of(0xf8, 0x07, 1)]]) },
  }),
  "with unknown fields in labels": encode({
    ...large,
    samples: {
      ...large.samples,
      labels: { ...large.samples.labels, unknownFields: new Map([[3999, Uint8Array.of(0xf8, 0x07, 1)]]) },
    },
  }),
  "with the sample type last": Buffer.concat([whole.subarray(firstSample), whole.subarray(0, firstSample)]),
  "twice over": Buffer.concat([whole, whole]),
  "cut off in a sample": whole.subarray(0, 70_000),
  "cut off in its last field": whole.subarray(0, whole.length - 1),
  "with a sample without values": Buffer.concat([whole, Uint8Array.of(0x12, 0x02, 0x08, 0x01)]),
  "with a field number 0": Buffer.concat([whole, Uint8Array.of(0x02, 0x00)]),
};

describe.each(Object.entries(cases))("a profile %s, in parts,", (_, bytes) => {
  test.each([1000, 65_536, 70_000, 1 << 20])("of %i bytes is read as in one", async (size) => {
    const expected = await outcome(() => decode(bytes));
    expect(await outcome(() => readProfile(inParts(bytes, size)))).toEqual(expected);
    const gunzip = (): AsyncIterable<Uint8Array> => inParts(bytes, size);
    expect(await outcome(() => readProfile(gzipSync(bytes), { gunzip }))).toEqual(expected);
    expect(await outcome(() => readProfile(inParts(bytes, size), { sharesStacks: true }))).toEqual(expected);
  });
});

describe("stacks that are read as what they do not share", () => {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "cpu", unit: "nanoseconds" }] });
  for (let i = 0; i < 16_500; i++) builder.location({ address: BigInt(i + 1) });
  const tables = encode(builder.build());
  const typesEnd = 2 + tables[1]!;
  /** Ids of one byte up to three, next to where they get longer. */
  const ids = [1, 2, 3, 126, 127, 128, 129, 255, 256, 16_382, 16_383, 16_384, 16_385, 16_500];

  const varint = (id: number): number[] => (id < 128 ? [id] : [(id & 127) | 128, ...varint(id >>> 7)]);
  const field = (tag: number, bytes: readonly number[]): number[] => [tag, ...varint(bytes.length), ...bytes];
  /** As Go writes a stack, or packed, or in pieces; an id may be longer than it need be. */
  const written: ((stack: readonly number[]) => number[])[] = [
    (stack) => (stack.length > 2 ? field(0x0a, stack.flatMap(varint)) : stack.flatMap((id) => [0x08, ...varint(id)])),
    (stack) => field(0x0a, stack.flatMap(varint)),
    (stack) => [...field(0x0a, stack.slice(0, 3).flatMap(varint)), ...field(0x0a, stack.slice(3).flatMap(varint))],
    (stack) =>
      field(
        0x0a,
        stack.flatMap((id, i) => (i === 1 && id < 128 ? [id | 128, 0] : varint(id))),
      ),
  ];

  test("are those that are read one by one, however they are written", async () => {
    const draw = fc.record({
      seed: fc.nat(),
      depth: fc.integer({ min: 1, max: 40 }),
      kinds: fc.integer({ min: 1, max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(draw, async ({ seed, depth, kinds }) => {
        let state = seed;
        const next = (below: number): number => {
          state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
          return (state >>> 8) % below;
        };
        const samples: Buffer[] = [];
        let stack: number[] = [];
        for (let size = 0; size < 90_000; size += samples.at(-1)!.length) {
          // Innermost first: what is at the end stays as it was for a while.
          const kept = next(3) === 0 ? stack : stack.slice(next(stack.length + 1));
          stack = [...Array.from({ length: next(depth) }, () => ids[next(ids.length)]!), ...kept].slice(
            -depth - next(3),
          );
          samples.push(Buffer.from(field(0x12, [...written[next(kinds) % written.length]!(stack), 0x10, 1])));
        }
        const bytes = Buffer.concat([tables.subarray(0, typesEnd), ...samples, tables.subarray(typesEnd)]);
        const read = await readProfile(inParts(bytes, 10_000 + next(60_000)), { sharesStacks: true });
        expect(read.samples.shared).not.toBe(undefined);
        const expected = decode(bytes).samples;
        expect(String(read.samples.locationStart)).toBe(String(expected.locationStart));
        expect(String(read.samples.locations)).toBe(String(expected.locations));
      }),
      { numRuns: 20 },
    );
  });

  test("share nearly all that they can", async () => {
    const { shared } = (await readProfile(inParts(whole, 50_000), { sharesStacks: true })).samples;
    // 300 different ones, which have the outermost location in common, and each again and again.
    expect(shared!.length).toBe(300);
  });
});

describe("a profile of 5 MB that a decompressor gives in one piece", () => {
  const { types, rest } = splitAtSamples();
  const samples = whole.subarray(types, rest);
  /** The same samples again and again: a profile may be as long as one likes, and is read before what comes behind them. */
  const long = (end: Uint8Array): Uint8Array =>
    Buffer.concat([whole.subarray(0, types), ...Array.from({ length: 40 }, () => samples), end]);

  test.each(
    Object.entries({
      "as encoded": long(whole.subarray(rest)),
      "cut off in its last field": long(whole.subarray(rest, whole.length - 1)),
      "with a sample without values": long(
        Buffer.concat([whole.subarray(rest), Uint8Array.of(0x12, 0x02, 0x08, 0x01)]),
      ),
      "without the tables": long(new Uint8Array(0)),
    }),
  )("%s, is read as sample by sample", async (_, bytes) => {
    expect(bytes.length).toBeGreaterThan(1 << 22);
    const gunzip = (packed: Uint8Array): Uint8Array => gunzipSync(packed);
    const packed = gzipSync(bytes);
    const expected = await outcome(() => decode(bytes));
    for (const sharesStacks of [false, true]) {
      expect(await outcome(() => readProfile(packed, { gunzip, sharesStacks }))).toEqual(expected);
    }
  });

  test("has its stacks as what they do not share, where that was asked for", async () => {
    const packed = gzipSync(long(whole.subarray(rest)));
    const gunzip = (bytes: Uint8Array): Uint8Array => gunzipSync(bytes);
    expect((await readProfile(packed, { gunzip })).samples.shared).toBe(undefined);
    expect((await readProfile(packed, { gunzip, sharesStacks: true })).samples.shared!.length).toBe(300);
  });
});

/** Where the samples of `whole` begin and end. */
function splitAtSamples(): { types: number; rest: number } {
  let at = firstSample;
  while (whole[at] === 0x12) {
    // Each is longer than 127 bytes only where its length has two.
    const [low, high] = [whole[at + 1]!, whole[at + 2]!];
    at += low < 0x80 ? 2 + low : 3 + ((low & 0x7f) | (high << 7));
  }
  return { types: firstSample, rest: at };
}

test("a decompressor that gives too much is stopped, whether or not what it gives is decoded", async () => {
  const gunzip = (): AsyncIterable<Uint8Array> => inParts(whole, 50_000);
  for (const maxBytes of [40_000, 90_000]) {
    await expect(readProfile(gzipSync(whole), { gunzip, maxBytes })).rejects.toThrow(
      `the profile decompresses to more than ${maxBytes} bytes: raise maxBytes to read it`,
    );
  }
});
