// node bench/dist/storm.js [--node NODE]... [--runs 30] [--minutes N] [--jobs 4] [--only REGEXP]
// Programs whose workers come and go at every moment, with the profiler in them and each kind of capture beside them, and
// without: a table of how they ended. Status 1 where one ended otherwise with the profiler than it ever did without.
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values: flags } = parseArgs({
  options: {
    node: { type: "string", multiple: true, default: [process.execPath] },
    runs: { type: "string", default: "30" },
    /** Begins no further run after so many. */
    minutes: { type: "string", default: "Infinity" },
    jobs: { type: "string", default: "4" },
    only: { type: "string", default: "" },
  },
});
const runs = Number(flags.runs);
/** The longest of these takes some seconds, on a busy machine a minute; a program that has lost a worker waits for good. */
const HANGS_MILLIS = 300_000;
const register = fileURLToPath(import.meta.resolve("@pprof-ts/runtime/register"));

const prelude = `
  import { once } from "node:events";
  import { setTimeout as sleep } from "node:timers/promises";
  import { Worker } from "node:worker_threads";
  const start = (code) => new Worker(code, { eval: true }).on("error", () => {});
  const each = async (count, act) => {
    let left = count;
    await Promise.all([1, 2, 3, 4].map(async () => { while (left-- > 0) await act(left); }));
    process.exit(0);
  };`;

/** Each starts so many workers, some at a time, and ends by itself with status 0. */
const programs: readonly { readonly name: string; readonly code: string }[] = [
  {
    name: "terminated when online",
    code: `await each(40, async (n) => {
      const worker = start("setInterval(() => {}, 10)");
      await once(worker, "online");
      if (n % 2) await sleep(20);
      await worker.terminate();
    });`,
  },
  {
    name: "terminated while starting",
    code: `await each(40, async () => {
      const worker = start("setInterval(() => {}, 1)");
      await sleep(Math.random() * 160);
      await worker.terminate();
    });`,
  },
  {
    name: "busy",
    code: `const loops = ["for (;;);", "for (;;) { JSON.parse('[1]'); process.hrtime(); Buffer.from('abc'); }",
      "const turn = () => { for (let i = 0; i < 1e6; i++); setImmediate(turn); }; turn();"];
    await each(24, async (n) => {
      const worker = start(loops[n % loops.length]);
      await once(worker, "online");
      await sleep(Math.random() * 300);
      await worker.terminate();
    });`,
  },
  {
    name: "nested",
    code: `const inner = "setInterval(() => JSON.stringify([...Array(100).keys()]), 1)";
    const outer = "const { Worker } = require('node:worker_threads'); setInterval(() => new Worker(" + JSON.stringify(inner) +
      ", { eval: true }).on('online', function () { this.terminate(); }), 60);";
    await each(8, async () => {
      const worker = start(outer);
      await sleep(100 + Math.random() * 500);
      await worker.terminate();
    });`,
  },
  {
    name: "ending by themselves",
    code: `const ends = ["setTimeout(() => process.exit(1), 30)", "process.exit(0)", "throw new Error('its own')",
      "setTimeout(() => { throw new Error('its own'); }, 20)", "setTimeout(() => {}, 30)", ""];
    await each(36, (n) => new Promise((resolve) => start(ends[n % ends.length]).on("exit", resolve)));`,
  },
];

/** What runs beside it; `queries` one after the other, again and again. */
const captures: readonly {
  readonly name: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly queries?: readonly string[];
}[] = [
  { name: "none" },
  { name: "profile", queries: ["profile?seconds=1", "profile?seconds=1&rate=1000"] },
  { name: "heap", queries: ["heap", "heap?gc=1"] },
  { name: "allocs", queries: ["allocs?seconds=1"] },
  { name: "goroutine", queries: ["goroutine", "goroutine?debug=2"] },
  {
    name: "all, recorded and watched",
    env: { PPROF_KEEP: "1m", PPROF_BLOCK_RATE: "20000000", PPROF_MUTEX_FRACTION: "1" },
    queries: ["profile?seconds=1", "profile?last=30", "heap", "goroutine", "block", "mutex", "threadcreate"],
  },
];

interface Row {
  readonly node: string;
  readonly program: string;
  readonly captures: string;
  readonly bare: Map<string, number>;
  readonly profiled: Map<string, number>;
}

const wanted = new RegExp(flags.only);
const rows = flags.node.flatMap((node) =>
  programs.flatMap((program) =>
    captures
      .filter(({ name }) => wanted.test(`${program.name}/${name}`))
      .map((capture) => ({ row: rowOf(node, program.name, capture.name), node, program, capture })),
  ),
);
// Run by run, and not row by row: what is over before its time has some runs of each.
const todo = Array.from({ length: runs }, () => rows).flat();
const until = Date.now() + Number(flags.minutes) * 60_000;
await Promise.all(
  Array.from({ length: Number(flags.jobs) }, async () => {
    for (let next = todo.shift(); next !== undefined && Date.now() < until; next = todo.shift()) {
      const { row, node, program, capture } = next;
      count(row.bare, await ended(run(node, [], program.code, {})));
      const end = await profiled(node, program.code, capture.env ?? {}, capture.queries ?? []);
      if (end !== "0") console.error(`${row.node}, ${row.program}, ${row.captures}: ${end}`);
      count(row.profiled, end);
    }
  }),
);

console.log("| node | program | captures | without | with |\n| --- | --- | --- | --- | --- |");
for (const { row } of rows) {
  console.log(`| ${row.node} | ${row.program} | ${row.captures} | ${said(row.bare)} | ${said(row.profiled)} |`);
}
const worse = rows.filter(({ row }) => [...row.profiled.keys()].some((end) => !row.bare.has(end)));
process.exitCode = worse.length > 0 ? 1 : 0;

function rowOf(node: string, program: string, captures: string): Row {
  return { node, program, captures, bare: new Map(), profiled: new Map() };
}

function run(node: string, args: readonly string[], code: string, env: Readonly<Record<string, string>>): ChildProcess {
  return spawn(node, [...args, "--input-type=module", "--eval", prelude + code], {
    env: { ...process.env, PPROF_ADDR: "127.0.0.1:0", ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
}

async function profiled(
  node: string,
  code: string,
  env: Readonly<Record<string, string>>,
  queries: readonly string[],
): Promise<string> {
  const child = run(node, ["--import", register], code, env);
  const end = ended(child);
  const base = await new Promise<string | undefined>((resolve) => {
    let text = "";
    child.stderr!.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      const found = /serving profiles at (\S+)\n/.exec(text);
      if (found !== null) resolve(found[1]);
    });
    void end.then(() => resolve(undefined));
  });
  if (base !== undefined && queries.length > 0) void ask(child, base, queries);
  return end;
}

/** Asks until the program ends, which some answers do not outlive. */
async function ask(child: ChildProcess, base: string, queries: readonly string[]): Promise<void> {
  for (let turn = 0; child.exitCode === null && child.signalCode === null; turn++) {
    await fetch(base + queries[turn % queries.length]!).then(
      (response) => response.arrayBuffer(),
      () => new Promise((resolve) => setTimeout(resolve, 50)),
    );
  }
}

/** How it ended, with the first line of a check of V8's or Node's that failed. */
async function ended(child: ChildProcess): Promise<string> {
  let text = "";
  child.stderr!.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  let hangs = false;
  const timer = setTimeout(() => {
    hangs = true;
    child.kill("SIGKILL");
  }, HANGS_MILLIS);
  const [status, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on("close", (...end) => resolve(end));
  });
  clearTimeout(timer);
  const failed = /#\s+(Assertion failed.*|Fatal error in.*|Check failed.*)/.exec(text)?.[1] ?? "";
  return hangs ? "hangs" : signal === null ? `${status}` : `${signal} ${failed}`.trim();
}

function count(ends: Map<string, number>, end: string): void {
  ends.set(end, (ends.get(end) ?? 0) + 1);
}

function said(ends: ReadonlyMap<string, number>): string {
  return [...ends].map(([end, times]) => `${times} × ${end}`).join(", ");
}
