import { RuntimeError } from "../../error.ts";
import { OwnWork } from "./own-work.ts";

/** The commands in which V8 holds the thread for a time that grows with its heap, or with what was sampled. */
const HOLDING: ReadonlySet<string> = new Set([
  "HeapProfiler.collectGarbage",
  "HeapProfiler.getSamplingProfile",
  "HeapProfiler.stopSampling",
  "Profiler.start",
  "Profiler.stop",
  "Runtime.queryObjects",
]);

/** One conversation with V8's inspector about one thread. */
export interface Session {
  /** When the thread did what was asked here, where that is noted. */
  readonly ownWork?: OwnWork;
  /** Sends a command and resolves with its result. */
  post<Result = unknown>(method: string, params?: object): Promise<Result>;
  /** Calls the listener with each event of this name, until the returned function is called. */
  on(event: string, listener: (params: never) => void): () => void;
}

/** The session of the main thread, for a worker thread; commands are answered while JavaScript on the main thread runs. */
export class MainThreadSession implements Session {
  readonly #session: import("node:inspector").Session;
  readonly ownWork: OwnWork = new OwnWork();

  private constructor(session: import("node:inspector").Session) {
    this.#session = session;
  }

  /** Connects; a `RuntimeError` where this Node has no inspector, or where the program's permissions forbid one, for it `lacks` something. */
  static async connect(lacks: string): Promise<MainThreadSession> {
    if (lacks !== "") {
      throw new RuntimeError(`the V8 inspector is not permitted in this process (${lacks})`);
    }
    try {
      // Got late: a Node that was built without the inspector throws here, and serves what needs none.
      const { Session } = process.getBuiltinModule("node:inspector");
      const session = new Session();
      session.connectToMainThread();
      return new MainThreadSession(session);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new RuntimeError(`the V8 inspector is not available in this process: ${reason}`, { cause });
    }
  }

  post<Result>(method: string, params: object = {}): Promise<Result> {
    if (!HOLDING.has(method)) return this.#post(method, params);
    // What the thread does until it comes to this is none of it: another command, which costs nothing, is answered just before.
    const began = this.#post("Runtime.getHeapUsage", {});
    return this.ownWork.during(this.#post<Result>(method, params), began);
  }

  #post<Result>(method: string, params: object): Promise<Result> {
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

  disconnect(): void {
    this.#session.disconnect();
  }
}
