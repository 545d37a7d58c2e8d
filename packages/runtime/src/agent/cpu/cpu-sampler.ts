import { setTimeout as sleep } from "node:timers/promises";
import type { Thread, Threads } from "../inspector/threads.ts";
import { Turns } from "../inspector/turns.ts";
import { within } from "../inspector/within.ts";
import { type CpuProfile, Slice } from "./slice.ts";
import { type ConsoleProfiles, ThreadProfiler } from "./thread-profiler.ts";
import type { V8Clock } from "./v8-clock.ts";

/** How long a worker thread may take to give its samples; it takes 2 to 5 ms. */
const WORKER_MILLIS = 3_000;
/** And where the process is at its end, which waits for that: what it gave before is kept. */
const ENDING_MILLIS = 50;
/** How long a capture waits for the main thread to begin: cold, V8 walks the heap. */
const BEGIN_MILLIS = 2_000;

type Listener = (thread: Thread, slice: Slice) => void;

/** V8's CPU profilers of all threads, at one rate: the main thread's is kept warm, and they run while somebody listens. */
export class CpuSampler {
  readonly rate: number;
  readonly #threads: Threads;
  readonly #listeners = new Set<Listener>();
  readonly #profilers = new Map<Thread, ThreadProfiler>();
  readonly #console: ConsoleProfiles | undefined;
  readonly #clock: V8Clock;
  readonly #ending: AbortSignal | undefined;
  /** How many listen to workers, too. */
  #captures = 0;
  #unwatch: (() => Promise<void>) | undefined;
  /** Workers that have been asked for their samples, and have not answered. */
  readonly #silent = new Set<Thread>();
  /** Workers are watched and left one after the other. */
  readonly #turns = new Turns();

  /** `console`: the main thread's, by which it is kept warm; `ending` aborts when the program is about to end. */
  constructor(
    threads: Threads,
    clock: V8Clock,
    rate: number,
    console: ConsoleProfiles | undefined,
    ending: AbortSignal | undefined,
  ) {
    this.#ending = ending;
    this.#threads = threads;
    this.#clock = clock;
    this.rate = rate;
    this.#console = console;
  }

  /** Which other client of the inspector the main thread's is not kept warm for. */
  get disturbed(): string | undefined {
    return this.#profilers.get(this.#threads.main)?.disturbed;
  }

  /** The workers whose last samples are missing, for they have not come to giving them. */
  get silent(): readonly string[] {
    return [...this.#silent].map(({ name }) => name);
  }

  /** Gets ready; without this, the main thread is left out. */
  async openMain(): Promise<void> {
    await this.#add(this.#threads.main, this.#console).open();
  }

  /** Hears of every slice until the returned function is called: of the main thread, and of `workers` where asked for. */
  listen(listener: Listener, workers: boolean): () => void {
    const main = this.#profilers.get(this.#threads.main);
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) main?.start().catch(() => {});
    if (workers && ++this.#captures === 1) this.#turns.take(() => this.#watch()).catch(() => {});
    // The capture before may have ended them.
    else if (workers) for (const profiler of this.#profilers.values()) profiler.start().catch(() => {});
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) main?.stop().catch(() => {});
      if (workers && --this.#captures === 0) this.#turns.take(() => this.#leave()).catch(() => {});
    };
  }

  /** Resolves when all threads sample; one in native code does when that is done, and others do not wait for it. */
  async begun(): Promise<void> {
    const main = this.#profilers.get(this.#threads.main);
    await within(BEGIN_MILLIS, Promise.all([main?.start(), this.#turns.done()])).catch(() => {});
  }

  /** Takes the samples so far; workers end with the last capture, for each command to them is a danger. */
  cut(): Promise<void> {
    return this.#each(
      (main) => main.cut(),
      (worker) => (this.#captures > 1 ? worker.cut() : worker.stop()),
    );
  }

  /** Takes the last samples of a worker that is about to end. */
  async cutEnding(title: string): Promise<void> {
    const [, profiler] = [...this.#profilers].find(([{ name }]) => name.startsWith(title)) ?? [];
    await profiler?.stop();
  }

  /** Takes the last samples and ends. */
  stop(): Promise<void> {
    return this.#each(
      (main) => main.close(),
      (worker) => worker.stop(),
    );
  }

  #add(thread: Thread, console?: ConsoleProfiles): ThreadProfiler {
    const take = (profile: CpuProfile): void => this.#took(thread, profile);
    const profiler = new ThreadProfiler(thread.session, this.rate, take, this.#threads.coverage, console);
    this.#profilers.set(thread, profiler);
    return profiler;
  }

  #remove(thread: Thread): void {
    this.#profilers.get(thread)?.end();
    this.#profilers.delete(thread);
  }

  async #watch(): Promise<void> {
    if (this.#captures === 0 || this.#unwatch !== undefined) return;
    const gone = (worker: Thread): void => this.#remove(worker);
    let young = false;
    this.#unwatch = await this.#threads.watchWorkers((worker) => {
      // One that ends meanwhile needs nothing.
      this.#add(worker)
        .start(young)
        .catch(() => gone(worker));
    }, gone);
    // Those that there were have been told by now.
    young = true;
  }

  /** What a profiler had that nobody has cut is lost: nobody listens any more. */
  async #leave(): Promise<void> {
    if (this.#captures > 0 || this.#unwatch === undefined) return;
    const unwatch = this.#unwatch;
    this.#unwatch = undefined;
    for (const [thread, profiler] of this.#profilers) {
      if (thread === this.#threads.main) continue;
      this.#profilers.delete(thread);
      // Another sampler may go on with the same session, and V8 refuses another rate while a profile runs.
      profiler.stop().catch(() => profiler.end());
    }
    await unwatch();
  }

  #took(thread: Thread, profile: CpuProfile): void {
    this.#clock.strikes(profile.endTime);
    if (this.#listeners.size === 0) return;
    const slice = new Slice(profile);
    for (const listener of this.#listeners) listener(thread, slice);
  }

  async #each(
    ofMain: (profiler: ThreadProfiler) => Promise<void>,
    ofWorker: (profiler: ThreadProfiler) => Promise<void>,
  ): Promise<void> {
    const acts = [...this.#profilers].map(async ([thread, profiler]) => {
      if (thread === this.#threads.main) return ofMain(profiler);
      // A worker in native code answers when that is done, and its samples come then: the others do not wait for it.
      this.#silent.add(thread);
      const answered = ofWorker(profiler).finally(() => this.#silent.delete(thread));
      await this.#patiently(answered).catch(() => {});
    });
    await Promise.all(acts);
  }

  /** What a worker answers, in time. */
  async #patiently(answered: Promise<void>): Promise<void> {
    const ending = this.#ending;
    const late = new AbortController();
    const ends = new Promise<void>((resolve) => {
      const end = (): void => void sleep(ENDING_MILLIS, undefined, { signal: late.signal }).then(resolve, () => {});
      if (ending?.aborted) end();
      else ending?.addEventListener("abort", end, { once: true, signal: late.signal });
    });
    try {
      await Promise.race([within(WORKER_MILLIS, answered), ends]);
    } finally {
      late.abort();
    }
  }
}
