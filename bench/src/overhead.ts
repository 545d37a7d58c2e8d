// node bench/dist/overhead.js [--part throughput|paces|stalls|pauses] [--mode REGEXP] [--pairs N] [--seconds N] [--heaps 10,100,400] [--runs N]
// Prints the tables of bench/README.md; whole, it takes about 20 minutes.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Mode, modes } from "./overhead-modes.ts";
import { interval, median } from "./statistics.ts";

const { values: flags } = parseArgs({
  options: {
    part: { type: "string", default: "throughput,paces,stalls,pauses" },
    mode: { type: "string", default: "" },
    /** Default: as many as the mode needs. */
    pairs: { type: "string" },
    seconds: { type: "string", default: "1" },
    heaps: { type: "string", default: "10,100,400" },
    runs: { type: "string", default: "3" },
  },
});
const service = fileURLToPath(new URL("overhead-service.js", import.meta.url));
/** It has no types of its own. */
const autocannon = createRequire(import.meta.url)("autocannon") as (options: {
  readonly url: string;
  readonly connections: number;
  readonly duration: number;
}) => Promise<{ readonly latency: { readonly p50: number; readonly p99: number } }>;

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

const chosen = (Object.keys(modes) as Mode[]).filter((mode) => new RegExp(flags.mode).test(mode));
const heaps = flags.heaps.split(",");
const parts: Readonly<Record<string, () => Promise<void>>> = { throughput, paces, stalls, pauses };
for (const part of flags.part.split(",")) {
  if (parts[part] === undefined) throw new Error(`unknown --part "${part}": must be one of ${Object.keys(parts)}`);
  await parts[part]();
}

async function throughput(): Promise<void> {
  console.log(`\nthroughput against another service, bare unless said, pairs of ${flags.seconds} s, medians:\n`);
  header("", "against", "pairs", "ratio (95 % interval)", "p50 ms, other", "p99 ms, other", "MB more");
  for (const mode of chosen.filter((name) => modes[name].pairs > 0)) {
    const pairs = await compare(mode, Number(flags.pairs ?? modes[mode].pairs));
    const of = (pick: (pair: readonly [Slice, Slice]) => number): number => median(pairs.map(pick));
    const ratios = pairs.map(([bare, profiled]) => profiled.perCpuSecond / bare.perCpuSecond);
    row(
      mode,
      modes[mode].beside ?? "",
      String(pairs.length),
      `${median(ratios).toFixed(3)} (${interval(ratios, 3)})`,
      `${of(([, { p50 }]) => p50)}, ${of(([{ p50 }]) => p50)}`,
      `${of(([, { p99 }]) => p99)}, ${of(([{ p99 }]) => p99)}`,
      of(([bare, profiled]) => profiled.megabytes - bare.megabytes).toFixed(0),
    );
  }
}

async function paces(): Promise<void> {
  console.log("\nwork for each second of CPU time with a capture against without, in one process in turn, medians:\n");
  header("", "turns", "ratio (95 % interval)");
  for (const mode of chosen.filter((name) => modes[name].capturesUnderLoad)) {
    const { child } = await begin(mode, 10, false);
    const ratios = await ask<number[]>(child, "paces");
    child.kill();
    row(mode, String(ratios.length), `${median(ratios).toFixed(3)} (${interval(ratios, 3)})`);
  }
}

async function stalls(): Promise<void> {
  console.log(`\nthe longest stall in ms as a capture starts / runs for 2 s / stops, medians of ${flags.runs} runs:\n`);
  header("", ...heaps.map((heap) => `heap of ${heap} MB`));
  for (const mode of chosen.filter((name) => modes[name].stalls)) {
    row(mode, ...(await perHeap(mode, "stalls", ["start", "during", "stop"])));
  }
}

async function pauses(): Promise<void> {
  console.log(`\nthe longest stall in ms as heap / goroutine?full=1 is asked for, medians of ${flags.runs} runs:\n`);
  header("", ...heaps.map((heap) => `heap of ${heap} MB`));
  for (const mode of chosen.filter((name) => modes[name].pauses)) {
    row(mode, ...(await perHeap(mode, "pauses", ["heap", "goroutine"])));
  }
}

async function perHeap(mode: Mode, command: string, of: readonly string[]): Promise<string[]> {
  const cells: string[] = [];
  for (const heap of heaps) {
    const runs: Record<string, number>[] = [];
    for (let run = 0; run < Number(flags.runs); run++) {
      const { child } = await begin(mode, Number(heap), false);
      runs.push(await ask(child, command));
      child.kill();
    }
    cells.push(of.map((name) => median(runs.map((run) => run[name]!)).toFixed(1)).join(" / "));
  }
  return cells;
}

function header(...cells: readonly string[]): void {
  row(...cells);
  row(...cells.map(() => "---"));
}

function row(...cells: readonly string[]): void {
  console.log(`| ${cells.join(" | ")} |`);
}

async function compare(mode: Mode, count: number): Promise<(readonly [Slice, Slice])[]> {
  const [bare, profiled] = [
    await begin(modes[mode].beside ?? "bare", 10, false),
    await begin(mode, 10, modes[mode].capturesUnderLoad === true),
  ];
  await load(bare);
  await load(profiled);
  const pairs: (readonly [Slice, Slice])[] = [];
  while (pairs.length < count) {
    // In turn, so that a machine that grows slower or faster favours neither.
    pairs.push([await load(bare), await load(profiled)]);
    const after = await load(profiled);
    pairs.push([await load(bare), after]);
  }
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
  const url = `http://127.0.0.1:${port}/`;
  const { latency } = await autocannon({ url, connections: 8, duration: Number(flags.seconds) });
  const after = await ask<{ cpuMillis: number; served: number; rss: number }>(child, "usage");
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
