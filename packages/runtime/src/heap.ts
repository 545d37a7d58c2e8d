import { setTimeout as sleep } from "node:timers/promises";
import { type Profile, ProfileBuilder } from "@pprof-ts/profile";
import { RuntimeError } from "./error.ts";
import { Frames, type Surroundings } from "./frames.ts";
import { fold, type SamplingProfile, sum, type Totals } from "./heap-totals.ts";
import { MEM_RATE } from "./registry.ts";
import type { Session } from "./session.ts";

/** What the sampler keeps: objects that are still alive, or all that were allocated. V8 cannot do both at once. */
export type HeapMode = "live" | "all";

/** How many samples V8 may hold before they are folded into totals here: 150 to 180 bytes each. */
const FOLD_SAMPLES = 50_000;
const FOLD_MILLIS = { least: 5_000, most: 600_000 };

const NO_SAMPLER = /not started|not enabled/i;

/** V8's sampling heap profiler of the main thread. */
export class HeapProfiler {
  readonly #session: Session;
  readonly #surroundings: Surroundings;
  #rate: number;
  #mode: HeapMode | undefined;
  #since = 0;
  /** What the `all` mode has counted before V8's samples were folded last. */
  #folded = new Map<string, Totals>();
  #folding: NodeJS.Timeout | undefined;
  /** One command after the other: V8 has one sampler. */
  #turn: Promise<unknown> = Promise.resolve();
  #windowed = false;

  constructor(session: Session, surroundings: Surroundings, rate: number) {
    this.#session = session;
    this.#surroundings = surroundings;
    this.#rate = rate;
  }

  /** What is sampled now; undefined: nothing. */
  get mode(): HeapMode | undefined {
    return this.#mode;
  }

  /** Samples at this rate, in bytes, from now on; 0 ends sampling. What was sampled at another one is forgotten. */
  setRate(rate: number): Promise<void> {
    return this.#inTurn(async () => {
      if (rate === this.#rate && this.#mode !== undefined) return;
      const mode = this.#mode ?? "live";
      await this.#stop();
      this.#rate = rate;
      if (rate > 0) await this.#start(mode);
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

  /** What is alive now; `gc` collects garbage first. */
  heap(gc: boolean): Promise<Profile> {
    return this.#inTurn(async () => {
      if (this.#rate === 0)
        throw new RuntimeError("heap profiling is off: set memProfileRate (PPROF_MEM_RATE) above 0");
      if (this.#mode === undefined) await this.#start("live");
      if (gc) await this.#session.post("HeapProfiler.collectGarbage");
      const live = this.#mode === "live";
      const totals = live ? sum(await this.#read(), this.#rate) : new Map<string, Totals>();
      const { value } = (
        await this.#session.post<{ result: { value: string } }>("Runtime.evaluate", {
          expression: "JSON.stringify(process.memoryUsage())",
          silent: true,
        })
      ).result;
      const comments = [
        live
          ? `objects sampled since ${new Date(this.#since).toISOString()}, one each ${this.#rate} bytes allocated`
          : "objects are not shown: the sampler counts all allocations (PPROF_ALLOCS), and V8 cannot do both at once",
        "inuse_objects is an estimate: V8 tells the bytes of a sample, not the number of its objects",
      ];
      if (this.#windowed)
        comments.push("an allocs profile has restarted the sampler: older objects count as not sampled");
      return this.#profile("inuse", totals, comments, JSON.parse(value));
    });
  }

  /** What was allocated during these seconds, whether it lives or not. With the sampler in `all` mode, 0 is since its start. */
  async allocs(seconds: number, signal: AbortSignal): Promise<Profile> {
    return this.#inTurn(async () => {
      const rate = this.#rate || MEM_RATE;
      if (this.#mode === "all" && seconds === 0) {
        const totals = sum(await this.#read(), rate, structuredClone(this.#folded));
        return this.#profile("alloc", totals, [`all allocations since ${new Date(this.#since).toISOString()}`]);
      }
      const before = this.#mode;
      const folded = before === "all" ? sum(await this.#read(), rate, this.#folded) : undefined;
      const since = this.#since;
      await this.#stop();
      await this.#start("all", rate);
      try {
        await sleep(seconds * 1000, undefined, { signal });
        const totals = sum(await this.#read(), rate);
        const comments = [`all allocations of ${seconds} seconds, one sampled each ${rate} bytes`];
        if (before === "live") {
          comments.push(
            "the heap profile begins anew with this: V8 cannot sample live objects and all allocations at once",
          );
        }
        if (folded !== undefined) for (const [key, add] of totals) fold(folded, key, add);
        return this.#profile("alloc", totals, comments, undefined, seconds);
      } finally {
        await this.#stop();
        if (before !== undefined) await this.#start(before);
        if (folded !== undefined) {
          this.#folded = folded;
          this.#since = since;
        }
        this.#windowed ||= before === "live";
      }
    });
  }

  async #start(mode: HeapMode, rate: number = this.#rate): Promise<void> {
    if (this.#mode !== undefined || rate === 0) return;
    await this.#session.post("HeapProfiler.enable");
    await this.#session.post("HeapProfiler.startSampling", {
      samplingInterval: rate,
      includeObjectsCollectedByMajorGC: mode === "all",
      includeObjectsCollectedByMinorGC: mode === "all",
    });
    this.#mode = mode;
    this.#since = Date.now();
    if (mode === "all") this.#foldIn(FOLD_MILLIS.least);
  }

  async #stop(): Promise<void> {
    if (this.#mode === undefined) return;
    clearTimeout(this.#folding);
    this.#mode = undefined;
    this.#folded = new Map();
    await this.#session.post("HeapProfiler.stopSampling").catch((error: Error) => {
      // Another client of the inspector may have stopped the one sampler that there is.
      if (!NO_SAMPLER.test(error.message)) throw error;
    });
  }

  async #read(): Promise<SamplingProfile> {
    try {
      return (await this.#session.post<{ profile: SamplingProfile }>("HeapProfiler.getSamplingProfile")).profile;
    } catch (error) {
      if (!(error instanceof Error && NO_SAMPLER.test(error.message))) throw error;
      const mode = this.#mode ?? "live";
      this.#mode = undefined;
      await this.#start(mode);
      throw new RuntimeError("another client of the inspector had stopped the heap sampler; it runs again from now on");
    }
  }

  /** In `all` mode V8's samples only grow: from time to time they are summed up here, and the sampler starts anew. */
  #foldIn(millis: number): void {
    this.#folding = setTimeout(() => {
      void this.#inTurn(async () => {
        if (this.#mode !== "all") return;
        const read = await this.#read();
        const folded = sum(read, this.#rate, this.#folded);
        const since = this.#since;
        await this.#stop();
        await this.#start("all");
        this.#folded = folded;
        this.#since = since;
        clearTimeout(this.#folding);
        const next = (millis * FOLD_SAMPLES) / Math.max(read.samples.length, 1);
        this.#foldIn(Math.min(Math.max(next, FOLD_MILLIS.least), FOLD_MILLIS.most));
      }).catch(() => {});
    }, millis);
  }

  async #profile(
    kind: "inuse" | "alloc",
    totals: ReadonlyMap<string, Totals>,
    comments: readonly string[],
    memory?: NodeJS.MemoryUsage,
    seconds = 0,
  ): Promise<Profile> {
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
    const { scripts } = this.#surroundings;
    await scripts.load(new Set([...totals.values()].flatMap((total) => total.frames.map(({ url }) => url))));
    let sampled = 0;
    for (const { frames: stack, objects, bytes } of totals.values()) {
      sampled += bytes;
      const locations = stack.map((frame) => frames.location(frame));
      builder.sample(locations.length > 0 ? locations : [frames.named("(V8)")], [objects, bytes]);
    }
    for (const [name, bytes] of memory === undefined ? [] : unsampled(memory, sampled)) {
      // One object each: readers of the text formats refuse bytes of no objects.
      if (bytes > 0) builder.sample([frames.named(name), frames.named("(process memory)")], [1, Math.round(bytes)]);
    }
    return builder.build();
  }

  #inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(act);
    this.#turn = result.catch(() => {});
    return result;
  }
}

/** What the samples do not show, so that the sum is the process's resident memory. */
function unsampled(memory: NodeJS.MemoryUsage, sampled: number): [name: string, bytes: number][] {
  const { rss, heapTotal, heapUsed, external, arrayBuffers } = memory;
  return [
    ["(array buffers)", arrayBuffers],
    ["(external memory)", external - arrayBuffers],
    ["(heap, not sampled)", heapUsed - sampled],
    ["(heap, free)", heapTotal - Math.max(heapUsed, sampled)],
    ["(native: code, stacks, malloc)", rss - heapTotal - external],
  ];
}
