import { setTimeout as sleep } from "node:timers/promises";
import { type LabelFields, type Profile, ProfileBuilder } from "@pprof-ts/profile";
import type { Slice } from "./cpu-profile.ts";
import { CpuSampler } from "./cpu-sampler.ts";
import { CpuSamples } from "./cpu-samples.ts";
import { type Datadog, DatadogSampler } from "./datadog-sampler.ts";
import { RuntimeError } from "./error.ts";
import { Frames, type Surroundings } from "./frames.ts";
import { type LabelledRow, readLabelled } from "./recorded.ts";
import { Recorder } from "./recorder.ts";
import { CREDITS_INLINED, type Scripts } from "./scripts.ts";
import { type LineSampler, SiteSampler } from "./site-sampler.ts";
import type { Thread, Threads } from "./threads.ts";
import { V8Clock } from "./v8-clock.ts";

/** Samples a second, as Go's. */
export const CPU_RATE = 100;
/** More is not asked of V8. */
export const MOST_RATE = 10_000;

export interface CpuOptions {
  /** Samples a second. */
  readonly rate: number;
  /** The line of every frame; "auto": where the program labels its work, for the call-site sampler reads both. */
  readonly lines: boolean | "auto";
  /** A sample for each moment, with its time. */
  readonly timeline: boolean;
}

interface Running {
  readonly options: CpuOptions;
  readonly sampler: CpuSampler;
  /** Whether the sampler is the recorder's, and goes on afterwards. */
  readonly shared: boolean;
  readonly lines: LineSampler | undefined;
  readonly slices: Map<Thread, Slice[]>;
  readonly begun: bigint;
  readonly timeNanos: bigint;
  unlisten(): void;
}

/** What was found between two times. */
interface Found {
  readonly slices: ReadonlyMap<Thread, readonly Slice[]>;
  /** Of the main thread, where a sampler of lines was at work. */
  readonly rows: readonly LabelledRow[];
  readonly comments: readonly string[];
  /** Of the slices, in samples a second. */
  readonly sampledRate: number;
  readonly fromMicros: number;
  readonly timeNanos: bigint;
  readonly durationNanos: bigint;
}

/** V8's CPU profilers of all threads, one capture at a time. */
export class CpuProfiler {
  readonly #threads: Threads;
  readonly #surroundings: Surroundings;
  readonly #datadog: Datadog | undefined;
  readonly #clock = new V8Clock();
  #busy = false;
  #running: Running | undefined;
  #recorder: Recorder | undefined;

  /** `datadog`: the optional peer, where the program has it. */
  constructor(threads: Threads, surroundings: Surroundings, datadog?: Datadog) {
    this.#threads = threads;
    this.#surroundings = surroundings;
    this.#datadog = datadog;
  }

  /**
   * Keeps the profilers running, so that captures at this rate, and those that divide it, begin at once, and remembers their
   * samples for so long; what is left out stays as it is.
   */
  async keep(rate?: number, millis?: number): Promise<void> {
    const before = this.#recorder;
    const [newRate, newMillis] = [rate ?? before?.rate ?? CPU_RATE, millis ?? before?.keepMillis ?? 0];
    if (before?.rate === newRate && before.keepMillis === newMillis) return;
    await before?.pause();
    this.#recorder = new Recorder(this.#threads, this.#clock, newRate, newMillis);
    // V8 has one rate at a time: beside a capture, it begins when that ends.
    if (!this.#busy) await this.#recorder.start();
  }

  /** What samples now, or would. */
  async describe(): Promise<string> {
    const v8 = `V8's CPU profiler${!this.#recorder?.samples ? "" : `, kept running at ${this.#recorder.rate} Hz`}`;
    if (await readLabelled(this.#threads.main.session)) {
      return `the call-site sampler for the main thread, because the program labels its work, and ${v8} for its workers (lines=0: for all)`;
    }
    const lines = this.#datadog === undefined ? "the call-site sampler" : `@datadog/pprof ${this.#datadog.version}`;
    return `${v8} (lines=1: ${lines} for the main thread)`;
  }

  /** Records for this many seconds; rejects when the signal aborts, and while another capture runs. */
  async capture(seconds: number, options: CpuOptions, signal: AbortSignal): Promise<Profile> {
    await this.start(options);
    const waited = await sleep(seconds * 1000, true, { signal }).catch(() => false);
    const profile = await this.stop(!waited);
    signal.throwIfAborted();
    return profile;
  }

  /** Begins a capture; an error while another one runs. */
  async start(options: CpuOptions): Promise<void> {
    if (this.#busy) throw new RuntimeError("cpu profiling already in use");
    this.#busy = true;
    try {
      this.#running = await this.#start(options);
    } catch (error) {
      this.#busy = false;
      throw error;
    }
  }

  /** Ends the capture. `discard`: nobody wants it any more, so the profile is empty. */
  async stop(discard = false): Promise<Profile> {
    const running = this.#running;
    if (running === undefined) throw new RuntimeError("cpu profiling is not in use");
    this.#running = undefined;
    const { options, sampler, shared, slices, begun, timeNanos } = running;
    try {
      const durationNanos = process.hrtime.bigint() - begun;
      const ended = Promise.all([running.lines?.stop() ?? [], shared ? sampler.cut() : sampler.stop()]);
      const [rows] = await ended.finally(async () => {
        running.unlisten();
        if (!shared) await this.#resume();
      });
      const comments = [...(running.lines?.comments ?? [])];
      if (running.lines !== undefined && options.timeline) {
        comments.push("the main thread's samples have no times: only V8's profiler tells them (lines=0)");
      }
      const fromMicros = shared ? this.#clock.micros(begun) : 0;
      const found = { slices, rows, comments, sampledRate: sampler.rate, fromMicros, timeNanos, durationNanos };
      return await this.#profile(discard ? { ...found, slices: new Map(), rows: [] } : found, options);
    } finally {
      this.#busy = false;
    }
  }

  /** What all threads did in the seconds before this; `rate`: one that divides that of the recorder, or 0 for that. */
  async last(seconds: number, { rate = 0, timeline = false }: Partial<CpuOptions> = {}): Promise<Profile> {
    const recorder = this.#recorder;
    if (!recorder?.keeps) {
      throw new RuntimeError("nothing is recorded ahead of time: start with keep (PPROF_KEEP=5m)");
    }
    if (rate > 0 && !recorder.serves(rate)) {
      throw new RuntimeError(
        `what was recorded has ${recorder.rate} samples a second: rate ${rate} does not divide that`,
      );
    }
    const slices = await recorder.since(Date.now() - seconds * 1000);
    const all = [...slices.values()].flat();
    const end = Math.max(...all.map(({ endTime }) => endTime), 0);
    const fromMicros = Math.max(end - seconds * 1e6, Math.min(...all.map(({ startTime }) => startTime), end));
    const durationNanos = BigInt(Math.round((end - fromMicros) * 1000));
    const timeNanos = BigInt(Date.now()) * 1_000_000n - durationNanos;
    const comments = gapComments(slices.get(this.#threads.main) ?? [], fromMicros);
    const found = { slices, rows: [], comments, sampledRate: recorder.rate, fromMicros, timeNanos, durationNanos };
    return this.#profile(found, { rate: rate || recorder.rate, lines: false, timeline });
  }

  async #start(options: CpuOptions): Promise<Running> {
    const { main } = this.#threads;
    const recorder = this.#recorder;
    const labelled = await readLabelled(main.session);
    const byLine = options.lines === "auto" ? labelled : options.lines;
    const shared = recorder?.serves(options.rate) === true;
    const sampler = shared ? await recorder.start() : new CpuSampler(this.#threads, this.#clock, options.rate);
    const slices = new Map<Thread, Slice[]>();
    const unlisten = sampler.listen((thread, slice) => {
      if (byLine && thread === main) return;
      const known = slices.get(thread);
      if (known === undefined) slices.set(thread, [slice]);
      else known.push(slice);
    });
    let lines: LineSampler | undefined;
    try {
      if (!shared) {
        await recorder?.pause();
        await sampler.start(byLine ? main : undefined);
      }
      if (byLine) lines = await this.#startLines(options.rate, labelled);
    } catch (error) {
      unlisten();
      if (!shared) await this.#resume();
      throw error;
    }
    const timeNanos = BigInt(Date.now()) * 1_000_000n;
    return { options, sampler, shared, lines, slices, begun: process.hrtime.bigint(), timeNanos, unlisten };
  }

  /** Records on, after a capture at another rate. Where nothing is kept, that can wait for one that gains by it: V8 walks the heap. */
  async #resume(): Promise<void> {
    if (this.#recorder?.keeps) await this.#recorder.start();
  }

  /** Begins to sample the main thread with the lines of its frames; Datadog's profiler has these or labels, not both. */
  async #startLines(rate: number, labelled: boolean): Promise<LineSampler> {
    const { session } = this.#threads.main;
    const comments: string[] = [];
    if (this.#datadog !== undefined && !labelled) {
      try {
        const datadog = new DatadogSampler(session, this.#datadog);
        await datadog.start(rate);
        return datadog;
      } catch (error) {
        comments.push(`@datadog/pprof was not used: ${(error as Error).message}`);
      }
    }
    const sites = new SiteSampler(session, comments);
    await sites.start(rate);
    return sites;
  }

  async #profile(found: Found, { rate, timeline }: CpuOptions): Promise<Profile> {
    const { slices, rows, sampledRate, fromMicros, timeNanos, durationNanos } = found;
    const thinned = rate < sampledRate;
    // Until the last slice was taken, the profiler that is kept running went on.
    const untilMicros = fromMicros > 0 ? fromMicros + Number(durationNanos) / 1000 : Number.POSITIVE_INFINITY;
    const comments = [
      ...found.comments,
      ...(thinned
        ? [`one of each ${sampledRate / rate} samples: the profiler is kept running at ${sampledRate} Hz`]
        : []),
    ];
    const builder = new ProfileBuilder({
      sampleTypes: [
        { type: "samples", unit: "count" },
        { type: "cpu", unit: "nanoseconds" },
      ],
      periodType: { type: "cpu", unit: "nanoseconds" },
      period: Math.round(1e9 / rate),
      timeNanos,
      durationNanos,
      comments,
    });
    const frames = new Frames(builder, this.#surroundings);
    const { scripts } = this.#surroundings;
    for (const [thread, own] of slices) {
      const samples = new CpuSamples(own, {
        timed: timeline,
        fromMicros,
        untilMicros,
        everyMicros: thinned ? 1e6 / rate : 0,
      });
      await frames.load(new Set(samples.frames.map(({ url }) => url)));
      if (!CREDITS_INLINED) await scanInlined(scripts, samples);
      samples.addTo(builder, frames, threadLabels(thread), (micros) => this.#clock.wallNanos(micros));
    }
    const sites = rows.flatMap((row) => row.frames);
    await frames.load(new Set(sites.map(([, url]) => url)));
    await scripts.scan(new Set(sites.filter(([, , , , begin]) => begin === 0).map(([, url]) => url)));
    for (const row of rows) {
      const own = Object.entries(row.labels ?? {}).map(([key, value]) => ({ key, value }));
      builder.sample(
        row.frames.map((frame) => frames.site(frame)),
        [row.count, Math.round(row.nanos)],
        [...threadLabels(this.#threads.main), ...own],
      );
    }
    return builder.build();
  }
}

/** Has the scripts of what V8 may have inlined scanned. */
async function scanInlined(scripts: Scripts, { hot }: CpuSamples): Promise<void> {
  await scripts.scan(new Set(hot.map(({ frame }) => frame.url)));
  const importing = new Set<string>();
  for (const { frame, lines } of hot) {
    const caller = { line: frame.lineNumber, column: frame.columnNumber };
    for (const line of lines) {
      if (importing.has(frame.url)) break;
      if (scripts.inlinedAt(frame.url, caller, line - 1) === "elsewhere") importing.add(frame.url);
    }
  }
  await scripts.scanImports(importing);
}

/** What is to be said of the time in which the recorder was paused. */
function gapComments(slices: readonly Slice[], fromMicros: number): string[] {
  const gap = slices.reduce((sum, { startTime }, i) => {
    const before = slices[i - 1]?.endTime;
    return before === undefined ? sum : sum + Math.max(startTime - Math.max(before, fromMicros), 0);
  }, 0);
  return gap > 0 ? [`${(gap / 1e6).toFixed(1)} s of it are missing, in which a capture ran at another rate`] : [];
}

function threadLabels({ name }: Thread): LabelFields[] {
  return [{ key: "thread", value: name }];
}
