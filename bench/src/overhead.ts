// node bench/dist/overhead.js [--part throughput|stalls|pauses] [--mode REGEXP] [--pairs N] [--seconds N] [--heaps 10,100,400]
import { type ChildProcess, execFile, fork } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { type Mode, modes } from "./overhead-modes.ts";

const { values: flags } = parseArgs({
  options: {
    part: { type: "string", default: "throughput,stalls,pauses" },
    mode: { type: "string", default: "" },
    pairs: { type: "string", default: "7" },
    seconds: { type: "string", default: "2" },
    heaps: { type: "string", default: "10,100,400" },
  },
});
const service = fileURLToPath(new URL("overhead-service.js", import.meta.url));
const autocannon = createRequire(import.meta.url).resolve("autocannon");

interface Service {
  readonly child: ChildProcess;
  readonly port: number;
}

interface Slice {
  /** Requests for each second of the main thread's CPU time: what else runs on the machine does not count. */
  readonly perCpuSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly megabytes: number;
}

const chosen = (Object.keys(modes) as Mode[]).filter(
  (mode) => mode !== "bare" && mode !== "soak" && new RegExp(flags.mode).test(mode),
);

const heaps = flags.heaps.split(",");
const parts: Readonly<Record<string, () => Promise<void>>> = { throughput, stalls, pauses };
for (const part of flags.part.split(",")) {
  if (parts[part] === undefined) throw new Error(`unknown --part "${part}": must be one of ${Object.keys(parts)}`);
  await parts[part]();
}

async function throughput(): Promise<void> {
  console.log(`throughput against a bare service, ${flags.pairs} pairs of ${flags.seconds} s, medians`);
  console.log(row("mode", "ratio", "p50 ms", "bare p50", "p99 ms", "bare p99", "MB more"));
  for (const mode of chosen) {
    const pairs = await compare(mode);
    const of = (pick: (pair: readonly [Slice, Slice]) => number): number => median(pairs.map(pick));
    console.log(
      row(
        mode,
        of(([bare, profiled]) => profiled.perCpuSecond / bare.perCpuSecond).toFixed(3),
        of(([, { p50 }]) => p50).toFixed(0),
        of(([{ p50 }]) => p50).toFixed(0),
        of(([, { p99 }]) => p99).toFixed(0),
        of(([{ p99 }]) => p99).toFixed(0),
        of(([bare, profiled]) => profiled.megabytes - bare.megabytes).toFixed(0),
      ),
    );
  }
}

async function stalls(): Promise<void> {
  console.log("\nthe longest stall in milliseconds as a capture starts, runs for 2 s, and stops, medians of 3 runs");
  console.log(row("mode", ...heaps.map((heap) => `${heap} MB`)));
  for (const mode of ["bare" as const, ...chosen.filter((name) => name !== "at rest")]) {
    console.log(row(mode, ...(await perHeap(mode, "stalls", ["start", "during", "stop"]))));
  }
}

async function pauses(): Promise<void> {
  console.log("\nthe longest stall in milliseconds as a heap and a goroutine profile are asked for, medians of 3 runs");
  console.log(row("mode", ...heaps.map((heap) => `${heap} MB`)));
  for (const mode of chosen.filter((name) => name === "at rest")) {
    console.log(row(mode, ...(await perHeap(mode, "pauses", ["heap", "goroutine"]))));
  }
}

async function perHeap(mode: Mode, command: string, of: readonly string[]): Promise<string[]> {
  const cells: string[] = [];
  for (const heap of heaps) {
    const runs: Record<string, number>[] = [];
    for (let run = 0; run < 3; run++) {
      const { child } = await begin(mode, Number(heap), false);
      runs.push(await ask(child, command));
      child.kill();
    }
    cells.push(of.map((name) => median(runs.map((run) => run[name]!)).toFixed(1)).join(" / "));
  }
  return cells;
}

function row(name: string, ...cells: string[]): string {
  return name.padEnd(18) + cells.map((cell) => cell.padStart(22)).join("");
}

async function compare(mode: Mode): Promise<(readonly [Slice, Slice])[]> {
  const [bare, profiled] = [await begin("bare", 10, false), await begin(mode, 10, modes[mode].capturesUnderLoad)];
  await load(bare);
  await load(profiled);
  const pairs: (readonly [Slice, Slice])[] = [];
  for (let pair = 0; pair < Number(flags.pairs); pair++) pairs.push([await load(bare), await load(profiled)]);
  bare.child.kill();
  profiled.child.kill();
  return pairs;
}

async function begin(mode: Mode, heap: number, capturing: boolean): Promise<Service> {
  const child = fork(service, [mode, String(heap), capturing ? "capturing" : ""], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const [{ port }] = await once(child, "message");
  return { child, port };
}

async function load({ child, port }: Service): Promise<Slice> {
  const before = await ask<{ cpuMillis: number; served: number }>(child, "usage");
  const args = [autocannon, "-j", "-c", "8", "-d", flags.seconds, `http://127.0.0.1:${port}/`];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 24 });
  const after = await ask<{ cpuMillis: number; served: number; rss: number }>(child, "usage");
  const { latency } = JSON.parse(stdout);
  return {
    perCpuSecond: ((after.served - before.served) / (after.cpuMillis - before.cpuMillis)) * 1000,
    p50: latency.p50,
    p99: latency.p99,
    megabytes: after.rss / 2 ** 20,
  };
}

async function ask<Answer>(child: ChildProcess, command: string): Promise<Answer> {
  child.send(command);
  return (await once(child, "message"))[0];
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}
