import { type Profile, ProfileBuilder } from "@pprof-ts/profile";
import { describe, expect, test } from "vitest";
import { record } from "../src/pages/recordings.ts";

function profileOf(seconds: number, timeNanos: bigint = 0n): Profile {
  const builder = new ProfileBuilder({
    sampleTypes: [{ type: "samples", unit: "count" }],
    timeNanos,
    durationNanos: seconds * 1e9,
  });
  builder.sample([builder.location({ lines: [{ function: builder.function({ name: "main" }) }] })], [seconds]);
  return builder.build();
}

const total = ({ samples }: Profile): number => Number(samples.values[0]!.reduce((sum, value) => sum + value, 0n));
/** As a program that is asked for a profile, and that hears when nobody waits for it any more. */
const recorded = (seconds: number, signal: AbortSignal): Promise<Profile> =>
  signal.aborted ? Promise.reject(new Error("gone")) : Promise.resolve(profileOf(seconds));
const never = new AbortController().signal;

describe.each(["heap", "goroutine", "block", "mutex", "threadcreate"])("what came of %s", (kind) => {
  /** A program that has more of it each time that it is asked, a second later. */
  const growing = (): { asked: number[]; take: (seconds: number, signal: AbortSignal) => Promise<Profile> } => {
    const asked: number[] = [];
    return {
      asked,
      async take(seconds, signal) {
        signal.throwIfAborted();
        asked.push(seconds);
        return profileOf(100 * asked.length, 5_000_000_000n * BigInt(asked.length));
      },
    };
  };

  test("in some seconds, or until it was stopped, is what there is then, less what there was", async () => {
    for (const [seconds, stopped] of [
      [0.01, never],
      [3600, AbortSignal.timeout(50)],
    ] as const) {
      const { asked, take } = growing();
      const profile = await record(kind, seconds, { stopped, cancelled: never }, take);
      expect([total(profile), profile.timeNanos, profile.durationNanos]).toEqual([
        100,
        10_000_000_000n,
        5_000_000_000n,
      ]);
      expect(asked).toEqual([-1, -1]);
    }
  });

  test("in no time is what there is; cancelled, it is nothing", async () => {
    const { asked, take } = growing();
    expect(total(await record(kind, 0, { stopped: never, cancelled: never }, take))).toBe(100);
    const cancelled = AbortSignal.timeout(50);
    await expect(record(kind, 3600, { stopped: never, cancelled }, take)).rejects.toThrow();
    expect(asked).toEqual([-1, -1]);
  });
});

test("a long recording is all of its pieces", async () => {
  const lengths: number[] = [];
  const profile = await record("profile", 25, { stopped: never, cancelled: never }, (seconds, signal) => {
    lengths.push(seconds);
    return recorded(seconds, signal);
  });
  expect(lengths).toEqual([10, 10, 5]);
  expect([total(profile), profile.durationNanos]).toEqual([25, 25_000_000_000n]);
});

test("stopped, it is what was recorded in whole pieces, of which there is one at least", async () => {
  for (const [during, kept] of [
    [1, 10],
    [2, 10],
    [3, 20],
  ] as const) {
    const stop = new AbortController();
    let piece = 0;
    const profile = await record("profile", 600, { stopped: stop.signal, cancelled: never }, (seconds, signal) => {
      if (++piece === during) stop.abort();
      return recorded(seconds, signal);
    });
    expect(total(profile), `stopped during piece ${during}`).toBe(kept);
  }
});

test("what fails later is what there is; what fails at once, or is cancelled, is nothing", async () => {
  let piece = 0;
  const failing = (at: number) => async (seconds: number) => {
    if (++piece === at) throw new Error("the program ended");
    return profileOf(seconds);
  };
  expect(total(await record("profile", 60, { stopped: never, cancelled: never }, failing(3)))).toBe(20);
  piece = 0;
  await expect(record("profile", 60, { stopped: never, cancelled: never }, failing(1))).rejects.toThrow(
    "the program ended",
  );
  const cancel = new AbortController();
  const cancelled = record("profile", 60, { stopped: never, cancelled: cancel.signal }, (seconds, signal) => {
    if (seconds === 10 && piece++ > 2) cancel.abort();
    return recorded(seconds, signal);
  });
  await expect(cancelled).rejects.toThrow("gone");
});
