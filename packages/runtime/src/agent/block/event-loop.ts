import { REGISTRY } from "../../exchange/registry-name.ts";
import { type SyncCall, withoutWrappers } from "../../exchange/sync-call.ts";
import { makeStackReader, readSite, type Site } from "../../target/stack-reader.ts";
import { evaluate } from "../inspector/evaluate.ts";
import type { Session } from "../inspector/session.ts";

/** Each so many milliseconds the heartbeat is read; where it is late, the thread is asked for its stack. */
export const ASK_MILLIS = 10;
/** A thread may be held for days: it is asked again only when it has been held for 1 % longer than the last time. */
const ASK_SHARE = 0.01;

/** What a thread answers: the stack at this time, the last beat before, and the calls that have ended. */
interface Seen {
  readonly site: Site;
  readonly at: number;
  readonly beat: number;
  readonly calls: readonly SyncCall[];
}

/** A stack met while the loop was held, and for how long. */
export interface Met {
  readonly site: Site;
  readonly nanos: number;
}

/** The stacks met while the loop was held. */
interface Held {
  /** The last beat before. */
  readonly since: bigint;
  /** Up to this time of `process.hrtime`, in nanoseconds, it is known what held it. */
  until: number;
  readonly met: Met[];
}

interface Watching {
  /** How often it beats. */
  readonly beatMillis: number;
  /** For how many nanoseconds it may be held. */
  readonly rate: number;
  /** The symbol in the thread that its clock stands under. */
  readonly name: string;
  /** Called each time that it was held, with the nanoseconds. */
  readonly onHeld: (nanos: number, met: readonly Met[]) => void;
}

/**
 * The event loop of a thread, watched for being held. While its heartbeat is late, the inspector interrupts whatever runs
 * and asks for its stack; native code answers when it is done, from the function that had called it.
 */
export class EventLoop {
  readonly #session: Session;
  readonly #watching: Watching;
  readonly #expression: string;
  /** Its heartbeat, as soon as that has come. */
  clock: BigInt64Array | undefined;
  #asking = false;
  #askedAt = 0n;
  #held: Held | undefined;

  constructor(session: Session, watching: Watching) {
    this.#session = session;
    this.#watching = watching;
    const registered = `globalThis[Symbol.for(${JSON.stringify(REGISTRY)})]`;
    this.#expression = `({
      site: (${readSite})(${makeStackReader}, ${JSON.stringify(REGISTRY)}),
      at: Number(process.hrtime.bigint()),
      beat: Number(globalThis[Symbol.for(${JSON.stringify(watching.name)})]?.clock[0] ?? 0),
      calls: ${registered}?.syncCalls.splice(0) ?? [],
    })`;
  }

  look(): void {
    if (this.clock === undefined || this.#asking) return;
    const last = Atomics.load(this.clock, 0);
    if (this.#held !== undefined && last > this.#held.since) this.#tell(Number(last));
    const now = process.hrtime.bigint();
    const beat = this.#watching.beatMillis * 1e6;
    const late = Number(now - last) - beat;
    if (late <= Math.max(this.#watching.rate, beat) || Number(now - this.#askedAt) < late * ASK_SHARE) return;
    this.#askedAt = now;
    void this.#ask(last);
  }

  #tell(until: number): void {
    const { since, met } = this.#held!;
    this.#held = undefined;
    const nanos = until - Number(since) - this.#watching.beatMillis * 1e6 - this.#ownWork(Number(since), until, since);
    if (nanos > Math.max(this.#watching.rate - this.#watching.beatMillis * 1e6, 0)) this.#watching.onHeld(nanos, met);
  }

  /** For how much of this time the thread did what the profiler had asked for, which is none of the program's. */
  #ownWork(from: number, to: number, since: bigint): number {
    return this.#session.ownWork?.within(from, to, Number(since), this.#watching.beatMillis * 2e6) ?? 0;
  }

  async #ask(since: bigint): Promise<void> {
    this.#asking = true;
    try {
      const { result } = await evaluate<Seen>(this.#session, this.#expression, {
        returnByValue: true,
        atOnce: true,
      });
      const { site, at, beat, calls } = result.value;
      if (this.#held?.since !== since) this.#held = { since, until: Number(since), met: [] };
      const held = this.#held;
      const meet = ({ frames, labels }: Site, begun: number, ended: number): void => {
        const from = Math.max(begun, held.until);
        const nanos = ended - from - this.#ownWork(from, ended, since);
        if (frames.length === 0 || nanos <= 0) return;
        held.met.push({ site: { frames: withoutWrappers(frames), labels }, nanos });
        held.until = ended;
      };
      // Native code answers when it is done, and what JavaScript runs then may be another function's.
      for (const call of calls) meet(call, call.begun, call.ended);
      // Once the loop has turned, what runs is not what held it.
      if (beat === Number(since)) meet(site, held.until, at);
    } catch {
      // The thread has ended, or the process; or its stack was full, and is not the next time.
    } finally {
      this.#asking = false;
    }
  }
}
