import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { decode, EncodedMerger, encode, gunzip, merge, ProfileError, validate } from "@pprof-ts/profile";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyProfile, plain } from "./arbitrary.ts";

/** `npm run fuzz` sets this; in a test run it is small. */
const numRuns = Number(process.env.FUZZ_RUNS ?? 200);
const kit = new URL("../../../../shared/reference-2026-11/profiles/", import.meta.url);
const recorded = ((): Uint8Array[] => {
  try {
    const names = readdirSync(kit).filter((name) => name.endsWith(".pb.gz"));
    return names.map((name) => gunzipSync(readFileSync(new URL(name, kit))));
  } catch {
    return [];
  }
})();

/**
 * Decodes or refuses in one sentence; what is decoded is encoded and decoded again to the same bits. What is merged while
 * it is encoded is what decodes.
 */
function decodesOrRefuses(bytes: Uint8Array): void {
  const merger = new EncodedMerger();
  const isMerged = merger.add(bytes);
  try {
    const profile = decode(bytes);
    expect(plain(decode(encode(profile)))).toEqual(plain(profile));
    validate(profile);
    if (isMerged) expect(plain(merger.finish())).toEqual(plain(merge([profile])));
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    expect(isMerged).toBe(false);
    expect(error.message).toMatch(/^[a-z][^\n]*$/);
  }
}

/** A change to some bytes: some overwritten, cut out, put in or said twice, or the rest cut off. */
const mutation = fc.record({
  kind: fc.constantFrom("set", "cut", "insert", "repeat", "end"),
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 11 }),
    // Lengths and numbers that are far too large, tags of groups and of fields that are not there.
    fc.constantFrom(
      [0xff, 0xff, 0xff, 0xff, 0x0f],
      [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10],
      [0x0b],
      [0x02],
    ),
  ),
});

function mutate(
  from: Uint8Array,
  { kind, at, bytes }: { kind: string; at: number; bytes: ArrayLike<number> },
): Uint8Array {
  const all = [...from];
  const place = Math.floor(at * all.length);
  const put = Array.from(bytes);
  if (kind === "set") all.splice(place, put.length, ...put);
  else if (kind === "cut") all.splice(place, put.length);
  else if (kind === "insert") all.splice(place, 0, ...put);
  else if (kind === "repeat") all.splice(place, 0, ...all.slice(place, place + 40));
  else all.splice(place);
  return Uint8Array.from(all);
}

describe("decode, given what is not a profile,", () => {
  test("takes any bytes or refuses them", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), decodesOrRefuses), { numRuns });
  });

  test("takes profiles that were changed somewhere or refuses them", () => {
    const changed = fc
      .tuple(anyProfile, fc.array(mutation, { minLength: 1, maxLength: 3 }))
      .map(([profile, mutations]) => mutations.reduce(mutate, encode(profile)));
    fc.assert(fc.property(changed, decodesOrRefuses), { numRuns });
  });

  test.skipIf(recorded.length === 0)("takes recorded profiles that were changed (needs the reference kit)", () => {
    const changed = fc
      .tuple(fc.constantFrom(...recorded), fc.array(mutation, { minLength: 1, maxLength: 3 }))
      .map(([bytes, mutations]) => mutations.reduce(mutate, bytes));
    fc.assert(fc.property(changed, decodesOrRefuses), { numRuns });
  });

  test("refuses every profile that ends early", () => {
    const [whole] = fc.sample(anyProfile, { numRuns: 1, seed: 11 });
    const bytes = encode(whole!);
    for (let end = 0; end < bytes.length; end++) decodesOrRefuses(bytes.subarray(0, end));
  });
});

const varint = (value: bigint): number[] =>
  value < 128n ? [Number(value)] : [Number(value & 127n) | 128, ...varint(value >> 7n)];
const field = (tag: number, bytes: readonly number[]): number[] => [tag, ...varint(BigInt(bytes.length)), ...bytes];

test("values are the same however a writer laid them out: packed, one by one, in pieces, between other fields", () => {
  const piece = fc.record({
    values: fc.array(fc.oneof(fc.bigInt({ min: 0n, max: 300n }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })), {
      maxLength: 3,
    }),
    isPacked: fc.boolean(),
    // A location, a label, a field that nobody knows.
    after: fc.constantFrom<readonly number[]>([], [], [0x0a, 0], [0x1a, 0], [0x50, 1]),
  });
  const samples = fc.array(fc.array(piece, { maxLength: 4 }), { minLength: 1, maxLength: 4 });
  const property = fc.property(samples, fc.nat(5), (samples, few) => {
    const values = samples.map((pieces) =>
      pieces.flatMap(({ values }) => values.map((value) => BigInt.asIntN(64, value))),
    );
    // Mostly as many as the first sample has.
    const types = few > 0 ? values[0]!.length : few;
    const bytes = [
      ...Array.from({ length: types }, () => [0x0a, 0]),
      ...samples.map((pieces) => {
        const fields = pieces.map(({ values, isPacked, after }) => {
          const written = isPacked
            ? field(0x12, values.flatMap(varint))
            : values.flatMap((value) => [0x10, ...varint(value)]);
          return [...written, ...after];
        });
        return field(0x12, fields.flat());
      }),
      [0x32, 0],
    ];
    const wrong = values.find((of) => of.length !== types);
    const read = (): bigint[][] => {
      const { length, values } = decode(Uint8Array.from(bytes.flat())).samples;
      return Array.from({ length }, (_, row) => values.map((column) => column[row]!));
    };
    if (wrong === undefined) expect(read()).toEqual(values);
    else expect(read).toThrow(`mismatch: sample has ${wrong.length} values vs. ${types} types`);
  });
  fc.assert(property, { numRuns });
});

test("a gzip bomb is one error, before it is large", async () => {
  const bomb = gzipSync(new Uint8Array(50_000_000));
  await expect(gunzip(bomb, 1_000_000)).rejects.toThrow(
    "the profile decompresses to more than 1000000 bytes: raise maxBytes to read it",
  );
});

/** Messages that take little room in a profile and much in memory, each repeated up to 4 MB. */
const greedy: Record<string, number[]> = {
  "empty samples": [0x12, 0],
  "empty locations": [0x22, 0],
  "empty functions": [0x2a, 0],
  "empty mappings": [0x1a, 0],
  "empty strings": [0x32, 0],
  "empty sample types": [0x0a, 0],
  "empty lines": [0x22, 8, 0x22, 0, 0x22, 0, 0x22, 0, 0x22, 0],
  "empty labels": [0x12, 8, 0x1a, 0, 0x1a, 0, 0x1a, 0, 0x1a, 0],
  comments: [0x68, 0],
  "packed comments": [0x6a, 8, 0, 0, 0, 0, 0, 0, 0, 0],
  "unknown fields": [0xf8, 0x07, 0],
  "unknown fields between others": [0xf8, 0x07, 0, 0x50, 0],
  "locations with unknown fields": [0x22, 3, 0xf8, 0x07, 0],
  "labels with unknown fields": [0x12, 5, 0x1a, 3, 0xf8, 0x07, 0],
};

test.each(Object.keys(greedy))("decode holds at most 96 times its input in memory: %s", (name) => {
  const index = fileURLToPath(new URL("../dist/index.js", import.meta.url));
  const program = `
    import { decode, ProfileError } from ${JSON.stringify(index)};
    const message = ${JSON.stringify(greedy[name])};
    const bytes = new Uint8Array(Math.floor(4e6 / message.length) * message.length).map((_, i) => message[i % message.length]);
    decode(bytes.subarray(0, message.length));
    const before = process.memoryUsage.rss();
    try {
      decode(bytes);
    } catch (error) {
      if (!(error instanceof ProfileError)) throw error;
    }
    console.log(Math.max(0, process.resourceUsage().maxRSS * 1024 - before) / bytes.length);
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(Number(stdout)).toBeLessThan(96);
});
