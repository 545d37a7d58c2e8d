import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { decode, encode, ProfileBuilder, ProfileError, readProfile } from "@pprof-ts/profile";
import { describe, expect, test } from "vitest";

const kit = new URL("../../../../shared/reference-2026-11/profiles/", import.meta.url);
const recorded = ((): string[] => {
  try {
    return readdirSync(kit).filter((name) => name.endsWith(".pb.gz"));
  } catch {
    return [];
  }
})();

function small(): ProfileBuilder {
  const builder = new ProfileBuilder({
    sampleTypes: [{ type: "cpu", unit: "nanoseconds" }],
    comments: ["a", "b", "c"],
  });
  const fn = builder.function({ name: "main", filename: "main.ts", startLine: 3 });
  const location = builder.location({ address: 0xffffffff81000000n, lines: [{ function: fn, line: 5, column: 7 }] });
  builder.sample([location], [-(2n ** 63n)], [{ key: "bytes", value: 2n ** 62n, unit: "bytes" }]);
  return builder;
}

describe("decode and encode", () => {
  test("keep int64 and uint64 to the bit", () => {
    const profile = decode(encode(small().build()));
    expect(profile.samples.values[0]![0]).toBe(-(2n ** 63n));
    expect(profile.samples.labels.num[0]).toBe(2n ** 62n);
    expect(profile.locations.address[0]).toBe(0xffffffff81000000n);
    expect(profile.comments).toEqual(["a", "b", "c"]);
  });

  test("keep fields of later versions", () => {
    const bytes = encode(small().build());
    const unknown = [0x82, 0x7d, 2, 7, 7];
    const profile = decode(Uint8Array.from([...bytes, ...unknown]));
    expect([...encode(profile)].slice(-unknown.length)).toEqual(unknown);
  });

  test.skipIf(recorded.length === 0)(
    "give back the bytes of every recorded profile (needs the reference kit)",
    async () => {
      for (const name of recorded) {
        const bytes = readFileSync(new URL(name, kit));
        expect(Buffer.compare(encode(await readProfile(bytes)), gunzipSync(bytes)), name).toBe(0);
      }
    },
  );

  test.each([
    ["a truncated field", [0x12, 5, 1], "malformed profile: truncated field: 5 bytes announced, 1 left (at byte 1)"],
    [
      "a varint without end",
      [0x48, ...new Array(11).fill(0xff)],
      "malformed profile: varint is longer than 64 bits (at byte 1)",
    ],
    [
      "an impossible length",
      [0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f],
      "bytes announced, 0 left (at byte 1)",
    ],
    ["a field number 0", [0x02, 0], "malformed profile: field number 0 (at byte 0)"],
    [
      "a missing location",
      [0x0a, 0, 0x12, 4, 0x08, 9, 0x10, 1],
      "sample 0 has location 9, which is not in the profile (at byte 4)",
    ],
    ["too few values", [0x0a, 0, 0x12, 0], "mismatch: sample has 0 values vs. 1 types (at byte 3)"],
    ["a missing string", [0x70, 3], "malformed profile: string 3 is not in the string table of 1"],
    ["two profiles in one", [0x48, 1, 0x48, 1], "concatenated profiles detected (at byte 2)"],
  ])("refuse %s", (_, bytes, message) => {
    expect(() => decode(Uint8Array.from(bytes))).toThrow(ProfileError);
    expect(() => decode(Uint8Array.from(bytes))).toThrow(message);
  });
});
