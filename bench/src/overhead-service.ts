// The service that the overhead bench puts under load: `node overhead-service.js MODE HEAP_MB [capturing]`. It tells its parent, by
// messages, its address, what it has used, and the longest stall while a capture began or ended.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
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
const server = createServer({ keepAliveTimeout: 600_000 }, (_request, response) => {
  response.end(work(++served));
});

/** CPU time of this thread so far; wall time would count what other processes of the machine took. */
function cpuMillis(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "latin1").split(" ")[0]) / 1e6;
  } catch {
    return performance.now();
  }
}

/** How many files and sockets are open, where that can be known. */
function openFiles(): number {
  return existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").length : 0;
}

/** The longest time for which the event loop did not turn while `act` ran, in milliseconds. */
async function stallOf(act: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  let running = true;
  const turn = (): void => {
    const now = performance.now();
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

const commands: Readonly<Record<string, () => Promise<unknown>>> = {
  usage: async () => ({ cpuMillis: cpuMillis(), served, rss: process.memoryUsage().rss, files: openFiles() }),
  stalls: async () => {
    const start = await stallOf(mode.start);
    for (const end = performance.now() + 1000; performance.now() < end; await new Promise(setImmediate)) work(1);
    return { start, stop: await stallOf(mode.stop) };
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
