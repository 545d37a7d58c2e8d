// node bench/dist/processes.js [--shapes 1x0,1x4,4x4] [--mode REGEXP] [--pairs N]
// What the profiler costs a program of several processes, with several workers each (`4x16`: four with sixteen), at rest, with
// the recorder and with a capture of all of them: the processor's time of all threads, its own too, for the same work.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { listen } from "@pprof-ts/runtime";
import { interval, median } from "./statistics.ts";

/** What a program has of the profiler, by the names of the rows; undefined: nothing. */
const MODES: Readonly<Record<string, { readonly keep?: string; readonly captures?: true } | undefined>> = {
  bare: undefined,
  "at rest": {},
  recorder: { keep: "1m" },
  "100 Hz": { captures: true },
};
/** So many units of work, of about 0.1 ms, all main threads do together in a turn, and all workers together again; each does one at least. */
const UNITS = 480;
const self = fileURLToPath(import.meta.url);

if (!isMainThread) workUntilEnd();
else if (process.argv[2] === "serve") await serve();
else await compareAll();

/** Some work in many small functions. */
function work(units: number): number {
  let size = 0;
  for (let unit = 0; unit < units; unit++) {
    const rows = Array.from({ length: 120 }, (_, i) => ({ id: (unit * 31 + i) % 1000, name: `row ${i}` }));
    const sorted = rows.sort((a, b) => a.id - b.id).filter(({ id }) => id % 3 !== 0);
    size += JSON.stringify(
      JSON.parse(JSON.stringify(sorted.map(({ id, name }) => ({ id, name, sum: sumOf(id) })))),
    ).length;
  }
  return size;
}

function sumOf(n: number): number {
  let sum = 0;
  for (let i = 0; i < 200 + n; i++) sum = (sum * 31 + i) | 0;
  return sum;
}

function workUntilEnd(): void {
  parentPort!.on("message", (units: number) => parentPort!.postMessage(work(units)));
}

/** One of the processes: does a turn's work when it is told to, and tells what processor's time that took all its threads. */
async function serve(): Promise<void> {
  const [, , , mode = "", workers, processes, port] = process.argv;
  const threads = Array.from({ length: Number(workers) }, () => new Worker(self));
  const options = MODES[mode];
  if (options !== undefined)
    await listen({ port: Number(port), processes: true, ...(options.keep ? { keep: options.keep } : {}) });
  const each = (threadsOfAll: number): number => Math.max(Math.round(UNITS / threadsOfAll), 1);
  process.on("message", async () => {
    const before = process.cpuUsage();
    const answers = threads.map((thread) => once(thread, "message"));
    for (const thread of threads) thread.postMessage(each(Number(processes) * threads.length));
    work(each(Number(processes)));
    await Promise.all(answers);
    const { user, system } = process.cpuUsage(before);
    process.send!((user + system) / 1000);
  });
  process.on("disconnect", () => process.exit());
  process.send!("begun");
}

interface Group {
  readonly children: readonly ChildProcess[];
  readonly gone: AbortController;
}

async function begin(mode: string, processes: number, workers: number): Promise<Group> {
  const port = await freePort();
  const args = ["serve", mode, String(workers), String(processes), String(port)];
  const children = Array.from({ length: processes }, () =>
    fork(self, args, { stdio: ["ignore", "ignore", "inherit", "ipc"] }),
  );
  await Promise.all(children.map((child) => once(child, "message")));
  const gone = new AbortController();
  if (MODES[mode]?.captures) {
    const url = `http://localhost:${port}/debug/pprof/profile?seconds=3000`;
    fetch(url, { signal: gone.signal }).catch(() => {});
  }
  return { children, gone };
}

/** Milliseconds of all processes for a turn: of the processors' time, and of the clock's. */
interface Turn {
  readonly cpu: number;
  readonly wall: number;
}

async function turn({ children }: Group): Promise<Turn> {
  const begun = performance.now();
  const answers = children.map(async (child) => (await once(child, "message"))[0] as number);
  for (const child of children) child.send("turn");
  const cpu = (await Promise.all(answers)).reduce((sum, millis) => sum + millis, 0);
  return { cpu, wall: performance.now() - begun };
}

function end({ children, gone }: Group): void {
  gone.abort();
  for (const child of children) child.kill("SIGKILL");
}

async function compareAll(): Promise<void> {
  const { values: flags } = parseArgs({
    options: {
      shapes: { type: "string", default: "1x0,1x4,1x16,4x0,4x4,4x16,16x0,16x4,16x16" },
      mode: { type: "string", default: "" },
      pairs: { type: "string", default: "40" },
    },
  });
  console.log("\nms of CPU time for the same work of all threads, against a bare program, in turn, medians:\n");
  console.log("| processes x workers | | pairs | ms, bare | more (95 % interval) | ms more a second and process |");
  console.log("| --- | --- | --- | --- | --- | --- |");
  for (const shape of flags.shapes.split(",")) {
    const [processes = 1, workers = 0] = shape.split("x").map(Number);
    for (const mode of Object.keys(MODES).filter((name) => new RegExp(flags.mode).test(name))) {
      const [bare, profiled] = [await begin("bare", processes, workers), await begin(mode, processes, workers)];
      for (let i = 0; i < 6; i++) for (const group of [bare, profiled]) await turn(group);
      const pairs: (readonly [Turn, Turn])[] = [];
      while (pairs.length < Number(flags.pairs)) {
        const first = await turn(bare);
        pairs.push([first, await turn(profiled)]);
        // In turn, so that a machine that grows slower or faster favours neither.
        const after = await turn(profiled);
        pairs.push([await turn(bare), after]);
      }
      end(bare);
      end(profiled);
      const more = pairs.map(([without, own]) => (own.cpu / without.cpu - 1) * 100);
      const times = [1, 0].map((side) => median(pairs.map((pair) => pair[side]!.cpu)).toFixed(0)).join(", ");
      // Most of it comes by the clock, and so weighs more where others have the processors meanwhile.
      const second = pairs.map(([without, own]) => ((own.cpu - without.cpu) / own.wall / processes) * 1000);
      console.log(
        `| ${shape} | ${mode} | ${pairs.length} | ${times} | ${median(more).toFixed(1)} % (${interval(more, 1)}) | ${median(second).toFixed(1)} (${interval(second, 1)}) |`,
      );
    }
  }
}

/** A port that was free just now: all processes of a program get the same. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "localhost");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
