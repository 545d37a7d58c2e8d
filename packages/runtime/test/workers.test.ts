import { afterAll, expect, test } from "vitest";
import { Program, removeFolder, scratchFolder } from "./program.ts";

const folder = scratchFolder();
afterAll(() => removeFolder(folder));

/** How workers come and go, some at a time; `bench/src/storm.ts` has more of it, on every version. */
const lives = [
  ["are terminated while they start", 'const worker = start("setInterval(() => {}, 1)"); await sleep(n * 6);'],
  ["are terminated in a loop", 'const worker = start("for (;;);"); await once(worker, "online"); await sleep(n * 6);'],
  [
    "end by themselves",
    'const worker = start(["process.exit(0)", "throw new Error(\'its own\')", ""][n % 3]); await worker.end;',
  ],
] as const;
const queries = ["goroutine", "profile?seconds=0.3", "heap", "allocs?seconds=0.3", "block", "mutex", "profile?last=9"];
const env = { PPROF_KEEP: "1m", PPROF_BLOCK_RATE: "20000000", PPROF_MUTEX_FRACTION: "1" };

const options = { timeout: 120_000 };
test.for(lives)(
  "a program whose workers %s ends as without the profiler, whatever is captured",
  options,
  async ([, life]) => {
    const code = `
    import { once } from "node:events";
    import { setTimeout as sleep } from "node:timers/promises";
    import { Worker } from "node:worker_threads";
    const start = (code) => {
      const worker = new Worker(code, { eval: true }).on("error", () => {});
      worker.end = new Promise((resolve) => worker.on("exit", resolve));
      return worker;
    };
    await once(process, "message");
    let left = 24;
    await Promise.all([1, 2, 3, 4].map(async () => {
      for (let n; (n = left--) > 0; ) { ${life} await worker.terminate(); }
    }));
    process.exit(7);`;
    const program = Program.registered(code, { cwd: folder, env });
    const base = await program.url();
    program.child.send("begin");
    let over = false;
    void program.ended.then(() => {
      over = true;
    });
    for (let turn = 0; !over; turn++) {
      // The program ends in the middle of one.
      const answer = await fetch(base + queries[turn % queries.length]!).catch(() => undefined);
      await answer?.arrayBuffer().catch(() => {});
    }
    const { code: status, signal, stderr } = await program.ended;
    expect([status, signal]).toEqual([7, null]);
    expect(stderr).toMatch(/^pprof: .*\n$/);
  },
);
