import process from "node:process";
import { BroadcastChannel, threadId } from "node:worker_threads";
import { WORKER_ENDS_CHANNEL, type WorkerEnds } from "../../exchange/worker-ends-channel.ts";

/** For how long a worker waits for the agent to take its last samples; it takes 2 to 5 ms. */
const TAKE_MILLIS = 200;

// The program may have taken it away by then.
const { wait } = Atomics;

/** Has this worker, where it ends by itself, wait for the agent to take its last samples. */
export function tellOwnEnd(): void {
  process.on("exit", () => {
    const taken = new Int32Array(new SharedArrayBuffer(4));
    const channel = new BroadcastChannel(WORKER_ENDS_CHANNEL);
    channel.postMessage({ thread: threadId, taken } satisfies WorkerEnds);
    wait(taken, 0, 0, TAKE_MILLIS);
    channel.close();
  });
}
