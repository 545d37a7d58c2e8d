// Real applications as their documentation has them started: each is listed, profiled by its own names and lines, and ended
// as it would be without.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { fetchProfile } from "../../packages/runtime/test/fetch-profile.ts";
import { freePort } from "../../packages/runtime/test/free-port.ts";
import { stacksOf } from "../../packages/runtime/test/stacks.ts";
import { type Application, applications, BURN_FILE, LAST_LINE } from "./applications.ts";

const register = ["--import", new URL("../../packages/runtime/dist/register.js", import.meta.url).href];
const home = process.env.PROGRAMS_DIR ?? path.join(tmpdir(), "pprof-programs");

let folder: string | undefined;
let child: ChildProcess | undefined;
let visited: ChildProcess | undefined;

afterEach(async () => {
  if (child !== undefined && child.exitCode === null && child.signalCode === null) {
    process.kill(-child.pid!, "SIGKILL");
    await once(child, "exit");
  }
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  [child, visited, folder] = [undefined, undefined, undefined];
});

/** Why it cannot be tried here; "": it can. */
function lacking({ needs }: Application): string {
  if (process.platform === "win32") return "processes find each other on POSIX systems only";
  const absent = needs.filter((name) => !existsSync(path.join(home, "node_modules", name)));
  return absent.length === 0 ? "" : `${absent.join(", ")} not installed: node scripts/programs.mjs`;
}

function write({ files, build, env = {} }: Application): string {
  // Beside the packages: bundlers take nothing that a link leads to.
  folder = realpathSync(mkdtempSync(path.join(home, "application-")));
  writeFileSync(path.join(folder, "package.json"), '{ "private": true }');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  if (build !== undefined) {
    const made = spawnSync(process.execPath, build, { cwd: folder, encoding: "utf8", env: { ...process.env, ...env } });
    if (made.status !== 0) throw new Error(`${build.join(" ")}: ${made.stdout}${made.stderr}`);
  }
  return folder;
}

async function start(application: Application): Promise<{ readonly base: string; readonly said: () => string }> {
  const { args, env, folder: below = () => "", page, by } = application;
  const written = write(application);
  const cwd = path.join(written, below(path.basename(written)));
  const [port, debugPort] = [await freePort(), await freePort()];
  const address = `127.0.0.1:${debugPort}`;
  const options = register.join(" ");
  const budgets = { PPROF_STALL_BUDGET: "1m", PPROF_STALL_BUDGET_PER_MINUTE: "1h" };
  const settings =
    by === "settings"
      ? { REGISTER: options, ADDRESS: address }
      : { PPROF_ADDR: address, NODE_OPTIONS: by === undefined ? "" : options };
  child = spawn(process.execPath, args(register, String(port)), {
    cwd,
    detached: true,
    env: { ...process.env, VITEST: "", ...budgets, ...settings, PORT: String(port), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
  }
  visited = child;
  if (page !== undefined) void visit(child, `http://127.0.0.1:${port}/${page}`);
  return { base: `http://${address}/debug/pprof/`, said: () => text };
}

/** Has it at work until it is to end: some wait for their last visitor. */
async function visit(of: ChildProcess, page: string): Promise<void> {
  while (visited === of) {
    await fetch(page)
      .then((response) => response.arrayBuffer())
      .catch(() => sleep(100));
  }
}

async function until<Value>(said: () => string, read: () => Promise<Value | undefined>): Promise<Value> {
  for (;;) {
    if (child!.exitCode !== null) throw new Error(`it has ended with ${child!.exitCode}: ${said()}`);
    const value = await read().catch(() => undefined);
    if (value !== undefined) return value;
    await sleep(100);
  }
}

for (const application of applications) {
  const reason = lacking(application);
  const { name, processes, end, renames = false, heapIsTheirs = false } = application;
  test.skipIf(reason !== "")(
    `${name}: listed, profiled, and ended as without ${reason && `(${reason})`}`,
    { timeout: 300_000 },
    async () => {
      const { base, said } = await start(application);
      await until(said, async () => {
        const response = await fetch(base, { headers: { accept: "application/json" } });
        const { processes: listed } = (await response.json()) as { processes: { name: string }[] };
        return listed
          .map((one) => one.name)
          .sort()
          .join() === processes.join()
          ? true
          : undefined;
      });
      const place = new RegExp(`^burn ${folder}/${BURN_FILE.replace(".", "\\.")}:[1-${LAST_LINE}]$`);
      const burning = await until(said, async () => {
        const frames = stacksOf(await fetchProfile(`${base}profile?seconds=1`)).map((stack) => stack.frames[0]);
        const found = frames.filter((frame) => frame?.startsWith("burn "));
        return found.length > 0 || (renames && frames.length > 0) ? found : undefined;
      });
      for (const frame of burning) expect(frame).toMatch(place);
      for (const query of ["heap", "goroutine?full=1", "block", "mutex", "threadcreate"])
        await fetchProfile(base + query);
      const allocs = await fetch(`${base}allocs?seconds=1&full=1`);
      expect([allocs.status, await allocs.text()]).toEqual(
        heapIsTheirs
          ? [500, expect.stringContaining("allocs would take V8's sampler from another client")]
          : [200, expect.anything()],
      );
      visited = undefined;
      process.kill(-child!.pid!, "SIGTERM");
      const [status, signal] = await once(child!, "exit");
      expect(status ?? signal).toBe(end);
      expect(said().match(/^.*pprof: .*$/gm)).toEqual([expect.stringContaining("serving profiles at ")]);
      expect(said()).not.toContain("Waiting for the debugger");
    },
  );
}
