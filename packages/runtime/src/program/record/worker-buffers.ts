import { BroadcastChannel, threadId } from "node:worker_threads";
import { BUFFERS_CHANNEL, type BuffersEvent, SHARED_NUMBERS, SHARED_STACKS } from "../../exchange/buffers-channel.ts";
import { makeBufferSamples } from "./buffers.ts";
import type { Stack } from "./stack-table.ts";

/** What has gone when its memory has. */
interface Gone {
  readonly at: number;
  readonly objects: number;
  readonly bytes: number;
}

/**
 * Has this worker sample its Buffers, and count them in memory that the agent reads: it is not asked (`worker-commands.ts`).
 * What has gone is counted when its event loop turns.
 */
export function sampleOwnBuffers(rate: number): void {
  // None of this is made before there is a sample: most workers have none.
  let counts: Float64Array | undefined;
  let channel: BroadcastChannel | undefined;
  let gone: FinalizationRegistry<Gone> | undefined;
  let samples = 0;
  const stacks: Stack[] = [];
  const { FinalizationRegistry: Registry } = globalThis;
  makeBufferSamples((memory, stack, objects, bytes) => {
    counts ??= new Float64Array(new SharedArrayBuffer(SHARED_STACKS * SHARED_NUMBERS * Float64Array.BYTES_PER_ELEMENT));
    gone ??= new Registry(({ at, objects: dead, bytes: deadBytes }) => {
      counts![at + 2]! -= dead;
      counts![at + 3]! -= deadBytes;
    });
    const { number } = stack;
    // The others are those of the first stack, which has no place.
    const at = (number < SHARED_STACKS ? number : 0) * SHARED_NUMBERS;
    counts[at]! += objects;
    counts[at + 1]! += bytes;
    counts[at + 2]! += objects;
    counts[at + 3]! += bytes;
    gone.register(memory, { at, objects, bytes });
    const isNew = number < SHARED_STACKS && stacks[number] === undefined;
    if (isNew) stacks[number] = stack;
    // The agent may have begun to listen later than this thread: it is told of all again, ever more seldom.
    const again = (++samples & (samples - 1)) === 0;
    if (!isNew && !again) return;
    if (channel === undefined) {
      channel = new BroadcastChannel(BUFFERS_CHANNEL);
      // The types of Node 20 lack that it is there.
      (channel as unknown as { unref(): void }).unref();
    }
    const told = again ? stacks.filter((one) => one !== undefined) : [stack];
    const event: BuffersEvent = {
      thread: threadId,
      stacks: told.map(({ number: one, frames }) => ({ number: one, frames })),
      counts,
    };
    channel.postMessage(event);
  }).watch(rate);
}
