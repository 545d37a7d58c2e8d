import type { Thread, Threads } from "../inspector/threads.ts";
import { within } from "../inspector/within.ts";
import { unanswered } from "./heap-comments.ts";
import { WORKER_MILLIS } from "./process-memory.ts";

/** What each of these threads answers; a worker that does not is named in the comments. */
export async function each<Answer>(
  known: Threads,
  threads: readonly Thread[],
  comments: string[],
  ask: (thread: Thread) => Promise<Answer>,
): Promise<Answer[]> {
  const answers = threads.map(async (thread) => {
    if (thread === known.main) return [await ask(thread)];
    try {
      return [await within(WORKER_MILLIS, ask(thread))];
    } catch {
      if (known.has(thread)) comments.push(unanswered(thread.name, WORKER_MILLIS));
      return [];
    }
  });
  return (await Promise.all(answers)).flat();
}
