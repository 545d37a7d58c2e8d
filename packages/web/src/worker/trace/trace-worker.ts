import type { Reply, Request } from "../../session/protocol.ts";
import { reply } from "../thread/reply.ts";
import { traceAnswers } from "./trace-answers.ts";

// The worker's own postMessage; the types are those of a window.
const post = postMessage as (message: Reply, transfer?: Transferable[]) => void;
const answers = traceAnswers((progress) => post({ progress }));

// One after the other: what is asked while a trace is being read is asked of that trace.
let before = Promise.resolve();

addEventListener("message", ({ data }: MessageEvent<Request>) => {
  const next = (): Promise<void> => reply(data, answers, post);
  before = before.then(next, next);
});
