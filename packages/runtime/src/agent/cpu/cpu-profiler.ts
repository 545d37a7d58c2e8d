import { type LabelFields, type Profile, ProfileBuilder } from "@pprof-ts/profile";
import { RuntimeError } from "../../error.ts";
import type { CpuOptions } from "../../exchange/messages.ts";
import { CPU_RATE } from "../../exchange/rates.ts";
import type { SiteFrame } from "../../target/stack-reader.ts";
import { Frames, type Surroundings } from "../code/frames.ts";
import { withOwnWork } from "../code/own-frames.ts";
import { Places } from "../code/places.ts";
import { CREDITS_INLINED } from "../code/scripts.ts";
import type { Thread, Threads } from "../inspector/threads.ts";
import { waitFor } from "../inspector/within.ts";
import { type Capture, type Captured, CpuCaptures } from "./cpu-captures.ts";
import { CpuSamples } from "./cpu-samples.ts";
import type { Datadog } from "./datadog-sampler.ts";
import type { Recorder } from "./flight-recorder.ts";
import type { Slice } from "./slice.ts";
import type { ConsoleProfiles } from "./thread-profiler.ts";
import { V8Clock } from "./v8-clock.ts";

/** Where V8 does not forget what it has compiled, for somebody counts coverage, or may. */
const coldComment = (of: string, counted: string): string =>
  `loops that ${of} in before this began count as their callers: V8 would have to forget what ${counted}`;
const ONLY_MAIN = "of the main thread: workers are sampled while a capture goes on";

/** What was found between two times. */
interface Found extends Omit<Captured, "byLine" | "alone"> {
  readonly fromMicros: number;
  readonly timeNanos: bigint;
  /** What the samples' times are, of V8's. */
  readonly atNanos: AtNanos;
}

interface Wanted extends CpuOptions {
  /** See `CpuSamples`. */
  readonly idle?: boolean;
}

/** A capture that goes on until it is ended. */
export interface OpenCapture {
  end(): Promise<Profile>;
}

type AtNanos = (micros: number) => bigint;

/** V8's CPU profilers of all threads. */
export class CpuProfiler {
  readonly #threads: Threads;
  readonly #surroundings: Surroundings;
  readonly #datadog: Datadog | undefined;
  readonly #isLabelled: () => boolean;
  readonly #clock = new V8Clock();
  readonly #captures: CpuCaptures;
  /** What the program itself has begun. */
  #started: { readonly options: CpuOptions; readonly capture: Promise<Capture> } | undefined;

  /** `datadog`: the optional peer, where the program has it; `console`: by which the main thread is kept warm. */
  constructor(threads: Threads, surroundings: Surroundings, datadog?: Datadog, console?: ConsoleProfiles) {
    this.#threads = threads;
    this.#surroundings = surroundings;
    this.#datadog = datadog;
    this.#isLabelled = surroundings.isLabelled ?? (() => false);
    this.#captures = new CpuCaptures(threads, this.#clock, this.#isLabelled, datadog, console, surroundings.ending);
  }

  /**
   * Keeps the profilers running, so that captures at this rate, and those that divide it, begin at once, and remembers their
   * samples for so long; what is left out stays as it is.
   */
  keep(rate?: number, millis?: number): Promise<void> {
    const before = this.#captures.recorder;
    return this.#captures.keep(rate ?? before?.rate ?? CPU_RATE, millis ?? before?.keepMillis ?? 0);
  }

  /** What samples now, or would. */
  async describe(): Promise<string> {
    const { recorder } = this.#captures;
    const v8 = `V8's CPU profiler${recorder?.samples ? await describeKept(recorder) : ""}`;
    if (this.#isLabelled()) {
      return `the call-site sampler for the main thread, because the program labels its work, and ${v8} for its workers (lines=0: for all)`;
    }
    const lines = this.#datadog === undefined ? "the call-site sampler" : `@datadog/pprof ${this.#datadog.version}`;
    return `${v8} (lines=1: ${lines} for the main thread)`;
  }

  /** Records for this many seconds, beside other captures where their rates agree; rejects when the signal aborts. */
  async capture(seconds: number, options: CpuOptions, signal: AbortSignal): Promise<Profile> {
    const capture = await this.#captures.begin(options, seconds);
    const partial = await waitFor(seconds, signal, this.#surroundings.ending);
    return this.#end(capture, options, partial, () => signal.throwIfAborted());
  }

  /** Takes the last samples of a worker that is about to end, by how its title begins. */
  cutEnding(title: string): Promise<void> {
    return this.#captures.cutEnding(title);
  }

  /** Begins a capture; `end` resolves with it. */
  async begin(options: CpuOptions): Promise<OpenCapture> {
    const capture = await this.#captures.begin(options);
    return { end: () => this.#end(capture, options, []) };
  }

  /**
   * Begins a capture of all samples one by one, also of those that found the thread idle, whose times (`end_timestamp_ns`) are those of
   * `process.hrtime`; `end` resolves with them.
   */
  async beginTimed(): Promise<OpenCapture> {
    const options = { rate: CPU_RATE, lines: false, timeline: true, idle: true };
    const capture = await this.#captures.begin(options);
    const atNanos: AtNanos = (micros) => this.#clock.hrtimeNanos(micros);
    return { end: () => this.#end(capture, options, [], () => {}, atNanos) };
  }

  /** Where frames of the main thread's call sites are in the sources, one for each. */
  async locate(frames: readonly SiteFrame[]): Promise<(readonly [name: string, file: string, line: number])[]> {
    const places = new Places(this.#surroundings.scripts, this.#surroundings.running);
    await places.load(this.#threads.main.session, frames);
    return frames.map((frame) => {
      const { name, file, line } = places.site(frame);
      return [name, file, line];
    });
  }

  /** Begins the program's own capture; an error while it has another one, as in Go. */
  async start(options: CpuOptions): Promise<void> {
    if (this.#started !== undefined) throw new RuntimeError("cpu profiling already in use");
    const started = { options, capture: this.#captures.begin(options) };
    this.#started = started;
    try {
      await started.capture;
    } catch (error) {
      this.#started = undefined;
      throw error;
    }
  }

  /** Ends the program's own capture. */
  async stop(): Promise<Profile> {
    const started = this.#started;
    if (started === undefined) throw new RuntimeError("cpu profiling is not in use");
    try {
      return await this.#end(await started.capture, started.options, []);
    } finally {
      this.#started = undefined;
    }
  }

  /** What the main thread did in the seconds before this; `rate`: one that divides that of the recorder, or 0 for that. */
  last(seconds: number, options: Partial<CpuOptions> = {}): Promise<Profile> {
    return this.#last(seconds, options, this.#wall);
  }

  /** The samples of the seconds before this one by one, as `beginTimed` has them. */
  lastTimed(seconds: number): Promise<Profile> {
    return this.#last(seconds, { timeline: true, idle: true }, (micros) => this.#clock.hrtimeNanos(micros));
  }

  async #last(
    seconds: number,
    { rate = 0, timeline = false, idle = false }: Partial<Wanted>,
    atNanos: AtNanos,
  ): Promise<Profile> {
    const { recorder } = this.#captures;
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
    const comments = [ONLY_MAIN, ...gapComments(slices.get(this.#threads.main) ?? [], fromMicros)];
    const sampledRate = recorder.rate;
    const found = { slices, rows: [], comments, sampledRate, fromMicros, timeNanos, durationNanos, atNanos };
    return this.#profile(found, { rate: rate || recorder.rate, lines: false, timeline, idle });
  }

  /** `said`: further comments; `check` throws where nobody wants it any more. */
  async #end(
    capture: Capture,
    options: Wanted,
    said: readonly string[],
    check: () => void = () => {},
    atNanos: AtNanos = this.#wall,
  ): Promise<Profile> {
    // What runs in workers is asked of them.
    const unwatch = await this.#threads.watchWorkers(() => {});
    try {
      const captured = await capture.end();
      check();
      return await this.#captured(
        capture,
        { ...captured, comments: [...captured.comments, ...said] },
        options,
        atNanos,
      );
    } finally {
      await unwatch();
    }
  }

  readonly #wall: AtNanos = (micros) => this.#clock.wallNanos(micros);

  #captured({ begun, timeNanos }: Capture, captured: Captured, options: Wanted, atNanos: AtNanos): Promise<Profile> {
    const { durationNanos, byLine, alone } = captured;
    const { coverage, main, turnover } = this.#threads;
    const comments = [...captured.comments, ...turnover.comments(Number(timeNanos / 1_000_000n))];
    if (byLine && options.timeline) {
      comments.push("the main thread's samples have no times: only V8's profiler tells them (lines=0)");
    }
    if (coverage.by !== undefined) comments.push(coldComment("threads were", `${coverage.by} counts`));
    else if (coverage.mayBeInMain && captured.slices.has(main)) {
      comments.push(coldComment("the main thread was", "a session of the program's own may count"));
    }
    const fromMicros = alone ? 0 : this.#clock.micros(begun);
    return this.#profile({ ...captured, comments, fromMicros, timeNanos, durationNanos, atNanos }, options);
  }

  async #profile(found: Found, { rate, timeline, idle = false }: Wanted): Promise<Profile> {
    const { slices, rows, sampledRate, fromMicros, timeNanos, durationNanos, atNanos } = found;
    const thinned = rate < sampledRate;
    // A profiler that others use as well went on while the last slice was taken: what came after the end is left out.
    const untilMicros = fromMicros > 0 ? fromMicros + Number(durationNanos) / 1000 : Number.POSITIVE_INFINITY;
    const comments = [
      ...found.comments,
      ...(thinned
        ? [`one of each ${Number((sampledRate / rate).toFixed(2))} samples: the profiler runs at ${sampledRate} Hz`]
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
    for (const [thread, own] of slices) {
      const samples = new CpuSamples(own, {
        timed: timeline,
        idle,
        fromMicros,
        untilMicros,
        everyMicros: thinned ? 1e6 / rate : 0,
      });
      await frames.load(thread.session, samples.frames);
      if (!CREDITS_INLINED) await frames.scanInlined(samples.hot);
      samples.addTo(builder, frames, threadLabels(thread), atNanos);
    }
    const shown = rows.map((row) => ({ ...row, frames: withOwnWork(row.frames) }));
    await frames.load(
      this.#threads.main.session,
      shown.flatMap((row) => row.frames),
    );
    for (const row of shown) {
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

async function describeKept(recorder: Recorder): Promise<string> {
  const disturbed = await recorder.disturbed().catch(() => undefined);
  const kept = `, kept running at ${recorder.rate} Hz for the main thread`;
  if (disturbed === undefined) return kept;
  const cold = `not kept ready, which would disturb ${disturbed}: a capture begins with a walk of the heap`;
  return recorder.keeps ? `${kept}, ${cold}` : `, ${cold}`;
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
