import type { Profile, Trace } from "@pprof-ts/profile";
import { RuntimeError } from "../../error.ts";
import type { TraceClock } from "../../exchange/messages.ts";
import type { CpuProfiler } from "../cpu/cpu-profiler.ts";
import { waitFor, within } from "../inspector/within.ts";
import { assemble } from "./assemble.ts";
import { awaitStacks } from "./await-stacks.ts";
import { Notes, type OnSlow } from "./notes.ts";
import { recordsOf, type TraceRecord } from "./record-table.ts";
import { timedSamples } from "./timed-samples.ts";

/** Asks the main thread to note what it does into this ring or, with null, to stop. It answers with its clock, once its event loop turns. */
export type RecordInto = (
  ring: SharedArrayBuffer | null,
  exact: boolean | undefined,
) => Promise<TraceClock | undefined>;

/** How long the end of a trace waits for the last notes, of garbage collections: the main thread may be held by a loop, and never write them. */
const END_MILLIS = 100;

/** A trace that goes on. */
interface Going {
  end(said: readonly string[]): Promise<Trace>;
}

/** Takes execution traces of the main thread, one at a time. */
export class Tracer {
  readonly #cpu: () => Promise<CpuProfiler>;
  readonly #record: RecordInto;
  readonly #ending: AbortSignal;
  #traces = false;
  /** The trace that the program itself has begun. */
  #started: Going | undefined;
  /** Notes that are kept of the past, for `last`. A trace that is taken meanwhile ends them, and they begin anew after it. */
  #kept: { readonly notes: Notes; readonly clock: Promise<TraceClock | undefined> } | undefined;
  #keepMillis = 0;
  #onSlow: OnSlow | undefined;

  constructor(cpu: () => Promise<CpuProfiler>, record: RecordInto, ending: AbortSignal) {
    this.#cpu = cpu;
    this.#record = record;
    this.#ending = ending;
  }

  /** Notes what costs little from now on, and keeps the past so many milliseconds of it; 0: no longer. */
  keep(millis: number, onSlow?: OnSlow): void {
    this.#keepMillis = millis;
    this.#onSlow = onSlow;
    if (!this.#traces) this.#startKeeping();
  }

  /** A trace of the past seconds, of what was kept. A request that ended in them is there from its beginning. */
  async last(seconds: number): Promise<Trace> {
    const kept = this.#kept;
    if (kept === undefined) {
      const why = this.#keepMillis > 0 ? "a trace is taken now" : "start with keepTrace (PPROF_KEEP_TRACE=30s)";
      throw new RuntimeError(`nothing is traced ahead of time: ${why}`);
    }
    kept.notes.read();
    const to = now();
    const { offsetMillis } = (await Promise.race([kept.clock, undefined])) ?? NO_CLOCK;
    const records = Number.isNaN(offsetMillis)
      ? []
      : kept.notes.kept.flatMap((slots) => [...recordsOf(slots, offsetMillis)]);
    const asked = to - seconds * 1e9;
    const from = Math.max(beginOf(records, asked), records[0]?.time ?? asked);
    const notes = [...kept.notes.said];
    const samples = await this.#cpu()
      .then((cpu) => cpu.lastTimed((to - from) / 1e9))
      .catch((error: unknown) => {
        notes.push(`there are no CPU samples: ${error instanceof Error ? error.message : error}`);
      });
    return assemble({
      from,
      to,
      isExact: false,
      stacks: new Map(),
      records: records.filter(({ time }) => time >= from),
      samples: samples === undefined ? [] : timedSamples(samples).filter(({ time }) => time >= from),
      notes: [...notes, ...(samples?.comments ?? [])],
      timeNanos: BigInt(Date.now()) * 1_000_000n - BigInt(Math.round(to - from)),
    });
  }

  #startKeeping(): void {
    this.#kept?.notes.end();
    const ended = this.#kept !== undefined && this.#keepMillis === 0;
    this.#kept = undefined;
    if (ended) void this.#record(null, undefined);
    if (this.#keepMillis === 0) return;
    const notes = new Notes(this.#keepMillis, this.#onSlow);
    this.#kept = { notes, clock: this.#record(notes.ring, false) };
  }

  /** A trace of the next seconds; rejects when the signal aborts. `exact`: see `TraceRecorder`. */
  async capture(seconds: number, exact: boolean | undefined, signal: AbortSignal): Promise<Trace> {
    const going = await this.#begin(exact);
    const partial = await waitFor(seconds, signal, this.#ending);
    const trace = await going.end(partial);
    signal.throwIfAborted();
    return trace;
  }

  /** Begins the program's own trace. */
  async start(exact: boolean | undefined): Promise<void> {
    this.#started = await this.#begin(exact);
  }

  /** Ends the program's own trace. */
  async stop(): Promise<Trace> {
    const started = this.#started;
    this.#started = undefined;
    if (started === undefined) throw new RuntimeError("tracing is not enabled");
    return started.end([]);
  }

  async #begin(exact: boolean | undefined): Promise<Going> {
    if (this.#traces) throw new RuntimeError("tracing is already enabled");
    this.#traces = true;
    const timeNanos = BigInt(Date.now()) * 1_000_000n;
    const from = now();
    this.#kept?.notes.end();
    this.#kept = undefined;
    const notes = new Notes();
    // A main thread that is held by a loop begins to note once that ends; it is sampled meanwhile.
    const clock = this.#record(notes.ring, exact);
    const samples = await this.#sample();
    return {
      end: async (partial) => {
        try {
          const to = now();
          const ended = within(END_MILLIS, this.#record(null, undefined)).catch(() => {});
          const [profile] = await Promise.all([samples.end(), ended]);
          notes.end();
          const { kept, said } = notes;
          // A main thread that has not answered by now has noted nothing.
          const { offsetMillis, isExact } = (await Promise.race([clock, undefined])) ?? NO_CLOCK;
          const records = Number.isNaN(offsetMillis)
            ? []
            : kept.flatMap((slots) => [...recordsOf(slots, offsetMillis)]);
          const silent = Number.isNaN(offsetMillis) ? ["the event loop did not turn: there are samples alone"] : [];
          return assemble({
            from,
            to,
            isExact,
            records,
            stacks: await awaitStacks(records, async (frames) => (await this.#cpu()).locate(frames)),
            samples: profile === undefined ? [] : timedSamples(profile),
            notes: [...partial, ...said, ...silent, ...samples.said, ...(profile?.comments ?? [])],
            timeNanos,
          });
        } finally {
          this.#traces = false;
          this.#startKeeping();
        }
      },
    };
  }

  /** Begins to sample; where that is not possible, the trace has no samples, and says why. */
  async #sample(): Promise<{ readonly said: string[]; end(): Promise<Profile | undefined> }> {
    const said: string[] = [];
    const failed = (error: unknown): undefined => {
      said.push(`there are no CPU samples: ${error instanceof Error ? error.message : error}`);
    };
    const begun = await this.#cpu()
      .then((cpu) => cpu.beginTimed())
      .catch(failed);
    return { said, end: async () => begun?.end().catch(failed) };
  }
}

/** When the earliest of the requests began that ended after a time, as far as records go back. */
function beginOf(records: readonly TraceRecord[], from: number): number {
  const begun = new Map<number, number>();
  let first = from;
  for (const { name, id, time } of records) {
    if (name === "request" && time < from) begun.set(id, time);
    else if (name === "answered" && time >= from) first = Math.min(first, begun.get(id) ?? first);
  }
  return first;
}

const NO_CLOCK: TraceClock = { offsetMillis: Number.NaN, isExact: false };

/** In nanoseconds of `process.hrtime`, which all threads share. */
function now(): number {
  return Number(process.hrtime.bigint());
}
