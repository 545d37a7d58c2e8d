import { type CpuProfile, Slice } from "./cpu-profile.ts";
import { SliceProfiler } from "./slice-profiler.ts";
import type { Thread, Threads } from "./threads.ts";
import type { V8Clock } from "./v8-clock.ts";
import { within } from "./within.ts";
import { WorkerProfiler } from "./worker-profiler.ts";

/** How long a worker thread may take to give its samples; it takes 2 to 5 ms. */
const WORKER_MILLIS = 3_000;

type Listener = (thread: Thread, slice: Slice) => void;

/** V8's CPU profilers of all threads, at one rate: those of the workers run only while somebody listens. */
export class CpuSampler {
  readonly rate: number;
  readonly #threads: Threads;
  readonly #listeners = new Set<Listener>();
  readonly #profilers = new Map<Thread, SliceProfiler | WorkerProfiler>();
  #unwatch: (() => Promise<void>) | undefined;
  readonly #clock: V8Clock;

  constructor(threads: Threads, clock: V8Clock, rate: number) {
    this.#threads = threads;
    this.#clock = clock;
    this.rate = rate;
  }

  /** Begins on every thread, `without` the main thread or with it, and on those that start later. */
  async start(without?: Thread): Promise<void> {
    this.#unwatch = await this.#threads.beginEach(
      async (thread) => {
        if (thread === without) return;
        const isMain = thread === this.#threads.main;
        const take = (profile: CpuProfile): void => this.#took(thread, profile);
        const profiler = new (isMain ? SliceProfiler : WorkerProfiler)(thread.session, this.rate, take);
        this.#profilers.set(thread, profiler);
        if (isMain || this.#listeners.size > 0) await profiler.start();
      },
      (thread) => {
        this.#workers().get(thread)?.end();
        this.#profilers.delete(thread);
      },
    );
  }

  /** Hears of every slice until the returned function is called. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#tellWorkers((profiler) => profiler.start());
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#tellWorkers((profiler) => profiler.stop());
    };
  }

  /** Takes the samples so far. */
  cut(): Promise<void> {
    return this.#each((profiler) => profiler.cut());
  }

  /** Takes the last samples and ends. */
  async stop(): Promise<void> {
    await this.#each((profiler) => profiler.stop());
    await this.#unwatch?.();
  }

  #took(thread: Thread, profile: CpuProfile): void {
    this.#clock.strikes(profile.endTime);
    if (this.#listeners.size === 0) return;
    const slice = new Slice(profile);
    for (const listener of this.#listeners) listener(thread, slice);
  }

  #workers(): Map<Thread, WorkerProfiler> {
    const workers = new Map<Thread, WorkerProfiler>();
    for (const [thread, profiler] of this.#profilers) {
      if (profiler instanceof WorkerProfiler) workers.set(thread, profiler);
    }
    return workers;
  }

  /** A worker that has ended meanwhile needs nothing. */
  #tellWorkers(act: (profiler: WorkerProfiler) => Promise<void>): void {
    for (const profiler of this.#workers().values()) act(profiler).catch(() => {});
  }

  async #each(act: (profiler: SliceProfiler | WorkerProfiler) => Promise<void>): Promise<void> {
    const acts = [...this.#profilers].map(async ([thread, profiler]) => {
      if (thread === this.#threads.main) return act(profiler);
      // A worker in native code answers when that is done, and its samples come then: the others do not wait for it.
      await within(WORKER_MILLIS, act(profiler)).catch(() => {});
    });
    await Promise.all(acts);
  }
}
