// node bench/dist/buffers.js [--pairs N] [--seconds N] [--part server|each]
// What sampling Buffers costs: a server of files and sockets that does so and does not in turn, and each Buffer by itself.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createReadStream, openSync, readSync, writeFileSync } from "node:fs";
import { createServer, get } from "node:http";
import { type AddressInfo, connect, createServer as createSocketServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { interval, median } from "./statistics.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    part: { type: "string", default: "server,each" },
    pairs: { type: "string", default: "40" },
    seconds: { type: "string", default: "1" },
  },
});
const self = fileURLToPath(import.meta.url);
const FILE = path.join(tmpdir(), "pprof-bench-buffers.bin");
const FILE_BYTES = 8 * 2 ** 20;
const CHUNK = Buffer.alloc(256 * 1024, 1);
/** Bytes between two samples; 0: no class is behind Buffer. */
const RATES = { sampled: 512 * 1024, "none is due": 2 ** 40, without: 0 } as const;
type Rate = keyof typeof RATES;

const [mode] = positionals;
if (mode !== undefined) await serve();
else for (const part of flags.part.split(",")) await (part === "each" ? each() : server());

/** The child: it sends files over HTTP, and back what comes over sockets. */
async function serve(): Promise<void> {
  const buffers = await samples();
  let moved = 0;
  const files = createServer((_request, response) => {
    createReadStream(FILE)
      .on("data", (chunk) => {
        moved += chunk.length;
      })
      .pipe(response);
  });
  const sockets = createSocketServer((socket) => {
    socket.on("error", () => {});
    socket
      .on("data", (chunk) => {
        moved += chunk.length;
      })
      .pipe(socket);
  });
  const cpu = openSync(`/proc/self/task/${process.pid}/schedstat`, "r");
  const text = Buffer.alloc(128);
  process.on("message", (rate: Rate | "") => {
    if (rate !== "") buffers.watch(RATES[rate]);
    const nanos = Number(text.toString("latin1", 0, readSync(cpu, text, 0, 128, 0)).split(" ")[0]);
    process.send!({ moved, millis: nanos / 1e6 });
  });
  for (const server of [files, sockets]) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  }
  process.send!([files, sockets].map((server) => (server.address() as AddressInfo).port));
}

interface Server {
  readonly child: ChildProcess;
  readonly ports: readonly number[];
}

/** Megabytes for each second of the main thread's CPU time, under a load of so many seconds. */
async function load({ child, ports }: Server, rate: Rate, seconds = Number(flags.seconds)): Promise<number> {
  const usage = async (set: Rate | null): Promise<{ moved: number; millis: number }> => {
    child.send(set ?? "");
    return (await once(child, "message"))[0];
  };
  const run = async (millis: number): Promise<number> => {
    const before = await usage(null);
    const until = performance.now() + millis;
    await Promise.all([fetchFiles(ports[0]!, until), fetchFiles(ports[0]!, until), echo(ports[1]!, until)]);
    const after = await usage(null);
    return (after.moved - before.moved) / 2 ** 20 / ((after.millis - before.millis) / 1000);
  };
  await usage(rate);
  // V8 compiles anew where the class has come or gone.
  await run(200);
  return run(seconds * 1000);
}

async function fetchFiles(port: number, until: number): Promise<void> {
  while (performance.now() < until) {
    const [response] = await once(get({ port, host: "127.0.0.1", agent: false }), "response");
    response.resume();
    await once(response, "end");
  }
}

async function echo(port: number, until: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  let back = 0;
  socket.on("data", (chunk) => {
    back += chunk.length;
  });
  let sent = 0;
  while (performance.now() < until) {
    socket.write(CHUNK);
    sent += CHUNK.length;
    while (sent - back > 4 * CHUNK.length) await sleep(0);
  }
  socket.destroy();
}

async function server(): Promise<void> {
  writeFileSync(FILE, Buffer.alloc(FILE_BYTES, 7));
  console.log("\nMB for each second of CPU time in one process, in turn, medians:\n");
  console.log("| | against | pairs | MB/s, other | ratio (95 % interval) |\n| --- | --- | --- | --- | --- |");
  for (const [rate, other] of [
    ["sampled", "without"],
    ["sampled", "none is due"],
    ["without", "without"],
  ] as const) {
    const child = fork(self, ["serve"], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const [ports] = await once(child, "message");
    const one: Server = { child, ports };
    await load(one, rate);
    await load(one, other);
    const pairs: [number, number][] = [];
    while (pairs.length < Number(flags.pairs)) {
      const first = await load(one, rate);
      pairs.push([first, await load(one, other)]);
      // In turn, so that a machine that grows slower or faster favours neither.
      const second = await load(one, other);
      pairs.push([await load(one, rate), second]);
    }
    child.kill();
    const ratios = pairs.map(([a, b]) => a / b);
    const middle = (of: readonly number[]): string => median(of).toFixed(0);
    const speeds = `${middle(pairs.map(([a]) => a))}, ${middle(pairs.map(([, b]) => b))}`;
    console.log(
      `| ${rate} | ${other} | ${pairs.length} | ${speeds} | ${median(ratios).toFixed(4)} (${interval(ratios, 4)}) |`,
    );
  }
}

/** What samples in this process. */
async function samples(): Promise<{ watch(rate: number): void }> {
  const url = new URL("../../packages/runtime/dist/program/record/registry.js", import.meta.url);
  return (await import(url.href)).registry().buffers;
}

/** Nanoseconds for each Buffer with and without, in one process in turn. */
async function each(): Promise<void> {
  const buffers = await samples();
  const old = Buffer.alloc(4096);
  const kinds: Readonly<Record<string, () => unknown>> = {
    "alloc(16)": () => Buffer.alloc(16),
    "alloc(1024)": () => Buffer.alloc(1024),
    "allocUnsafe(100)": () => Buffer.allocUnsafe(100),
    "allocUnsafeSlow(65536)": () => Buffer.allocUnsafeSlow(65536),
    "alloc(1048576)": () => Buffer.alloc(1048576),
    "subarray(10, 20)": () => old.subarray(10, 20),
    "subarray()": () => old.subarray(),
  };
  console.log(
    "\nns for each Buffer: without / sampled, medians of 11 turns\n\n| | without | sampled |\n| --- | --- | --- |",
  );
  for (const [name, make] of Object.entries(kinds)) {
    const many = name.endsWith("6)") && name.length > 13 ? 3_000 : 300_000;
    const results: Record<"without" | "sampled", number[]> = { without: [], sampled: [] };
    for (let turn = 0; turn < 22; turn++) {
      const key = turn % 2 === 0 ? "without" : "sampled";
      buffers.watch(key === "sampled" ? 512 * 1024 : 0);
      for (let i = 0; i < many; i++) make();
      const begun = process.cpuUsage().user;
      for (let i = 0; i < many; i++) make();
      results[key].push(((process.cpuUsage().user - begun) * 1000) / many);
      await sleep(20);
    }
    console.log(`| ${name} | ${median(results.without).toFixed(1)} | ${median(results.sampled).toFixed(1)} |`);
  }
  buffers.watch(0);
}
