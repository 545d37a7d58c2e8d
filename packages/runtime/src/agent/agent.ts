// What runs in the profiler's own thread: it holds the inspector's session of the main thread, listens on the debug port,
// converts and encodes. So a blocked event loop can still be profiled, and a busy one is not held up.
import { parentPort, threadId, workerData } from "node:worker_threads";
import { writeGoTrace } from "@pprof-ts/profile";
import { RuntimeError } from "../error.ts";
import { addressUrl } from "../exchange/listen-address.ts";
import {
  type AgentData,
  ASKED,
  type AskName,
  type Asks,
  type ByConsole,
  ENDED,
  ENDS_COVERAGE,
  type FromAgent,
  type Limits,
  SAID,
  SENT,
  SIGNAL_ERROR,
  SIGNALS,
  STANDS,
  TAKEN,
  type ToAgent,
  type TraceClock,
  type Tuning,
  WORKS,
} from "../exchange/messages.ts";
import { MEM_RATE } from "../exchange/rates.ts";
import { say } from "../exchange/say.ts";
import { type Answer, type Call, callOf } from "../http/call.ts";
import { OpenResponses } from "../http/open-responses.ts";
import { PREFIX } from "../http/prefix.ts";
import { freeTime } from "./budget/free-time.ts";
import { knowOwnPlaces } from "./code/own-frames.ts";
import { StallWriter } from "./cpu/stall-writer.ts";
import { DebugServer } from "./http/debug-server.ts";
import { handleForAll } from "./http/for-all.ts";
import { handle } from "./http/handler.ts";
import { ownProcess, type ProcessInfo } from "./processes/own-process.ts";
import { Processes } from "./processes/processes.ts";
import { openPort, sharePort } from "./processes/shared-port.ts";
import { collectors } from "./profile/collectors.ts";
import { dump } from "./profile/dump.ts";
import { pack } from "./profile/pack.ts";
import { Profilers } from "./profile/profilers.ts";
import { Recorder } from "./profile/recorder.ts";
import { Pusher } from "./push/pusher.ts";

const { program, processName, working, early, labelled, own, inspectorLacks } = workerData as AgentData;
knowOwnPlaces(own);
const port = parentPort!;
const ports = new Map<number, { close(): Promise<void> }>();
const open = new OpenResponses();
/** The groups of processes that this one is in for a server of the program's. */
const groups = new Map<string, Promise<Processes>>();
const calls = new Map<number, AbortController>();
/** What the main thread was asked, and has not answered. */
const told = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
let asked = 0;
/** Where profiles are written when the process ends; undefined: nowhere. */
let exitDirectory: string | undefined;
/** What `pprof run` has asked for. */
let recorder: Recorder | undefined;
/** What sends profiles to a collector. */
let pusher: Pusher | undefined;
const labels = new Int32Array(labelled);
const profilers = new Profilers({
  program,
  // A title begins with the number of its thread, which no other thread of the process has.
  isOwn: (title) => title.startsWith(`[worker ${threadId}]`),
  inspectorLacks,
  endsCoverage: () => void Atomics.store(works, ENDS_COVERAGE, 1),
  stand: async () => {
    const id = await askMain({ stands: true });
    return () => {
      Atomics.compareExchange(works, STANDS, id as number, 0);
      Atomics.notify(works, STANDS);
    };
  },
  isLabelled: () => labels[0] !== 0,
  memRate: MEM_RATE,
  askMain: (rowsOf) => askMain({ rowsOf }),
  console: async (begin, end) => (await askMain({ begin, end })) as ByConsole,
  record: (ring, exact) => askMain({ ring, exact }).catch(() => undefined) as Promise<TraceClock | undefined>,
});
/** How long the end of the process may wait for profiles: in which there are processors for that, and in all. */
const END_MILLIS = 180;
const MOST_END_MILLIS = 1_000;
/** For how long this thread stands still before it ends itself, in so many waits. */
const STILL_MILLIS = 100;
const STILL_TURNS = 30;
const works = new Int32Array(working);
// The end of the process has come first: a session of the inspector that is opened now would be in its way.
if (Atomics.compareExchange(works, WORKS, 0, 1) !== 0) standStill(ENDED);

// A command that waits for V8's answer does not keep a worker alive: without this, it would exit in the middle of one.
setInterval(() => {}, 2 ** 30);

const perform: { [Name in AskName]: (ask: Asks[Name]["ask"], id: number) => Promise<Asks[Name]["result"]> } = {
  async listen({ address, access, hosts, limits, announce, shares }, id) {
    limit(limits);
    const own = (call: Call): Promise<Answer> => handle(call, profilers);
    const serve = (group?: Processes): DebugServer =>
      new DebugServer(address, access, hosts, open, group ? (call) => handleForAll(call, profilers, group) : own);
    const port =
      shares && address.port !== 0 ? await sharePort(address, processName, own, open, serve) : await openPort(serve());
    ports.set(id, port);
    if (announce && !port.served) say(`serving profiles at ${addressUrl(port.address)}${PREFIX}`);
    return { listener: id, address: port.address };
  },
  async close({ listener }) {
    await ports.get(listener)?.close();
    ports.delete(listener);
    return undefined;
  },
  async join({ group }) {
    await joined(group);
    return undefined;
  },
  async call({ group, ...data }, id) {
    const gone = new AbortController();
    calls.set(id, gone);
    try {
      const call = callOf(data, gone.signal);
      return await (group === undefined ? handle(call, profilers) : handleForAll(call, profilers, await joined(group)));
    } finally {
      calls.delete(id);
    }
  },
  async dump() {
    if (exitDirectory === undefined) return [];
    return dump(profilers, exitDirectory, false);
  },
  async record(asked) {
    recorder = new Recorder(profilers, asked, processName);
    await recorder.begin();
    return undefined;
  },
  async startCpu(options) {
    await (await profilers.inspect()).cpu.start(options);
    return undefined;
  },
  async stopCpu() {
    return pack(await (await profilers.inspect()).cpu.stop());
  },
  async startTrace({ exact }) {
    await profilers.tracer.start(exact);
    return undefined;
  },
  async stopTrace() {
    return writeGoTrace(await profilers.tracer.stop());
  },
  async tune({
    samplesHeap,
    memRate,
    allocs,
    blockRate,
    mutex,
    warm,
    warmRate,
    keepMillis,
    keepTraceMillis,
    slow,
    snapshots,
    stall,
    exitDirectory: directory,
    push,
    ...limits
  }: Tuning) {
    exitDirectory = directory ?? exitDirectory;
    limit(limits);
    if (mutex !== undefined) profilers.atomics.listen(mutex);
    const traceOf = async (seconds: number): Promise<Uint8Array> => writeGoTrace(await profilers.tracer.last(seconds));
    if (keepTraceMillis !== undefined) {
      const writer = slow && new StallWriter(slow.directory, { name: "slow", extension: "trace", bytesOf: traceOf });
      const hear = (nanos: number): void => tell(writer!.write(nanos), `a request took ${Math.round(nanos / 1e6)} ms`);
      profilers.tracer.keep(keepTraceMillis, slow && { nanos: slow.millis * 1e6, hear });
    }
    if (push !== undefined) {
      pusher?.end();
      pusher = new Pusher(profilers, push, say);
    }
    const inspected = await profilers.inspect();
    if (memRate !== undefined) await inspected.heap.setRate(memRate);
    if (allocs !== undefined) await inspected.heap.sample(allocs ? "all" : "live");
    else if (samplesHeap) await inspected.heap.sample(inspected.heap.mode ?? "live");
    if (warm || keepMillis !== undefined) await inspected.cpu.keep(warmRate, keepMillis);
    for (const [name, millis] of Object.entries(snapshots ?? {})) {
      const collector = collectors.find((one) => one.name === name)!;
      const read = async (): Promise<Uint8Array> => pack(await collector.snapshot!(profilers));
      if (millis > 0) profilers.snapshots.take(name, millis, keepMillis ?? 0, read);
    }
    if (stall !== undefined) {
      const { directory, millis } = stall;
      const bytesOf = async (seconds: number): Promise<Uint8Array> => pack(await inspected.cpu.last(seconds));
      const writers = [new StallWriter(directory, { name: "stall", extension: "pb.gz", bytesOf })];
      if (keepTraceMillis)
        writers.push(new StallWriter(directory, { name: "stall", extension: "trace", bytesOf: traceOf }));
      inspected.block.onBlocked = (nanos) => {
        if (nanos < millis * 1e6) return;
        for (const writer of writers) {
          tell(writer.write(nanos), `the event loop was held for ${Math.round(nanos / 1e6)} ms`);
        }
      };
    }
    if (blockRate !== undefined) await inspected.block.watch(blockRate);
    if (push !== undefined) await pusher?.begin();
    return undefined;
  },
};

port.on("message", (message: ToAgent) => {
  if (message === "exit") void end().finally(rest);
  else if ("told" in message) {
    told.get(message.told)?.resolve(message.value);
    told.delete(message.told);
  } else if ("abort" in message) calls.get(message.abort)?.abort();
  else if ("signal" in message) sendSignal(message.pid, message.signal);
  else {
    const { id, name, ask } = message;
    perform[name](ask as never, id).then(
      (result) => reply({ id, result }),
      (error: NodeJS.ErrnoException) => reply({ id, error: error.message, code: error.code }),
    );
  }
});

function limit({ stallBudget, stallBudgetPerMinute, maxSeconds, sourceMapHosts }: Limits): void {
  profilers.budget.millis = stallBudget ?? profilers.budget.millis;
  profilers.budget.minuteMillis = stallBudgetPerMinute ?? profilers.budget.minuteMillis;
  profilers.maxSeconds = maxSeconds ?? profilers.maxSeconds;
  if (sourceMapHosts !== undefined) profilers.surroundings.scripts.remote.hosts = sourceMapHosts;
}

/** Before the process ends: what is open is answered with what there is, and what was asked for is written. */
async function end(): Promise<void> {
  pusher?.end();
  profilers.end();
  for (const { reject } of told.values()) reject(atEnd());
  if (open.count === 0 && exitDirectory === undefined && recorder === undefined) return;
  const acts = [open.answered()];
  if (recorder !== undefined) acts.push(recorder.end());
  if (exitDirectory !== undefined) acts.push(dump(profilers, exitDirectory, true).then(() => {}));
  const millis = recorder?.endMillis ?? END_MILLIS;
  await Promise.race([Promise.allSettled(acts), freeTime(millis, Math.max(millis, MOST_END_MILLIS))]);
}

/**
 * Lets go of all, for the process is about to end, and does nothing more. Node ends this thread wherever it is: between two
 * steps of what Node's own code begins, such as a compression, that ends the process by a failed check (seen on Node 20). So
 * does a request that is still read then, as of a client that asks again at once: there is no connection left to read from.
 */
function rest(): void {
  for (const opened of ports.values()) void opened.close();
  Processes.leaveAll();
  profilers.release();
  Atomics.store(works, WORKS, 0);
  Atomics.notify(works, WORKS);
  standStill(0);
}

/**
 * Waits for Node to end this thread. Node 26 was seen to wait for that for good, as what should end a wait of V8's had not come to it:
 * so it is one of many short ones, and after the last the thread ends itself.
 */
function standStill(state: number): void {
  for (let turn = 0; turn < STILL_TURNS; turn++) Atomics.wait(works, WORKS, state, STILL_MILLIS);
  process.exit();
}

/** Sends a signal that the program has waited for, unless it does no more. */
function sendSignal(pid: number, signal: number): void {
  if (Atomics.compareExchange(works, SIGNALS, ASKED, TAKEN) !== ASKED) return;
  let error = 0;
  try {
    process.kill(pid, signal);
  } catch (refused) {
    error = (refused as { readonly errno: number }).errno;
  }
  Atomics.store(works, SIGNAL_ERROR, error);
  Atomics.store(works, SIGNALS, SENT);
  Atomics.notify(works, SIGNALS);
}

/** This process as one of the group of a server of the program's. */
function joined(group: string): Promise<Processes> {
  let processes = groups.get(group);
  if (processes === undefined) {
    const describe = (): Promise<ProcessInfo> => ownProcess(processName, false);
    processes = Processes.join(`app-${group}`, describe, (call) => handle(call, profilers), open);
    groups.set(group, processes);
    processes.catch(() => groups.delete(group));
  }
  return processes;
}

/** Asks the main thread, which answers when its event loop turns; rejects where that has come to its end. */
function askMain(
  what:
    | { readonly rowsOf: string | undefined }
    | { readonly stands: true }
    | { readonly begin: string | undefined; readonly end: string | undefined }
    | { readonly ring: SharedArrayBuffer | null; readonly exact: boolean | undefined },
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (profilers.ending.aborted) return reject(atEnd());
    told.set(++asked, { resolve, reject });
    reply({ asked, ...what });
  });
}

function atEnd(): RuntimeError {
  return new RuntimeError("the program is at its end: its event loop answers nothing more");
}

function reply(message: FromAgent): void {
  (early ?? port).postMessage(message);
  Atomics.add(works, SAID, 1);
  Atomics.notify(works, SAID);
}

/** Says what was written, and why, or why it was not. */
function tell(written: Promise<string | undefined>, why: string): void {
  written.then(
    (file) => file && say(`${why}: ${file}`),
    (error: Error) => say(`${why}, and what was recorded was not written: ${error.message}`),
  );
}
