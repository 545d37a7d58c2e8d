import type { Thread, Threads } from "../inspector/threads.ts";
import { within } from "../inspector/within.ts";
import { type CpuProfile, Slice } from "./slice.ts";
import { type ConsoleProfiles, ThreadProfiler } from "./thread-profiler.ts";
import type { V8Clock } from "./v8-clock.ts";

/** How long a worker thread may take to give its samples; it takes 2 to 5 ms. */
const WORKER_MILLIS = 3_000;
/** How long a capture waits for the main thread to begin: cold, V8 walks the heap. */
const BEGIN_MILLIS = 2_000;

type Listener = (thread: Thread, slice: Slice) => void;

/** V8's CPU profilers of all threads, at one rate: they run while somebody listens; the main thread's is kept warm. */
export class CpuSampler {
  readonly rate: number;
  readonly #threads: Threads;
  readonly #listeners = new Set<Listener>();
  readonly #profilers = new Map<Thread, ThreadProfiler>();
  readonly #console: ConsoleProfiles | undefined;
  #unwatch: (() => Promise<void>) | undefined;
  readonly #clock: V8Clock;

  /** `console`: the main thread's, by which it is kept warm. */
  constructor(threads: Threads, clock: V8Clock, rate: number, console: ConsoleProfiles | undefined) {
    this.#threads = threads;
    this.#clock = clock;
    this.rate = rate;
    this.#console = console;
  }

  /** Begins on every thread, `without` the main thread or with it, and on those that start later. */
  async start(without?: Thread): Promise<void> {
    this.#unwatch = await this.#threads.beginEach(
      async (thread) => {
        if (thread === without) return;
        const isMain = thread === this.#threads.main;
        const take = (profile: CpuProfile): void => this.#took(thread, profile);
        const profiler = new ThreadProfiler(thread.session, this.rate, take, isMain ? this.#console : undefined);
        this.#profilers.set(thread, profiler);
        if (isMain) await profiler.open();
        if (this.#listeners.size > 0) await profiler.start();
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
    if (this.#listeners.size === 1) this.#tellAll((profiler) => profiler.start());
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#tellAll((profiler) => profiler.stop());
    };
  }

  /** Resolves when the main thread samples; one in native code does when that is done, and others do not wait for it. */
  async begun(): Promise<void> {
    const main = this.#profilers.get(this.#threads.main);
    if (main !== undefined) await within(BEGIN_MILLIS, main.start()).catch(() => {});
  }

  /** Takes the samples so far. */
  cut(): Promise<void> {
    return this.#each((profiler) => profiler.cut());
  }

  /** Takes the last samples and ends. */
  async stop(): Promise<void> {
    await this.#each((profiler) => profiler.close());
    await this.#unwatch?.();
  }

  #took(thread: Thread, profile: CpuProfile): void {
    this.#clock.strikes(profile.endTime);
    if (this.#listeners.size === 0) return;
    const slice = new Slice(profile);
    for (const listener of this.#listeners) listener(thread, slice);
  }

  /** A worker that has ended meanwhile needs nothing. */
  #tellAll(act: (profiler: ThreadProfiler) => Promise<void>): void {
    for (const profiler of this.#profilers.values()) act(profiler).catch(() => {});
  }

  async #each(act: (profiler: ThreadProfiler) => Promise<void>): Promise<void> {
    const acts = [...this.#profilers].map(async ([thread, profiler]) => {
      if (thread === this.#threads.main) return act(profiler);
      // A worker in native code answers when that is done, and its samples come then: the others do not wait for it.
      await within(WORKER_MILLIS, act(profiler)).catch(() => {});
    });
    await Promise.all(acts);
  }
}
