import { setTimeout as sleep } from "node:timers/promises";
import { type Profile, ProfileBuilder } from "@pprof-ts/profile";
import { addCpuSamples, type CpuProfile } from "./cpu-profile.ts";
import { RuntimeError } from "./error.ts";
import { Frames, type Surroundings } from "./frames.ts";
import type { Thread, Threads } from "./threads.ts";

/** Samples a second, as Go's. */
export const CPU_RATE = 100;

interface Recording {
  readonly thread: Thread;
  readonly started: Promise<unknown>;
}

/** V8's CPU profilers of all threads, one capture at a time. */
export class CpuProfiler {
  readonly #threads: Threads;
  readonly #surroundings: Surroundings;
  #busy = false;

  constructor(threads: Threads, surroundings: Surroundings) {
    this.#threads = threads;
    this.#surroundings = surroundings;
  }

  /** Records for this many seconds; rejects when the signal aborts, and while another capture runs. */
  async capture(seconds: number, rate: number, signal: AbortSignal): Promise<Profile> {
    if (this.#busy) throw new RuntimeError("cpu profiling already in use");
    this.#busy = true;
    try {
      return await this.#capture(seconds, rate, signal);
    } finally {
      this.#busy = false;
    }
  }

  async #capture(seconds: number, rate: number, signal: AbortSignal): Promise<Profile> {
    const recordings: Recording[] = [];
    const unwatch = await this.#threads.watch((thread) => {
      const started = start(thread, rate);
      // A worker may end before it has begun; the main thread's failure is met below.
      started.catch(() => {});
      recordings.push({ thread, started });
    });
    let recorded: { readonly thread: Thread; readonly profile: CpuProfile }[];
    const timeNanos = BigInt(Date.now()) * 1_000_000n;
    const begun = process.hrtime.bigint();
    let durationNanos = 0n;
    try {
      await recordings[0]!.started;
      await sleep(seconds * 1000, undefined, { signal });
    } finally {
      durationNanos = process.hrtime.bigint() - begun;
      const stopped = await Promise.allSettled(recordings.map(stop));
      recorded = stopped.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
      await unwatch();
    }
    signal.throwIfAborted();

    const builder = new ProfileBuilder({
      sampleTypes: [
        { type: "samples", unit: "count" },
        { type: "cpu", unit: "nanoseconds" },
      ],
      periodType: { type: "cpu", unit: "nanoseconds" },
      period: Math.round(1e9 / rate),
      timeNanos,
      durationNanos,
    });
    const frames = new Frames(builder, this.#surroundings);
    const { scripts } = this.#surroundings;
    for (const { thread, profile } of recorded) {
      await scripts.load(new Set(profile.nodes.map(({ callFrame }) => callFrame.url)));
      const hot = profile.nodes.filter(({ positionTicks }) => positionTicks !== undefined);
      await scripts.scan(new Set(hot.map(({ callFrame }) => callFrame.url)));
      addCpuSamples(builder, frames, profile, [{ key: "thread", value: thread.name }]);
    }
    return builder.build();
  }
}

async function start({ session }: Thread, rate: number): Promise<void> {
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: Math.round(1e6 / rate) });
  await session.post("Profiler.start");
}

async function stop({ thread, started }: Recording): Promise<{ thread: Thread; profile: CpuProfile }> {
  await started;
  const { profile } = await thread.session.post<{ profile: CpuProfile }>("Profiler.stop");
  await thread.session.post("Profiler.disable");
  return { thread, profile };
}
