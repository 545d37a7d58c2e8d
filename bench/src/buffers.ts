// node bench/dist/buffers.js [--pairs N] [--seconds N] [--part server|each]
// What sampling Buffers costs: a server of files and sockets beside one without, in turn, and each Buffer by itself.
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
import { listen } from "@pprof-ts/runtime";

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
/** Beside one with all else that the profiler does at rest. */
const modes: Readonly<Record<string, () => Promise<unknown>>> = {
  bare: async () => {},
  "no samples of memory": () => listen({ port: 0, memProfileRate: 0 }),
  sampled: () => listen({ port: 0 }),
};

const [mode] = positionals;
if (mode !== undefined) await serve(mode);
else for (const part of flags.part.split(",")) await (part === "each" ? each() : servers());

/** The child: it sends files over HTTP, and back what comes over sockets. */
async function serve(name: string): Promise<void> {
  await modes[name]!();
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
  process.on("message", () => {
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

async function begin(name: string): Promise<Server> {
  const child = fork(self, [name], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const [ports] = await once(child, "message");
  return { child, ports };
}

/** Megabytes for each second of the main thread's CPU time, under a load of so many seconds. */
async function load({ child, ports }: Server): Promise<number> {
  const usage = async (): Promise<{ moved: number; millis: number }> => {
    child.send("usage");
    return (await once(child, "message"))[0];
  };
  const before = await usage();
  const until = performance.now() + Number(flags.seconds) * 1000;
  const clients = [fetchFiles(ports[0]!, until), fetchFiles(ports[0]!, until), echo(ports[1]!, until)];
  await Promise.all(clients);
  const after = await usage();
  return (after.moved - before.moved) / 2 ** 20 / ((after.millis - before.millis) / 1000);
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

async function servers(): Promise<void> {
  writeFileSync(FILE, Buffer.alloc(FILE_BYTES, 7));
  console.log("\nMB for each second of CPU time against another server, in turn, medians:\n");
  console.log("| | against | pairs | MB/s, other | ratio (95 % interval) |\n| --- | --- | --- | --- | --- |");
  for (const [name, other] of [
    ["sampled", "no samples of memory"],
    ["sampled", "bare"],
    ["bare", "bare"],
  ] as const) {
    const [one, two] = [await begin(name), await begin(other)];
    await load(one);
    await load(two);
    const pairs: [number, number][] = [];
    while (pairs.length < Number(flags.pairs)) {
      const first = await load(one);
      pairs.push([first, await load(two)]);
      // In turn, so that a machine that grows slower or faster favours neither.
      const second = await load(two);
      pairs.push([await load(one), second]);
    }
    one.child.kill();
    two.child.kill();
    const ratios = pairs.map(([a, b]) => a / b);
    const middle = (of: readonly number[]): string => median(of).toFixed(0);
    const speeds = `${middle(pairs.map(([a]) => a))}, ${middle(pairs.map(([, b]) => b))}`;
    console.log(
      `| ${name} | ${other} | ${pairs.length} | ${speeds} | ${median(ratios).toFixed(4)} (${interval(ratios)}) |`,
    );
  }
}

/** Nanoseconds for each Buffer with and without, in one process in turn. */
async function each(): Promise<void> {
  const { registry } = await import(
    new URL("../../packages/runtime/dist/program/record/registry.js", import.meta.url).href
  );
  const { buffers } = registry();
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
      for (let i = 0; i < many / 10; i++) make();
      const begun = process.hrtime.bigint();
      for (let i = 0; i < many; i++) make();
      results[key].push(Number(process.hrtime.bigint() - begun) / many);
      await sleep(20);
    }
    console.log(`| ${name} | ${median(results.without).toFixed(1)} | ${median(results.sampled).toFixed(1)} |`);
  }
  buffers.watch(0);
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

/** Between which of the sorted numbers the median of all lies in 95 % of cases, whatever their distribution is. */
function interval(numbers: readonly number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const reach = 0.98 * Math.sqrt(sorted.length);
  const low = Math.max(Math.floor(sorted.length / 2 - reach), 0);
  const high = Math.min(Math.ceil(sorted.length / 2 + reach), sorted.length - 1);
  return [low, high].map((at) => sorted[at]!.toFixed(4)).join(" to ");
}
