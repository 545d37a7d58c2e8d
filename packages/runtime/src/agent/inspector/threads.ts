import { EventEmitter } from "node:events";
import { RuntimeError } from "../../error.ts";
import type { Coverage } from "./coverage.ts";
import type { Session } from "./session.ts";
import { Turnover } from "./turnover.ts";
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

/** A worker that has not ended, as far as is known. */
interface Worker {
  /** Of its session. */
  readonly id: string;
  readonly thread: Thread;
  readonly session: WorkerSession;
  /** When it was first seen, since 1970. */
  readonly sinceMillis: number;
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
const AT_REST = "the worker thread is sent nothing while nobody watches it";
const COMES_AND_GOES = "the worker threads of this program come and go, and are sent nothing";
/** A worker that is there for so much longer than those that came and went may be told to end what it was told to begin. */
const SETTLED_MILLIS = 20_000;

/** The session of a worker thread, by way of the session of the main thread. */
class WorkerSession implements Session {
  readonly #main: Session;
  readonly #id: string;
  readonly #waiting = new Map<number, Waiting>();
  readonly #events = new EventEmitter();
  #lastId = 0;
  /** Why it takes no command; undefined: it does. */
  #shut: string | undefined;

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
      if (this.#shut !== undefined) throw new RuntimeError(this.#shut);
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

  /** Takes commands again. */
  open(): void {
    this.#shut = undefined;
  }

  /** Takes none, and whoever waits for an answer does so no more: the thread has ended, or nobody watches it. */
  shut(why: string): void {
    this.#shut = why;
    for (const { reject } of this.#waiting.values()) reject(new RuntimeError(why));
    this.#waiting.clear();
  }
}

/**
 * The threads of the program: the main thread always, its workers and theirs while somebody watches them. Nobody does at
 * rest: each message to a worker is one that its end may meet (`worker-commands.ts`).
 *
 * A worker's session stays until the worker ends, and is taken up again when it is watched again: Node ends none by itself, and
 * V8 ends with one that has profiled the coverage that other clients have it count in that thread.
 */
export class Threads {
  readonly main: Thread;
  readonly coverage: Coverage;
  readonly turnover: Turnover = new Turnover();
  readonly #isOwn: (title: string) => boolean;
  /** By the ids of their sessions. */
  readonly #workers = new Map<string, Worker>();
  /** Those that are watched now. */
  readonly #watched = new Set<Worker>();
  readonly #watchers = new Set<Watcher>();
  readonly #turns = new Turns();
  /** Since when Node tells of workers, and has them be asked; undefined: it does not. */
  #toldMillis: number | undefined;
  #later: NodeJS.Timeout | undefined;

  /** `isOwn`: whether the thread of this title is the profiler's own, which is none of the program's. */
  constructor(main: Session, isOwn: (title: string) => boolean, coverage: Coverage) {
    this.main = { name: "main", session: main };
    this.coverage = coverage;
    this.#isOwn = isOwn;
    main.on("NodeWorker.attachedToWorker", ({ sessionId, workerInfo }: { sessionId: string; workerInfo: WorkerInfo }) =>
      this.#attached(sessionId, workerInfo),
    );
    main.on("NodeWorker.detachedFromWorker", ({ sessionId }: { sessionId: string }) => {
      const worker = this.#workers.get(sessionId);
      if (worker === undefined) return;
      this.#workers.delete(sessionId);
      this.#watched.delete(worker);
      worker.session.shut(ENDED);
      for (const { ended } of this.#watchers) ended(worker.thread);
      if (this.turnover.ended(worker.sinceMillis)) void this.#leaveAlone().catch(() => {});
    });
    main.on("NodeWorker.receivedMessageFromWorker", (params: { sessionId: string; message: string }) => {
      this.#workers.get(params.sessionId)?.session.receive(params.message);
    });
  }

  /**
   * Calls `started` for each worker that there is by the time this resolves, and for each that starts until the returned
   * function is called, and `ended` for each that ends until then; for none while workers come and go (`turnover.ts`).
   */
  async watchWorkers(
    started: (worker: Thread) => void,
    ended: (worker: Thread) => void = () => {},
  ): Promise<() => Promise<void>> {
    const watcher: Watcher = { started, ended };
    await this.#turns.take(async () => {
      for (const { thread } of this.#watched) started(thread);
      this.#watchers.add(watcher);
      try {
        await this.#beTold();
      } catch (error) {
        this.#watchers.delete(watcher);
        throw error;
      }
    });
    return () =>
      this.#turns.take(async () => {
        this.#watchers.delete(watcher);
        if (this.#watchers.size > 0) return;
        if (this.#toldMillis !== undefined) this.turnover.stayed(Date.now() - this.#toldMillis);
        await this.#beToldNoMore();
        for (const { session } of this.#watched) session.shut(AT_REST);
        this.#watched.clear();
      });
  }

  /** Has Node tell of the workers that there are and that start, unless they come and go: then once they may be asked again. */
  async #beTold(): Promise<void> {
    if (this.#watchers.size === 0 || this.#toldMillis !== undefined) return;
    const leftMillis = this.turnover.untilMillis - Date.now();
    if (leftMillis > 0) {
      clearTimeout(this.#later);
      this.#later = setTimeout(() => void this.#turns.take(() => this.#beTold()).catch(() => {}), leftMillis).unref();
      return;
    }
    this.#toldMillis = Date.now();
    try {
      await this.main.session.post("NodeWorker.enable", { waitForDebuggerOnStart: false });
    } catch (error) {
      this.#toldMillis = undefined;
      throw error;
    }
  }

  async #beToldNoMore(): Promise<void> {
    if (this.#toldMillis === undefined) return;
    this.#toldMillis = undefined;
    await this.main.session.post("NodeWorker.disable");
  }

  /** Sends nothing more to any worker, from this moment on: what they were told to begin ends with them. */
  async #leaveAlone(): Promise<void> {
    const left = [...this.#watched];
    this.#watched.clear();
    for (const { thread, session } of left) {
      session.shut(COMES_AND_GOES);
      for (const { ended } of this.#watchers) ended(thread);
    }
    // Few outlive the others; V8 would keep their samples for ever.
    setTimeout(() => {
      for (const worker of left) if (this.#workers.get(worker.id) === worker) void this.#endProfileOf(worker);
    }, SETTLED_MILLIS).unref();
    await this.#turns.take(async () => {
      await this.#beToldNoMore();
      await this.#beTold();
    });
  }

  async #endProfileOf(worker: Worker): Promise<void> {
    const { session } = worker;
    if (this.#watched.has(worker)) return;
    session.open();
    await session.post("Profiler.disable").catch(() => {});
    if (!this.#watched.has(worker)) session.shut(AT_REST);
  }

  /** Whether the thread is there still, as far as is known: workers are while somebody watches them. */
  has(thread: Thread): boolean {
    return thread === this.main || [...this.#watched].some((worker) => worker.thread === thread);
  }

  #attached(sessionId: string, { title, workerId }: WorkerInfo): void {
    // A title begins with the number of its thread, which no other thread of the process has.
    const known = [...this.#workers.values()].find(({ thread }) => thread.name === title);
    if (known !== undefined || this.#isOwn(title)) {
      void this.main.session.post("NodeWorker.detach", { sessionId }).catch(() => {});
      if (known === undefined) return;
    }
    const worker = known ?? this.#worker(sessionId, title || `worker ${workerId}`);
    // Told of before Node heard that nobody wants to know.
    if (this.turnover.untilMillis > Date.now()) return;
    worker.session.open();
    this.#watched.add(worker);
    for (const { started } of this.#watchers) started(worker.thread);
  }

  #worker(sessionId: string, name: string): Worker {
    const session = new WorkerSession(this.main.session, sessionId);
    const worker = { id: sessionId, thread: { name, session }, session, sinceMillis: Date.now() };
    this.#workers.set(sessionId, worker);
    return worker;
  }
}
