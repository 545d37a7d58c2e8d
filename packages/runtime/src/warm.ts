import type { CpuProfile } from "./cpu-profile.ts";
import type { Session } from "./session.ts";

/** How long V8 keeps samples before they are taken from it. Taking them stops the program for 4 to 6 ms. */
const ROTATE_MILLIS = 15_000;

/**
 * Keeps V8's CPU profiler running on a thread. V8 walks the heap when its first profile starts, 1 ms for each MB, and not
 * while another one is open; so one is always kept open, and the samples of the past minutes with it.
 */
export class WarmProfiler {
  readonly rate: number;
  readonly #session: Session;
  readonly #keepMillis: number;
  readonly #segments: { readonly endMillis: number; readonly profile: CpuProfile }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #id = 0;

  /** `keepMillis`: for how long samples are remembered; 0: not at all. */
  constructor(session: Session, rate: number, keepMillis: number) {
    this.#session = session;
    this.rate = rate;
    this.#keepMillis = keepMillis;
    session.on("Profiler.consoleProfileFinished", ({ title, profile }: { title?: string; profile: CpuProfile }) => {
      if (title?.startsWith("pprof ")) this.#keep(profile);
    });
  }

  get keepSeconds(): number {
    return this.#keepMillis / 1000;
  }

  async start(): Promise<void> {
    await this.#session.post("Profiler.enable");
    await this.#session.post("Profiler.setSamplingInterval", { interval: Math.round(1e6 / this.rate) });
    await this.#open();
    this.#timer = setInterval(() => void this.rotate().catch(() => clearInterval(this.#timer)), ROTATE_MILLIS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#turn;
    await this.#end(this.#id);
  }

  /** Takes the samples so far from V8: a new profile opens before the old one ends. */
  rotate(): Promise<void> {
    const turn = this.#turn.then(async () => {
      const old = this.#id;
      await this.#open();
      await this.#end(old);
    });
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** What was recorded in the last seconds, in order. */
  async last(seconds: number): Promise<CpuProfile[]> {
    await this.rotate();
    const from = Date.now() - seconds * 1000;
    return this.#segments.filter(({ endMillis }) => endMillis > from).map(({ profile }) => profile);
  }

  #keep(profile: CpuProfile): void {
    const endMillis = Date.now();
    if (this.#keepMillis > 0) this.#segments.push({ endMillis, profile });
    while ((this.#segments[0]?.endMillis ?? endMillis) < endMillis - this.#keepMillis) this.#segments.shift();
  }

  /** `profile` and `profileEnd` are of V8's command line: no console of the program's is touched. */
  async #open(): Promise<void> {
    await this.#evaluate(`profile("pprof ${++this.#id}")`);
  }

  async #end(id: number): Promise<void> {
    await this.#evaluate(`profileEnd("pprof ${id}")`);
  }

  async #evaluate(expression: string): Promise<void> {
    await this.#session.post("Runtime.evaluate", { expression, includeCommandLineAPI: true, silent: true });
  }
}
