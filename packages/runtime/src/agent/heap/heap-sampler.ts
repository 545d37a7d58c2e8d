import type { Session } from "../inspector/session.ts";
import { type SamplingProfile, sum, type Totals } from "./heap-totals.ts";

/** What the sampler keeps: objects that are still alive, or all that were allocated. V8 cannot do both at once. */
export type HeapMode = "live" | "all";

/** How many samples V8 may hold before they are folded into totals here: 150 to 180 bytes each. */
const FOLD_SAMPLES = 50_000;
/**
 * How soon the samples are folded again, at the least and at the most. Folding collects garbage, which holds the thread: so the
 * first comes after the 5 seconds of a usual `allocs` profile, which then needs none.
 */
const FOLD_MILLIS = { least: 6_000, most: 120_000 };

const NO_SAMPLER = /not started|not enabled/i;

/** V8's sampling heap profiler of a thread. */
export class HeapSampler {
  readonly #session: Session;
  readonly #rate: number;
  readonly mode: HeapMode;
  readonly since: number = Date.now();
  readonly #folded = new Map<string, Totals>();
  #folding: NodeJS.Timeout | undefined;
  /** One command after the other: V8 has one sampler. */
  #turn: Promise<unknown> = Promise.resolve();

  /** One sample in so many bytes. */
  constructor(session: Session, mode: HeapMode, rate: number) {
    this.#session = session;
    this.mode = mode;
    this.#rate = rate;
  }

  /** What the `all` mode has counted and V8 has no samples of any more. */
  get folded(): ReadonlyMap<string, Totals> {
    return this.#folded;
  }

  async start(): Promise<void> {
    await this.#session.post("HeapProfiler.enable");
    await this.#start();
    if (this.mode === "all") this.#foldIn(FOLD_MILLIS.least);
  }

  /** Ends, with what was found since the start: V8 collects garbage and reads its samples at the end in any case. */
  stop(): Promise<Map<string, Totals>> {
    clearTimeout(this.#folding);
    return this.#inTurn(async () => {
      const read = await this.#stop();
      return read === undefined ? this.#folded : sum(read, this.#rate, this.#folded);
    });
  }

  /** What was found since the start. Undefined: someone else had stopped the sampler; it runs again from now on. */
  totals(): Promise<Map<string, Totals> | undefined> {
    return this.#inTurn(async () => {
      const read = await this.#read("HeapProfiler.getSamplingProfile");
      if (read === undefined) await this.#start();
      return read && sum(read, this.#rate, structuredClone(this.#folded));
    });
  }

  async #start(): Promise<void> {
    const all = this.mode === "all";
    await this.#session.post("HeapProfiler.startSampling", {
      samplingInterval: this.#rate,
      includeObjectsCollectedByMajorGC: all,
      includeObjectsCollectedByMinorGC: all,
    });
  }

  #stop(): Promise<SamplingProfile | undefined> {
    return this.#read("HeapProfiler.stopSampling");
  }

  /** Undefined: another client of the inspector has stopped the one sampler that there is. */
  async #read(command: string): Promise<SamplingProfile | undefined> {
    try {
      return (await this.#session.post<{ profile: SamplingProfile }>(command)).profile;
    } catch (error) {
      if (!(error instanceof Error && NO_SAMPLER.test(error.message))) throw error;
      return undefined;
    }
  }

  /** In `all` mode V8's samples only grow: from time to time they are summed up here, and the sampler starts anew. */
  #foldIn(millis: number): void {
    this.#folding = setTimeout(() => {
      const folded = this.#inTurn(async () => {
        const read = await this.#stop();
        await this.#start();
        if (read === undefined) return 0;
        sum(read, this.#rate, this.#folded);
        return read.samples.length;
      });
      folded.then(
        (samples) => {
          const next = (millis * FOLD_SAMPLES) / Math.max(samples, 1);
          this.#foldIn(Math.min(Math.max(next, FOLD_MILLIS.least), FOLD_MILLIS.most));
        },
        // The thread has ended, or the session.
        () => {},
      );
    }, millis);
  }

  #inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(act);
    this.#turn = result.catch(() => {});
    return result;
  }
}
