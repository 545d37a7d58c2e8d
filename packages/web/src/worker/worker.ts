import type { Reply, Request } from "../session/protocol.ts";
import { answers } from "./answers.ts";
import { INFLATER, serveInflated } from "./open/inflate.ts";
import { warmUp } from "./warm-up.ts";

const answer = answers();

/** When nothing has been asked for so many milliseconds, there is time for something else. */
const QUIET = 200;

// One after the other: what is asked while a profile is being read is asked of that profile.
let before = Promise.resolve();
let waiting = 0;
let idle: ReturnType<typeof setTimeout> | undefined;
const steps = warmUp(answers());

if (self.name === INFLATER) serveInflated();
else {
  takeStep();
  addEventListener("message", ({ data }: MessageEvent<Request>) => {
    clearTimeout(idle);
    waiting++;
    const next = (): Promise<void> =>
      answerTo(data).finally(() => {
        if (--waiting === 0) idle = setTimeout(takeStep, QUIET);
      });
    before = before.then(next, next);
  });
}

/** Gets ready for what may be asked, a little at a time. */
async function takeStep(): Promise<void> {
  const { done, value } = steps.next();
  await value;
  if (done === true || waiting > 0) return;
  clearTimeout(idle);
  idle = setTimeout(takeStep);
}

async function answerTo(data: Request): Promise<void> {
  let reply: Reply;
  const transfer = new Set<ArrayBuffer>();
  try {
    const result = await answer[data.name](data.argument as never);
    collectBuffers(result, transfer);
    reply = { id: data.id, answer: result };
  } catch (error) {
    reply = { id: data.id, error: error instanceof Error ? error.message : String(error) };
  }
  // The worker's own postMessage; the types are those of a window.
  (postMessage as (message: unknown, transfer: Transferable[]) => void)(reply, [...transfer]);
}

/** An answer's arrays are handed over and not copied: whoever answers keeps no part of them. */
function collectBuffers(value: unknown, into: Set<ArrayBuffer>): void {
  if (ArrayBuffer.isView(value)) into.add(value.buffer as ArrayBuffer);
  else if (typeof value === "object" && value !== null && !Array.isArray(value))
    for (const part of Object.values(value)) collectBuffers(part, into);
}
