import { BroadcastChannel } from "node:worker_threads";
import { ATOMICS_CHANNEL, type AtomicsEvent } from "../../exchange/atomics-channel.ts";
import { StackCounts, type StackRow } from "../../exchange/stack-counts.ts";
import type { SiteFrame } from "../../target/stack-reader.ts";

/** How many waits and notifications are kept that have not met their like. */
const MAX_UNMATCHED = 1_000;

interface Wait {
  readonly since: number;
  readonly until: number;
}

interface Notification {
  readonly at: number;
  left: number;
  readonly frames: SiteFrame[];
}

/**
 * The waits by `Atomics.wait` in all threads, charged to who ended them by `Atomics.notify`, as a mutex profile does: whoever
 * notifies had what was waited for. A wait that ended by its timeout is charged to nobody.
 */
export class AtomicsContention {
  readonly #stacks = new StackCounts();
  readonly #waits = new Map<string, Wait[]>();
  readonly #notifications = new Map<string, Notification[]>();
  #channel: BroadcastChannel | undefined;

  get count(): number {
    return this.#stacks.count;
  }

  rows(): StackRow[] {
    return this.#stacks.rows();
  }

  /** Hears the threads that watch themselves. */
  listen(on: boolean): void {
    if (on === (this.#channel !== undefined)) return;
    this.#channel?.close();
    this.#channel = undefined;
    if (!on) return;
    this.#channel = new BroadcastChannel(ATOMICS_CHANNEL);
    this.#channel.onmessage = (message) => this.#hear((message as { data: AtomicsEvent }).data);
  }

  #hear(event: AtomicsEvent): void {
    const waits = listAt(this.#waits, event.place);
    const notifications = listAt(this.#notifications, event.place);
    if ("since" in event) waits.push(event);
    else notifications.push({ at: event.at, left: event.woken, frames: event.frames });
    // The two threads tell of the same event in any order. Of the notifications before the end of a wait it was the last.
    for (const wait of waits.splice(0)) {
      const by = notifications.findLast(({ at, left }) => left > 0 && at >= wait.since && at <= wait.until);
      if (by === undefined) waits.push(wait);
      else {
        by.left--;
        this.#stacks.addFrames(by.frames, wait.until - wait.since, 1);
      }
    }
    const open = notifications.filter(({ left }) => left > 0).slice(-MAX_UNMATCHED);
    this.#notifications.set(event.place, open);
    this.#waits.set(event.place, waits.slice(-MAX_UNMATCHED));
  }
}

function listAt<Value>(lists: Map<string, Value[]>, place: string): Value[] {
  const list = lists.get(place) ?? [];
  lists.set(place, list);
  return list;
}
