import type { Reply, Request } from "../session/protocol.ts";
import { answers } from "./answers.ts";
import { INFLATER, serveInflated } from "./open/inflate.ts";
import { reply } from "./thread/reply.ts";
import { warmUp } from "./warm-up.ts";

// The worker's own postMessage; the types are those of a window.
const post = postMessage as (message: Reply, transfer?: Transferable[]) => void;
const answer = answers((progress) => post({ progress }));

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
      reply(data, answer, post).finally(() => {
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
