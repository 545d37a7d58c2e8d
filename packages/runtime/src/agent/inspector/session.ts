import { RuntimeError } from "../../error.ts";
import { OwnWork } from "./own-work.ts";
import { within } from "./within.ts";

/** The commands in which V8 holds the thread for a time that grows with its heap, or with what was sampled. */
const HOLDING: ReadonlySet<string> = new Set([
  "HeapProfiler.collectGarbage",
  "HeapProfiler.getSamplingProfile",
  "HeapProfiler.stopSampling",
  "Profiler.start",
  "Profiler.startPreciseCoverage",
  "Profiler.stop",
  "Profiler.stopPreciseCoverage",
  "Runtime.queryObjects",
]);

/** The commands that run JavaScript in the thread. */
const RUNS_JAVASCRIPT: ReadonlySet<string> = new Set(["Runtime.callFunctionOn", "Runtime.evaluate"]);
/** How long such a command waits for the event loop to turn, before it interrupts what holds that. */
const STAND_MILLIS = 250;

/** What has V8 end what it counts of the code that runs when the session ends (`coverage.ts`). */
const ENDS_COVERAGE: ReadonlySet<string> = new Set(["Debugger.enable", "Profiler.enable"]);

/** One conversation with V8's inspector about one thread. */
export interface Session {
  /** When the thread did what was asked here, where that is noted. */
  readonly ownWork?: OwnWork;
  /**
   * Sends a command and resolves with its result. `atOnce`: what runs in the thread is interrupted also for a command that runs
   * JavaScript, which else waits for the event loop to turn where that is not held for long.
   */
  post<Result = unknown>(method: string, params?: object, atOnce?: boolean): Promise<Result>;
  /** Calls the listener with each event of this name, until the returned function is called. */
  on(event: string, listener: (params: never) => void): () => void;
}

/** Has the thread stand still at the next turn of its event loop; resolves, when it does, with what has it go on, and rejects where no turn comes. */
export type Stand = () => Promise<() => void>;

/**
 * The session of the main thread, for a worker thread; commands are answered while JavaScript on the main thread runs.
 *
 * What runs JavaScript of ours there may be ended in place of the program's own, where that is a script of `node:vm` whose time
 * is over in just this moment: Node then ends the process by a failed check, or V8 forgets that the script was to end. On a busy
 * machine the moment is long. So such a command has the thread stand still between two turns of its event loop, where no script
 * runs, and interrupts it only where the loop does not turn for long.
 */
export class MainThreadSession implements Session {
  readonly #session: import("node:inspector").Session;
  readonly #endsCoverage: () => void;
  readonly #stand: Stand;
  readonly ownWork: OwnWork = new OwnWork();
  /** Whether the event loop was asked to stand still, and has not come to it for long; or never will. */
  #held = false;

  private constructor(session: import("node:inspector").Session, endsCoverage: () => void, stand: Stand) {
    this.#session = session;
    this.#endsCoverage = endsCoverage;
    this.#stand = stand;
  }

  /**
   * Connects; a `RuntimeError` where this Node has no inspector, or where the program's permissions forbid one, for it `lacks`
   * something. `endsCoverage` hears of what has V8 end the coverage of others with this session.
   */
  static async connect(lacks: string, endsCoverage: () => void, stand: Stand): Promise<MainThreadSession> {
    if (lacks !== "") {
      throw new RuntimeError(`the V8 inspector is not permitted in this process (${lacks})`);
    }
    try {
      // Got late: a Node that was built without the inspector throws here, and serves what needs none.
      const { Session } = process.getBuiltinModule("node:inspector");
      const session = new Session();
      session.connectToMainThread();
      return new MainThreadSession(session, endsCoverage, stand);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new RuntimeError(`the V8 inspector is not available in this process: ${reason}`, { cause });
    }
  }

  post<Result>(method: string, params: object = {}, atOnce = false): Promise<Result> {
    if (RUNS_JAVASCRIPT.has(method) && !atOnce) return this.#standing(() => this.#post<Result>(method, params));
    if (!HOLDING.has(method)) return this.#post(method, params);
    // What the thread does until it comes to this is none of it: another command, which costs nothing, is answered just before.
    const began = this.#post("Runtime.getHeapUsage", {});
    return this.ownWork.during(this.#post<Result>(method, params), began);
  }

  async #standing<Result>(send: () => Promise<Result>): Promise<Result> {
    const standing = this.#held ? undefined : await this.#standsStill();
    const answer = send();
    // Which may wait for the loop to turn again: the next command is answered when this one has run.
    if (standing !== undefined)
      void this.ownWork.during(this.#post("Runtime.getHeapUsage", {})).then(standing, standing);
    return answer;
  }

  async #standsStill(): Promise<(() => void) | undefined> {
    const stands = this.#stand();
    try {
      return await within(STAND_MILLIS, stands);
    } catch {
      this.#held = true;
      const goOn = (release: () => void): void => {
        this.#held = false;
        release();
      };
      void stands.then(goOn, () => {});
      return undefined;
    }
  }

  #post<Result>(method: string, params: object): Promise<Result> {
    if (ENDS_COVERAGE.has(method)) this.#endsCoverage();
    return new Promise((resolve, reject) => {
      this.#session.post(method, params, (error, result) => {
        if (error) reject(new RuntimeError(`${method}: ${error.message}`, { cause: error }));
        else resolve(result as Result);
      });
    });
  }

  on(event: string, listener: (params: never) => void): () => void {
    const heard = (message: { params: never }): void => listener(message.params);
    this.#session.on(event, heard);
    return () => void this.#session.off(event, heard);
  }

  /** The process is at its end, and waits for this there: no loop turns any more, and nothing of the program runs. */
  end(): void {
    this.#held = true;
  }

  disconnect(): void {
    this.#session.disconnect();
  }
}
