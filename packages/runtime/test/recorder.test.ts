import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Profile, readProfile } from "@pprof-ts/profile";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fetchProfile } from "./fetch-profile.ts";
import { Program, removeFolder, scratchFolder } from "./program.ts";
import { flatOf, stacksOf } from "./stacks.ts";

let folder: string;
let program: Program;
let base: string;

const code = `
  import { Worker } from "node:worker_threads";
  import { withLabels } from "@pprof-ts/runtime";
  const spin = (millis) => { const end = Date.now() + millis; while (Date.now() < end); };
  function before() { spin(20); }
  function stall() { spin(1500); }
  function priced() { spin(20); }
  setInterval(before, 40);
  const busy = \`
    const { spawnSync } = require("node:child_process");
    // Without a loop: V8 does not know the code again that it has made for one that runs, once a profile begins.
    const inWorker = (depth) => depth < 2 ? depth : inWorker(depth - 1) + inWorker(depth - 2);
    const heldLong = () => spawnSync(process.execPath, ["-e", "setTimeout(() => {}, 4000)"]);
    setInterval(inWorker, 40, 29);
    require("node:worker_threads").parentPort.on("message", (told) => { told.postMessage("held"); heldLong(); });
  \`;
  const short = "const shortLived = () => { const end = Date.now() + 50; while (Date.now() < end); }; setInterval(shortLived, 60); setTimeout(() => process.exit(), 2000);";
  const helper = new Worker(busy, { eval: true, execArgv: [], name: "helper" });
  process.on("message", (deed) => {
    if (deed === "stall") stall();
    if (deed === "hold") {
      const { port1, port2 } = new MessageChannel();
      port1.once("message", () => { port1.close(); process.send("held"); });
      return helper.postMessage(port2, [port2]);
    }
    if (deed === "worker") new Worker(short, { eval: true, execArgv: [] }).on("exit", () => process.send("worker ended"));
    if (deed === "label") setInterval(() => withLabels({ route: "/price" }, async () => { await null; priced(); }), 40);
    process.send("done " + deed);
  });
`;

beforeAll(async () => {
  folder = scratchFolder();
  const env = {
    PPROF_KEEP: "1m",
    PPROF_KEEP_HEAP: "600ms",
    PPROF_KEEP_GOROUTINE: "600ms",
    PPROF_STALL: "1s",
    PPROF_STALL_DIR: path.join(folder, "stalls"),
  };
  program = Program.registered(code, { cwd: folder, env });
  base = await program.url();
});

afterAll(async () => {
  await program?.stop();
  removeFolder(folder);
});

const profileOf = (query: string): Promise<Profile> => fetchProfile(base + query);

async function until<Value>(read: () => Value | undefined | Promise<Value | undefined>): Promise<Value> {
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const namesOf = ({ functions, strings }: Profile): string[] => Array.from(functions.name, (row) => strings.get(row));

describe("the flight recorder", () => {
  test("answers at once with what happened before", async () => {
    const profile = await until(async () => {
      const last = await profileOf("profile?last=30").catch(() => undefined);
      return last !== undefined && namesOf(last).includes("before") ? last : undefined;
    });
    expect(Number(profile.durationNanos)).toBeLessThanOrEqual(30e9);
    expect([...flatOf(profile, "cpu").keys()]).not.toContain("(idle)");
  });

  test("has the main thread alone, and says so", async () => {
    const last = await profileOf("profile?last=30");
    const threads = new Set(Array.from(last.samples.labels.str, (row) => last.strings.get(row)));
    expect([...threads]).toEqual(["main"]);
    expect(last.comments).toContain("of the main thread: workers are sampled while a capture goes on");
  });

  test("beside it a capture has a worker thread that has ended, but for its last samples", async () => {
    await until(async () => {
      const capture = profileOf("profile?seconds=3");
      program.child.send("worker");
      while ((await once(program.child, "message"))[0] !== "worker ended");
      return namesOf(await capture).includes("shortLived") || undefined;
    });
  });

  test("goes on beside captures of all rates, with a worker thread too that gave no answer for long", async () => {
    program.child.send("hold");
    await once(program.child, "message");
    // What a worker in native code does not answer in time is answered without it, and it is not forgotten.
    for (const rate of [100, 1000]) {
      await until(async () => {
        const profile = await profileOf(`profile?seconds=1&rate=${rate}`);
        expect(profile.period).toBe(BigInt(1e9 / rate));
        const names = namesOf(profile);
        return (names.includes("before") && names.includes("inWorker")) || undefined;
      });
    }
    await until(async () => namesOf(await profileOf("profile?last=30")).includes("before") || undefined);
  }, 60_000);

  test("writes a profile by itself when the event loop was held", async () => {
    // What holds the loop before it is watched is not noticed.
    for (let turn = 0; !/pprof: the event loop was held for \d+ ms: \S+/.test(program.stderr); turn++) {
      if (turn % 80 === 0) program.child.send("stall");
      await sleep(50);
    }
    const stalls = path.join(folder, "stalls");
    // On a busy machine the program was held before, while it began; then the next one is written half a minute later.
    await until(async () => {
      for (const file of existsSync(stalls) ? readdirSync(stalls) : []) {
        expect(file).toMatch(/^stall-.*ms\.pb\.gz$/);
        const profile = await readProfile(readFileSync(path.join(stalls, file))).catch(() => undefined);
        if (profile !== undefined && namesOf(profile).includes("stall")) return true;
      }
      program.child.send("stall");
      await once(program.child, "message");
      return undefined;
    });
  }, 90_000);

  test.for(["heap", "goroutine"])("has %s profiles of past moments", async (name) => {
    const old = await until(async () => {
      const profile = await profileOf(`${name}?last=30`).catch(() => undefined);
      return profile !== undefined && Number(profile.timeNanos) / 1e6 < Date.now() - 1_000 ? profile : undefined;
    });
    const latest = await until(async () => {
      const profile = await profileOf(`${name}?last=10`).catch(() => undefined);
      return profile !== undefined && profile.timeNanos > old.timeNanos ? profile : undefined;
    });
    expect(latest.samples.length).toBeGreaterThan(0);
    expect(await (await fetch(`${base}mutex?last=30`)).text()).toBe(
      '"last" parameter is not supported for this profile type\n',
    );
  });

  test("has nothing to say of a window that is no number", async () => {
    const response = await fetch(`${base}profile?last=x`);
    expect([response.status, await response.text()]).toEqual([
      400,
      'invalid value for "last" - must be a positive integer\n',
    ]);
  });
});

test("a profile with timeline=1 has a time on every sample", async () => {
  const { samples, strings, timeNanos } = await profileOf("profile?seconds=1&timeline=1");
  const keys = Array.from(samples.labels.key, (row) => strings.get(row));
  expect(keys.filter((key) => key === "end_timestamp_ns")).toHaveLength(samples.length);
  const times = [...samples.labels.num].filter((_, row) => keys[row] === "end_timestamp_ns");
  // On a busy machine the last samples come some time behind the second.
  const slack = 1_000_000_000n;
  expect(times.filter((time) => time < timeNanos - slack)).toEqual([]);
  expect(times.filter((time) => time > BigInt(Date.now()) * 1_000_000n + slack)).toEqual([]);
});

test("labels follow the async context onto CPU samples, with the line of every frame", async () => {
  const samplers = async (): Promise<{
    profile: string;
    heap: string;
    stalls: string;
    coverage: string;
    workers: string;
  }> => (await (await fetch(base, { headers: { accept: "application/json" } })).json()).samplers;
  expect(await samplers()).toEqual({
    profile: expect.stringMatching(
      /^V8's CPU profiler, kept running at 100 Hz for the main thread \(lines=1: @datadog\/pprof/,
    ),
    heap: "V8's sampling heap profiler of live objects, one each 524288 bytes",
    stalls: expect.stringMatching(
      /^what can be done without may hold a thread for 60 s a request and 3600 s a minute, of/,
    ),
    coverage: expect.stringContaining("other clients of the inspector"),
    workers: "workers are sent a few commands as a capture begins and ends, else nothing",
  });
  program.child.send("label");
  const found = await until(async () => {
    const profile = await profileOf("profile?seconds=1");
    const labels = Array.from(profile.samples.labels.str, (row) => profile.strings.get(row));
    return labels.includes("/price") ? profile : undefined;
  });
  expect(found.comments[0]).toContain("sampled at its call sites");
  expect((await samplers()).profile).toContain("the call-site sampler for the main thread");
  expect(await (await fetch(base)).text()).toContain("profile: the call-site sampler for the main thread");
  const stack = stacksOf(found).find(({ frames }) => frames.some((frame) => frame.startsWith("priced ")));
  expect(stack?.frames.at(-1)).not.toMatch(/:0$/);
  // On top stands what ran and not the sampler, which may meet what else the profiler asks of the thread.
  const own = stacksOf(found).filter(({ frames }) => frames[0]!.startsWith("(native)"));
  expect(own.length).toBeLessThan(stacksOf(found).length / 2);
  const plain = await profileOf("profile?seconds=1&lines=0");
  expect(plain.comments).toEqual([]);
});
