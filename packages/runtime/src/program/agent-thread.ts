import { constants } from "node:os";
import path from "node:path";
import process from "node:process";
import { Worker } from "node:worker_threads";
import { parts } from "#parts";
import { RuntimeError } from "../error.ts";
import type { AgentData, AskName, Asks, FromAgent, FromAgentAsking, ToAgent } from "../exchange/messages.ts";
import { clientOfConsole } from "./other-clients.ts";
import { flagOf, missingInspectorFlag } from "./permissions.ts";
import { labelledFlag, registry } from "./record/registry.ts";
import { type StartedAs, startedAs } from "./started-as.ts";

// The program may have taken them away when a message comes.
const {
  assign,
  hasOwn,
  entries,
  defineProperty,
  defineProperties,
  getOwnPropertyDescriptor,
  getOwnPropertyDescriptors,
} = Object;
const { apply } = Reflect;
const { listenerCount } = process;
const { getBuiltinModule } = process;

/** How long the end of the process may wait for the agent to let go of the inspector; it takes about 1 ms. */
const RELEASE_MILLIS = 500;

// The program may have taken it away when it ends.
const { load, wait } = Atomics;

/** The signals that stop a process or do nothing to it; SIGUSR1 opens Node's inspector. */
const HARMLESS = /^SIG(CHLD|CONT|PIPE|STOP|TSTP|TTIN|TTOU|URG|USR1|WINCH|XFSZ)$/;

interface Waiting {
  resolve(result: never): void;
  reject(error: Error): void;
  readonly holds: boolean;
}

/** The main thread's end of the profiler's own thread. It never keeps the process alive, except while it is asked something. */
export class AgentThread {
  readonly #working = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #failed: Error | undefined;

  constructor() {
    const started = startedAs();
    const { script } = started;
    const data: AgentData = {
      program: {
        script: script === undefined ? process.execPath : path.resolve(script),
        execPath: process.execPath,
        commandLine: [process.execPath, ...process.execArgv, ...process.argv.slice(1)],
        startedAt: performance.timeOrigin,
      },
      processName: processName(started),
      inspectorLacks: missingInspectorFlag(),
      working: this.#working.buffer as SharedArrayBuffer,
      labelled: labelledFlag().buffer,
    };
    // The agent needs none of the program's preloads and loaders: execArgv is empty.
    try {
      const { agent } = parts;
      this.#worker = new Worker(agent, {
        eval: typeof agent === "string",
        name: "pprof agent",
        workerData: data,
        execArgv: [],
      });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new RuntimeError(`the profiler's thread could not be started: ${reason}${flagOf(cause)}`, { cause });
    }
    this.#worker.on("message", (message: FromAgent) => {
      if (isAsking(message)) this.#tell(message);
      else this.#settle(message);
    });
    this.#worker.on("error", (error) => {
      // The program goes on, and whoever asks is told; but nobody may ever ask.
      process.stderr.write(`pprof: no profiles are served any more: ${error.message}${flagOf(error)}\n`);
      this.#fail(error);
    });
    this.#worker.on("exit", () => this.#fail(new RuntimeError("the profiler's thread has ended")));
    // Listening for messages refers to the worker again, so this comes last.
    this.#worker.unref();
    process.on("exit", () => this.#release());
    this.#watchKill();
  }

  /** Asks the agent for something; while `holds`, the process stays alive until the answer comes. */
  ask<Name extends AskName>(
    name: Name,
    ask: Asks[Name]["ask"],
    { holds = true, signal }: { readonly holds?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<Asks[Name]["result"]> {
    if (this.#failed) return Promise.reject(this.#failed);
    const id = ++this.#lastId;
    const abort = (): void => this.#post({ abort: id });
    return new Promise<Asks[Name]["result"]>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, holds });
      this.#post({ id, name, ask });
      this.#hold();
      signal?.addEventListener("abort", abort);
    }).finally(() => signal?.removeEventListener("abort", abort));
  }

  #tell(message: FromAgentAsking): void {
    this.#post({ told: message.asked, value: isOfProfiles(message) ? profileByConsole(message) : recorded(message) });
  }

  #settle(message: Exclude<FromAgent, FromAgentAsking>): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    this.#hold();
    if (isRefusal(message)) {
      waiting?.reject(assign(new RuntimeError(message.error), message.code ? { code: message.code } : {}));
    } else waiting?.resolve(message.result as never);
  }

  #fail(error: Error): void {
    this.#failed ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failed);
    this.#waiting.clear();
  }

  #hold(): void {
    if ([...this.#waiting.values()].some(({ holds }) => holds)) this.#worker.ref();
    else this.#worker.unref();
  }

  #post(message: ToAgent): void {
    this.#worker.postMessage(message);
  }

  /**
   * A program that sends its own process a signal which nobody listens to, as those do that raise theirs again, is at its exit
   * without an event: Node's `process.kill` lets go of all before it does. It calls what stands here, so that is preceded.
   */
  #watchKill(): void {
    const own = getOwnPropertyDescriptor(process, "_kill");
    const kill = own?.value as ((pid: number, signal: number) => number) | undefined;
    if (typeof kill !== "function" || !own?.configurable) return;
    const release = (): void => this.#release();
    const known = new Set([0, -1, process.pid, -process.pid]);
    const _kill = function (this: unknown, pid: number, signal: number): number {
      if (known.has(pid) && ends(signal)) release();
      return apply(kill, this, [pid, signal]);
    };
    defineProperties(_kill, { ...getOwnPropertyDescriptors(kill) });
    defineProperty(process, "_kill", { ...own, value: _kill });
  }

  /**
   * At exit: an inspector session that is still open would make Node wait for it, and print that it does; and the agent must
   * not be in the middle of something. One that has not begun is left alone.
   */
  #release(): void {
    if (this.#failed || load(this.#working, 0) === 0) return;
    this.#post("exit");
    wait(this.#working, 0, 1, RELEASE_MILLIS);
    // V8 lets go of the inspector's session in an interrupt, which comes where a function is called.
    takeInterrupts();
  }
}

function takeInterrupts(): void {}

type OfProfiles = Extract<FromAgentAsking, { readonly begin: unknown }>;

function isOfProfiles(message: FromAgentAsking): message is OfProfiles {
  return hasOwn(message, "begin");
}

function recorded({ rowsOf }: Exclude<FromAgentAsking, OfProfiles>): unknown {
  return rowsOf === undefined ? registry().counts() : registry().rows(rowsOf);
}

/** Begins and ends CPU profiles by V8's console, not the program's; why none was begun, and undefined where one was. */
function profileByConsole({ begin, end }: OfProfiles): string | undefined {
  try {
    const { console } = getBuiltinModule("node:inspector");
    const client = clientOfConsole();
    if (begin !== undefined && client === undefined) console.profile(begin);
    if (end !== undefined) console.profileEnd(end);
    return client;
  } catch {
    return "a Node without inspector";
  }
}

/** Whether the signal of this number ends the process: nobody listens to it, and it is none of those that do nothing by themselves. */
function ends(number: number): boolean {
  const name = entries(constants.signals).find(([, own]) => own === number)?.[0];
  return name !== undefined && !HARMLESS.test(name) && apply(listenerCount, process, [name]) === 0;
}

/** Their own properties say what messages are: the program may have given all objects one of these names. */
function isAsking(message: FromAgent): message is FromAgentAsking {
  return hasOwn(message, "asked");
}

function isRefusal(message: Exclude<FromAgent, FromAgentAsking>): message is Extract<FromAgent, { error: string }> {
  return hasOwn(message, "error");
}

/** By its script and, of a cluster's workers and those of pm2, the number that they have there. */
function processName({ script, instance }: StartedAs): string {
  const name = script === undefined ? "node" : path.basename(script);
  // Loading it takes time, and is needless where no process has started this one with a channel to it.
  const cluster = process.channel === undefined ? undefined : getBuiltinModule("node:cluster");
  const worker = (cluster as { readonly worker?: { readonly id: number } } | undefined)?.worker?.id;
  const number = instance ?? worker;
  return number === undefined ? name : `${name} ${number}`;
}
