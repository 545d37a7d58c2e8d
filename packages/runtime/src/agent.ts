// What runs in the profiler's own thread: it holds the inspector's session of the main thread, listens on the debug port,
// converts and encodes. So a blocked event loop can still be profiled, and a busy one is not held up.
import { writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import type { Address } from "./address.ts";
import { addressUrl } from "./address.ts";
import { CpuProfiler } from "./cpu.ts";
import { DebugServer } from "./debug-server.ts";
import type { Profilers } from "./handler.ts";
import { handle } from "./handler.ts";
import type { AgentData, Ask, FromAgent, Listening, ToAgent } from "./messages.ts";
import { Scripts } from "./scripts.ts";
import { MainThreadSession } from "./session.ts";

const { program, attached: attachedBuffer } = workerData as AgentData;
const attached = new Int32Array(attachedBuffer);
const port = parentPort!;
const servers = new Map<number, DebugServer>();
const scripts = new Scripts();
let lastListener = 0;
let session: Promise<MainThreadSession> | undefined;
let cpu: CpuProfiler | undefined;

// A command that waits for V8's answer does not keep a worker alive: without this, it would exit in the middle of one.
setInterval(() => {}, 2 ** 30);

const profilers: Profilers = {
  async cpu() {
    cpu ??= new CpuProfiler(await connect(), scripts, program);
    return cpu;
  },
};

port.on("message", (message: ToAgent) => {
  if (message === "exit") return void release();
  const { id, ask } = message;
  perform(ask).then(
    (result) => reply({ id, result }),
    (error: NodeJS.ErrnoException) => reply({ id, error: error.message, code: error.code }),
  );
});

function reply(message: FromAgent): void {
  port.postMessage(message);
}

async function perform(ask: Ask): Promise<unknown> {
  if (ask.do === "close") {
    await servers.get(ask.listener)?.close();
    return servers.delete(ask.listener);
  }
  const server = new DebugServer((call) => handle(call, profilers));
  const address = await server.listen(ask.address);
  const listener = ++lastListener;
  servers.set(listener, server);
  if (ask.announce) announce(address);
  return { listener, address } satisfies Listening;
}

/** Written here and at once: what a worker prints waits for the main thread, which may be busy for long. */
function announce(address: Address): void {
  writeSync(2, `pprof: serving profiles at ${addressUrl(address)}/debug/pprof/\n`);
}

/** Connects when first needed; a connection that failed is tried again. */
function connect(): Promise<MainThreadSession> {
  session ??= open();
  return session;
}

async function open(): Promise<MainThreadSession> {
  Atomics.store(attached, 0, 1);
  try {
    return await MainThreadSession.connect();
  } catch (error) {
    session = undefined;
    Atomics.store(attached, 0, 0);
    throw error;
  }
}

/** Lets go of the inspector, for Node waits at its exit for sessions that are open, and says so on standard error. */
async function release(): Promise<void> {
  (await session?.catch(() => undefined))?.disconnect();
  Atomics.store(attached, 0, 0);
  Atomics.notify(attached, 0);
}
