import type { CpuProfile } from "./cpu-profile.ts";
import type { Session } from "./session.ts";

/** What beginning anew may cost of the thread: V8 walks its heap, for 10 to 20 ms and 1 ms more for each MB. */
const START_SHARE = 0.01;
const START_MILLIS = 20;
/** A worker that ends takes the samples since the last slice along, so the first ones are short. */
const FIRST_MILLIS = 200;
const MOST_MILLIS = 30_000;

/**
 * V8's CPU profiler of a worker thread, its samples taken in slices; as `SliceProfiler`, but by commands that run no
 * JavaScript (`worker-commands.ts`). V8 has one such profile at a time: one ends before the next begins.
 */
export class WorkerProfiler {
  /** V8 has one rate for each session: what does not answer for long ends before the next begins. */
  static readonly #turns = new WeakMap<Session, Promise<void>>();
  readonly #session: Session;
  readonly #rate: number;
  readonly #take: (profile: CpuProfile) => void;
  #millis = FIRST_MILLIS;
  #timer: NodeJS.Timeout | undefined;
  #samples = false;

  /** `take` gets the slices, in order. */
  constructor(session: Session, rate: number, take: (profile: CpuProfile) => void) {
    this.#session = session;
    this.#rate = rate;
    this.#take = take;
  }

  start(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#samples) return;
      await this.#session.post("Profiler.enable");
      await this.#session.post("Profiler.setSamplingInterval", { interval: Math.round(1e6 / this.#rate) });
      await this.#session.post("Profiler.start");
      this.#samples = true;
      this.#millis = FIRST_MILLIS;
      this.#wait();
    });
  }

  /** Takes the samples so far. */
  cut(): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#samples) return;
      // Both at once, so that nothing comes between.
      const [stopped] = await Promise.all([this.#stop(), this.#session.post("Profiler.start")]);
      this.#take(stopped.profile);
    });
  }

  /** Takes the last samples, and lets go of V8's profiler. */
  stop(): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#samples) return;
      this.end();
      const { profile } = await this.#stop();
      await this.#session.post("Profiler.disable");
      this.#take(profile);
    });
  }

  /** The thread has ended: nothing more will come. */
  end(): void {
    this.#samples = false;
    clearTimeout(this.#timer);
  }

  #wait(): void {
    this.#timer = setTimeout(async () => {
      // What failed once may do the next time.
      await this.#cutInTime().catch(() => {});
      if (this.#samples) this.#wait();
    }, this.#millis);
  }

  async #cutInTime(): Promise<void> {
    await this.cut();
    const { usedSize } = await this.#session.post<{ usedSize: number }>("Runtime.getHeapUsage");
    const least = (START_MILLIS + usedSize / 2 ** 20) / START_SHARE;
    this.#millis = Math.min(2 * this.#millis, least, MOST_MILLIS);
  }

  #stop(): Promise<{ readonly profile: CpuProfile }> {
    return this.#session.post("Profiler.stop");
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const before = WorkerProfiler.#turns.get(this.#session) ?? Promise.resolve();
    const done = before.then(act);
    WorkerProfiler.#turns.set(
      this.#session,
      done.catch(() => {}),
    );
    return done;
  }
}
