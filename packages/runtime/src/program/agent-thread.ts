import { constants } from "node:os";
import path from "node:path";
import process from "node:process";
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { parts } from "#parts";
import { RuntimeError } from "../error.ts";
import {
  type AgentData,
  ASKED,
  type AskName,
  type Asks,
  type ByConsole,
  ENDED,
  ENDS_COVERAGE,
  type FromAgent,
  type FromAgentAsking,
  SAID,
  SIGNAL_ERROR,
  SIGNALS,
  STANDS,
  TAKEN,
  type ToAgent,
  WORKS,
} from "../exchange/messages.ts";
import { say } from "../exchange/say.ts";
import { clientOfConsole, hasInspector, writeCoverage } from "./other-clients.ts";
import { DENIED, flagOf, missingInspectorFlag } from "./permissions.ts";
import { placeOfCounter } from "./record/buffers.ts";
import { dropEndingSignals } from "./record/ending-signals.ts";
import { placeOf } from "./record/place-of.ts";
import { labelledFlag, registry } from "./record/registry.ts";
import { type StartedAs, startedAs } from "./started-as.ts";
import { recordInto } from "./trace/current-recorder.ts";

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

/**
 * How long the end of the process may wait for the agent to let go of the inspector; it takes about 1 ms, and as long as what it is
 * at where it makes a large profile, on a machine without a free processor.
 */
const RELEASE_MILLIS = 3_000;
/** For how long it stands still for the agent at most, which then does without: it takes 0.1 to 1 ms. */
const STAND_MILLIS = 50;
/** For how long it waits at most for the agent to send it a signal. */
const SIGNAL_MILLIS = 250;

// The program may have taken it away when it ends.
const { compareExchange, load, store, wait } = Atomics;

/** The signals that stop a process or do nothing to it; SIGUSR1 opens Node's inspector. */
const HARMLESS = /^SIG(CHLD|CONT|PIPE|STOP|TSTP|TTIN|TTOU|URG|USR1|WINCH|XFSZ)$/;

interface Waiting {
  resolve(result: never): void;
  reject(error: Error): void;
  readonly holds: boolean;
}

/** The main thread's end of the profiler's own thread. It never keeps the process alive, except while it is asked something. */
export class AgentThread {
  readonly #working = new Int32Array(new SharedArrayBuffer(24));
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #early: MessagePort | undefined;
  #lastId = 0;
  #exits = false;
  #failed: Error | undefined;

  /** `early`: `askNow` is going to be called, before the event loop turns. */
  constructor(early = false) {
    const channel = early ? new MessageChannel() : undefined;
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
      early: channel?.port2,
      labelled: labelledFlag().buffer,
      own: {
        scripts: parts.scripts,
        hears: placeOf((tell) => this.#hear(tell)),
        ends: placeOf((tell) => this.#end(tell)),
        buffers: placeOfCounter(),
      },
    };
    // The agent needs none of the program's preloads and loaders, and Node's warnings of flags are the program's to print.
    try {
      const agent = early ? parts.wholeAgent : parts.agent;
      this.#worker = new Worker(agent, {
        eval: typeof agent === "string",
        name: "pprof agent",
        workerData: data,
        transferList: channel === undefined ? [] : [channel.port2],
        execArgv: ["--no-warnings"],
        // Where those are named there.
        ...(early ? { env: { ...process.env, NODE_OPTIONS: "" } } : {}),
      });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const flag = flagOf(cause);
      const error = new RuntimeError(`the profiler's thread could not be started: ${reason}${flag}`, { cause });
      throw flag === "" ? error : assign(error, { code: DENIED });
    }
    this.#worker.on("message", this.#hear);
    this.#worker.on("error", (error) => {
      // The program goes on, and whoever asks is told; but nobody may ever ask.
      say(`no profiles are served any more: ${error.message}${flagOf(error)}`);
      this.#fail(error);
    });
    this.#worker.on("exit", () => this.#fail(new RuntimeError("the profiler's thread has ended")));
    // Listening for messages refers to the worker again, so this comes last.
    this.#worker.unref();
    this.#early = channel?.port1;
    process.on("exit", this.#end);
    this.#watchEnds();
  }

  /** All that the event loop calls of the profiler; a function is called, which is then where the place of this one can be read. */
  readonly #hear = (message: FromAgent | (() => void)): void => {
    if (typeof message === "function") message();
    else if (isAsking(message)) this.#tell(message);
    else this.#settle(message);
  };

  /** What is done as the process ends, in the event that has its status or where there is none; a function: as in `#hear`. */
  readonly #end = (event?: number | (() => void)): void => {
    if (typeof event === "function") {
      event();
      return;
    }
    if (event !== undefined) this.#exits = true;
    const goOn = event !== undefined && load(this.#working, ENDS_COVERAGE) === 1 ? writeCoverage() : undefined;
    this.#release();
    goOn?.();
  };

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

  /**
   * Asks the agent for something and stands still until it is there, for so long at most; what the agent asks meanwhile is done.
   * Once, and before the event loop turns: what comes later is heard as it turns.
   */
  askNow<Name extends AskName>(name: Name, ask: Asks[Name]["ask"], millis: number): void {
    const early = this.#early!;
    let answered = false;
    const over = (): void => {
      answered = true;
    };
    const id = ++this.#lastId;
    this.#waiting.set(id, { resolve: over, reject: over, holds: false });
    this.#post({ id, name, ask });
    const until = performance.now() + millis;
    for (let left = millis; !answered && left > 0; left = until - performance.now()) {
      const said = load(this.#working, SAID);
      const received = receiveMessageOnPort(early);
      if (received === undefined) wait(this.#working, SAID, said, left);
      else this.#hear(received.message as FromAgent);
    }
    early.on("message", this.#hear);
    early.unref();
  }

  #tell(message: FromAgentAsking): void {
    if (isOfStanding(message)) this.#stand(message.asked);
    else if (isOfTrace(message)) void this.#trace(message);
    else this.#post({ told: message.asked, value: answerTo(message) });
  }

  async #trace({ asked, ring, exact }: OfTrace): Promise<void> {
    this.#post({ told: asked, value: await recordInto(ring, exact) });
  }

  /** Stands still, in which the agent's commands of the inspector are carried out, until it says to go on. */
  #stand(asked: number): void {
    store(this.#working, STANDS, asked);
    this.#post({ told: asked, value: asked });
    wait(this.#working, STANDS, asked, STAND_MILLIS);
    store(this.#working, STANDS, 0);
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
   * Two ways to end are without an event. A program that sends its own process a signal which nobody listens to, as those do that raise
   * theirs again, has Node let go of all before, in what `process.kill` calls, which is preceded here; and some call
   * `process.reallyExit` themselves. A third stays as it is: an error in a listener of `uncaughtException` passes by
   * `process._fatalException` alone, and what precedes that stands in the stacks of errors.
   */
  #watchEnds(): void {
    const release = (): void => this.#end();
    const known = new Set([0, -1, process.pid, -process.pid]);
    precede("_kill", (pid: unknown, signal: number) => {
      // What Node is given as a process may be a text of digits.
      const id = (pid as number) | 0;
      if (signal <= 0 || !known.has(id)) return undefined;
      if (this.#exits) dropEndingSignals();
      if (isHeard(signal)) return undefined;
      if (!isHarmless(signal)) return release();
      return this.#sendSignal(id, signal);
    });
    precede("reallyExit", release);
  }

  /**
   * Has the agent send a signal to the process that does not end it: Node takes each that nobody listens to for the end, and lets
   * go of the inspector for good. What `_kill` returns; undefined: the agent does not come to it.
   */
  #sendSignal(pid: number, signal: number): number | undefined {
    if (this.#failed || load(this.#working, WORKS) !== 1) return undefined;
    store(this.#working, SIGNAL_ERROR, 0);
    store(this.#working, SIGNALS, ASKED);
    this.#post({ signal, pid });
    wait(this.#working, SIGNALS, ASKED, SIGNAL_MILLIS);
    if (compareExchange(this.#working, SIGNALS, ASKED, 0) === ASKED) return undefined;
    wait(this.#working, SIGNALS, TAKEN, SIGNAL_MILLIS);
    return load(this.#working, SIGNAL_ERROR);
  }

  /**
   * At exit: an inspector session that is still open would make Node wait for it, and print that it does; and the agent must
   * not be in the middle of something. One that has not begun does not begin any more.
   */
  #release(): void {
    if (this.#failed || compareExchange(this.#working, WORKS, 0, ENDED) !== 1) return;
    this.#post("exit");
    wait(this.#working, WORKS, 1, RELEASE_MILLIS);
    // V8 lets go of the inspector's session in an interrupt, which comes where a function is called.
    takeInterrupts();
  }
}

function takeInterrupts(): void {}

/** Has something done before a function of `process`, or instead where that returns anything, where the program can still change it. */
function precede(name: "_kill" | "reallyExit", act: (...args: never[]) => unknown): void {
  const own = getOwnPropertyDescriptor(process, name);
  const call = own?.value as ((...args: unknown[]) => unknown) | undefined;
  if (typeof call !== "function" || !own?.configurable) return;
  const preceded = function (this: unknown, ...args: unknown[]): unknown {
    return apply(act, undefined, args) ?? apply(call, this, args);
  };
  defineProperties(preceded, { ...getOwnPropertyDescriptors(call) });
  defineProperty(process, name, { ...own, value: preceded });
}

type OfStanding = Extract<FromAgentAsking, { readonly stands: true }>;

function isOfStanding(message: FromAgentAsking): message is OfStanding {
  return hasOwn(message, "stands");
}

function answerTo(message: Exclude<FromAgentAsking, OfStanding | OfTrace>): unknown {
  return isOfProfiles(message) ? profileByConsole(message) : recorded(message);
}

type OfTrace = Extract<FromAgentAsking, { readonly ring: unknown }>;

function isOfTrace(message: Exclude<FromAgentAsking, OfStanding>): message is OfTrace {
  return hasOwn(message, "ring");
}

type OfProfiles = Extract<FromAgentAsking, { readonly begin: unknown }>;

function isOfProfiles(message: Exclude<FromAgentAsking, OfStanding | OfTrace>): message is OfProfiles {
  return hasOwn(message, "begin");
}

function recorded({ rowsOf }: Exclude<FromAgentAsking, OfStanding | OfProfiles | OfTrace>): unknown {
  return rowsOf === undefined ? registry().counts() : registry().rows(rowsOf);
}

/** Begins and ends CPU profiles by V8's console, not the program's. */
function profileByConsole({ begin, end }: OfProfiles): ByConsole {
  const inspects = hasInspector();
  try {
    const { console } = getBuiltinModule("node:inspector");
    const client = clientOfConsole();
    if (begin !== undefined && client === undefined) console.profile(begin);
    if (end !== undefined) console.profileEnd(end);
    return { disturbed: client, inspects };
  } catch {
    return { disturbed: "a Node without inspector", inspects };
  }
}

function isHeard(signal: number): boolean {
  const name = signalName(signal);
  return name !== undefined && apply(listenerCount, process, [name]) > 0;
}

/** Whether the process goes on after the signal of this number, or when it is let go on; no signal does nothing. */
function isHarmless(signal: number): boolean {
  const name = signalName(signal);
  return name === undefined || HARMLESS.test(name);
}

function signalName(signal: number): string | undefined {
  return entries(constants.signals).find(([, own]) => own === signal)?.[0];
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
