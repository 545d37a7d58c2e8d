import { setTimeout as sleep } from "node:timers/promises";
import { type Profile, ProfileBuilder } from "@pprof-ts/profile";
import { RuntimeError } from "./error.ts";
import { Frames, type Surroundings } from "./frames.ts";
import { type HeapMode, HeapSampler } from "./heap-sampler.ts";
import { fold, since, type Totals } from "./heap-totals.ts";
import { readMappedFiles, readThreadMemory, type ThreadMemory, unsampled } from "./process-memory.ts";
import { MEM_RATE } from "./registry.ts";
import type { Thread, Threads } from "./threads.ts";
import { within } from "./within.ts";

/** How long a worker thread may take to answer: in native code, it does when that is done. */
const WORKER_MILLIS = 3_000;
/** How long the event loop may take to turn, in which garbage is collected. */
const GC_MILLIS = 1_000;

/** What was found of a thread, or of those that have ended. */
interface Found {
  readonly thread: Pick<Thread, "name">;
  readonly totals: ReadonlyMap<string, Totals>;
  readonly memory?: ThreadMemory;
}

/** V8's sampling heap profilers of all threads. */
export class HeapProfiler {
  readonly #threads: Threads;
  readonly #surroundings: Surroundings;
  readonly #samplers = new Map<Thread, HeapSampler>();
  /** What threads that have ended had allocated, as far as it was known. */
  readonly #ended = new Map<string, Totals>();
  #rate: number;
  #mode: HeapMode | undefined;
  #unwatch: (() => Promise<void>) | undefined;
  /** One command after the other: V8 has one sampler for each thread. */
  #turn: Promise<unknown> = Promise.resolve();
  #windowed = false;

  constructor(threads: Threads, surroundings: Surroundings, rate: number) {
    this.#threads = threads;
    this.#surroundings = surroundings;
    this.#rate = rate;
  }

  /** What is sampled now; undefined: nothing. */
  get mode(): HeapMode | undefined {
    return this.#mode;
  }

  /** What samples now. */
  describe(): string {
    if (this.#mode === undefined) return "nothing is sampled";
    const objects = this.#mode === "live" ? "live objects" : "all allocations";
    return `V8's sampling heap profiler of ${objects}, one each ${this.#rate} bytes`;
  }

  /** Samples at this rate, in bytes, from now on; 0 ends sampling. What was sampled at another one is forgotten. */
  setRate(rate: number): Promise<void> {
    return this.#inTurn(async () => {
      if (rate === this.#rate && this.#mode !== undefined) return;
      const mode = this.#mode ?? "live";
      await this.#stop();
      this.#rate = rate;
      await this.#start(mode);
    });
  }

  /** Samples in this mode from now on; what was sampled in the other one is forgotten. */
  sample(mode: HeapMode): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#mode === mode) return;
      await this.#stop();
      await this.#start(mode);
    });
  }

  /** What is alive now in all threads; `gc` collects garbage first. */
  heap(gc: boolean, signal: AbortSignal): Promise<Profile> {
    return this.#inTurn(async () => {
      signal.throwIfAborted();
      if (this.#rate === 0)
        throw new RuntimeError("heap profiling is off: set memProfileRate (PPROF_MEM_RATE) above 0");
      if (this.#mode === undefined) await this.#start("live");
      const live = this.#mode === "live";
      const main = this.#samplers.get(this.#threads.main)!;
      const comments = [
        live
          ? `objects sampled since ${new Date(main.since).toISOString()}, one each ${this.#rate} bytes allocated`
          : "objects are not shown: the sampler counts all allocations (PPROF_ALLOCS), and V8 cannot do both at once",
        "inuse_objects is an estimate: V8 tells the bytes of a sample, not the number of its objects",
        "alloc_objects and alloc_space are not known: V8 samples live objects or all allocations, not both at once",
      ];
      if (this.#windowed)
        comments.push("an allocs profile has restarted the sampler: older objects count as not sampled");
      const found = await this.#each(comments, async (thread, sampler) => {
        if (gc) await collectGarbage(thread, comments);
        const totals = live ? await readTotals(thread, sampler, comments) : new Map<string, Totals>();
        return { thread, totals, memory: await readThreadMemory(thread.session) };
      });
      return this.#profile("inuse", found, comments);
    });
  }

  /** What all threads have allocated during these seconds, whether it lives or not; in `all` mode, 0 is since its start. */
  async allocs(seconds: number, signal: AbortSignal): Promise<Profile> {
    if (this.#mode === "all") return this.#allocsOfAll(seconds, signal);
    return this.#inTurn(async () => {
      signal.throwIfAborted();
      const before = this.#mode;
      await this.#stop();
      await this.#start("all", this.#rate || MEM_RATE);
      try {
        await sleep(seconds * 1000, undefined, { signal });
        const comments = [allocatedDuring(seconds, this.#rate || MEM_RATE)];
        if (before === "live") {
          comments.push(
            "the heap profile begins anew with this: V8 cannot sample live objects and all allocations at once",
          );
        }
        const found = await this.#readAll(comments);
        return await this.#profile("alloc", found, comments, seconds);
      } finally {
        await this.#stop();
        if (before !== undefined) await this.#start(before);
        this.#windowed ||= before === "live";
      }
    });
  }

  async #allocsOfAll(seconds: number, signal: AbortSignal): Promise<Profile> {
    const comments: string[] = [];
    const before = seconds === 0 ? [] : await this.#readAll(comments);
    if (seconds > 0) await sleep(seconds * 1000, undefined, { signal });
    const after = await this.#readAll(comments);
    const begun = new Date(this.#samplers.get(this.#threads.main)?.since ?? Date.now()).toISOString();
    comments.unshift(seconds > 0 ? allocatedDuring(seconds, this.#rate) : `all allocations since ${begun}`);
    const found: Found[] = after.map(({ thread, totals }) => {
      const old = before.find((one) => one.thread === thread);
      return { thread, totals: old === undefined ? totals : since(old.totals, totals) };
    });
    if (seconds === 0 && this.#ended.size > 0) found.push({ thread: { name: "(ended)" }, totals: this.#ended });
    return this.#profile("alloc", found, comments, seconds);
  }

  #readAll(comments: string[]): Promise<Found[]> {
    return this.#each(comments, async (thread, sampler) => ({
      thread,
      totals: await readTotals(thread, sampler, comments),
    }));
  }

  /** What each thread answers, the main thread first; one that does not is named in the comments. */
  async #each(comments: string[], ask: (thread: Thread, sampler: HeapSampler) => Promise<Found>): Promise<Found[]> {
    const answers = [...this.#samplers].map(async ([thread, sampler]) => {
      if (thread === this.#threads.main) return [await ask(thread, sampler)];
      try {
        return [await within(WORKER_MILLIS, ask(thread, sampler))];
      } catch {
        if (this.#threads.has(thread)) {
          comments.push(`${thread.name} is left out: it did not answer within ${WORKER_MILLIS / 1000} s`);
        }
        return [];
      }
    });
    return (await Promise.all(answers)).flat();
  }

  #forget(thread: Thread): void {
    for (const [key, add] of this.#samplers.get(thread)?.folded ?? []) fold(this.#ended, key, add);
    this.#samplers.delete(thread);
  }

  async #start(mode: HeapMode, rate: number = this.#rate): Promise<void> {
    if (rate === 0) return;
    this.#unwatch = await this.#threads.beginEach(
      async (thread) => {
        const sampler = new HeapSampler(thread.session, mode, rate);
        this.#samplers.set(thread, sampler);
        await sampler.start();
      },
      (thread) => this.#forget(thread),
    );
    this.#mode = mode;
  }

  async #stop(): Promise<void> {
    this.#mode = undefined;
    const stopping = [...this.#samplers].map(([thread, sampler]) =>
      thread === this.#threads.main ? sampler.stop() : within(WORKER_MILLIS, sampler.stop()).catch(() => {}),
    );
    this.#samplers.clear();
    this.#ended.clear();
    await Promise.all(stopping);
    await this.#unwatch?.();
    this.#unwatch = undefined;
  }

  async #profile(kind: "inuse" | "alloc", found: readonly Found[], comments: string[], seconds = 0): Promise<Profile> {
    const memories = found.flatMap(({ thread, totals, memory }) => {
      const sampled = [...totals.values()].reduce((sum, { bytes }) => sum + bytes, 0);
      return memory === undefined ? [] : [{ name: thread.name, memory, sampled }];
    });
    const { rss } = process.memoryUsage();
    const rest =
      kind === "inuse" ? unsampled(memories, process.memoryUsage(), await readMappedFiles(), rss) : undefined;
    if (rest !== undefined && rest.absent > 0) {
      const megabytes = Math.round(rest.absent / 2 ** 20);
      comments.push(
        `${megabytes} MB of these are not resident: the program has not touched them, or they were swapped out`,
      );
    }
    const builder = new ProfileBuilder({
      sampleTypes: [
        { type: `${kind}_objects`, unit: "count" },
        { type: `${kind}_space`, unit: "bytes" },
      ],
      defaultSampleType: `${kind}_space`,
      periodType: { type: "space", unit: "bytes" },
      period: this.#rate || MEM_RATE,
      timeNanos: BigInt(Date.now()) * 1_000_000n,
      durationNanos: seconds * 1e9,
      comments,
    });
    const frames = new Frames(builder, this.#surroundings);
    for (const { thread, totals } of found) {
      await frames.load(new Set([...totals.values()].flatMap((total) => total.frames.map(({ url }) => url))));
      for (const { frames: stack, objects, bytes } of totals.values()) {
        const locations = stack.map((frame) => frames.location(frame));
        const labels = [{ key: "thread", value: thread.name }];
        builder.sample(locations.length > 0 ? locations : [frames.named("(V8)")], [objects, bytes], labels);
      }
    }
    for (const { name, thread, bytes } of rest?.rows ?? []) {
      const labels = thread === undefined ? [] : [{ key: "thread", value: thread }];
      // One object each: readers of the text formats refuse bytes of no objects.
      const stack = [frames.named(name), frames.named("(process memory)")];
      builder.sample(stack, [1, Math.round(bytes)], labels);
    }
    return builder.build();
  }

  #inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(act);
    this.#turn = result.catch(() => {});
    return result;
  }
}

/** V8 collects garbage when the event loop turns; its sampler does at once, when it is read, but less thoroughly. */
async function collectGarbage({ name, session }: Thread, comments: string[]): Promise<void> {
  try {
    await within(GC_MILLIS, session.post("HeapProfiler.collectGarbage"));
  } catch {
    comments.push(`${name}: garbage was collected as always and not as gc=1 would, for its event loop did not turn`);
  }
}

async function readTotals({ name }: Thread, sampler: HeapSampler, comments: string[]): Promise<Map<string, Totals>> {
  const totals = await sampler.totals();
  if (totals === undefined) {
    comments.push(`another client of the inspector had stopped the heap sampler of ${name}; it runs again from now on`);
  }
  return totals ?? new Map();
}

function allocatedDuring(seconds: number, rate: number): string {
  return `all allocations of ${seconds} seconds, one sampled each ${rate} bytes`;
}
