import { randomUUID } from "node:crypto";
import { BroadcastChannel } from "node:worker_threads";
import { setHeartbeat } from "../../target/heartbeat.ts";
import type { Site } from "../../target/stack-reader.ts";
import type { LabelledRow } from "../code/recorded-rows.ts";
import { evaluate } from "../inspector/evaluate.ts";
import type { Thread } from "../inspector/threads.ts";
import { Turns } from "../inspector/turns.ts";
import { within } from "../inspector/within.ts";
import { ASK_MILLIS, EventLoop, type Met } from "./event-loop.ts";

const MAX_STACKS = 10_000;
/** How long the end waits for a thread in native code to stop its timer. */
const END_MILLIS = 3_000;

/** How often an event loop has to beat so that it is noticed when it is held for this many nanoseconds. */
function beatMillisOf(rate: number): number {
  return Math.min(Math.max(rate / 2e6, 10), 250);
}

/**
 * Stacks on which the event loop of the main thread was held. A worker could tell neither its beats nor its stack without
 * running JavaScript for the inspector, which might end the process (`worker-commands.ts`).
 */
export class BlockProfiler {
  readonly #rows = new Map<string, { -readonly [Key in keyof LabelledRow]: LabelledRow[Key] }>();
  readonly #main: Thread;
  /** Called with the nanoseconds for which the main thread's loop was held, each time that it was. */
  onBlocked: (nanos: number) => void = () => {};
  #end: (() => Promise<void>) | undefined;
  readonly #turns = new Turns();

  constructor(main: Thread) {
    this.#main = main;
  }

  /** How often a loop was held. */
  get count(): number {
    return [...this.#rows.values()].reduce((sum, { count }) => sum + count, 0);
  }

  rows(): readonly LabelledRow[] {
    return [...this.#rows.values()];
  }

  /** Watches from now on for loops to be held for more than `rate` nanoseconds; 0 ends it. */
  watch(rate: number): Promise<void> {
    return this.#turns.take(async () => {
      const end = this.#end;
      this.#end = undefined;
      await end?.();
      if (rate > 0) this.#end = await this.#watch(rate);
    });
  }

  async #watch(rate: number): Promise<() => Promise<void>> {
    const beatMillis = beatMillisOf(rate);
    // Another copy of this package may watch as well.
    const name = `@pprof-ts/runtime/heartbeat ${randomUUID()}`;
    const onHeld = (nanos: number, met: readonly Met[]): void => this.#record(nanos, met);
    const loop = new EventLoop(this.#main.session, { beatMillis, rate, name, onHeld });
    const channel = new BroadcastChannel(name);
    channel.onmessage = (message) => {
      loop.clock = (message as { data: BigInt64Array }).data;
    };
    const beat = async (millis: number): Promise<void> => {
      await evaluate(this.#main.session, `(${setHeartbeat})(${JSON.stringify(name)}, ${millis})`);
    };
    await beat(beatMillis);
    const timer = setInterval(() => loop.look(), ASK_MILLIS);
    return async () => {
      clearInterval(timer);
      channel.close();
      await within(END_MILLIS, beat(0)).catch(() => {});
    };
  }

  /** A time in which a loop was held counts once, for the stack met longest; the time is shared out among all. */
  #record(nanos: number, met: readonly Met[]): void {
    this.onBlocked(nanos);
    const bySite = new Map<string, { readonly site: Site; nanos: number }>();
    for (const one of met) {
      const site = { ...one.site, labels: { thread: this.#main.name, ...one.site.labels } };
      const key = JSON.stringify(site);
      const known = bySite.get(key);
      if (known === undefined) bySite.set(key, { site, nanos: one.nanos });
      else known.nanos += one.nanos;
    }
    const sum = met.reduce((total, one) => total + one.nanos, 0);
    const longestFirst = [...bySite].sort(([, a], [, b]) => b.nanos - a.nanos);
    for (const [rank, [key, { site, nanos: share }]] of longestFirst.entries()) {
      const row = this.#rows.get(key) ?? { ...site, count: 0, nanos: 0 };
      row.count += rank === 0 ? 1 : 0;
      row.nanos += (nanos * share) / sum;
      if (this.#rows.size < MAX_STACKS) this.#rows.set(key, row);
    }
  }
}
