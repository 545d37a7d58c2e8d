// The service that the overhead bench puts under load: `node overhead-service.js MODE HEAP_MB [capturing]`. It tells its parent, by
// messages, its address, what it has used, and the longest stalls while a capture began, ran and ended.
import { existsSync, openSync, readdirSync, readSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { withLabels } from "@pprof-ts/runtime";
import { type Mode, modes } from "./overhead-modes.ts";

const mode = modes[process.argv[2] as Mode];
const heapMegabytes = Number(process.argv[3]);

// Objects such as services hold: about 280 bytes each.
const ballast: object[] = [];
for (let i = 0; i < heapMegabytes * 3600; i++) ballast.push({ i, text: `x${i}`, list: [i, i + 1], inner: { i } });

/** Some work in many small functions, about 1 ms. */
function work(seed: number): string {
  const rows = Array.from({ length: 120 }, (_, i) => ({ id: (seed * 31 + i) % 1000, name: `row ${i}` }));
  const sorted = rows.sort((a, b) => a.id - b.id).filter(({ id }) => id % 3 !== 0);
  return JSON.stringify(JSON.parse(JSON.stringify(sorted.map(({ id, name }) => ({ id, name, sum: sumOf(id) })))));
}

function sumOf(n: number): number {
  let sum = 0;
  for (let i = 0; i < 200 + n; i++) sum = (sum * 31 + i) | 0;
  return sum;
}

let served = 0;
// Connections are kept open for long: one that the server closes in the moment in which a client uses it looks like loss.
const server = createServer({ keepAliveTimeout: 600_000 }, ({ url = "" }, response) => {
  const serve = (): unknown => response.end(work(++served));
  if (mode.labels) withLabels({ route: url }, serve);
  else serve();
});

const schedstat = `/proc/self/task/${process.pid}/schedstat`;
const scheduling = existsSync(schedstat) ? openSync(schedstat, "r") : undefined;
const buffer = Buffer.alloc(128);

/**
 * CPU time of this thread so far, and the time it waited for a processor, which is what other processes of the machine
 * took. Read without garbage to speak of: its collection would be a stall as well.
 */
function scheduled(): { readonly cpuMillis: number; readonly waitMillis: number } {
  if (scheduling === undefined) return { cpuMillis: performance.now(), waitMillis: 0 };
  const [cpu, wait] = buffer.toString("latin1", 0, readSync(scheduling, buffer, 0, 128, 0)).split(" ");
  return { cpuMillis: Number(cpu) / 1e6, waitMillis: Number(wait) / 1e6 };
}

/** How many files and sockets are open, where that can be known. */
function openFiles(): number {
  return existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").length : 0;
}

/** The longest time for which the event loop did not turn while `act` ran, in milliseconds, unless for want of a processor. */
async function stallOf(act: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = ownTime();
  let running = true;
  const turn = (): void => {
    const now = ownTime();
    longest = Math.max(longest, now - last);
    last = now;
    if (running) setImmediate(turn);
  };
  turn();
  await act();
  await new Promise((resolve) => setTimeout(resolve, 20));
  running = false;
  return longest;
}

/** The time, less what this thread waited for a processor: finer than its CPU time, which is counted in steps of 4 ms. */
const ownTime = (): number => performance.now() - scheduled().waitMillis;

/** How often it is looked whether the loop turns. */
const TURN_MILLIS = 5;
let heldMillis = 0;
let watching = false;

/** The longest time for which the event loop did not turn since this was asked before, unless for want of a processor. */
function held(): number {
  if (!watching) {
    watching = true;
    let last = ownTime();
    setInterval(() => {
      const now = ownTime();
      heldMillis = Math.max(heldMillis, now - last - TURN_MILLIS);
      last = now;
    }, TURN_MILLIS);
  }
  const longest = heldMillis;
  heldMillis = 0;
  return longest;
}

/** How much work is done in each millisecond of this thread. */
async function pace(millis: number): Promise<number> {
  const before = ownTime();
  let done = 0;
  const serve = async (): Promise<void> => {
    for (const end = performance.now() + millis; performance.now() < end; await new Promise(setImmediate)) work(++done);
  };
  await (mode.labels ? withLabels({ route: "/" }, serve) : serve());
  return done / (ownTime() - before);
}

const commands: Readonly<Record<string, () => Promise<unknown>>> = {
  /** Those who were served keep their connections, for as long as the service allows. */
  disconnect: async () => server.closeAllConnections(),
  held: async () => held(),
  usage: async () => ({ cpuMillis: scheduled().cpuMillis, served, rss: process.memoryUsage().rss, files: openFiles() }),
  stalls: async () => {
    const busy = async (millis: number): Promise<void> => {
      for (const end = performance.now() + millis; performance.now() < end; await new Promise(setImmediate)) work(1);
    };
    await busy(500);
    const start = await stallOf(mode.start);
    const during = await stallOf(() => busy(2000));
    return { start, during, stop: await stallOf(mode.stop) };
  },
  /** The same work in the same process with and without a capture, in turn. */
  paces: async () => {
    const ratios: number[] = [];
    await pace(2000);
    while (ratios.length < 40) {
      const without = await pace(500);
      await mode.start();
      const captured = await pace(500);
      await mode.stop();
      ratios.push(captured / without);
    }
    return ratios;
  },
  pauses: async () => {
    const read = async (name: string): Promise<void> => void (await (await fetch(prepared!.url + name)).arrayBuffer());
    // The first request of a process loads what it needs.
    await read("cmdline");
    return { heap: await stallOf(() => read("heap")), goroutine: await stallOf(() => read("goroutine?full=1")) };
  },
};

const prepared = await mode.prepare();
if (process.argv[4] === "capturing") await mode.start();
process.on("message", async (command: string) => process.send?.((await commands[command]?.()) ?? null));
server.listen(0, "127.0.0.1", () => {
  process.send?.({ port: (server.address() as AddressInfo).port, url: prepared?.url });
});
// Keeps the objects from being collected.
process.on("exit", () => ballast.length);
