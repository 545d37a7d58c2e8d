import { EventEmitter } from "node:events";
import { RuntimeError } from "../../error.ts";
import type { Session } from "./session.ts";
import { Turns } from "./turns.ts";
import { WORKER_COMMANDS } from "./worker-commands.ts";

/** A thread of the program, and the conversation with V8 about it. */
export interface Thread {
  readonly name: string;
  readonly session: Session;
}

interface WorkerInfo {
  readonly workerId: string;
  readonly title: string;
}

interface Watcher {
  started(thread: Thread): void;
  ended(thread: Thread): void;
}

interface Waiting {
  resolve(result: never): void;
  reject(error: Error): void;
}

const ENDED = "the worker thread has ended";

/** The session of a worker thread, by way of the session of the main thread. */
class WorkerSession implements Session {
  readonly #main: Session;
  readonly #id: string;
  readonly #waiting = new Map<number, Waiting>();
  readonly #events = new EventEmitter();
  #lastId = 0;
  #ended = false;

  constructor(main: Session, id: string) {
    this.#main = main;
    this.#id = id;
  }

  post<Result>(method: string, params: object = {}): Promise<Result> {
    const id = ++this.#lastId;
    return new Promise<Result>((resolve, reject) => {
      if (!WORKER_COMMANDS.has(method))
        throw new RuntimeError(`${method} is not sent to workers: it runs JavaScript in them`);
      // Node takes messages to threads that have ended, and nobody answers.
      if (this.#ended) throw new RuntimeError(ENDED);
      this.#waiting.set(id, { resolve, reject });
      const message = JSON.stringify({ id, method, params });
      this.#main.post("NodeWorker.sendMessageToWorker", { sessionId: this.#id, message }).catch(reject);
    });
  }

  on(event: string, listener: (params: never) => void): () => void {
    const heard = (params: unknown): void => listener(params as never);
    this.#events.on(event, heard);
    return () => void this.#events.off(event, heard);
  }

  receive(text: string): void {
    const { id, result, error, method, params } = JSON.parse(text);
    if (id === undefined) {
      this.#events.emit(method, params);
      return;
    }
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) waiting?.reject(new RuntimeError(error.message));
    else waiting?.resolve(result as never);
  }

  /** The thread has ended: nothing will be answered any more. */
  end(): void {
    this.#ended = true;
    for (const { reject } of this.#waiting.values()) reject(new RuntimeError(ENDED));
    this.#waiting.clear();
  }
}

/**
 * The threads of the program: the main thread always, its workers and theirs while somebody watches them. Nobody does at
 * rest: each message to a worker is one that its end may meet (`worker-commands.ts`).
 */
export class Threads {
  readonly main: Thread;
  readonly #isOwn: (title: string) => boolean;
  readonly #workers = new Map<string, { readonly thread: Thread; readonly session: WorkerSession }>();
  readonly #watchers = new Set<Watcher>();
  readonly #turns = new Turns();

  /** `isOwn`: whether the thread of this title is the profiler's own, which is none of the program's. */
  constructor(main: Session, isOwn: (title: string) => boolean) {
    this.main = { name: "main", session: main };
    this.#isOwn = isOwn;
    main.on("NodeWorker.attachedToWorker", ({ sessionId, workerInfo }: { sessionId: string; workerInfo: WorkerInfo }) =>
      this.#attached(sessionId, workerInfo),
    );
    main.on("NodeWorker.detachedFromWorker", ({ sessionId }: { sessionId: string }) => {
      const worker = this.#workers.get(sessionId);
      if (worker === undefined) return;
      this.#workers.delete(sessionId);
      worker.session.end();
      for (const { ended } of this.#watchers) ended(worker.thread);
    });
    main.on("NodeWorker.receivedMessageFromWorker", (params: { sessionId: string; message: string }) => {
      this.#workers.get(params.sessionId)?.session.receive(params.message);
    });
  }

  /**
   * Calls `started` for each worker that there is by the time this resolves, and for each that starts until the returned
   * function is called, and `ended` for each that ends until then.
   */
  async watchWorkers(
    started: (worker: Thread) => void,
    ended: (worker: Thread) => void = () => {},
  ): Promise<() => Promise<void>> {
    const watcher: Watcher = { started, ended };
    await this.#turns.take(async () => {
      for (const { thread } of this.#workers.values()) started(thread);
      this.#watchers.add(watcher);
      if (this.#watchers.size > 1) return;
      try {
        await this.main.session.post("NodeWorker.enable", { waitForDebuggerOnStart: false });
      } catch (error) {
        this.#watchers.delete(watcher);
        throw error;
      }
    });
    return () =>
      this.#turns.take(async () => {
        this.#watchers.delete(watcher);
        if (this.#watchers.size > 0) return;
        await this.main.session.post("NodeWorker.disable");
        for (const { session } of this.#workers.values()) session.end();
        this.#workers.clear();
      });
  }

  /** Whether the thread is there still, as far as is known: workers are while somebody watches them. */
  has(thread: Thread): boolean {
    return thread === this.main || [...this.#workers.values()].some((worker) => worker.thread === thread);
  }

  #attached(sessionId: string, info: WorkerInfo): void {
    if (this.#isOwn(info.title)) {
      void this.main.session.post("NodeWorker.detach", { sessionId }).catch(() => {});
      return;
    }
    const session = new WorkerSession(this.main.session, sessionId);
    const thread = { name: info.title || `worker ${info.workerId}`, session };
    this.#workers.set(sessionId, { thread, session });
    for (const { started } of this.#watchers) started(thread);
  }
}
