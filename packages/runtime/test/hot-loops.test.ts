// V8 has code that it made for a loop while that ran, and does not tell a profile that begins later: such a loop's time would be
// its caller's, for as long as the program runs.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { fetchProfile } from "./fetch-profile.ts";
import { Program, removeFolder, scratchFolder } from "./program.ts";
import { flatOf } from "./stacks.ts";

const folder = scratchFolder();
afterAll(() => removeFolder(folder));

/** The caller is a function of its own, so that the two are told apart; `ready`: when V8 has compiled the loop. */
const hot = `
  const hotLoop = (millis, ready) => {
    const end = Date.now() + millis;
    const told = Date.now() + 700;
    let x = 1;
    while (Date.now() < end) {
      for (let i = 0; i < 1e5; i++) x = (x * 1103515245 + i) & 0x7fffffff;
      if (ready !== undefined && Date.now() > told) { ready(); ready = undefined; }
    }
    return x;
  };
  const caller = (millis, ready) => hotLoop(millis, ready) + 1;`;
const ready = "() => process.send('ready')";
const inWorker = (work: string): string => `
  import { Worker } from "node:worker_threads";
  const worker = new Worker(${JSON.stringify(`const { parentPort } = process.getBuiltinModule("node:worker_threads"); ${hot}
    const ready = () => parentPort.postMessage("ready"); ${work}`)}, { eval: true });
  worker.on("message", () => process.send("ready"));
  process.on("message", () => {});`;

const programs: readonly {
  readonly name: string;
  readonly code: string;
  readonly env?: Record<string, string>;
}[] = [
  { name: "in a worker, for good", code: inWorker("caller(1e9, ready);") },
  {
    name: "in a worker, in tasks",
    code: inWorker("caller(1_000, ready); const task = () => { caller(200); setTimeout(task, 20); }; task();"),
  },
  { name: "on the main thread, for good", code: `${hot} caller(1e9, ${ready});` },
  {
    name: "on the main thread, from its first moment",
    code: `${hot} let left = 5; const task = () => { caller(200); if (--left === 0) process.send("ready"); setTimeout(task, 20); }; task();`,
  },
  {
    name: "on the main thread, whose profiler is not kept running",
    code: `${hot} caller(1_000, ${ready}); const task = () => { caller(200); setTimeout(task, 20); }; task();`,
    env: { PPROF_WARM: "0" },
  },
];

async function started(code: string, env: Record<string, string> = {}): Promise<{ program: Program; base: string }> {
  const program = Program.registered(code, { cwd: folder, env });
  const told = new Promise((resolve) => program.child.once("message", resolve));
  const base = await program.url();
  await told;
  return { program, base };
}

test.for(programs)("a hot loop that began before the profile: $name", { timeout: 60_000 }, async ({ code, env }) => {
  const { program, base } = await started(code, env);
  try {
    // Of several slices, each of which V8 begins anew.
    const profile = await fetchProfile(`${base}profile?seconds=3`);
    const flat = flatOf(profile, "samples");
    const ofLoop = flat.get("hotLoop")?.value ?? 0;
    expect(ofLoop).toBeGreaterThan(20);
    expect(flat.get("caller")?.value ?? 0).toBeLessThan(ofLoop / 2);
  } finally {
    await program.stop();
  }
});

test("a program that begins to listen when its loop has long been hot", { timeout: 60_000 }, async () => {
  const code = `
    import { listen } from "@pprof-ts/runtime";
    ${hot} caller(1_000);
    const { url } = await listen({ port: 0 });
    const task = () => { caller(200); setTimeout(task, 20); }; task();
    process.send(url);`;
  const program = new Program(["--input-type=module", "--eval", code], { cwd: folder });
  try {
    const url = await new Promise<string>((resolve) => program.child.once("message", (said) => resolve(String(said))));
    const flat = flatOf(await fetchProfile(new URL("/debug/pprof/profile?seconds=2", url).href), "samples");
    expect(flat.get("hotLoop")?.value ?? 0).toBeGreaterThan(20);
    expect(flat.get("caller")?.value ?? 0).toBeLessThan(flat.get("hotLoop")!.value / 2);
  } finally {
    await program.stop();
  }
});

test("who counts coverage keeps it, and the profile says what it lacks", { timeout: 60_000 }, async () => {
  const coverage = path.join(folder, "coverage");
  const work = `caller(1_000, ready); const task = () => { caller(50); setTimeout(task, 20); }; task();
    parentPort.on("message", () => process.exit());`;
  const code = `${inWorker(work)}
    process.on("message", () => { worker.on("exit", () => process.exit()); worker.postMessage("end"); });`;
  const { program, base } = await started(code, { NODE_V8_COVERAGE: coverage });
  try {
    const { comments } = await fetchProfile(`${base}profile?seconds=1`);
    expect(comments.filter((comment) => comment.includes("NODE_V8_COVERAGE"))).toHaveLength(1);
    program.child.send("end");
    await program.ended;
    const covered = readdirSync(coverage).map((file) => readFileSync(path.join(coverage, file), "utf8"));
    const functions = covered.flatMap((text) =>
      JSON.parse(text).result.flatMap(
        ({ functions }: { functions: { functionName: string; ranges: { count: number }[] }[] }) =>
          functions.filter(({ functionName }) => functionName === "hotLoop"),
      ),
    );
    // Each call was counted, and each block.
    expect(Math.max(...functions.map(({ ranges }) => ranges[0]!.count))).toBeGreaterThan(2);
    expect(functions.some(({ ranges }) => ranges.length > 1)).toBe(true);
  } finally {
    await program.stop();
  }
});
