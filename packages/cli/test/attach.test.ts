import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { TELLS_AWAITS } from "../../runtime/test/program.ts";
import { directory, pprof } from "./tool.ts";

const script = fileURLToPath(new URL("../bin/pprof.js", import.meta.url));

const busy = `
function hotSpot() { let sum = 0; for (let i = 0; i < 2e6; i++) sum += Math.sqrt(i); return sum; }
console.log("ready");
for (;;) hotSpot();`;

const idle = `
const kept = [];
setInterval(function collect() { kept.push(new Array(2000).fill(kept.length)); }, 1);
console.log("ready");`;

// Attaching by signal is not there on Windows.
const onUnix = process.platform === "win32" ? test.skip : test;

const waits = `
const { Worker } = require("node:worker_threads");
async function sleeps() { await new Promise((resolve) => setTimeout(resolve, 1e8)); }
async function outer() { await sleeps(); }
outer();
new Worker('async function inWorker() { await new Promise((r) => setTimeout(r, 1e8)); } inWorker(); setInterval(function spins() { for (const end = Date.now() + 30; Date.now() < end; ); }, 40);', { eval: true }).on("online", () => console.log("ready"));`;

async function start(program: string, options: readonly string[] = []): Promise<{ pid: number } & AsyncDisposable> {
  const child = spawn(process.execPath, [...options, "-e", program], { stdio: ["ignore", "pipe", "ignore"] });
  await once(child.stdout, "data");
  const end = async (): Promise<void> => {
    child.kill("SIGKILL");
    if (child.signalCode === null) await once(child, "exit");
  };
  return { pid: child.pid!, [Symbol.asyncDispose]: end };
}

// V8 inlines the function into the loop around it, and does not always say so.
const hot = /hotSpot|\((module|anonymous) \[eval\]\)/;

onUnix("the CPU profile of a process that knows nothing of it, even in an endless loop", async () => {
  using made = directory({});
  await using running = await start(busy);
  const run = await pprof(["-top", "-seconds=1", `pid:${running.pid}`], { cwd: made.path });
  expect(run).toMatchObject({ status: 0, stderr: expect.stringContaining(`Attached to process ${running.pid}\n`) });
  expect(run.stdout).toMatch(hot);
  // The inspector is closed again, and opens again.
  const list = fetch("http://127.0.0.1:9229/json/list").then((answer) => answer.text());
  expect(await list.catch(() => "closed")).not.toContain(`[${running.pid}]`);
  expect((await pprof(["-top", "-seconds=1", `pid:${running.pid}`], { cwd: made.path })).stdout).toMatch(hot);
});

onUnix("Ctrl-C, and the end of the process, end a recording and leave no inspector open", async () => {
  using made = directory({});
  const record = async (pid: number, kind: string): Promise<{ child: ChildProcess; said: Promise<string> }> => {
    const args = [script, "-top", "-seconds=600", `pid:${pid}${kind}`];
    const child = spawn(process.execPath, args, { cwd: made.path, stdio: ["ignore", "ignore", "pipe"] });
    const ended = once(child, "close");
    let stderr = "";
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    await expect.poll(() => stderr).toBe(`Attached to process ${pid}\n`);
    return { child, said: ended.then(([status]) => `${status} ${stderr.split("\n")[1]}`) };
  };
  await using running = await start(idle);
  const { child, said } = await record(running.pid, "");
  child.kill("SIGINT");
  expect(await said).toBe(`2 pprof: pid:${running.pid}: interrupted`);
  const list = fetch("http://127.0.0.1:9229/json/list").then((answer) => answer.text());
  expect(await list.catch(() => "closed")).not.toContain(`[${running.pid}]`);
  const again = await record(running.pid, "/heap");
  process.kill(running.pid, "SIGKILL");
  expect(await again.said).toBe(`2 pprof: pid:${running.pid}/heap: the process closed its inspector, or ended`);
});

onUnix("the allocations of a process", async () => {
  using made = directory({});
  await using running = await start(idle);
  // On a busy machine, a second may pass in which little is allocated, and so perhaps nothing is sampled.
  for (let top = ""; !/collect/.test(top); ) {
    const run = await pprof(["-top", "-seconds=1", `pid:${running.pid}/heap`], { cwd: made.path });
    expect(run.status).toBe(0);
    top = run.stdout;
  }
});

onUnix("a process that is not there or is not Node is left alone", async () => {
  using made = directory({});
  const run = async (source: string): Promise<string> => (await pprof(["-top", source], { cwd: made.path })).stderr;
  expect(await run("pid:99999999")).toBe("pprof: pid:99999999: no process 99999999\n");
  // Waits for what does not come.
  const child = spawn("/bin/sh", ["-c", "read line"]);
  if (process.platform === "linux") {
    expect(await run(`pid:${child.pid}`)).toMatch(
      /runs .*, not Node, and the signal that attaches to Node would end it\n$/,
    );
    expect(child.exitCode).toBeNull();
  }
  child.kill();
});

onUnix("what waits in a process, and the CPU of its workers", async () => {
  using made = directory({});
  await using running = await start(waits);
  const run = async (kind: string): Promise<string> =>
    (await pprof(["-traces", "-seconds=1", `pid:${running.pid}${kind}`], { cwd: made.path })).stdout;
  const waiting = await run("/goroutine");
  if (TELLS_AWAITS) expect(waiting).toMatch(/sleeps\n\s+outer\n/);
  // Workers are not asked: what runs in one when it is terminated would end the process.
  expect(waiting).not.toMatch(/thread:\s*\[?worker/);
  expect(waiting).toMatch(TELLS_AWAITS ? /state:\s*await timer/ : /state:\s*(idle|running)/);
  // Not by its function: before Node 26, V8 charges what is inlined to its caller.
  expect(await run("")).toMatch(/thread:\s*\[?worker/);
});

onUnix("a process that answers no more is one sentence after a time", async () => {
  await using running = await start(idle);
  const child = spawn(process.execPath, [script, "-top", "-seconds=1", "-timeout=1", `pid:${running.pid}`]);
  let told = "";
  for await (const part of child.stderr.setEncoding("utf8")) {
    told += part;
    if (told.includes("Attached")) process.kill(running.pid, "SIGSTOP");
  }
  process.kill(running.pid, "SIGCONT");
  expect(told).toMatch(/: no end within 1s; -timeout=4 waits longer\n$/);
});

/** Node's options for what some versions lack. */
const knows = (option: string): boolean => process.allowedNodeEnvironmentFlags.has(option);

onUnix(
  "each way in which a process refuses is one sentence",
  async ({ skip }) => {
    skip(process.platform !== "linux", "what can be known of a process beforehand is known on Linux");
    using made = directory({});
    const refusal = async (program: string, options: readonly string[] = []): Promise<string> => {
      await using running = await start(program, options);
      const { status, stderr } = await pprof(["-top", `pid:${running.pid}`], { cwd: made.path });
      expect(status).toBe(2);
      return stderr.replaceAll(String(running.pid), "N");
    };
    const handles = 'process.on("SIGUSR1", () => {}); console.log("ready"); setInterval(() => {}, 1000);';
    expect(await refusal(handles)).toBe(
      "pprof: pid:N: process N opened no inspector: it handles SIGUSR1 itself, is in a long call of native code, or was built without one (start it with --inspect)\n",
    );
    const idles = 'console.log("ready"); setInterval(() => {}, 1000);';
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    expect(await refusal(idles, [`--inspect-port=${port}`])).toBe(
      `pprof: pid:N: process N opened no inspector: its port ${port} is taken by another process (close that, or start yours with --inspect-port=0)\n`,
    );
    other.close();
    if (knows("--disable-sigusr1")) {
      expect(await refusal(idles, ["--disable-sigusr1"])).toBe(
        "pprof: pid:N: process N was started with --disable-sigusr1, so it opens no inspector (start it with --inspect)\n",
      );
    }
    if (knows("--allow-inspector")) {
      expect(await refusal(idles, ["--permission", "--allow-fs-read=*"])).toBe(
        "pprof: pid:N: process N runs under --permission: without --allow-inspector it opens no inspector\n",
      );
    }
    await using stopped = await start(idles);
    process.kill(stopped.pid, "SIGSTOP");
    const state = (): string => readFileSync(`/proc/${stopped.pid}/status`, "utf8");
    while (!/^State:\s*T/m.test(state()));
    expect((await pprof(["-top", `pid:${stopped.pid}`], { cwd: made.path })).stderr).toBe(
      `pprof: pid:${stopped.pid}: process ${stopped.pid} is stopped: send it SIGCONT first\n`,
    );
    const wrong = await pprof(["-top", "pid:1/threads"], { cwd: made.path });
    expect(wrong.stderr).toBe(
      'pprof: pid:1/threads: unknown profile "threads" of a process: must be one of profile, goroutine, heap\n',
    );
  },
  60_000,
);

onUnix("a process of another user, or in a container, is refused before it is signalled", async ({ skip }) => {
  skip(
    process.platform !== "linux" || process.getuid?.() !== 0,
    "needs root on Linux, to be another user than the process",
  );
  using made = directory({});
  await using running = await start(idle);
  chmodSync(made.path, 0o777);
  const asNobody = spawnSync(process.execPath, [script, "-top", `pid:${running.pid}`], {
    cwd: made.path,
    uid: 65534,
    gid: 65534,
    encoding: "utf8",
    env: { HOME: made.path, PPROF_TMPDIR: made.path },
  });
  skip(
    /EACCES|MODULE_NOT_FOUND/.test(asNobody.stderr ?? "EACCES") || asNobody.error !== undefined,
    "nobody may not read the tool here",
  );
  expect(asNobody.stderr).toBe(`pprof: pid:${running.pid}: process ${running.pid} is somebody else's\n`);
});

onUnix("a process in a container is refused before it is signalled", async ({ skip }) => {
  const made = spawnSync("unshare", ["-n", "true"]);
  skip(made.status !== 0, "needs the right to make a network namespace");
  const child = spawn("unshare", ["-n", process.execPath, "-e", idle], { stdio: ["ignore", "pipe", "ignore"] });
  await once(child.stdout, "data");
  try {
    using folder = directory({});
    const { stderr } = await pprof(["-top", `pid:${child.pid}`], { cwd: folder.path });
    expect(stderr).toBe(
      `pprof: pid:${child.pid}: process ${child.pid} is in a container with a network of its own: run pprof there\n`,
    );
  } finally {
    child.kill("SIGKILL");
  }
});
