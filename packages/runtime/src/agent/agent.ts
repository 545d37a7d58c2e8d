// What runs in the profiler's own thread: it holds the inspector's session of the main thread, listens on the debug port,
// converts and encodes. So a blocked event loop can still be profiled, and a busy one is not held up.
import { writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { addressUrl } from "../exchange/listen-address.ts";
import type { AgentData, AskName, Asks, FromAgent, ToAgent, Tuning } from "../exchange/messages.ts";
import { MEM_RATE } from "../exchange/rates.ts";
import { callOf } from "../http/call.ts";
import { PREFIX } from "../http/prefix.ts";
import { StallWriter } from "./cpu/stall-writer.ts";
import { DebugServer } from "./http/debug-server.ts";
import { handle } from "./http/handler.ts";
import { collectors } from "./profile/collectors.ts";
import { pack } from "./profile/pack.ts";
import { Profilers } from "./profile/profilers.ts";

const { program, working, permitted } = workerData as AgentData;
const port = parentPort!;
const servers = new Map<number, DebugServer>();
const calls = new Map<number, AbortController>();
const told = new Map<number, (value: unknown) => void>();
let asked = 0;
const profilers = new Profilers({
  program,
  ownUrl: import.meta.url,
  permitted,
  memRate: MEM_RATE,
  askMain: (rowsOf) => askMain({ rowsOf }),
  console: async (begin, end) => (await askMain({ begin, end })) as string | undefined,
});
const works = new Int32Array(working);
Atomics.store(works, 0, 1);

// A command that waits for V8's answer does not keep a worker alive: without this, it would exit in the middle of one.
setInterval(() => {}, 2 ** 30);

const perform: { [Name in AskName]: (ask: Asks[Name]["ask"], id: number) => Promise<Asks[Name]["result"]> } = {
  async listen({ address, access, hosts, announce }, id) {
    const server = new DebugServer(address, access, hosts, (call) => handle(call, profilers));
    const listening = await server.listen();
    servers.set(id, server);
    if (announce) say(`serving profiles at ${addressUrl(listening)}${PREFIX}`);
    return { listener: id, address: listening };
  },
  async close({ listener }) {
    await servers.get(listener)?.close();
    servers.delete(listener);
    return undefined;
  },
  async call(call, id) {
    const gone = new AbortController();
    calls.set(id, gone);
    try {
      return await handle(callOf(call, gone.signal), profilers);
    } finally {
      calls.delete(id);
    }
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
  }: Tuning) {
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
  if (message === "exit") rest();
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

/**
 * Lets go of all, for the process is about to end, and does nothing more. Node ends this thread wherever it is: between two
 * steps of what Node's own code begins, such as a compression, that ends the process by a failed check (seen on Node 20).
 */
function rest(): void {
  profilers.release();
  Atomics.store(works, 0, 0);
  Atomics.notify(works, 0);
  Atomics.wait(works, 0, 0);
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
