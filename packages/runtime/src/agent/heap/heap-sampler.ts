import type { Session } from "../inspector/session.ts";
import { Turns } from "../inspector/turns.ts";
import { type SamplingProfile, sum, type Totals } from "./heap-totals.ts";
import type { Seen } from "./seen-objects.ts";

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
/** How often a sampler that another client may have ended is begun again: V8 takes no notice where it runs. */
const TEND_MILLIS = 2_000;

const FEW_SAMPLES = 4;

/** What a sampler has found. */
export interface Read {
  readonly totals: Map<string, Totals>;
  /** Whether another client of the inspector had ended it since it was read last. */
  readonly interrupted: boolean;
  /** What it knew then, where it was interrupted and had been read. */
  readonly before: Seen | undefined;
}

/** V8's sampling heap profiler of a thread. */
export class HeapSampler {
  readonly #session: Session;
  readonly #rate: number;
  readonly mode: HeapMode;
  readonly since: number = Date.now();
  readonly #folded = new Map<string, Totals>();
  #borrowed = false;
  #ended = false;
  #folding: NodeJS.Timeout | undefined;
  #tending: NodeJS.Timeout | undefined;
  /** The samples that were read last, by their numbers, and what they came to. */
  #known: ReadonlyMap<number, number> = new Map();
  #last: Seen | undefined;
  /** One command after the other: V8 has one sampler. */
  readonly #turns = new Turns();

  /** One sample in so many bytes. */
  constructor(session: Session, mode: HeapMode, rate: number) {
    this.#session = session;
    this.mode = mode;
    this.#rate = rate;
  }

  /**
   * Whether another client of the inspector had begun V8's sampler, such as `--heap-prof`, DevTools or @datadog/pprof: it is
   * read here, and not ended, which would take it from them.
   */
  get borrowed(): boolean {
    return this.#borrowed;
  }

  async start(): Promise<void> {
    await this.#session.post("HeapProfiler.enable");
    // Costs nothing where there is none.
    this.#borrowed = (await readSampler(this.#session)) !== undefined;
    if (!this.#borrowed) await this.#start();
    if (this.#ended) return;
    if (this.mode === "all") this.#foldIn(FOLD_MILLIS.least);
    this.#tending = setInterval(() => {
      this.#turns
        .take(async () => {
          if (!this.#borrowed) await this.#start();
        })
        .catch(() => clearInterval(this.#tending));
    }, TEND_MILLIS);
  }

  /** Ends, with what was found since the start: V8 collects garbage and reads its samples at the end in any case. */
  stop(): Promise<Read> {
    this.#ended = true;
    clearTimeout(this.#folding);
    clearInterval(this.#tending);
    // What was begun before this has its turn before.
    return this.#turns.take(async () => {
      const read = this.#borrowed ? await readSampler(this.#session) : await this.#stop();
      return this.#found(read, this.#folded);
    });
  }

  /** What was found since the start. Where someone else had stopped the sampler, it runs again from now on. */
  totals(): Promise<Read> {
    return this.#turns.take(async () => {
      const read = await readSampler(this.#session);
      if (read === undefined) {
        this.#borrowed = false;
        await this.#start();
      }
      return this.#found(read, structuredClone(this.#folded));
    });
  }

  #found(read: SamplingProfile | undefined, folded: Map<string, Totals>): Read {
    const totals = read === undefined ? folded : sum(read, this.#rate, folded);
    const samples = new Map((read?.samples ?? []).map(({ ordinal, size }) => [ordinal, size]));
    const interrupted = read === undefined || isAnother(this.#known, samples);
    const before = interrupted ? this.#last : undefined;
    this.#known = samples;
    if (this.mode === "live") this.#last = { atMillis: Date.now(), totals };
    return { totals, interrupted, before };
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
    return readSampler(this.#session, "HeapProfiler.stopSampling");
  }

  /** In `all` mode V8's samples only grow: from time to time they are summed up here, and the sampler starts anew. */
  #foldIn(millis: number): void {
    this.#folding = setTimeout(() => {
      const folded = this.#turns.take(async () => {
        if (this.#borrowed) return 0;
        const read = await this.#stop();
        await this.#start();
        this.#known = new Map();
        if (read === undefined) return 0;
        sum(read, this.#rate, this.#folded);
        return read.samples.length;
      });
      folded.then(
        (samples) => {
          if (this.#ended) return;
          const next = (millis * FOLD_SAMPLES) / Math.max(samples, 1);
          this.#foldIn(Math.min(Math.max(next, FOLD_MILLIS.least), FOLD_MILLIS.most));
        },
        // The thread has ended, or the session.
        () => {},
      );
    }, millis);
  }
}

/**
 * Whether the samples are those of another sampler: one that goes on has, of those that were there, some, no others, and newer
 * ones. Of a few samples all may have gone.
 */
function isAnother(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>): boolean {
  const newest = [...before.keys()].reduce((most, ordinal) => Math.max(most, ordinal), -1);
  const old = [...after].filter(([ordinal]) => ordinal <= newest);
  return (before.size > FEW_SAMPLES && old.length === 0) || old.some(([ordinal, size]) => before.get(ordinal) !== size);
}

/** What V8's sampler has found, whoever began it. Undefined: there is none, or another client of the inspector has ended it. */
export async function readSampler(
  session: Session,
  command: "HeapProfiler.getSamplingProfile" | "HeapProfiler.stopSampling" = "HeapProfiler.getSamplingProfile",
): Promise<SamplingProfile | undefined> {
  try {
    return (await session.post<{ profile: SamplingProfile }>(command)).profile;
  } catch (error) {
    if (!(error instanceof Error && NO_SAMPLER.test(error.message))) throw error;
    return undefined;
  }
}
