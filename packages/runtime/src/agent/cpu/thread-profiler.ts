import { randomUUID } from "node:crypto";
import type { ByConsole } from "../../exchange/messages.ts";
import type { Coverage } from "../inspector/coverage.ts";
import type { Session } from "../inspector/session.ts";
import { TurnsOf } from "../inspector/turns.ts";
import { within } from "../inspector/within.ts";
import type { CpuProfile } from "./slice.ts";

/**
 * What beginning anew may cost of a thread where it is not kept warm: V8 walks its heap, for 10 to 20 ms and 1 ms for each MB, and
 * once more where it is to forget what it has compiled.
 */
const START_SHARE = 0.01;
const START_MILLIS = 20;
/** How much longer each slice is than the one before, until beginning anew costs no more than that. */
const GROWTH = 4;
/** The least share of a slice's samples that JavaScript has where the thread does something. */
const BUSY_SHARE = 0.05;
/** A worker that ends takes the samples since the last slice along, so the first ones are short: most so where it has just begun. */
const FIRST_MILLIS = 2_000;
const YOUNG_MILLIS = 200;
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
/** How long it may take to end one, before all that V8 does for this session ends. */
const CONSOLE_MILLIS = 2_000;
/** How often V8 may refuse the rate, for a profile has begun in the very moment, before that is an error. */
const ENABLE_TRIES = 3;

/** Has a thread begin and end profiles by its console as its event loop turns. */
export type ConsoleProfiles = (begin: string | undefined, end: string | undefined) => Promise<ByConsole>;

/**
 * V8's CPU profiler of a thread, its samples taken in slices: at the end of a capture all at once would stop the program for a
 * time that grows with what it did.
 *
 * Its commands run no JavaScript in the thread, for that may be ended there in place of the program's (`worker-commands.ts`).
 * V8 has one such profile at a time: one ends before the next begins, and for each that begins it walks the heap, unless
 * another one is open. The program's own thread keeps one open by its console, from its event loop: it is exchanged from time
 * to time, so that it stays small, and nobody looks at it. V8's console tells every client of the inspector, each of which takes
 * such a profile too, so that is left where another client is known.
 *
 * On that walk V8 finds the code of all functions but what it has compiled for a loop while that ran: its samples would go to
 * the caller, for as long as the thread lives. So V8 is made to forget what it has compiled, once somebody wants the samples, by
 * a coverage that begins and ends at once; the hot functions are compiled again within a fraction of a second, and the profile is
 * told. Nothing is taken so from somebody known to count coverage, and the index says when it may have been from others.
 */
export class ThreadProfiler {
  /** V8 has one rate for each session: what does not answer for long ends before the next begins. */
  static readonly #turns = new TurnsOf<Session>();
  /** What event loops were asked to do by their console, and have not come to yet. */
  static readonly #asked = new WeakMap<Session, Promise<unknown>>();
  readonly #session: Session;
  readonly #rate: number;
  readonly #take: (profile: CpuProfile) => void;
  readonly #coverage: Coverage;
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
  /** Whether V8 has told the profile that keeps it warm of all code. */
  #whole = false;

  /** `take` gets the slices, in order. `console`: keeps it warm. */
  constructor(
    session: Session,
    rate: number,
    take: (profile: CpuProfile) => void,
    coverage: Coverage,
    console?: ConsoleProfiles,
  ) {
    this.#session = session;
    this.#rate = rate;
    this.#take = take;
    this.#coverage = coverage;
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

  /** Warms up, so that `start` costs nothing that grows with the heap; where that would disturb another client, it does nothing. */
  open(): Promise<void> {
    return this.#inTurn(async () => {
      const asked = this.#console && this.#ask(undefined, undefined);
      this.#disturbed = asked && (await within(OPEN_MILLIS, asked).catch(() => undefined))?.disturbed;
      if (this.#disturbed === undefined) await this.#prepare();
    });
  }

  /** `young`: the thread has just begun. */
  start(young = false): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#samples) return;
      await this.#prepare();
      await Promise.all([this.#session.post("Profiler.start"), this.#whole || this.#forget()]);
      this.#whole = this.#isWarm;
      this.#samples = true;
      this.#millis = this.#isWarm ? (FIRST_SAMPLES * 1000) / this.#rate : young ? YOUNG_MILLIS : FIRST_MILLIS;
      this.#wait();
    });
  }

  /** Takes the samples so far. */
  cut(): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#samples) return;
      // Both at once, so that nothing comes between.
      const [{ profile }] = await Promise.all([this.#stop(), this.#session.post("Profiler.start")]);
      if (!this.#whole && isBusy(profile)) await this.#forget();
      this.#took(profile);
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
        if (left === 0) throw error;
        // One of before goes on in this session, or one by the console: a sampler's before this one, until the event loop comes to
        // its end, or somebody else's. Only for those is it worth the coverage that others have V8 count (`coverage.ts`).
        if (left === ENABLE_TRIES) {
          await this.#stop().catch(() => {});
          await within(CONSOLE_MILLIS, ThreadProfiler.#asked.get(this.#session) ?? Promise.resolve()).catch(() => {});
        } else await this.#session.post("Profiler.disable");
      }
    }
  }

  /** Opens the next profile that keeps it warm, and ends the one before. */
  async #exchange(): Promise<void> {
    const next = this.#kepts++;
    const closings = this.#closings;
    const before = this.#isWarm ? `${this.#name} ${this.#kept}` : undefined;
    const { disturbed } = await this.#ask(`${this.#name} ${next}`, before);
    if (closings !== this.#closings) {
      // The loop came to it when nobody wanted it any more: V8 would fill it for ever, and refuse another rate.
      if (disturbed === undefined) await this.#ask(undefined, `${this.#name} ${next}`);
      return;
    }
    this.#disturbed = disturbed;
    this.#whole &&= disturbed === undefined && before !== undefined;
    this.#kept = disturbed === undefined ? next : -1;
    this.#keeping = setTimeout(() => void this.#exchange().catch(() => {}), this.#mostMillis);
  }

  /** Asks the event loop, by its console. */
  #ask(begin: string | undefined, end: string | undefined): Promise<ByConsole> {
    const asked = this.#console!(begin, end).then((answer) => {
      this.#coverage.mayBeInMain = answer.inspects;
      return answer;
    });
    const before = ThreadProfiler.#asked.get(this.#session);
    const all = Promise.allSettled([before, asked]).then(() => {});
    ThreadProfiler.#asked.set(this.#session, all);
    return asked;
  }

  async #letGo(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#closings++;
    clearTimeout(this.#keeping);
    // V8 takes another rate as soon as the loop has come to this.
    const ended = this.#isWarm && this.#ask(undefined, `${this.#name} ${this.#kept}`);
    this.#kept = -1;
    if (ended) await within(OPEN_MILLIS, ended).catch(() => {});
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
    const walk = START_MILLIS + usedSize / 2 ** 20;
    const walks = this.#coverage.by === undefined ? 2 : 1;
    this.#millis = Math.min(GROWTH * this.#millis, (walks * walk) / START_SHARE, MOST_MILLIS);
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

  /** Has V8 forget what it has compiled, where a profile that has just begun does not know all of it and nobody is known to count coverage. */
  async #forget(): Promise<void> {
    if (this.#coverage.by !== undefined || (this.#console !== undefined && this.#coverage.mayBeInMain)) return;
    this.#coverage.take();
    // Where V8 cannot, there is the profile still.
    await Promise.allSettled([
      this.#session.post("Profiler.startPreciseCoverage", { callCount: false, detailed: false }),
      this.#session.post("Profiler.stopPreciseCoverage"),
    ]);
  }

  #stop(): Promise<{ readonly profile: CpuProfile }> {
    return this.#session.post("Profiler.stop");
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    return ThreadProfiler.#turns.of(this.#session).take(act);
  }
}

/** Whether the thread ran JavaScript: what V8 puts in brackets is none. */
function isBusy({ nodes, samples = [] }: CpuProfile): boolean {
  const others = new Set(nodes.filter(({ callFrame }) => callFrame.scriptId === "0").map(({ id }) => id));
  return samples.filter((id) => !others.has(id)).length > BUSY_SHARE * samples.length;
}
