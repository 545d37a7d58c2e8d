import { ANSWER_MILLIS, asDebugger } from "./as-debugger.ts";
import type { Coverage, LoadedScript } from "./coverage.ts";
import type { Session } from "./session.ts";
import { within } from "./within.ts";

export interface ScriptTexts {
  /** By the scripts' ids. */
  readonly texts: ReadonlyMap<string, string>;
  /** For how long that held the thread, in milliseconds; about. */
  readonly heldMillis: number;
}

/** So much text is taken at once: it comes by way of the profiled thread. */
const MAX_SCRIPTS = 500;
const MAX_CHARACTERS = 64 * 2 ** 20;

/**
 * The texts that V8 runs, of those of its scripts that are chosen. What it takes (`as-debugger.ts`) is worth it only for scripts
 * that may not be what is on disk (`running.ts`), within the budget.
 */
export function readScriptTexts(
  session: Session,
  coverage: Coverage,
  choose: (loaded: readonly LoadedScript[]) => readonly string[],
): Promise<ScriptTexts> {
  return asDebugger(session, coverage, async ({ loaded, heldMillis }) => {
    const texts = new Map<string, string>();
    let characters = 0;
    for (const scriptId of choose(loaded).slice(0, MAX_SCRIPTS)) {
      if (characters > MAX_CHARACTERS) break;
      const asked = session.post<{ scriptSource: string }>("Debugger.getScriptSource", { scriptId });
      // Between the two, the script may have been collected.
      const { scriptSource } = await within(ANSWER_MILLIS, asked).catch(() => ({ scriptSource: "" }));
      characters += scriptSource.length;
      if (scriptSource !== "") texts.set(scriptId, scriptSource);
    }
    return { texts, heldMillis };
  });
}
