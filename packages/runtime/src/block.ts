import { Heartbeat } from "./heartbeat.ts";
import type { LabelledRow } from "./recorded.ts";
import { REGISTRY } from "./registry.ts";
import type { Session } from "./session.ts";
import { type SyncCall, withoutWrappers } from "./sync-calls.ts";
import { makeStackReader, readSite, type Site } from "./target.ts";

/** How often a blocked thread is asked for its stack. */
const ASK_MILLIS = 10;
const MAX_STACKS = 10_000;

const registered = `globalThis[Symbol.for(${JSON.stringify(REGISTRY)})]`;
const expression = `({
  site: (${readSite})(${makeStackReader}, ${JSON.stringify(REGISTRY)}),
  at: Number(process.hrtime.bigint()),
  calls: ${registered}?.syncCalls.splice(0) ?? [],
})`;

/** What that gives: the stack at this time, and the calls that have ended before. */
interface Seen {
  readonly site: Site;
  readonly at: number;
  readonly calls: readonly SyncCall[];
}

/** The stacks met while the loop was held. */
interface Held {
  /** The last beat before. */
  readonly since: bigint;
  /** What the nanoseconds were spent on up to here is known. */
  until: number;
  readonly met: { readonly site: Site; readonly nanos: number }[];
}

/** How often the event loop has to beat so that the agent notices when it is held for this many nanoseconds. */
export function beatMillis(rate: number): number {
  return rate <= 0 ? 0 : Math.min(Math.max(rate / 2e6, 10), 250);
}

/**
 * Stacks on which the main thread's event loop was held. While its heartbeat is late, the inspector interrupts whatever
 * runs and asks for its stack; native code answers when it is done, from the function that had called it.
 */
export class BlockProfiler {
  readonly #rows = new Map<string, { -readonly [Key in keyof LabelledRow]: LabelledRow[Key] }>();
  readonly #session: Session;
  /** Called with the nanoseconds for which the loop was held, each time that it was. */
  onBlocked: (nanos: number) => void = () => {};
  #heartbeat: Heartbeat | undefined;
  #rate = 0;
  #timer: NodeJS.Timeout | undefined;
  #asking = false;
  #held: Held | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  /** How often the loop was held. */
  get count(): number {
    return [...this.#rows.values()].reduce((sum, { count }) => sum + count, 0);
  }

  get rate(): number {
    return this.#rate;
  }

  /** Watches from now on for the loop to be held for more than `rate` nanoseconds; 0 ends it. */
  watch(clock: SharedArrayBuffer, rate: number): void {
    clearInterval(this.#timer);
    this.#rate = rate;
    this.#heartbeat = new Heartbeat(clock);
    if (rate > 0) this.#timer = setInterval(() => this.#look(), ASK_MILLIS);
  }

  rows(): readonly LabelledRow[] {
    return [...this.#rows.values()];
  }

  #look(): void {
    const last = this.#heartbeat!.last();
    const beat = beatMillis(this.#rate) * 1e6;
    const late = Number(process.hrtime.bigint() - last) - beat;
    if (this.#held !== undefined && last > this.#held.since && !this.#asking) {
      this.#record(Number(last - this.#held.since) - beat, this.#held.met);
      this.#held = undefined;
    }
    if (late > Math.max(this.#rate, beat) && !this.#asking) void this.#ask(last);
  }

  async #ask(since: bigint): Promise<void> {
    this.#asking = true;
    try {
      const { result } = await this.#session.post<{ result: { value: Seen } }>("Runtime.evaluate", {
        expression,
        returnByValue: true,
        silent: true,
      });
      const { site, at, calls } = result.value;
      if (this.#held?.since !== since) this.#held = { since, until: Number(since), met: [] };
      const held = this.#held;
      const meet = ({ frames, labels }: Site, begun: number, ended: number): void => {
        const nanos = ended - Math.max(begun, held.until);
        if (frames.length === 0 || nanos <= 0) return;
        held.met.push({ site: { frames: withoutWrappers(frames), labels }, nanos });
        held.until = ended;
      };
      // Native code answers when it is done, and what JavaScript runs then may be another function's.
      for (const call of calls) meet(call, call.begun, call.ended);
      meet(site, held.until, at);
    } catch {
      // The process ends.
      clearInterval(this.#timer);
    } finally {
      this.#asking = false;
    }
  }

  /** A time in which the loop was held counts once, for the stack met longest; the time is shared out among all. */
  #record(nanos: number, met: Held["met"]): void {
    this.onBlocked(nanos);
    const bySite = new Map<string, { readonly site: Site; nanos: number }>();
    for (const one of met) {
      const key = JSON.stringify(one.site);
      const known = bySite.get(key);
      if (known === undefined) bySite.set(key, { ...one });
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
