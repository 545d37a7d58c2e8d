import { setTimeout as sleep } from "node:timers/promises";
import { type LabelFields, type Profile, ProfileBuilder } from "@pprof-ts/profile";
import { addCpuSamples, type CpuProfile } from "./cpu-profile.ts";
import { RuntimeError } from "./error.ts";
import { Frames, type Surroundings } from "./frames.ts";
import { type LabelledRow, readLabelled } from "./recorded.ts";
import { SiteSampler } from "./site-sampler.ts";
import type { Thread, Threads } from "./threads.ts";
import { WarmProfiler } from "./warm.ts";

/** Samples a second, as Go's. */
export const CPU_RATE = 100;

/** How long a worker thread may take to end its capture; it takes 2 to 5 ms. */
const WORKER_MILLIS = 3_000;

export interface CpuOptions {
  /** Samples a second. */
  readonly rate: number;
  /** The line of every frame, by the call-site sampler; "auto": where the program labels its work, which needs it too. */
  readonly lines: boolean | "auto";
  /** A sample for each moment, with its time. */
  readonly timeline: boolean;
}

interface Recorded {
  readonly thread: Thread;
  readonly profile?: CpuProfile;
  readonly sites?: readonly LabelledRow[];
}

interface Recording {
  readonly started: Promise<unknown>;
  stop(): Promise<Recorded>;
}

interface Running {
  readonly options: CpuOptions;
  readonly recordings: readonly Recording[];
  readonly timeNanos: bigint;
  readonly begun: bigint;
  unwatch(): Promise<void>;
}

/** V8's CPU profilers of all threads, one capture at a time. */
export class CpuProfiler {
  readonly #threads: Threads;
  readonly #surroundings: Surroundings;
  #busy = false;
  #running: Running | undefined;
  #warm: WarmProfiler | undefined;

  constructor(threads: Threads, surroundings: Surroundings) {
    this.#threads = threads;
    this.#surroundings = surroundings;
  }

  /** Keeps the main thread's profiler running, so that captures at this rate begin at once, and its last samples. */
  async keepWarm(rate: number, keepMillis: number): Promise<void> {
    await this.#warm?.stop();
    this.#warm = new WarmProfiler(this.#threads.main.session, rate, keepMillis);
    await this.#warm.start();
  }

  /** Records for this many seconds; rejects when the signal aborts, and while another capture runs. */
  async capture(seconds: number, options: CpuOptions, signal: AbortSignal): Promise<Profile> {
    await this.start(options);
    const waited = await sleep(seconds * 1000, true, { signal }).catch(() => false);
    const profile = await this.stop(!waited);
    signal.throwIfAborted();
    return profile;
  }

  /** Begins a capture; an error while another one runs. */
  async start(options: CpuOptions): Promise<void> {
    if (this.#busy) throw new RuntimeError("cpu profiling already in use");
    this.#busy = true;
    try {
      this.#running = await this.#start(options);
    } catch (error) {
      this.#busy = false;
      throw error;
    }
  }

  /** Ends the capture. `discard`: nobody wants it any more, so the profile is empty. */
  async stop(discard = false): Promise<Profile> {
    const running = this.#running;
    if (running === undefined) throw new RuntimeError("cpu profiling is not in use");
    this.#running = undefined;
    try {
      const durationNanos = process.hrtime.bigint() - running.begun;
      // A worker in native code answers when that is done; the profile does not wait for it, and detaching ends its samples.
      const stopped = await Promise.allSettled(
        running.recordings.map((recording, i) =>
          i === 0 ? recording.stop() : within(WORKER_MILLIS, recording.stop()),
        ),
      );
      await running.unwatch();
      const recorded = stopped.flatMap((result) => (result.status === "fulfilled" && !discard ? [result.value] : []));
      return await this.#profile(recorded, running.options, running.timeNanos, durationNanos);
    } finally {
      this.#busy = false;
    }
  }

  /** What the main thread did in the seconds before this. */
  async last(seconds: number): Promise<Profile> {
    const warm = this.#warm;
    if (warm === undefined || warm.keepSeconds === 0) {
      throw new RuntimeError("nothing is recorded ahead of time: start with keep (PPROF_KEEP=5m)");
    }
    const profiles = await warm.last(seconds);
    const end = profiles.at(-1)?.endTime ?? 0;
    const from = Math.max(end - seconds * 1e6, profiles[0]?.startTime ?? 0);
    const timeNanos = BigInt(Date.now()) * 1_000_000n - BigInt(Math.round((end - from) * 1000));
    const options = { rate: warm.rate, lines: false, timeline: false };
    const recorded = profiles.map((profile) => ({ thread: this.#threads.main, profile }));
    return this.#profile(recorded, options, timeNanos, BigInt(Math.round((end - from) * 1000)), from);
  }

  async #start(options: CpuOptions): Promise<Running> {
    const { main } = this.#threads;
    const sites = options.lines === "auto" ? await readLabelled(main.session) : options.lines;
    const rewarm = this.#warm !== undefined && this.#warm.rate !== options.rate && !sites ? this.#warm : undefined;
    await rewarm?.stop();
    const recordings: Recording[] = [];
    const unwatch = await this.#threads.watch((thread) => {
      const recording =
        thread === main && sites
          ? recordSites(thread, options.rate)
          : recordSamples(thread, options.rate, thread === main && rewarm === undefined && this.#warm !== undefined);
      // A worker may end before it has begun; the main thread's failure is met below.
      recording.started.catch(() => {});
      recordings.push(recording);
    });
    const release = async (): Promise<void> => {
      await unwatch();
      await rewarm?.start();
    };
    try {
      await recordings[0]!.started;
    } catch (error) {
      await release();
      throw error;
    }
    const timeNanos = BigInt(Date.now()) * 1_000_000n;
    return { options, recordings, timeNanos, begun: process.hrtime.bigint(), unwatch: release };
  }

  async #profile(
    recorded: readonly Recorded[],
    { rate, timeline }: CpuOptions,
    timeNanos: bigint,
    durationNanos: bigint,
    fromMicros?: number,
  ): Promise<Profile> {
    const bySite = recorded.some(({ sites }) => sites !== undefined);
    const builder = new ProfileBuilder({
      sampleTypes: [
        { type: "samples", unit: "count" },
        { type: "cpu", unit: "nanoseconds" },
      ],
      periodType: { type: "cpu", unit: "nanoseconds" },
      period: Math.round(1e9 / rate),
      timeNanos,
      durationNanos,
      comments: bySite
        ? ["the main thread was sampled at its call sites: no garbage collection, no native frames"]
        : [],
    });
    const frames = new Frames(builder, this.#surroundings);
    const { scripts } = this.#surroundings;
    for (const { thread, profile, sites } of recorded) {
      const labels: LabelFields[] = [{ key: "thread", value: thread.name }];
      if (profile !== undefined) {
        await scripts.load(new Set(profile.nodes.map(({ callFrame }) => callFrame.url)));
        const hot = profile.nodes.filter(({ positionTicks }) => positionTicks !== undefined);
        await scripts.scan(new Set(hot.map(({ callFrame }) => callFrame.url)));
        addCpuSamples(builder, frames, profile, labels, { fromMicros, timeNanos: timeline ? timeNanos : undefined });
      }
      await scripts.load(new Set(sites?.flatMap((row) => row.frames.map(([, url]) => url))));
      for (const row of sites ?? []) {
        const own = Object.entries(row.labels ?? {}).map(([key, value]) => ({ key, value }));
        builder.sample(
          row.frames.map((frame) => frames.site(frame)),
          [row.count, Math.round(row.nanos)],
          [...labels, ...own],
        );
      }
    }
    return builder.build();
  }
}

/** `warm`: the thread's profiler runs at this rate already, and goes on afterwards. */
function recordSamples(thread: Thread, rate: number, warm: boolean): Recording {
  const { session } = thread;
  const start = async (): Promise<void> => {
    if (!warm) {
      await session.post("Profiler.enable");
      await session.post("Profiler.setSamplingInterval", { interval: Math.round(1e6 / rate) });
    }
    await session.post("Profiler.start");
  };
  const started = start();
  return {
    started,
    async stop() {
      await started;
      const { profile } = await session.post<{ profile: CpuProfile }>("Profiler.stop");
      if (!warm) await session.post("Profiler.disable");
      return { thread, profile };
    },
  };
}

function recordSites(thread: Thread, rate: number): Recording {
  const sampler = new SiteSampler(thread.session);
  return { started: sampler.start(rate), stop: async () => ({ thread, sites: await sampler.stop() }) };
}

async function within<Value>(millis: number, promise: Promise<Value>): Promise<Value> {
  const late = new AbortController();
  const timeout = sleep(millis, undefined, { signal: late.signal }).then(() => {
    throw new RuntimeError(`no answer within ${millis} ms`);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    late.abort();
    timeout.catch(() => {});
    promise.catch(() => {});
  }
}
