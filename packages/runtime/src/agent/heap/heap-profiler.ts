import type { Profile } from "@pprof-ts/profile";
import { RuntimeError } from "../../error.ts";
import { MEM_RATE } from "../../exchange/rates.ts";
import { Sharing } from "../budget/sharing.ts";
import type { Spending, StallBudget } from "../budget/stall-budget.ts";
import type { Surroundings } from "../code/frames.ts";
import type { Thread, Threads } from "../inspector/threads.ts";
import { Turns } from "../inspector/turns.ts";
import { waitFor, within } from "../inspector/within.ts";
import { AllBuffers, type KnownBuffers } from "./all-buffers.ts";
import { each } from "./each-thread.ts";
import { type Garbage, planGarbage } from "./garbage.ts";
import {
  allocComments,
  BORROWED,
  describeSampling,
  interrupted,
  leftOut,
  liveComments,
  notSampled,
  type Sampling,
  SEEN,
} from "./heap-comments.ts";
import { type Found, type HeapRequest, heapProfile } from "./heap-profile.ts";
import { type HeapMode, HeapSampler, type Read, readSampler } from "./heap-sampler.ts";
import { since, sum, type Totals } from "./heap-totals.ts";
import { readHeapBytes, readMainMemory, readWorkerMemory, sizesOf, WORKER_MILLIS } from "./process-memory.ts";
import { SeenObjects } from "./seen-objects.ts";

/** The time of `allocs` profiles, in which V8 samples all allocations and no live objects. */
interface Window {
  /** How many profiles go on. */
  open: number;
  /** The workers whose sampler is somebody else's, their own that keeps live objects too. */
  readonly taken: Set<Thread>;
  /** What waits for its end. */
  readonly waiting: (() => void)[];
}

/** What `allocs` is the difference of. */
interface Period {
  readonly before: readonly Found[];
  readonly after: readonly Found[];
  /** Those that were there at the end. */
  readonly workers: readonly Thread[];
  /** As they were at the beginning; undefined: since the program's. */
  readonly buffers: KnownBuffers | undefined;
}

/** V8's sampling heap profilers of all threads. */
export class HeapProfiler {
  readonly #threads: Threads;
  readonly #surroundings: Surroundings;
  readonly #budget: StallBudget;
  /** The main thread's, and in a window those of workers. */
  readonly #samplers = new Map<Thread, HeapSampler>();
  #rate: number;
  /** What is sampled but for windows. */
  #mode: HeapMode | undefined;
  #window: Window | undefined;
  #unwatch: (() => Promise<void>) | undefined;
  /** One command after the other: V8 has one sampler for each thread. */
  readonly #turns = new Turns();
  /** What was alive before V8 forgot it. */
  readonly #seen = new SeenObjects();
  /** When another client of the inspector was found to have ended a sampler. */
  #interrupted: number | undefined;
  readonly #reads = new Sharing();
  readonly #buffers: AllBuffers;

  constructor(threads: Threads, surroundings: Surroundings, budget: StallBudget, rate: number) {
    this.#threads = threads;
    this.#surroundings = surroundings;
    this.#budget = budget;
    this.#rate = rate;
    this.#buffers = new AllBuffers(threads);
  }

  /** What is sampled, but for the time of `allocs` profiles; undefined: nothing. */
  get mode(): HeapMode | undefined {
    return this.#mode;
  }

  describe(): string {
    return describeSampling(this.#sampling);
  }

  /** Samples at this rate, in bytes, from now on; 0 ends sampling. What was sampled at another one is kept as it was seen. */
  setRate(rate: number): Promise<void> {
    return this.#whenClosed(async () => {
      if (rate === this.#rate && this.#mode !== undefined) return;
      const mode = this.#mode ?? "live";
      this.#keepSeen(await this.#stop(), mode);
      this.#rate = rate;
      await this.#begin(mode);
    });
  }

  /** Samples in this mode from now on; what was sampled in the other one is forgotten. */
  async sample(mode: HeapMode): Promise<void> {
    if (this.#mode === mode) return;
    await this.#whenClosed(async () => {
      if (this.#mode === mode) return;
      await this.#stop();
      this.#seen.clear();
      await this.#begin(mode);
    });
  }

  /** What is alive now in all threads. */
  heap({ gc = false, full = false, spare = false }: HeapRequest, signal: AbortSignal): Promise<Profile> {
    return this.#turns.take(async () => {
      signal.throwIfAborted();
      if (this.#rate === 0)
        throw new RuntimeError("heap profiling is off: set memProfileRate (PPROF_MEM_RATE) above 0");
      if (this.#mode === undefined && this.#window === undefined) await this.#begin("live");
      const isSampled = this.#window === undefined && this.#mode === "live";
      const comments = [...liveComments(this.#sampling), ...this.#threads.turnover.comments(Date.now())];
      const spending = spare ? await this.#spend() : undefined;
      const { main } = this.#threads;
      const workers = new Set<Thread>();
      const unwatch = await this.#threads.watchWorkers((worker) => workers.add(worker));
      let garbage: Garbage | undefined;
      try {
        const threads = [main, ...workers];
        garbage = gc ? planGarbage(await sizesOf(threads), this.#budget, full, comments) : undefined;
        const found = await each(this.#threads, threads, comments, async (thread) => {
          await garbage?.collect(thread);
          if (thread !== main) return this.#readWorker(thread, comments, spending);
          const totals = isSampled ? await this.#readTotals(main, comments, spending) : new Map<string, Totals>();
          const memory = await readMainMemory(main.session);
          const sampled = [...totals.values()].reduce((sum, { bytes }) => sum + bytes, 0);
          this.#seen.fit(memory.heapUsed - sampled);
          const buffers = await this.#buffers.ofMain();
          comments.push(buffers.comment);
          return { thread, totals, memory, seen: this.#seen.all, buffers: buffers.rows };
        });
        if (found.some(({ seen = [] }) => seen.length > 0)) comments.push(SEEN);
        const header = { kind: "inuse", period: this.#rate || MEM_RATE, seconds: 0, comments } as const;
        return await heapProfile(found, header, this.#surroundings);
      } finally {
        garbage?.end();
        spending?.end();
        await unwatch();
      }
    });
  }

  /**
   * What all threads have allocated during these seconds, whether it lives or not; in `all` mode, 0 is since its start. An
   * error where the budget for stalls has no room for it, unless it is asked for in `full`.
   */
  async allocs(seconds: number, full: boolean, signal: AbortSignal): Promise<Profile> {
    signal.throwIfAborted();
    const spending = await this.#spend(full);
    if (this.#mode === "all") {
      spending.end();
      return this.#allocsOfAll(seconds, signal);
    }
    const joined = await this.#turns.take(() => this.#open(spending)).finally(() => spending.end());
    const begunMillis = Date.now();
    const comments = allocComments(seconds, this.#sampling);
    let before: Found[] = [];
    let after: Found[] = [];
    const buffers = await this.#buffers.read();
    let workers: readonly Thread[] = [];
    try {
      if (joined) before = await this.#read(comments, signal);
      comments.push(...(await waitFor(seconds, signal, this.#surroundings.ending)));
      signal.throwIfAborted();
    } finally {
      const taken = [...(this.#window?.taken ?? [])];
      workers = [...this.#samplers.keys(), ...taken];
      comments.push(...taken.map(({ name }) => leftOut(name)), ...this.#threads.turnover.comments(begunMillis));
      after = await this.#close(comments, signal);
    }
    return this.#gained({ before, after, workers, buffers }, seconds, comments);
  }

  get #sampling(): Sampling {
    return {
      mode: this.#mode,
      rate: this.#rate || MEM_RATE,
      sinceMillis: this.#samplers.get(this.#threads.main)?.since ?? Date.now(),
      inWindow: this.#window !== undefined,
      borrowed: this.#borrows,
      interruptedMillis: this.#interrupted,
    };
  }

  /** Begins to spend what it takes to read the samples, in which V8 collects garbage; throws where there is no room for it. */
  async #spend(full = false): Promise<Spending> {
    const sizes = [...(await sizesOf(this.#samplers.keys())).values()];
    const most = Math.max(...sizes, 0);
    const excess = full ? undefined : this.#budget.excess("heap", most);
    if (excess !== undefined) throw new RuntimeError(`reading the samples of the heap ${excess}`, { status: 400 });
    return this.#budget.begin(this.#budget.estimate("heap", most));
  }

  /** An `allocs` profile begins; whether beside others. */
  async #open(spending: Spending): Promise<boolean> {
    if (this.#window !== undefined) {
      this.#window.open++;
      return true;
    }
    if (this.#borrows) throw new RuntimeError(BORROWED);
    const mode = this.#mode;
    // Unless the other sampler starts, none does.
    this.#mode = undefined;
    this.#keepSeen(await this.#stop(spending), mode);
    await this.#start("all", this.#rate || MEM_RATE);
    if (this.#borrows) {
      await this.#stop();
      throw new RuntimeError(BORROWED);
    }
    this.#mode = mode;
    this.#window = { open: 1, waiting: [], taken: new Set() };
    await this.#watchWorkers(this.#window.taken);
    return false;
  }

  /** An `allocs` profile ends; what was allocated until now, unless nobody wants it any more. */
  async #close(comments: string[], signal: AbortSignal): Promise<Found[]> {
    // The last one ends the sampler, which is read as it ends.
    const reads = this.#window!.open > 1 && !signal.aborted;
    let found: Found[] = [];
    let ended: Found[] = [];
    try {
      if (reads) found = await this.#read(comments, signal);
    } finally {
      ended = await this.#turns.take(() => this.#leave(!reads && !signal.aborted));
    }
    return reads ? found : ended;
  }

  /** `reads`: also where others have come meanwhile. */
  async #leave(reads: boolean): Promise<Found[]> {
    const window = this.#window!;
    if (--window.open > 0) return reads ? (await this.#readNow()).found : [];
    this.#window = undefined;
    try {
      const spending = this.#budget.begin(0, true);
      const totals = await this.#stop(spending).finally(() => spending.end());
      if (this.#mode !== undefined) await this.#begin(this.#mode);
      return [...totals].map(([thread, own]) => ({ thread, totals: own }));
    } finally {
      for (const go of window.waiting) go();
    }
  }

  async #allocsOfAll(seconds: number, signal: AbortSignal): Promise<Profile> {
    const comments: string[] = [];
    const before = seconds === 0 ? [] : await this.#read(comments, signal);
    const buffers = seconds === 0 ? undefined : await this.#buffers.read();
    if (seconds > 0) comments.push(...(await waitFor(seconds, signal, this.#surroundings.ending)));
    signal.throwIfAborted();
    const after = await this.#read(comments, signal);
    comments.unshift(...allocComments(seconds, this.#sampling));
    const workers = [...this.#samplers.keys()];
    return this.#gained({ before, after, workers, buffers }, seconds, comments);
  }

  /** What has come to the totals since they were others. */
  async #gained({ before, after, workers, buffers }: Period, seconds: number, comments: string[]): Promise<Profile> {
    const { main } = this.#threads;
    const now = await this.#buffers.read();
    const gained: Found[] = after.map(({ thread, totals }) => {
      const known = before.find((one) => one.thread === thread);
      const seen = thread === main && this.#mode === "live" ? this.#seen.all : [];
      return { thread, totals: known === undefined ? totals : since(known.totals, totals), seen };
    });
    for (const { thread, rows } of this.#buffers.since(buffers, now, workers))
      gained.push({ thread, totals: new Map(), buffers: rows });
    comments.push(now.main.comment);
    const header = { kind: "alloc", period: this.#rate || MEM_RATE, seconds, comments } as const;
    return heapProfile(gained, header, this.#surroundings);
  }

  async #readWorker(thread: Thread, comments: string[], spending: Spending | undefined): Promise<Found> {
    const read = await this.#measure(thread, () => readSampler(thread.session), spending);
    if (read === undefined) comments.push(notSampled(thread.name));
    const totals = read === undefined ? new Map<string, Totals>() : sum(read, this.#rate);
    const buffers = this.#buffers.ofWorker(thread);
    return { thread, totals, memory: await readWorkerMemory(thread.session), buffers };
  }

  /** What all threads have allocated. Those who wait for that together share one reading, for it holds the program. */
  async #read(comments: string[], signal: AbortSignal): Promise<Found[]> {
    const read = await this.#reads.ask("all", signal, () => this.#turns.take(() => this.#readNow()));
    comments.push(...read.said);
    return [...read.found];
  }

  async #readNow(): Promise<{ readonly found: Found[]; readonly said: readonly string[] }> {
    const said: string[] = [];
    const spending = this.#budget.begin(0, true);
    const ask = async (thread: Thread): Promise<Found> => {
      return { thread, totals: await this.#readTotals(thread, said, spending) };
    };
    const threads = [...this.#samplers.keys()];
    const found = await each(this.#threads, threads, said, ask).finally(() => spending.end());
    return { found, said };
  }

  async #begin(mode: HeapMode): Promise<void> {
    this.#mode = undefined;
    if (this.#rate === 0) return;
    await this.#start(mode, this.#rate);
    this.#mode = mode;
  }

  async #start(mode: HeapMode, rate: number): Promise<void> {
    const { main } = this.#threads;
    const sampler = new HeapSampler(main.session, mode, rate);
    this.#samplers.set(main, sampler);
    await sampler.start();
  }

  /** Samples the allocations of workers, but of those whose sampler is `taken`. */
  async #watchWorkers(taken: Set<Thread>): Promise<void> {
    const forget = (worker: Thread): void => void this.#samplers.delete(worker);
    this.#unwatch = await this.#threads.watchWorkers((worker) => {
      const sampler = new HeapSampler(worker.session, "all", this.#rate || MEM_RATE);
      this.#samplers.set(worker, sampler);
      sampler.start().then(
        () => {
          if (!sampler.borrowed) return;
          taken.add(worker);
          forget(worker);
          sampler.stop().catch(() => {});
        },
        () => forget(worker),
      );
    }, forget);
  }

  /** Ends sampling, with what was found until now. */
  async #stop(spending?: Spending): Promise<Map<Thread, ReadonlyMap<string, Totals>>> {
    const found = new Map<Thread, ReadonlyMap<string, Totals>>();
    const stopping = [...this.#samplers].map(async ([thread, sampler]) => {
      const stopped = this.#measure(thread, () => sampler.stop(), spending).then((read) => this.#note(thread, read));
      if (thread === this.#threads.main) found.set(thread, await stopped);
      else
        await within(WORKER_MILLIS, stopped)
          .then((totals) => found.set(thread, totals))
          .catch(() => {});
    });
    this.#samplers.clear();
    await Promise.all(stopping);
    await this.#unwatch?.();
    this.#unwatch = undefined;
    return found;
  }

  async #readTotals(thread: Thread, comments: string[], spending?: Spending): Promise<Map<string, Totals>> {
    const read = await this.#measure(thread, () => this.#samplers.get(thread)!.totals(), spending);
    if (read.interrupted) comments.push(interrupted(thread.name));
    return this.#note(thread, read);
  }

  #keepSeen(found: ReadonlyMap<Thread, ReadonlyMap<string, Totals>>, mode: HeapMode | undefined): void {
    const totals = found.get(this.#threads.main);
    if (mode === "live" && totals !== undefined) this.#seen.add({ atMillis: Date.now(), totals });
  }

  /** Keeps what was known before another client ended the sampler. */
  #note(thread: Thread, { totals, interrupted: ended, before }: Read): Map<string, Totals> {
    if (ended) this.#interrupted = Date.now();
    if (before !== undefined && thread === this.#threads.main) this.#seen.add(before);
    return totals;
  }

  /** Whether somebody else's sampler is read. */
  get #borrows(): boolean {
    return this.#samplers.get(this.#threads.main)?.borrowed ?? false;
  }

  /** What V8 tells of its samples, and how long that has held the thread. */
  async #measure<Read>(thread: Thread, read: () => Promise<Read>, spending: Spending | undefined): Promise<Read> {
    const heapBytes = await readHeapBytes(thread.session);
    const begun = performance.now();
    const result = await read();
    const millis = performance.now() - begun;
    spending?.held(millis);
    this.#budget.learn("heap", heapBytes, millis);
    return result;
  }

  /** When no `allocs` profile goes on. */
  async #whenClosed(act: () => Promise<void>): Promise<void> {
    const window = await this.#turns.take(async () => {
      if (this.#window === undefined) await act();
      return this.#window;
    });
    if (window === undefined) return;
    await new Promise<void>((resolve) => window.waiting.push(resolve));
    return this.#whenClosed(act);
  }
}
