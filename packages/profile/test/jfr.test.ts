import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ProfileError, readProfile, recogniseFormat } from "@pprof-ts/profile";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { event, JAVA, recording, shopRecording, string, varint } from "./recording.ts";
import { stacks, totals } from "./show.ts";

const shop = recording(shopRecording);

describe("recordings of Java's Flight Recorder", () => {
  test("have a sample type for each kind of event", async () => {
    expect((await recogniseFormat(shop)).name).toBe("jfr");
    const profile = await readProfile(shop);
    expect(profile.sampleTypes.map(({ type, unit }) => `${type}/${unit}`)).toEqual([
      "samples/count",
      "alloc_samples/count",
      "alloc_space/bytes",
      "contentions/count",
      "delay/nanoseconds",
    ]);
    expect(stacks(profile)).toBe(
      "com.example.Main.main@:3;com.example.Main.work@:7 2 1 4096 0 0 thread=main-thread\ncom.example.Main.main@:9 0 0 0 1 700 thread=main-thread",
    );
    expect([profile.timeNanos, profile.durationNanos]).toEqual([1000n, 5000n]);
  });

  test("keep their times", async () => {
    const profile = await readProfile(shop, { timestamps: true });
    expect(profile.samples.length).toBe(4);
    expect(totals(profile)).toEqual(totals(await readProfile(shop)));
  });

  test("are chunks one after the other, and what is none is told", async () => {
    const two = Buffer.concat([shop, shop]);
    expect(totals(await readProfile(two))[0]).toBe(4n);
    const told: string[] = [];
    const cut = Buffer.concat([shop, Buffer.from("FLR and more")]);
    expect(totals(await readProfile(cut, { warn: (sentence) => told.push(sentence) }))[0]).toBe(2n);
    expect(told).toEqual([`what follows byte ${shop.length} is no chunk of a recording: left out`]);
  });

  test.each([
    ["a cut", shop.subarray(0, -1), /^malformed profile: a chunk of \d+ bytes, but \d+ are left/],
    ["no events of use", recording({ ...shopRecording, events: event(13, [1]) }), /^the recording holds no samples/],
    ["an event without an end", recording({ ...shopRecording, events: [3, 10, 1] }), /an end within a value/],
    ["an event of no size", recording({ ...shopRecording, events: [0] }), /an event of 0 bytes/],
    [
      "a class in itself",
      recording({ classes: { ...JAVA, 20: ["jdk.ThreadPark", "own:20"] }, pools: {}, events: event(20, []) }),
      /values that nest too deep/,
    ],
    [
      "lists of what takes no bytes",
      recording({
        classes: { ...JAVA, 20: ["jdk.ThreadPark", "all:21[]"], 21: ["none"] },
        pools: {},
        events: event(20, varint(9e9)),
      }),
      /9000000000 values/,
    ],
    [
      "a class that is not described",
      recording({ classes: { 8: ["jdk.types.StackTrace", "frames:77"] }, pools: { 8: { 1: [1] } }, events: [] }),
      /a value of type 77, which is not described/,
    ],
  ])("that are broken say so: %s", async (_, bytes, message) => {
    await expect(readProfile(bytes)).rejects.toThrow(ProfileError);
    await expect(readProfile(bytes)).rejects.toThrow(message);
  });

  test("with any byte changed are read or refused", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(shop.length - 1), fc.nat(255), async (at, byte) => {
        const changed = Uint8Array.from(shop);
        changed[at] = byte;
        const wrong = await readProfile(changed).catch((error: unknown) => error);
        if (wrong instanceof Error) expect(wrong).toBeInstanceOf(ProfileError);
      }),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 500) },
    );
  });

  test("hold texts in all of their encodings", async () => {
    const names = [[0], [1], string("a/B"), [4, 3, 97, 47, 66], [5, 3, 97, 47, 66]];
    for (const [i, name] of names.entries()) {
      const read = await readProfile(
        recording({ ...shopRecording, pools: { ...shopRecording.pools, 4: { ...shopRecording.pools[4], 1: name } } }),
      );
      expect(stacks(read).split(" ")[0], String(i)).toBe(i < 2 ? "main@:3;work@:7" : "a.B.main@:3;a.B.work@:7");
    }
  });
});

const PROGRAM = `public class Busy {
  static byte[] kept;
  static long spin(long n) { long s = 0; for (long i = 0; i < n; i++) s += i % 7 * (i ^ s); return s; }
  public static void main(String[] a) {
    long s = 0;
    for (long end = System.currentTimeMillis() + 1200; System.currentTimeMillis() < end; ) {
      s += spin(300000);
      for (int i = 0; i < 500; i++) kept = new byte[10000];
    }
    System.out.println(s);
  }
}`;

const hasJava = ["java", "jfr"].every((tool) => spawnSync(tool, ["--version"]).status === 0);

test.skipIf(!hasJava)(
  "a recording of a real program has the totals that jfr prints (needs a JDK)",
  { timeout: 120_000 },
  async () => {
    const directory = mkdtempSync(path.join(tmpdir(), "pprof-jfr-"));
    try {
      const source = path.join(directory, "Busy.java");
      const file = path.join(directory, "busy.jfr");
      writeFileSync(source, PROGRAM);
      spawnSync("java", [`-XX:StartFlightRecording=filename=${file},settings=profile`, source]);
      const events = "jdk.ExecutionSample,jdk.ObjectAllocationSample";
      const { stdout } = spawnSync("jfr", ["print", "--json", "--events", events, file], { maxBuffer: 2 ** 28 });
      const printed = JSON.parse(String(stdout)).recording.events as { type: string; values: { weight?: number } }[];
      const profile = await readProfile(readFileSync(file));
      const sum = (type: string): number =>
        Number(totals(profile)[profile.sampleTypes.findIndex((known) => known.type === type)]);
      const samples = printed.filter(({ type }) => type === "jdk.ExecutionSample").length;
      if (samples > 0) expect(sum("samples")).toBe(samples);
      expect(sum("alloc_space")).toBe(printed.reduce((all, { values }) => all + (values.weight ?? 0), 0));
      expect(stacks(profile)).toContain("Busy.main");
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);
