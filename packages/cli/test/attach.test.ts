import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { directory, pprof } from "./tool.ts";

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

async function start(program: string): Promise<{ pid: number } & AsyncDisposable> {
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "ignore"] });
  await once(child.stdout, "data");
  const end = async (): Promise<void> => {
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return { pid: child.pid!, [Symbol.asyncDispose]: end };
}

onUnix("the CPU profile of a process that knows nothing of it, even in an endless loop", async () => {
  using made = directory({});
  await using running = await start(busy);
  const run = await pprof(["-top", "-seconds=1", `pid:${running.pid}`], { cwd: made.path });
  expect(run).toMatchObject({ status: 0, stderr: expect.stringContaining(`Attached to process ${running.pid}\n`) });
  expect(run.stdout).toMatch(/hotSpot/);
  // The inspector is closed again, and opens again.
  const list = fetch("http://127.0.0.1:9229/json/list").then((answer) => answer.text());
  expect(await list.catch(() => "closed")).not.toContain(`[${running.pid}]`);
  expect((await pprof(["-top", "-seconds=1", `pid:${running.pid}`], { cwd: made.path })).stdout).toMatch(/hotSpot/);
});

onUnix("the allocations of a process", async () => {
  using made = directory({});
  await using running = await start(idle);
  const run = await pprof(["-top", "-seconds=1", `pid:${running.pid}/heap`], { cwd: made.path });
  expect(run.status).toBe(0);
  expect(run.stdout).toMatch(/collect/);
});

onUnix("a process that is not there or is not Node is left alone", async () => {
  using made = directory({});
  const run = async (source: string): Promise<string> => (await pprof(["-top", source], { cwd: made.path })).stderr;
  expect(await run("pid:99999999")).toBe("pprof: pid:99999999: no process 99999999\n");
  const child = spawn("sleep", ["30"]);
  if (process.platform === "linux") {
    expect(await run(`pid:${child.pid}`)).toMatch(
      /runs .*, not Node, and the signal that attaches to Node would end it\n$/,
    );
    expect(child.exitCode).toBeNull();
  }
  child.kill();
});
