import type { Program } from "../../exchange/program.ts";
import type { Session } from "./session.ts";

/** A script that V8 has in a thread. */
export interface LoadedScript {
  readonly scriptId: string;
  readonly url: string;
}

/** Test runners, by their own scripts: each may count which code runs, in the processes and the threads that it starts. */
const TEST_RUNNER = /[\\/]node_modules[\\/](?:\.bin[\\/])?(vitest|jest)(?:-worker)?(?:[\\/.]|$)/;
const FLAG = "--experimental-test-coverage";
/** A test runner that watches loads scripts without end. */
const MAX_SCRIPTS = 100_000;

/**
 * What others have V8 count of the code that runs: its coverage. V8 has one for each thread. It ends it as any session of the
 * inspector's lets go of the CPU profiler, and what it counts of blocks as any is no debugger any more, whoever had asked for
 * it (V8 11 to 14). So no session lets go of the profiler, and where somebody is known to count, none that became a debugger
 * ends being one, and V8 is not made to forget what it has compiled.
 */
export class Coverage {
  /** Who is known to count; undefined: nobody. Of DevTools, and of what a program does itself, nothing is known. */
  readonly by: string | undefined;
  /** The program has loaded the inspector itself, and may count in the main thread. */
  mayBeInMain = false;
  /** The scripts of the threads in which this stays a debugger. */
  readonly #debugged = new WeakMap<Session, LoadedScript[]>();
  #takenMillis: number | undefined;

  constructor({ script, commandLine }: Program, env: NodeJS.ProcessEnv = {}) {
    this.by = env.NODE_V8_COVERAGE
      ? "NODE_V8_COVERAGE"
      : commandLine.includes(FLAG)
        ? FLAG
        : TEST_RUNNER.exec(script)?.[1];
  }

  /** The scripts that V8 has told of in a thread in which this is a debugger for good; undefined: it is none. */
  scriptsOf(session: Session): readonly LoadedScript[] | undefined {
    return this.#debugged.get(session);
  }

  /** The thread's debugger stays on: `loaded` are the scripts that it told of. */
  stay(session: Session, loaded: LoadedScript[]): void {
    this.#debugged.set(session, loaded);
    session.on("Debugger.scriptParsed", ({ scriptId, url }: LoadedScript) => {
      if (loaded.length >= MAX_SCRIPTS) loaded.splice(0, MAX_SCRIPTS / 2);
      loaded.push({ scriptId, url });
    });
  }

  /** What others may have counted was taken from them. */
  take(): void {
    this.#takenMillis = Date.now();
  }

  /** What was taken from whom, for the index. */
  describe(): string {
    if (this.by !== undefined) return `what ${this.by} has V8 count of the code that runs is left to it`;
    if (this.#takenMillis === undefined)
      return "what other clients of the inspector have V8 count of the code that runs is left to them";
    return `what other clients of the inspector had V8 count of blocks of code until ${new Date(this.#takenMillis).toISOString()} was taken from them, as V8 was asked for the text of scripts or had to forget what it had compiled: they have to ask it anew`;
  }
}
