import { randomBytes } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { gunzip, gunzipParts } from "../src/index.ts";

const numRuns = Number(process.env.FUZZ_RUNS ?? 100);

const content = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.integer({ min: 0, max: 300_000 }).map((size) => new Uint8Array(size).fill(7)),
  fc.integer({ min: 0, max: 100_000 }).map((size) => new Uint8Array(randomBytes(size))),
);

test("streams in a row are what zlib makes of them, whole, cut short or broken, from any byte on", async () => {
  const change = fc.constantFrom("none", "cut", "broken");
  const streams = fc.array(content, { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(streams, change, fc.nat(), fc.nat(), async (contents, change, at, from) => {
      let packed: Uint8Array = Buffer.concat(contents.map((one) => gzipSync(one)));
      if (change === "cut") packed = packed.subarray(0, 3 + (at % (packed.length - 3)));
      // Bytes 4 to 9 of a stream's head are free for all, so no word is said of them.
      if (change === "broken") packed[packed.length - 1 - (at % 8)]! ^= 1;
      let expected: Uint8Array | undefined;
      try {
        expected = gunzipSync(packed);
      } catch {
        await expect(gunzip(packed)).rejects.toThrow("invalid gzip stream: ");
        return;
      }
      expect(Buffer.compare(await gunzip(packed), expected)).toBe(0);
      const begin = from % (expected.length + 1);
      const parts: Uint8Array[] = [];
      for await (const part of gunzipParts(packed, expected.length, begin)) parts.push(part);
      expect(Buffer.compare(Buffer.concat(parts), expected.subarray(begin))).toBe(0);
      if (expected.length > 0) {
        await expect(gunzip(packed, expected.length - 1)).rejects.toThrow(
          `the profile decompresses to more than ${expected.length - 1} bytes`,
        );
      }
    }),
    { numRuns },
  );
});

test("four thousand streams are read, and more where the platform knows how", { timeout: 60_000 }, async () => {
  const one = gzipSync("x");
  const streams = (count: number): Uint8Array => Buffer.concat(Array<Uint8Array>(count).fill(one));
  expect((await gunzip(streams(4001))).length).toBe(4001);
  await gunzip(streams(4002)).then(
    (bytes) => expect(bytes.length).toBe(4002),
    (error) => expect(error.message).toContain("invalid gzip stream: "),
  );
});

test("what looks like the beginning of a stream is none, and many of them end", { timeout: 60_000 }, async () => {
  const head = gzipSync("").subarray(0, 10);
  const heads = Buffer.concat(Array<Uint8Array>(100_000).fill(head));
  const stored = gzipSync(heads, { level: 0 });
  const expected = Buffer.concat([heads, Buffer.from("x")]);
  expect(Buffer.compare(await gunzip(gzipSync(expected, { level: 0 })), expected)).toBe(0);
  await expect(gunzip(Buffer.concat([stored, heads]))).rejects.toThrow("invalid gzip stream: ");
});
