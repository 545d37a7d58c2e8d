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
    return told === undefined ? [] : rowsOf(told).filter(({ bytes }) => bytes > 0);
  }

  /** Those of all that have told of any, ended ones too, by how their titles begin. */
  all(): Map<string, BufferRow[]> {
    return new Map(Array.from(this.#told, ([number, told]) => [`[worker ${number}]`, rowsOf(told)]));
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

/** By the numbers of their stacks, also those that there are none of. */
function rowsOf({ counts, stacks }: Told): BufferRow[] {
  const rows: BufferRow[] = [];
  for (let number = 0; number * SHARED_NUMBERS < counts.length; number++) {
    const at = number * SHARED_NUMBERS;
    const [objects = 0, bytes = 0, liveObjects = 0, liveBytes = 0] = counts.subarray(at, at + SHARED_NUMBERS);
    rows.push({ frames: stacks.get(number) ?? OTHERS, objects, bytes, liveObjects, liveBytes });
  }
  return rows;
}
