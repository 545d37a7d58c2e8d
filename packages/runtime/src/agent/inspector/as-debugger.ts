import type { Coverage, LoadedScript } from "./coverage.ts";
import type { Session } from "./session.ts";
import { within } from "./within.ts";

/** What V8 tells a debugger as that begins. */
export interface Debugged {
  readonly loaded: readonly LoadedScript[];
  /** For how long that held the thread, in milliseconds; about. */
  readonly heldMillis: number;
}

/** How long a thread may take to answer: V8 cannot interrupt native code. */
export const ANSWER_MILLIS = 3_000;

/**
 * Does something as a debugger of a thread, for a moment: V8 tells of scripts, and hands out their texts, to those alone.
 *
 * It walks the heap and hashes all scripts as that begins, 0.3 ms for each MB of either and more the first time; while it
 * lasts, promises take their slow path and `debugger` would stop (it is told not to); as it ends, V8 forgets the block coverage
 * that others have it count, so where somebody is known to, it does not end (`coverage.ts`); and V8 never again takes the
 * shortest way through `await` (10 ns each). It runs no JavaScript, so it can keep none from ending.
 */
export async function asDebugger<Result>(
  session: Session,
  coverage: Coverage,
  act: (debugged: Debugged) => Result | Promise<Result>,
): Promise<Result> {
  const known = coverage.scriptsOf(session);
  const loaded: LoadedScript[] = [...(known ?? [])];
  const off = session.on("Debugger.scriptParsed", ({ scriptId, url }: LoadedScript) => loaded.push({ scriptId, url }));
  try {
    // All at once, so that the program does not go on in between; the first one tells when the thread has come to them.
    const come = session.post("Runtime.getHeapUsage").then(() => performance.now());
    const enabled = session.post("Debugger.enable").then(() => performance.now());
    const skips = session.post("Debugger.setSkipAllPauses", { skip: true });
    const [from, until] = await within(ANSWER_MILLIS, Promise.all([come, enabled, skips]));
    return await act({ loaded, heldMillis: until - from });
  } finally {
    off();
    if (coverage.by === undefined) {
      coverage.take();
      // A thread that has not answered yet comes to this after the rest.
      void session.post("Debugger.disable").catch(() => {});
    } else if (known === undefined) coverage.stay(session, loaded);
  }
}
