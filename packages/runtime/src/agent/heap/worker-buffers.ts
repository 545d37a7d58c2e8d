import { BroadcastChannel } from "node:worker_threads";
import { BUFFERS_CHANNEL, type BuffersEvent, SHARED_NUMBERS } from "../../exchange/buffers-channel.ts";
import type { BufferRow } from "../../program/record/buffers.ts";
import type { SiteFrame } from "../../target/stack-reader.ts";

interface Told {
  readonly counts: Float64Array;
  readonly stacks: Map<number, readonly SiteFrame[]>;
}

const OTHERS: readonly SiteFrame[] = [["(other stacks)", "", 0, 0, 0, 0]];
/** Programs may start and end workers without end; of those that have ended nobody asks. */
const MOST_WORKERS = 500;

/** The Buffers of workers, which they count themselves. */
export class WorkerBuffers {
  readonly #told = new Map<number, Told>();

  constructor() {
    const channel = new BroadcastChannel(BUFFERS_CHANNEL);
    channel.onmessage = (message: unknown) => this.#hear((message as { readonly data: BuffersEvent }).data);
  }

  /** Those of the worker of this title, which begins with its number. */
  rows(title: string): BufferRow[] {
    const told = this.#told.get(Number(/^\[worker (\d+)\]/.exec(title)?.[1]));
    if (told === undefined) return [];
    const rows: BufferRow[] = [];
    for (let number = 0; number * SHARED_NUMBERS < told.counts.length; number++) {
      const at = number * SHARED_NUMBERS;
      const [objects = 0, bytes = 0, liveObjects = 0, liveBytes = 0] = told.counts.subarray(at, at + SHARED_NUMBERS);
      if (bytes > 0) rows.push({ frames: told.stacks.get(number) ?? OTHERS, objects, bytes, liveObjects, liveBytes });
    }
    return rows;
  }

  #hear({ thread, stacks, counts }: BuffersEvent): void {
    let told = this.#told.get(thread);
    if (told === undefined) {
      told = { counts, stacks: new Map() };
      this.#told.set(thread, told);
      if (this.#told.size > MOST_WORKERS) this.#told.delete(this.#told.keys().next().value!);
    }
    for (const { number, frames } of stacks) told.stacks.set(number, frames);
  }
}
