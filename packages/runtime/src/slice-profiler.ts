import { randomUUID } from "node:crypto";
import type { CpuProfile } from "./cpu-profile.ts";
import { evaluate } from "./evaluate.ts";
import type { Session } from "./session.ts";

/**
 * How many nodes of V8's call tree a slice should have: V8 makes a text of them on the profiled thread, 5 to 6 µs each, and
 * that is the time for which taking a slice stops the program.
 */
const NODES = 600;
/** The first slice: what a program does is not known yet, and each sample may be a path of its own. */
const FIRST_SAMPLES = 40;
/** However little a program does, it may begin to do more at any time. */
const MOST = { samples: 300, millis: 3_000 };
const LEAST_MILLIS = 50;

/**
 * V8's CPU profiler of the main thread, its samples taken in slices: at the end of a capture all at once would stop the program for
 * a time that grows with what it did; a slice stops it for about 3 ms.
 *
 * A new profile opens before the old one ends. While one is open, V8 need not walk the heap to begin another: that takes
 * 1 ms for each MB, at the start of the first.
 */
export class SliceProfiler {
  /** V8 has one rate for each session: what does not answer for long ends before the next begins. */
  static readonly #turns = new WeakMap<Session, Promise<void>>();
  readonly #session: Session;
  readonly #rate: number;
  readonly #take: (profile: CpuProfile) => void;
  /** Every session of the process hears of every profile, so also that of another copy of this package. */
  readonly #name = `pprof ${randomUUID()}`;
  #id = 0;
  #millis: number;
  #timer: NodeJS.Timeout | undefined;
  #forget: (() => void) | undefined;
  #stopped = false;

  /** `take` gets the slices, in order. */
  constructor(session: Session, rate: number, take: (profile: CpuProfile) => void) {
    this.#session = session;
    this.#rate = rate;
    this.#take = take;
    this.#millis = (FIRST_SAMPLES * 1000) / rate;
  }

  start(): Promise<void> {
    return this.#inTurn(async () => {
      this.#forget = this.#session.on("Profiler.consoleProfileFinished", (finished: Finished) => {
        if (finished.title?.startsWith(this.#name)) this.#took(finished.profile);
      });
      await this.#session.post("Profiler.enable");
      await this.#session.post("Profiler.setSamplingInterval", { interval: Math.round(1e6 / this.#rate) });
      await this.#tell(`console.profile("${this.#name} 0");`);
      this.#wait();
    });
  }

  /** Takes the samples so far. */
  cut(): Promise<void> {
    return this.#inTurn(() => {
      const old = this.#id++;
      return this.#tell(`console.profile("${this.#name} ${this.#id}"); console.profileEnd("${this.#name} ${old}");`);
    });
  }

  /** Takes the last samples, and lets go of V8's profiler. */
  stop(): Promise<void> {
    return this.#inTurn(async () => {
      this.#stopped = true;
      clearTimeout(this.#timer);
      try {
        await this.#tell(`console.profileEnd("${this.#name} ${this.#id}");`);
        await this.#session.post("Profiler.disable");
      } finally {
        this.#forget?.();
      }
    });
  }

  #wait(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(async () => {
      // What failed once may do the next time.
      await this.cut().catch(() => {});
      this.#wait();
    }, this.#millis);
  }

  #took(profile: CpuProfile): void {
    const lasted = (profile.endTime - profile.startTime) / 1000;
    const fit = (lasted * NODES) / profile.nodes.length;
    const most = Math.max(Math.min((MOST.samples * 1000) / this.#rate, MOST.millis), LEAST_MILLIS);
    // Paths repeat: twice the time has less than twice the nodes, so the way up is in steps.
    this.#millis = Math.max(Math.min(fit, 2 * this.#millis, most), LEAST_MILLIS);
    this.#take(profile);
  }

  /** Tells V8's console, and not the program's, which the program may have changed. */
  async #tell(calls: string): Promise<void> {
    const body = `const { console } = process.getBuiltinModule("node:inspector"); ${calls}`;
    await evaluate(this.#session, `(() => { ${body} })()`);
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const before = SliceProfiler.#turns.get(this.#session) ?? Promise.resolve();
    const done = before.then(() => (this.#stopped ? undefined : act()));
    SliceProfiler.#turns.set(
      this.#session,
      done.catch(() => {}),
    );
    return done;
  }
}

interface Finished {
  readonly title?: string;
  readonly profile: CpuProfile;
}
