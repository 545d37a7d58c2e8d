// node bench/dist/buffers.js [--pairs N] [--files N] [--part server|each] [--rows REGEXP]
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
    /** Of the server's rows, by the two that are compared. */
    rows: { type: "string", default: "" },
    pairs: { type: "string", default: "400" },
    /** So many files, and half as many bytes there and back over a socket, are a turn. */
    files: { type: "string", default: "24" },
  },
});
const self = fileURLToPath(import.meta.url);
const FILE = path.join(tmpdir(), "pprof-bench-buffers.bin");
const FILE_BYTES = 8 * 2 ** 20;
const CHUNK = Buffer.alloc(256 * 1024, 1);
/** Bytes between two samples; 0: no class is behind Buffer. */
const RATES = { sampled: 512 * 1024, "none is due": 2 ** 40, without: 0 } as const;
type Rate = keyof typeof RATES;

/** The pairs of a row, in turn: in one process, or, where a class comes or goes, for which V8 compiles anew, in two. */
const PAIRS: readonly { readonly rate: Rate; readonly other: Rate; readonly processes: 1 | 2 }[] = [
  { rate: "sampled", other: "none is due", processes: 1 },
  { rate: "none is due", other: "none is due", processes: 1 },
  { rate: "sampled", other: "without", processes: 2 },
  { rate: "none is due", other: "without", processes: 2 },
  { rate: "without", other: "without", processes: 2 },
];

const [mode] = positionals;
if (mode !== undefined) await serve();
else for (const part of flags.part.split(",")) await (part === "each" ? each() : server());

/** The child: it sends files over HTTP, and back what comes over sockets. */
async function serve(): Promise<void> {
  const buffers = await samples();
  const files = createServer((_request, response) => {
    createReadStream(FILE).pipe(response);
  });
  const sockets = createSocketServer((socket) => {
    socket.on("error", () => {});
    socket.pipe(socket);
  });
  const cpu = openSync(`/proc/self/task/${process.pid}/schedstat`, "r");
  const text = Buffer.alloc(128);
  process.on("message", (rate: Rate | "") => {
    if (rate !== "") buffers.watch(RATES[rate]);
    const nanos = Number(text.toString("latin1", 0, readSync(cpu, text, 0, 128, 0)).split(" ")[0]);
    process.send!(nanos / 1e6);
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

async function begin(): Promise<Server> {
  const child = fork(self, ["serve"], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  return { child, ports: (await once(child, "message"))[0] };
}

/** What the main thread takes of CPU time for a turn, in milliseconds. */
async function turn({ child, ports }: Server): Promise<number> {
  const before = await usage(child);
  const files = Number(flags.files);
  await Promise.all([
    fetchFiles(ports[0]!, files >> 1),
    fetchFiles(ports[0]!, files >> 1),
    echo(ports[1]!, files >> 1),
  ]);
  return (await usage(child)) - before;
}

/** How long the main thread has had a processor; from here on, it samples in this way. */
async function usage(child: ChildProcess, rate: Rate | "" = ""): Promise<number> {
  child.send(rate);
  return (await once(child, "message"))[0];
}

async function fetchFiles(port: number, files: number): Promise<void> {
  for (let i = 0; i < files; i++) {
    const [response] = await once(get({ port, host: "127.0.0.1", agent: false }), "response");
    response.resume();
    await once(response, "end");
  }
}

async function echo(port: number, files: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  const bytes = files * FILE_BYTES;
  const done = new Promise<void>((resolve) => {
    let back = 0;
    socket.on("data", (chunk) => {
      back += chunk.length;
      if (back === bytes) resolve();
    });
  });
  for (let sent = 0; sent < bytes; sent += CHUNK.length) if (!socket.write(CHUNK)) await once(socket, "drain");
  await done;
  socket.destroy();
}

async function server(): Promise<void> {
  const rows = new RegExp(flags.rows);
  writeFileSync(FILE, Buffer.alloc(FILE_BYTES, 7));
  console.log("\nms of CPU time for the same work, in turn, medians:\n");
  console.log("| | against | pairs | ms, other | more (95 % interval) |\n| --- | --- | --- | --- | --- |");
  for (const { rate, other, processes } of PAIRS.filter((row) => rows.test(`${row.rate} ${row.other}`))) {
    const one = await begin();
    const two = processes === 1 ? one : await begin();
    const take = async (of: Server, as: Rate): Promise<number> => {
      await usage(of.child, as);
      return turn(of);
    };
    const ofRate = (): Promise<number> => take(one, rate);
    const ofOther = (): Promise<number> => take(two, other);
    for (let i = 0; i < 10; i++) await (i % 2 === 0 ? ofRate() : ofOther());
    const pairs: [number, number][] = [];
    while (pairs.length < Number(flags.pairs)) {
      const first = await ofRate();
      pairs.push([first, await ofOther()]);
      // In turn, so that a machine that grows slower or faster favours neither.
      const second = await ofOther();
      pairs.push([await ofRate(), second]);
    }
    one.child.kill();
    two.child.kill();
    const more = pairs.map(([a, b]) => (a / b - 1) * 100);
    const times = `${median(pairs.map(([a]) => a)).toFixed(0)}, ${median(pairs.map(([, b]) => b)).toFixed(0)}`;
    console.log(
      `| ${rate} | ${other} | ${pairs.length} | ${times} | ${median(more).toFixed(2)} % (${interval(more, 2)}) |`,
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
