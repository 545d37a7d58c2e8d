import type { Session } from "./session.ts";
import { within } from "./within.ts";

/** A script that V8 has in a thread. */
export interface LoadedScript {
  readonly scriptId: string;
  readonly url: string;
}

export interface ScriptTexts {
  /** By the scripts' ids. */
  readonly texts: ReadonlyMap<string, string>;
  /** For how long that held the thread, in milliseconds; about. */
  readonly heldMillis: number;
}

/** How long a thread may take to answer: V8 cannot interrupt native code. */
const ANSWER_MILLIS = 3_000;
/** So much text is taken at once: it comes by way of the profiled thread. */
const MAX_SCRIPTS = 500;
const MAX_CHARACTERS = 64 * 2 ** 20;

/**
 * The texts that V8 runs, of those of its scripts that are chosen.
 *
 * V8 hands them out to debuggers alone, so this is one for a moment: it walks the heap and hashes all scripts as that begins,
 * 0.3 ms for each MB of either and more the first time; while it lasts, promises take their slow path and `debugger` would stop
 * (it is told not to); as it ends, V8 forgets the block coverage that others have it count, and never again takes the shortest
 * way through `await` (10 ns each). It runs no JavaScript, so it can keep none from ending. Hence it is asked only for scripts
 * that may not be what is on disk (`running.ts`), within the budget.
 */
export async function readScriptTexts(
  session: Session,
  choose: (loaded: readonly LoadedScript[]) => readonly string[],
): Promise<ScriptTexts> {
  const loaded: LoadedScript[] = [];
  const off = session.on("Debugger.scriptParsed", ({ scriptId, url }: LoadedScript) => loaded.push({ scriptId, url }));
  const texts = new Map<string, string>();
  let heldMillis = 0;
  try {
    // All at once, so that the program does not go on in between; the first one tells when the thread has come to them.
    const come = session.post("Runtime.getHeapUsage").then(() => performance.now());
    const enabled = session.post("Debugger.enable").then(() => performance.now());
    const skips = session.post("Debugger.setSkipAllPauses", { skip: true });
    const [from, until] = await within(ANSWER_MILLIS, Promise.all([come, enabled, skips]));
    heldMillis = until - from;
    let characters = 0;
    for (const scriptId of choose(loaded).slice(0, MAX_SCRIPTS)) {
      if (characters > MAX_CHARACTERS) break;
      const asked = session.post<{ scriptSource: string }>("Debugger.getScriptSource", { scriptId });
      // Between the two, the script may have been collected.
      const { scriptSource } = await within(ANSWER_MILLIS, asked).catch(() => ({ scriptSource: "" }));
      characters += scriptSource.length;
      if (scriptSource !== "") texts.set(scriptId, scriptSource);
    }
  } finally {
    off();
    // A thread that has not answered yet comes to this after the rest.
    void session.post("Debugger.disable").catch(() => {});
  }
  return { texts, heldMillis };
}
