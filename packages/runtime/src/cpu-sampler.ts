import { Slice } from "./cpu-profile.ts";
import { SliceProfiler } from "./slice-profiler.ts";
import type { Thread, Threads } from "./threads.ts";
import type { V8Clock } from "./v8-clock.ts";
import { within } from "./within.ts";

/** How long a worker thread may take to give its samples; it takes 2 to 5 ms. */
const WORKER_MILLIS = 3_000;

type Listener = (thread: Thread, slice: Slice) => void;

/** V8's CPU profilers of all threads, at one rate. */
export class CpuSampler {
  readonly rate: number;
  readonly #threads: Threads;
  readonly #listeners = new Set<Listener>();
  readonly #profilers = new Map<Thread, SliceProfiler>();
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
        const profiler = new SliceProfiler(thread.session, this.rate, thread !== this.#threads.main, (profile) => {
          this.#clock.strikes(profile.endTime);
          if (this.#listeners.size === 0) return;
          const slice = new Slice(profile);
          for (const listener of this.#listeners) listener(thread, slice);
        });
        this.#profilers.set(thread, profiler);
        await profiler.start();
      },
      (thread) => {
        this.#profilers.get(thread)?.end();
        this.#profilers.delete(thread);
      },
    );
  }

  /** Hears of every slice until the returned function is called. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
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

  async #each(act: (profiler: SliceProfiler) => Promise<void>): Promise<void> {
    const acts = [...this.#profilers].map(async ([thread, profiler]) => {
      if (thread === this.#threads.main) return act(profiler);
      // A worker in native code answers when that is done, and its samples come then: the others do not wait for it.
      await within(WORKER_MILLIS, act(profiler)).catch(() => {});
    });
    await Promise.all(acts);
  }
}
