// node bench/dist/trace.js [--pairs N] [--seconds N] [--work REGEXP] [--mode REGEXP] [--part server|beside|each|write]
// What an execution trace costs: a server that is traced and not in turn, in one process, and beside that without in turn; beside
// others that tell of requests, each in a process of its own and asked in turn with a bare one (OTEL_DIR: a folder with
// OpenTelemetry's sdk-node and auto-instrumentations-node); a record by itself; and how fast a trace is written.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, promises, readSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { TraceBuilder, writeGoTrace } from "@pprof-ts/profile";
import { listen } from "@pprof-ts/runtime";
import { interval, median } from "./statistics.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    part: { type: "string", default: "server,beside,each,write" },
    pairs: { type: "string", default: "20" },
    seconds: { type: "string", default: "1" },
    work: { type: "string", default: "" },
    mode: { type: "string", default: "" },
  },
});
const self = fileURLToPath(import.meta.url);
const CONNECTIONS = 16;

/** What a request is answered with. */
const WORKS: Readonly<Record<string, () => string | Promise<string>>> = {
  "hello world": () => "hello",
  /** Some 0.2 ms of work, with a timer and a file: an application server. */
  application: async () => {
    const parsed = JSON.parse(ITEM);
    await sleep(1);
    const file = await promises.readFile(self, "utf8");
    return JSON.stringify({ ...parsed, size: file.length });
  },
};
const ITEM = JSON.stringify({
  id: 7,
  tags: ["a", "b"],
  rows: Array.from({ length: 60 }, (_, k) => ({ k, value: `v${k}` })),
});

/** What goes on in each second slice of time: a trace of which level, if any. */
const MODES: Readonly<Record<string, string | undefined>> = { nothing: undefined, "level L": "L", "level E": "E" };

/** What else tells of requests, and the bare server itself, of which each slice is measured beside one of another bare server. */
interface Peer {
  readonly flags?: readonly string[];
  readonly cwd?: string;
  /** The level of the trace that is taken in each of its slices. */
  readonly level?: string;
}

const OTEL = process.env.OTEL_DIR;
const PEERS: Readonly<Record<string, Peer | undefined>> = {
  bare: {},
  "level L": { level: "L" },
  "level E": { level: "E" },
  "--trace-event-categories": { flags: ["--trace-event-categories=node,node.async_hooks,v8"] },
  "OpenTelemetry, no-op exporter": OTEL === undefined ? undefined : { flags: ["--require", "./no-op.cjs"], cwd: OTEL },
};
const NO_OP = `const { NodeSDK } = require("@opentelemetry/sdk-node");
const { getNodeAutoInstrumentations } = require("@opentelemetry/auto-instrumentations-node");
const traceExporter = { export: (_spans, done) => done({ code: 0 }), shutdown: async () => {}, forceFlush: async () => {} };
new NodeSDK({ traceExporter, metricReaders: [], logRecordProcessors: [], instrumentations: [getNodeAutoInstrumentations()] }).start();
// It wraps what is required: the server imports the same.
for (const name of ["http", "net", "dns", "fs", "timers"]) require(name);
require("node:module").syncBuiltinESMExports();
`;

const [work] = positionals;
if (work !== undefined) await serve(work);
else {
  const parts: Readonly<Record<string, () => Promise<void>>> = { server, beside, each, write };
  for (const part of flags.part.split(",")) await parts[part]!();
}

/** The child: a server, which tells what it has done whenever it is asked. */
async function serve(name: string): Promise<void> {
  let served = 0;
  const answer = WORKS[name]!;
  const app = createServer(async (_request, response) => {
    response.end(await answer());
    served++;
  }).listen(0, "127.0.0.1");
  await once(app, "listening");
  const { url } = await listen({ port: 0, host: "127.0.0.1" });
  const cpu = openSync(`/proc/self/task/${process.pid}/schedstat`, "r");
  const text = Buffer.alloc(128);
  process.on("message", () => {
    const nanos = Number(text.toString("latin1", 0, readSync(cpu, text, 0, 128, 0)).split(" ")[0]);
    const { user, system } = process.cpuUsage();
    process.send!({ served, seconds: nanos / 1e9, all: (user + system) / 1e6 });
  });
  process.send!({ port: (app.address() as AddressInfo).port, url });
}

async function server(): Promise<void> {
  console.log(
    `\nrequests for each second of CPU time of the main thread, beside without, pairs of ${flags.seconds} s\n`,
  );
  console.log("| work | in every second slice | pairs | ratio, median (95 %) |\n| --- | --- | --- | --- |");
  for (const name of Object.keys(WORKS).filter((one) => new RegExp(flags.work).test(one))) {
    for (const [mode, level] of Object.entries(MODES).filter(([one]) => new RegExp(flags.mode).test(one))) {
      const child = fork(self, [name], { env: { ...process.env, NODE_OPTIONS: "" } });
      const [{ port, url }] = (await once(child, "message")) as [{ readonly port: number; readonly url: string }];
      load(port);
      const asked = async (): Promise<{ readonly served: number; readonly seconds: number }> => {
        child.send("");
        return (await once(child, "message"))[0];
      };
      const slice = async (): Promise<number> => {
        const before = await asked();
        await sleep(Number(flags.seconds) * 1000);
        const after = await asked();
        return (after.served - before.served) / (after.seconds - before.seconds);
      };
      await sleep(2000);
      const ratios: number[] = [];
      for (let pair = 0; pair < Number(flags.pairs); pair++) {
        const without = await slice();
        const seconds = Number(flags.seconds) + 0.3;
        const trace = level === undefined ? undefined : fetch(`${url}trace?seconds=${seconds}&level=${level}`);
        await sleep(150);
        const beside = await slice();
        await (await trace)?.arrayBuffer();
        await sleep(100);
        ratios.push(beside / without);
      }
      child.kill();
      console.log(`| ${name} | ${mode} | ${ratios.length} | ${median(ratios).toFixed(3)} (${interval(ratios, 3)}) |`);
    }
  }
}

async function beside(): Promise<void> {
  console.log(`\nrequests for each second, beside a bare process in turn, pairs of ${flags.seconds} s\n`);
  console.log("| work | process | pairs | of CPU time, all threads (95 %) | of the clock (95 %) |");
  console.log("| --- | --- | --- | --- | --- |");
  for (const name of Object.keys(WORKS).filter((one) => new RegExp(flags.work).test(one))) {
    for (const [title, peer] of Object.entries(PEERS).filter(([one]) => new RegExp(flags.mode).test(one))) {
      if (peer === undefined) {
        console.log(`| ${name} | ${title} | skipped: OTEL_DIR is not set | | |`);
        continue;
      }
      const pair = await Promise.all([start(name, {}), start(name, peer)]);
      // Both are warm before.
      for (let i = 0; i < 2; i++) for (const one of pair) await one.slice(2);
      const ratios: (readonly [cpu: number, wall: number])[] = [];
      for (let i = 0; i < Number(flags.pairs); i++) {
        const [bare, other] = [await pair[0]!.slice(), await pair[1]!.slice()];
        ratios.push([other[0] / bare[0], other[1] / bare[1]]);
      }
      for (const one of pair) one.end();
      const told = [0, 1].map((at) => {
        const own = ratios.map((ratio) => ratio[at]!);
        return `${median(own).toFixed(3)} (${interval(own, 3)})`;
      });
      console.log(`| ${name} | ${title} | ${ratios.length} | ${told.join(" | ")} |`);
    }
  }
}

/** A server's process; `slice` loads it for so many seconds, and resolves with the requests for each second of CPU time and of the clock. */
async function start(
  work: string,
  { flags: own = [], cwd = mkdtempSync(path.join(tmpdir(), "bench-trace-")), level }: Peer,
): Promise<{ slice(seconds?: number): Promise<readonly [cpu: number, wall: number]>; end(): void }> {
  if (cwd === OTEL) writeFileSync(path.join(cwd, "no-op.cjs"), NO_OP);
  const child = fork(self, [work], { cwd, execArgv: [...own], env: { ...process.env, NODE_OPTIONS: "" } });
  const [{ port, url }] = (await once(child, "message")) as [{ readonly port: number; readonly url: string }];
  const asked = async (): Promise<{ readonly served: number; readonly all: number }> => {
    child.send("");
    return (await once(child, "message"))[0];
  };
  return {
    async slice(seconds = Number(flags.seconds)) {
      const trace = level === undefined ? undefined : fetch(`${url}trace?seconds=${seconds + 0.3}&level=${level}`);
      const stop = load(port);
      await sleep(150);
      const [before, begun] = [await asked(), performance.now()];
      await sleep(seconds * 1000);
      const [after, ended] = [await asked(), performance.now()];
      stop();
      await (await trace)?.arrayBuffer();
      const served = after.served - before.served;
      return [served / (after.all - before.all), served / (ended - begun)];
    },
    end: () => void child.kill(),
  };
}

/** Asks again as soon as it is answered, on some connections, until it is stopped. */
function load(port: number): () => void {
  const request = "GET /item/7?q=1 HTTP/1.1\r\nhost: bench\r\n\r\n";
  const sockets: Socket[] = [];
  for (let i = 0; i < CONNECTIONS; i++) {
    const socket = connect(port, "127.0.0.1", () => socket.write(request));
    sockets.push(socket);
    let text = "";
    socket.setEncoding("latin1").on("data", (part: string) => {
      text += part;
      // Answers are chunked or have a length; either way they are over with what stands at their end.
      if (!/\r\n\r\n(hello|[\s\S]*\})$|\r\n0\r\n\r\n$/.test(text)) return;
      text = "";
      socket.write(request);
    });
    socket.on("error", () => {});
  }
  return () => {
    for (const socket of sockets) socket.destroy();
  };
}

async function each(): Promise<void> {
  const folder = new URL("../../packages/runtime/dist/", import.meta.url);
  const { RecordRing } = (await import(new URL("program/trace/record-ring.js", folder).href)) as {
    readonly RecordRing: new (
      ring: SharedArrayBuffer,
    ) => {
      write(kind: number, value: number, id: number, text?: string): void;
    };
  };
  const { newRing } = (await import(new URL("exchange/trace-records.js", folder).href)) as {
    newRing(): SharedArrayBuffer;
  };
  for (const text of ["", "GET /items/12345?page=2"]) {
    const best = Math.min(
      ...Array.from({ length: 20 }, () => {
        const ring = new RecordRing(newRing());
        const begun = performance.now();
        for (let i = 0; i < 10_000; i++) ring.write(3, 200, i, text);
        return (performance.now() - begun) * 100;
      }),
    );
    console.log(`a record with the text "${text}": ${best.toFixed(0)} ns`);
  }
}

async function write(): Promise<void> {
  const builder = new TraceBuilder();
  const thread = 0;
  builder.add("present", 0, { thread, goroutine: 1 });
  builder.add("proc-start", 0, { thread, a: 0 });
  const [a, stack] = [builder.text("sleep"), builder.stack([["loop", "node", 0]])];
  for (let i = 0; i < 350_000; i++) {
    builder.add("ready", i * 1e4, { goroutine: 1 });
    builder.add("run", i * 1e4, { thread, goroutine: 1 });
    builder.add("wait", i * 1e4 + 5e3, { thread, goroutine: 1, a, stack });
  }
  const trace = builder.build(0n, 3.5e9);
  const begun = performance.now();
  const bytes = writeGoTrace(trace);
  const seconds = (performance.now() - begun) / 1000;
  const millions = trace.events.length / 1e6 / seconds;
  console.log(`writeGoTrace: ${millions.toFixed(2)} million events a second, ${(bytes.length / 1e6).toFixed(1)} MB`);
}
