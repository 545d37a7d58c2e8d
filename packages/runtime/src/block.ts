import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { BroadcastChannel } from "node:worker_threads";
import { evaluate } from "./evaluate.ts";
import { ASK_MILLIS, EventLoop, type Met } from "./event-loop.ts";
import { type HeartbeatStarted, setHeartbeat } from "./heartbeat.ts";
import type { LabelledRow } from "./recorded.ts";
import { makeStackReader, type Site } from "./target.ts";
import type { Thread, Threads } from "./threads.ts";
import { within } from "./within.ts";

const MAX_STACKS = 10_000;
/** How long the end waits for a thread in native code to stop its timer. */
const END_MILLIS = 3_000;

/** How often an event loop has to beat so that it is noticed when it is held for this many nanoseconds. */
function beatMillisOf(rate: number): number {
  return Math.min(Math.max(rate / 2e6, 10), 250);
}

/** Stacks on which the event loop of a thread was held, of all threads. */
export class BlockProfiler {
  readonly #rows = new Map<string, { -readonly [Key in keyof LabelledRow]: LabelledRow[Key] }>();
  readonly #threads: Threads;
  /** Called with the nanoseconds for which the main thread's loop was held, each time that it was. */
  onBlocked: (nanos: number) => void = () => {};
  #end: (() => Promise<void>) | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(threads: Threads) {
    this.#threads = threads;
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
    const done = this.#turn.then(async () => {
      const end = this.#end;
      this.#end = undefined;
      await end?.();
      if (rate > 0) this.#end = await this.#watch(rate);
    });
    this.#turn = done.catch(() => {});
    return done;
  }

  async #watch(rate: number): Promise<() => Promise<void>> {
    const beatMillis = beatMillisOf(rate);
    // Another copy of this package may watch as well.
    const name = `@pprof-ts/runtime/heartbeat ${randomUUID()}`;
    const loops = new Map<Thread, EventLoop>();
    let lastId = 0;
    const channel = new BroadcastChannel(name);
    channel.onmessage = (message) => {
      const { id, clock } = (message as { data: HeartbeatStarted }).data;
      const loop = [...loops.values()].find((one) => one.id === id);
      if (loop !== undefined) loop.clock = clock;
    };
    const beat = async ({ session }: Thread, id: number, millis: number): Promise<boolean> => {
      const expression = `(${setHeartbeat})(${makeStackReader}, ${JSON.stringify(name)}, ${id}, ${millis})`;
      const { result } = await evaluate(session, expression);
      return result.value === true;
    };
    const unwatch = await this.#threads.beginEach(
      async (thread) => {
        const onHeld = (nanos: number, met: readonly Met[]): void => this.#record(thread, nanos, met);
        const id = ++lastId;
        loops.set(thread, new EventLoop(thread.session, { id, beatMillis, rate, name, onHeld }));
        while (loops.has(thread) && !(await beat(thread, id, beatMillis))) await sleep(ASK_MILLIS);
      },
      (thread) => {
        loops.get(thread)?.end();
        loops.delete(thread);
      },
    );
    const timer = setInterval(() => {
      for (const loop of loops.values()) loop.look();
    }, ASK_MILLIS);
    return async () => {
      clearInterval(timer);
      channel.close();
      const watched = [...loops.keys()];
      loops.clear();
      await Promise.allSettled(watched.map((thread) => within(END_MILLIS, beat(thread, 0, 0))));
      await unwatch();
    };
  }

  /** A time in which a loop was held counts once, for the stack met longest; the time is shared out among all. */
  #record(thread: Thread, nanos: number, met: readonly Met[]): void {
    if (thread === this.#threads.main) this.onBlocked(nanos);
    const bySite = new Map<string, { readonly site: Site; nanos: number }>();
    for (const one of met) {
      const site = { ...one.site, labels: { thread: thread.name, ...one.site.labels } };
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
