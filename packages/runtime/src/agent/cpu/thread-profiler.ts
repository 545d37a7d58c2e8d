import { randomUUID } from "node:crypto";
import type { Session } from "../inspector/session.ts";
import { TurnsOf } from "../inspector/turns.ts";
import { within } from "../inspector/within.ts";
import type { CpuProfile } from "./slice.ts";

/** What beginning anew may cost of a thread where it is not kept warm: V8 walks its heap, for 10 to 20 ms and 1 ms for each MB. */
const START_SHARE = 0.01;
const START_MILLIS = 20;
/** A worker that ends takes the samples since the last slice along, so the first ones are short. */
const FIRST_MILLIS = 200;
const MOST_MILLIS = 30_000;
/**
 * Where it is kept warm, how many nodes of V8's call tree a slice should have: V8 makes a text of them on the profiled thread,
 * 5 to 6 µs each, and that is the time for which taking a slice stops the program.
 */
const NODES = 600;
/** The first slice then: what a program does is not known yet, and each sample may be a path of its own. */
const FIRST_SAMPLES = 40;
/** However little a program does, it may begin to do more at any time. */
const MOST = { samples: 300, millis: 3_000 };
const LEAST_MILLIS = 50;
/** How long the event loop may take to open a profile before the first one begins without. */
const OPEN_MILLIS = 200;
/** How often V8 may refuse the rate, for a profile has begun in the very moment, before that is an error. */
const ENABLE_TRIES = 3;

/**
 * Has a thread begin and end profiles by its console as its event loop turns; resolves with who would be disturbed by one, where
 * none was begun for that, and else undefined.
 */
export type ConsoleProfiles = (begin: string | undefined, end: string | undefined) => Promise<string | undefined>;

/**
 * V8's CPU profiler of a thread, its samples taken in slices: at the end of a capture all at once would stop the program for a
 * time that grows with what it did.
 *
 * Its commands run no JavaScript in the thread, for that may be ended there in place of the program's (`worker-commands.ts`).
 * V8 has one such profile at a time: one ends before the next begins, and for each that begins it walks the heap, unless
 * another one is open. The program's own thread keeps one open by its console, from its event loop: it is exchanged from time
 * to time, so that it stays small, and nobody looks at it. V8's console tells every client of the inspector, each of which takes
 * such a profile too, so that is left where another client is known.
 */
export class ThreadProfiler {
  /** V8 has one rate for each session: what does not answer for long ends before the next begins. */
  static readonly #turns = new TurnsOf<Session>();
  readonly #session: Session;
  readonly #rate: number;
  readonly #take: (profile: CpuProfile) => void;
  readonly #console: ConsoleProfiles | undefined;
  /** Every session of the process hears of every profile, so also that of another copy of this package. */
  readonly #name = `pprof ${randomUUID()}`;
  #kept = -1;
  #kepts = 0;
  /** How often it has let go: what the event loop does for it may come after that. */
  #closings = 0;
  #disturbed: string | undefined;
  #keeping: NodeJS.Timeout | undefined;
  #millis = FIRST_MILLIS;
  #timer: NodeJS.Timeout | undefined;
  #open = false;
  #samples = false;

  /** `take` gets the slices, in order. `console`: keeps it warm. */
  constructor(session: Session, rate: number, take: (profile: CpuProfile) => void, console?: ConsoleProfiles) {
    this.#session = session;
    this.#rate = rate;
    this.#take = take;
    this.#console = console;
  }

  /** Whether V8 need not walk the heap for a profile that begins. */
  get #isWarm(): boolean {
    return this.#kept >= 0;
  }

  /** Which other client of the inspector it is not kept warm for: that would be told of each profile of the console. */
  get disturbed(): string | undefined {
    return this.#disturbed;
  }

  /** Warms up, so that `start` costs nothing that grows with the heap. */
  open(): Promise<void> {
    return this.#inTurn(() => this.#prepare());
  }

  start(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#samples) return;
      await this.#prepare();
      await this.#session.post("Profiler.start");
      this.#samples = true;
      this.#millis = this.#isWarm ? (FIRST_SAMPLES * 1000) / this.#rate : FIRST_MILLIS;
      this.#wait();
    });
  }

  /** Takes the samples so far. */
  cut(): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#samples) return;
      // Both at once, so that nothing comes between.
      const [stopped] = await Promise.all([this.#stop(), this.#session.post("Profiler.start")]);
      this.#took(stopped.profile);
    });
  }

  /** Takes the last samples. */
  stop(): Promise<void> {
    return this.#inTurn(() => this.#end());
  }

  /** Takes the last samples, and lets go of V8's profiler. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      try {
        await this.#end();
      } finally {
        await this.#letGo();
      }
    });
  }

  /** The thread has ended: nothing more will come. */
  end(): void {
    this.#samples = false;
    clearTimeout(this.#timer);
    clearTimeout(this.#keeping);
  }

  async #prepare(): Promise<void> {
    if (this.#open) return;
    await this.#enable();
    this.#open = true;
    // A loop that is held does it when it turns: until then, a profile begins cold.
    if (this.#console !== undefined) await within(OPEN_MILLIS, this.#exchange()).catch(() => {});
  }

  async #enable(): Promise<void> {
    const interval = Math.round(1e6 / this.#rate);
    for (let left = ENABLE_TRIES; ; left--) {
      try {
        await this.#session.post("Profiler.enable");
        return await this.#session.post("Profiler.setSamplingInterval", { interval });
      } catch (error) {
        // A profile by the console that somebody asked for, a sampler before this one too, has just begun in this session.
        await this.#session.post("Profiler.disable");
        if (left === 0) throw error;
      }
    }
  }

  /** Opens the next profile that keeps it warm, and ends the one before. */
  async #exchange(): Promise<void> {
    const next = this.#kepts++;
    const closings = this.#closings;
    const before = this.#isWarm ? `${this.#name} ${this.#kept}` : undefined;
    const disturbed = await this.#console!(`${this.#name} ${next}`, before);
    if (closings !== this.#closings) {
      // The loop came to it when nobody wanted it any more: V8 would fill it for ever, and refuse another rate.
      if (disturbed === undefined) await this.#console!(undefined, `${this.#name} ${next}`);
      return;
    }
    this.#disturbed = disturbed;
    this.#kept = disturbed === undefined ? next : -1;
    this.#keeping = setTimeout(() => void this.#exchange().catch(() => {}), this.#mostMillis);
  }

  async #letGo(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#closings++;
    clearTimeout(this.#keeping);
    // Other sessions have it as well; ours forgets it at once.
    if (this.#isWarm) void this.#console!(undefined, `${this.#name} ${this.#kept}`).catch(() => {});
    this.#kept = -1;
    await this.#session.post("Profiler.disable");
  }

  async #end(): Promise<void> {
    if (!this.#samples) return;
    this.#samples = false;
    clearTimeout(this.#timer);
    this.#took((await this.#stop()).profile);
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
    if (this.#isWarm) return;
    const { usedSize } = await this.#session.post<{ usedSize: number }>("Runtime.getHeapUsage");
    const least = (START_MILLIS + usedSize / 2 ** 20) / START_SHARE;
    this.#millis = Math.min(2 * this.#millis, least, MOST_MILLIS);
  }

  #took(profile: CpuProfile): void {
    if (this.#isWarm) {
      const lasted = (profile.endTime - profile.startTime) / 1000;
      const fit = (lasted * NODES) / profile.nodes.length;
      // Paths repeat: twice the time has less than twice the nodes, so the way up is in steps.
      this.#millis = Math.max(Math.min(fit, 2 * this.#millis, this.#mostMillis), LEAST_MILLIS);
    }
    this.#take(profile);
  }

  get #mostMillis(): number {
    return Math.max(Math.min((MOST.samples * 1000) / this.#rate, MOST.millis), LEAST_MILLIS);
  }

  #stop(): Promise<{ readonly profile: CpuProfile }> {
    return this.#session.post("Profiler.stop");
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    return ThreadProfiler.#turns.of(this.#session).take(act);
  }
}
