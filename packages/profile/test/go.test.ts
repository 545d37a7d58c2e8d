import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { canonical, combine, decode, encode, type Profile, removeUninteresting, subtract } from "@pprof-ts/profile";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const kit = fileURLToPath(new URL("../../../../shared/reference-2026-11/profiles/", import.meta.url));
const isThere = existsSync(kit) && spawnSync("go", ["version"]).status === 0;

/** What the tool does to every profile that it reads, before it merges: one mapping for those that have none. */
function withMapping(profile: Profile): Profile {
  if (profile.mappings.length > 0) return profile;
  const one = profile.mappings;
  const [id, start, limit, offset] = [1n, 0n, 0n, 0n].map((value) => BigUint64Array.of(value));
  const zero = new Uint32Array(1);
  const no = new Uint8Array(1);
  return {
    ...profile,
    mappings: {
      ...one,
      ...{ length: 1, id: id!, start: start!, limit: limit!, offset: offset!, filename: zero, buildId: zero },
      ...{ hasFunctions: no, hasFilenames: no, hasLineNumbers: no, hasInlineFrames: no },
    },
    locations: { ...profile.locations, mapping: new Int32Array(profile.locations.length) },
  };
}

/** What the tool does to the merged profile, before it writes it. */
function finish(profile: Profile): Uint8Array {
  const whole = (pattern: string): RegExp => new RegExp(`^(${pattern})$`);
  const drop = (name: string): boolean => profile.dropFrames !== "" && whole(profile.dropFrames).test(name);
  const keep = (name: string): boolean => profile.keepFrames !== "" && whole(profile.keepFrames).test(name);
  return encode(canonical(removeUninteresting(profile, drop, keep)));
}

describe.skipIf(!isThere)("the bytes of `go tool pprof -proto` (needs Go and the reference kit)", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "pprof-go-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const go = (...args: string[]): Buffer => {
    const output = path.join(folder, "out.pb.gz");
    const flags = ["tool", "pprof", "-symbolize=none", "-proto", `-output=${output}`];
    const { status, stderr } = spawnSync("go", [...flags, ...args], { cwd: kit, encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    return gunzipSync(readFileSync(output));
  };
  const read = (name: string): Profile => withMapping(decode(gunzipSync(readFileSync(path.join(kit, name)))));
  const expectSame = (profile: Profile, want: Buffer): void =>
    expect(Buffer.compare(finish(profile), want), `${profile.samples.length} samples`).toBe(0);

  test.each([
    "heap_sizetags.pb.gz",
    "q10_units.pb.gz",
    "q12_big.pb.gz",
    "q13_unicode.pb.gz",
    "q17_numlabels.pb.gz",
    "q18_header.pb.gz",
    "q7_signs.pb.gz",
  ])("%s alone and merged with itself", (name) => {
    expectSame(read(name), go(name));
    expectSame(combine([read(name), read(name)]), go(name, name));
  });

  test.each([
    ["heap_request.pb.gz", "heap_sizetags.pb.gz"],
    ["cpu.pb.gz", "unknown.pb.gz"],
  ])("%s and %s merged, with a base, with a normalized diff base", (name, other) => {
    expectSame(combine([read(name), read(other)]), go(name, other));
    expectSame(subtract(read(name), read(other)), go("-base", other, name));
    expectSame(
      subtract(read(name), read(other), { diff: true, normalize: true }),
      go("-normalize", "-diff_base", other, name),
    );
  });
});
