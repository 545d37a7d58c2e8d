import { RuntimeError } from "../../error.ts";
import type { CpuOptions } from "../../exchange/messages.ts";
import { CPU_RATE } from "../../exchange/rates.ts";
import type { LabelledRow } from "../code/recorded-rows.ts";
import type { Thread, Threads } from "../inspector/threads.ts";
import { Turns } from "../inspector/turns.ts";
import { CpuSampler } from "./cpu-sampler.ts";
import { type Datadog, DatadogSampler } from "./datadog-sampler.ts";
import { Recorder } from "./flight-recorder.ts";
import { type LineSampler, rowsSince, SiteSampler } from "./site-sampler.ts";
import type { Slice } from "./slice.ts";
import type { ConsoleProfiles } from "./thread-profiler.ts";
import type { V8Clock } from "./v8-clock.ts";

/** What samples for the captures that go on. */
interface Source {
  readonly sampler: CpuSampler;
  /** Undefined: it is the recorder's. */
  readonly own: { main: boolean } | undefined;
  release(): Promise<void>;
}

/** The lines of the main thread's frames, for the captures that asked for them. */
interface Lines {
  readonly sampler: LineSampler;
  readonly rate: number;
  readonly labelled: boolean;
  captures: number;
}

/** A capture that goes on. */
export interface Capture {
  readonly begun: bigint;
  readonly timeNanos: bigint;
  /** When it will end, as far as is known: the program ends its own. */
  readonly untilMillis: number;
  end(): Promise<Captured>;
}

/** What was sampled in the time of a capture. */
export interface Captured {
  readonly slices: ReadonlyMap<Thread, readonly Slice[]>;
  /** Of the main thread, where a sampler of lines was at work. */
  readonly rows: readonly LabelledRow[];
  readonly comments: readonly string[];
  /** Whether the main thread has rows and no slices. */
  readonly byLine: boolean;
  /** Of the slices, in samples a second. */
  readonly sampledRate: number;
  /** Whether the slices have no samples of before or after: nothing else used the sampler. */
  readonly alone: boolean;
  readonly durationNanos: bigint;
}

function silentComment(worker: string): string {
  return `the last samples of ${worker} are missing: it did not come to giving them, in native code or without a processor`;
}

/**
 * V8 has one rate at a time: captures share one sampler, the recorder's where that serves them. One that wants fewer samples than are
 * taken gets one of so many, by their times. So that a capture at the usual rate goes beside each other one, no sampler has less.
 */
export class CpuCaptures {
  readonly #threads: Threads;
  readonly #clock: V8Clock;
  readonly #datadog: Datadog | undefined;
  readonly #console: ConsoleProfiles | undefined;
  readonly #isLabelled: () => boolean;
  readonly #ending: AbortSignal | undefined;
  readonly #running = new Set<Capture>();
  #source: Source | undefined;
  #lines: Lines | undefined;
  #recorder: Recorder | undefined;
  /** What begins and ends samplers goes one after the other. */
  readonly #turns = new Turns();

  constructor(
    threads: Threads,
    clock: V8Clock,
    isLabelled: () => boolean,
    datadog: Datadog | undefined,
    console: ConsoleProfiles | undefined,
    ending: AbortSignal | undefined,
  ) {
    this.#ending = ending;
    this.#isLabelled = isLabelled;
    this.#console = console;
    this.#threads = threads;
    this.#clock = clock;
    this.#datadog = datadog;
  }

  get recorder(): Recorder | undefined {
    return this.#recorder;
  }

  /** See `CpuProfiler.keep`. Beside captures, what samples for them goes on until they end. */
  keep(rate: number, millis: number): Promise<void> {
    return this.#turns.take(async () => {
      const before = this.#recorder;
      if (before?.rate === rate && before.keepMillis === millis) return;
      this.#recorder = new Recorder(this.#threads, this.#clock, rate, millis, this.#console, this.#ending);
      if (this.#source !== undefined) return;
      await before?.pause();
      await this.#recorder.start();
    });
  }

  /**
   * Begins a capture, of so many seconds where that is known; an error where it wants more samples than those that go on have taken, or
   * lines at another rate.
   */
  begin({ rate, lines }: CpuOptions, seconds: number = Number.POSITIVE_INFINITY): Promise<Capture> {
    return this.#turns.take(async () => {
      const labelled = this.#isLabelled();
      const sampledRate = this.#source?.sampler.rate;
      if (sampledRate !== undefined && rate > sampledRate) throw this.#busy(`at ${sampledRate} Hz`);
      const known = this.#lines;
      const agrees = known === undefined || (known.rate === rate && known.labelled === labelled);
      if (lines === true && !agrees) throw this.#busy(`by line, at ${known.rate} Hz`);
      const byLine = lines === "auto" ? labelled && agrees : lines;
      const said =
        lines === "auto" && labelled && !agrees
          ? [`labels are left out: ${this.#going(`by line, at ${known.rate} Hz`)}`]
          : [];
      try {
        this.#source ??= await this.#open(rate, byLine);
        const { own, sampler } = this.#source;
        if (own?.main === false && !byLine) {
          await sampler.openMain();
          own.main = true;
        }
        if (byLine) this.#lines ??= { ...(await this.#openLines(rate, labelled)), rate, labelled, captures: 0 };
        return await this.#begin(this.#source, byLine ? this.#lines : undefined, Date.now() + seconds * 1000, said);
      } catch (error) {
        await this.#close();
        throw error;
      }
    });
  }

  /** Takes the last samples of a worker that is about to end, by how its title begins. */
  async cutEnding(title: string): Promise<void> {
    await this.#source?.sampler.cutEnding(title);
  }

  #busy(how: string): RuntimeError {
    return new RuntimeError(`cpu profiling already in use: ${this.#going(how)}: ask for no more than that, or later`);
  }

  /** What goes on, and until when. */
  #going(how: string): string {
    const until = Math.max(...Array.from(this.#running, ({ untilMillis }) => untilMillis));
    const end = Number.isFinite(until) ? `until ${new Date(until).toISOString()}` : "until the program ends it";
    return `a capture ${how} goes on ${end}`;
  }

  async #begin(
    { sampler, own }: Source,
    lines: Lines | undefined,
    untilMillis: number,
    said: readonly string[],
  ): Promise<Capture> {
    const { main } = this.#threads;
    const slices = new Map<Thread, Slice[]>();
    const before = lines === undefined || lines.captures === 0 ? [] : await lines.sampler.rows();
    const joined = this.#running.size > 0;
    const unlisten = sampler.listen((thread, slice) => {
      if (lines !== undefined && thread === main) return;
      const known = slices.get(thread);
      if (known === undefined) slices.set(thread, [slice]);
      else known.push(slice);
    }, true);
    if (lines !== undefined) lines.captures++;
    await sampler.begun();
    const timeNanos = BigInt(Date.now()) * 1_000_000n;
    const begun = process.hrtime.bigint();
    const capture: Capture = {
      begun,
      timeNanos,
      untilMillis,
      end: async () => {
        const durationNanos = process.hrtime.bigint() - begun;
        const endLines = async (): Promise<readonly LabelledRow[]> => {
          if (lines === undefined) return [];
          if (--lines.captures > 0) return lines.sampler.rows();
          this.#lines = undefined;
          return lines.sampler.stop();
        };
        // A sampler that ends gives its last samples by itself; one that goes on for others is asked for them.
        const mayEnd = own !== undefined && this.#running.size === 1;
        const cut = mayEnd ? undefined : sampler.cut();
        let alone = false;
        try {
          await cut?.catch(() => {});
          const after = await this.#turns.take(async () => {
            this.#running.delete(capture);
            const last = this.#running.size === 0;
            alone = last && mayEnd && !joined;
            const [rows] = await Promise.all([endLines(), last ? this.#close() : mayEnd && sampler.cut()]);
            return rows;
          });
          await cut;
          const comments = [...said, ...(lines?.sampler.comments ?? []), ...sampler.silent.map(silentComment)];
          const rows = rowsSince(before, after);
          const byLine = lines !== undefined;
          return { slices, rows, comments, byLine, sampledRate: sampler.rate, alone, durationNanos };
        } finally {
          unlisten();
        }
      },
    };
    this.#running.add(capture);
    return capture;
  }

  /** The recorder's sampler where that serves this rate, and else one of their own, for which the recorder pauses. */
  async #open(rate: number, byLine: boolean): Promise<Source> {
    const recorder = this.#recorder;
    if (recorder?.serves(rate)) {
      const sampler = await recorder.start();
      // Another recorder may have been asked for meanwhile.
      const release = async (): Promise<void> => {
        if (this.#recorder === recorder) return;
        await recorder.pause();
        await this.#recorder?.start();
      };
      return { sampler, own: undefined, release };
    }
    const ownRate = rate * Math.max(Math.ceil(CPU_RATE / rate), 1);
    const sampler = new CpuSampler(this.#threads, this.#clock, ownRate, this.#console, this.#ending);
    // The recorder starts again where it has samples to keep, or was replaced meanwhile. Else the next capture at its rate starts
    // it: V8 walks the heap as a profiler begins, and that would hold the thread for nobody.
    const resume = async (): Promise<void> => {
      if (this.#recorder?.keeps || this.#recorder !== recorder) await this.#recorder?.start();
    };
    try {
      await recorder?.pause();
      if (!byLine) await sampler.openMain();
    } catch (error) {
      await resume();
      throw error;
    }
    return { sampler, own: { main: !byLine }, release: () => sampler.stop().finally(resume) };
  }

  /** Lets go of what nobody samples with any more. */
  async #close(): Promise<void> {
    if (this.#running.size > 0) return;
    const source = this.#source;
    this.#source = undefined;
    await source?.release();
  }

  /** Begins to sample the main thread with the lines of its frames; Datadog's profiler has these or labels, not both. */
  async #openLines(rate: number, labelled: boolean): Promise<{ readonly sampler: LineSampler }> {
    const { session } = this.#threads.main;
    const comments: string[] = [];
    if (this.#datadog !== undefined && !labelled) {
      try {
        const sampler = new DatadogSampler(session, this.#datadog);
        await sampler.start(rate);
        return { sampler };
      } catch (error) {
        comments.push(`@datadog/pprof was not used: ${(error as Error).message}`);
      }
    }
    const sampler = new SiteSampler(session, comments);
    await sampler.start(rate);
    return { sampler };
  }
}
