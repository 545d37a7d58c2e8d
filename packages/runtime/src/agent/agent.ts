// What runs in the profiler's own thread: it holds the inspector's session of the main thread, listens on the debug port,
// converts and encodes. So a blocked event loop can still be profiled, and a busy one is not held up.
import { writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, threadId, workerData } from "node:worker_threads";
import { addressUrl } from "../exchange/listen-address.ts";
import type { AgentData, AskName, Asks, FromAgent, ToAgent, Tuning } from "../exchange/messages.ts";
import { MEM_RATE } from "../exchange/rates.ts";
import { type Answer, type Call, callOf } from "../http/call.ts";
import { OpenResponses } from "../http/open-responses.ts";
import { PREFIX } from "../http/prefix.ts";
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

const { program, processName, working, labelled, inspectorLacks } = workerData as AgentData;
const port = parentPort!;
const ports = new Map<number, { close(): Promise<void> }>();
const open = new OpenResponses();
/** The groups of processes that this one is in for a server of the program's. */
const groups = new Map<string, Promise<Processes>>();
const calls = new Map<number, AbortController>();
const told = new Map<number, (value: unknown) => void>();
let asked = 0;
/** Where profiles are written when the process ends; undefined: nowhere. */
let exitDirectory: string | undefined;
const labels = new Int32Array(labelled);
const profilers = new Profilers({
  program,
  // A title begins with the number of its thread, which no other thread of the process has.
  isOwn: (title) => title.startsWith(`[worker ${threadId}]`),
  inspectorLacks,
  isLabelled: () => labels[0] !== 0,
  memRate: MEM_RATE,
  askMain: (rowsOf) => askMain({ rowsOf }),
  console: async (begin, end) => (await askMain({ begin, end })) as string | undefined,
});
/** How long the end of the process may wait for profiles. */
const END_MILLIS = 180;
const works = new Int32Array(working);
Atomics.store(works, 0, 1);

// A command that waits for V8's answer does not keep a worker alive: without this, it would exit in the middle of one.
setInterval(() => {}, 2 ** 30);

const perform: { [Name in AskName]: (ask: Asks[Name]["ask"], id: number) => Promise<Asks[Name]["result"]> } = {
  async listen({ address, access, hosts, announce, shares }, id) {
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
  async startCpu(options) {
    await (await profilers.inspect()).cpu.start(options);
    return undefined;
  },
  async stopCpu() {
    return pack(await (await profilers.inspect()).cpu.stop());
  },
  async tune({
    samplesHeap,
    memRate,
    allocs,
    blockRate,
    mutex,
    stallBudget,
    stallBudgetPerMinute,
    maxSeconds,
    warm,
    warmRate,
    keepMillis,
    snapshots,
    stall,
    sourceMapHosts,
    exitDirectory: directory,
  }: Tuning) {
    exitDirectory = directory ?? exitDirectory;
    profilers.budget.millis = stallBudget ?? profilers.budget.millis;
    profilers.budget.minuteMillis = stallBudgetPerMinute ?? profilers.budget.minuteMillis;
    profilers.maxSeconds = maxSeconds ?? profilers.maxSeconds;
    if (sourceMapHosts !== undefined) profilers.surroundings.scripts.remote.hosts = sourceMapHosts;
    if (mutex !== undefined) profilers.atomics.listen(mutex);
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
      const writer = new StallWriter(stall.directory, (seconds) => inspected.cpu.last(seconds));
      inspected.block.onBlocked = (nanos) => {
        if (nanos < stall.millis * 1e6) return;
        writer.write(nanos).then(
          (file) => file && say(`the event loop was held for ${Math.round(nanos / 1e6)} ms: ${file}`),
          (error: Error) => say(`the profile of a stall was not written: ${error.message}`),
        );
      };
    }
    if (blockRate !== undefined) await inspected.block.watch(blockRate);
    return undefined;
  },
};

port.on("message", (message: ToAgent) => {
  if (message === "exit") void end().finally(rest);
  else if ("told" in message) {
    told.get(message.told)?.(message.value);
    told.delete(message.told);
  } else if ("abort" in message) calls.get(message.abort)?.abort();
  else {
    const { id, name, ask } = message;
    perform[name](ask as never, id).then(
      (result) => reply({ id, result }),
      (error: NodeJS.ErrnoException) => reply({ id, error: error.message, code: error.code }),
    );
  }
});

/** Before the process ends: what is open is answered with what there is, and what was asked for is written. */
async function end(): Promise<void> {
  if (open.count === 0 && exitDirectory === undefined) return;
  profilers.end();
  const acts = [open.answered()];
  if (exitDirectory !== undefined) acts.push(dump(profilers, exitDirectory, true).then(() => {}));
  await Promise.race([Promise.allSettled(acts), sleep(END_MILLIS)]);
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
  Atomics.store(works, 0, 0);
  Atomics.notify(works, 0);
  Atomics.wait(works, 0, 0);
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

/** Asks the main thread, which answers when its event loop turns. */
function askMain(
  what:
    | { readonly rowsOf: string | undefined }
    | { readonly begin: string | undefined; readonly end: string | undefined },
): Promise<unknown> {
  return new Promise((resolve) => {
    told.set(++asked, resolve);
    reply({ asked, ...what });
  });
}

function reply(message: FromAgent): void {
  port.postMessage(message);
}

/** Written here and at once: what a worker prints waits for the main thread, which may be busy for long. */
function say(sentence: string): void {
  writeSync(2, `pprof: ${sentence}\n`);
}
