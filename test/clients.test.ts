// Every endpoint of a real program, read by Go's tool and by ours.
import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { readProfile } from "@pprof-ts/profile";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pprof, type Run } from "../packages/cli/test/tool.ts";
import { freePort } from "../packages/runtime/test/free-port.ts";
import { compile, Program, removeFolder, scratchFolder, TELLS_AWAITS } from "../packages/runtime/test/program.ts";

const hasGo = spawnSync("go", ["version"]).status === 0;
let folder: string;
let program: Program;
let base: string;

beforeAll(async () => {
  folder = scratchFolder();
  program = new Program(["--import", "@pprof-ts/runtime/register", compile("everything", folder)], { cwd: folder });
  base = await program.url();
  const deed = async (name: string): Promise<void> => {
    program.child.send(name);
    for (;;) if ((await once(program.child, "message"))[0] === `done ${name}`) return;
  };
  // What the program is told before it listens is lost.
  while ((await fetch(`${base}open_files`)).status !== 200);
  for (const name of ["lock", "leak"]) await deed(name);
  // What holds the event loop is recorded when it turns again, if the agent had a processor meanwhile.
  while (!(await (await fetch(`${base}block?debug=1`)).text()).includes("spin")) await deed("hold");
}, 60_000);

afterAll(async () => {
  await program?.stop();
  removeFolder(folder);
});

interface Endpoint {
  readonly name: string;
  /** What a report's header says that it is. */
  readonly type: string;
  /** Some function in it. */
  readonly has: RegExp;
  readonly hasDelta: boolean;
}

const endpoints: readonly Endpoint[] = [
  { name: "profile?seconds=1", type: "cpu", has: /workerBusy/, hasDelta: false },
  // An `allocs` before it has made the sampler forget the functions.
  { name: "heap", type: "inuse_space", has: /process memory/, hasDelta: true },
  { name: "allocs?seconds=1", type: "alloc_space", has: /./, hasDelta: false },
  { name: "goroutine", type: "goroutine", has: TELLS_AWAITS ? /fetchOrder/ : /./, hasDelta: true },
  { name: "block", type: "delay", has: /spin/, hasDelta: true },
  { name: "mutex", type: "delay", has: /holdLock/, hasDelta: true },
  { name: "threadcreate", type: "threadcreate", has: /everything/, hasDelta: true },
  { name: "open_files", type: "open_files", has: /openFile/, hasDelta: false },
];

type Tool = (args: readonly string[]) => Promise<Run>;

const go: Tool = (args) =>
  new Promise((resolve) => {
    const env = { ...process.env, PPROF_TMPDIR: folder };
    execFile("go", ["tool", "pprof", ...args], { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });

const tools: readonly { readonly name: string; readonly run: Tool; readonly skip: boolean }[] = [
  { name: "go tool pprof", run: go, skip: !hasGo },
  { name: "pprof", run: (args) => pprof(args, { cwd: folder }), skip: false },
];

describe.for(tools)("$name", ({ name: tool, run, skip }) => {
  const why = skip ? " (skipped: no go here)" : "";

  // One after the other: while a thread is searched for goroutines, a CPU profile has nothing else.
  describe("a report", () => {
    test.skipIf(skip).for(endpoints)(`-top of $name${why}`, async ({ name, type, has }) => {
      const { status, stdout, stderr } = await run(["-top", "-timeout=60", "-nodecount=1000", base + name]);
      expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout).toMatch(/^File: everything\.js\n/);
      expect(stdout).toContain(`Type: ${type}\n`);
      expect(stdout).toMatch(has);
    });
  });

  describe("a file", () => {
    test.skipIf(skip).concurrent.for(endpoints)(
      `-proto of $name, and -diff_base of it against itself${why}`,
      async ({ name }) => {
        const file = path.join(folder, `${tool}-${name}`.replaceAll(/\W/g, "_"));
        // Without a timeout, Go's tool gives up on an answer after 1.5 s.
        const proto = await run(["-proto", "-timeout=60", `-output=${file}`, base + name]);
        expect({ status: proto.status, stderr: proto.status === 0 ? "" : proto.stderr }).toEqual({
          status: 0,
          stderr: "",
        });
        const profile = await readProfile(readFileSync(file));
        // In a second of little work, the sampler of allocations may have met none.
        expect(profile.samples.length).toBeGreaterThanOrEqual(name.startsWith("allocs") ? 0 : 1);
        const diff = await run(["-top", `-diff_base=${file}`, file]);
        expect(diff.status).toBe(0);
        expect(diff.stdout).toMatch(/\b0 of [\d.]+\w* total|Showing nodes accounting for 0/);
      },
    );
  });

  test.skipIf(skip)(
    `-seconds=1 of each is its delta${why}`,
    async () => {
      const deltas = endpoints.filter(({ hasDelta }) => hasDelta);
      const runs = deltas.map(async ({ name, type }) => {
        const { status, stdout, stderr } = await run(["-top", "-seconds=1", "-timeout=60", base + name]);
        expect({ name, status, stderr: status === 0 ? "" : stderr }).toEqual({ name, status: 0, stderr: "" });
        expect(stdout).toContain(`Type: ${type}\n`);
        // A timer may fire a fraction of a millisecond early.
        const [, value, unit] = /Duration: ([\d.]+)(m?s)/.exec(stdout) ?? [];
        expect(unit === "ms" ? Number(value) / 1000 : Number(value)).toBeGreaterThanOrEqual(0.99);
      });
      await Promise.all(runs);
    },
    60_000,
  );

  test.skipIf(skip)(`-diff_base of one against the next${why}`, async () => {
    const { status, stdout } = await run(["-top", `-diff_base=${base}heap`, `${base}heap`]);
    expect([status, stdout.includes("Type: inuse_space\n")]).toEqual([0, true]);
  });

  test.skipIf(skip)(`symbols of the remote program${why}`, async () => {
    const { status, stdout } = await run(["-top", "-symbolize=remote:force", `${base}open_files`]);
    expect(status).toBe(0);
    expect(stdout).toContain("openFile");
  });

  test.skipIf(skip)(`the text forms${why}`, async () => {
    for (const name of ["heap", "goroutine", "block", "mutex", "threadcreate"]) {
      const { status, stdout, stderr } = await run(["-top", `${base}${name}?debug=1`]);
      expect({ name, status, stderr: status === 0 ? "" : stderr }).toEqual({ name, status: 0, stderr: "" });
      expect(stdout).toMatch(/Showing nodes accounting for|flat%/);
    }
  });

  describe("a page", () => {
    test.skipIf(skip).concurrent.for(endpoints)(`-http of $name${why}`, async (endpoint) => {
      const [command, ...args] =
        tool === "pprof"
          ? [process.execPath, fileURLToPath(new URL("../packages/cli/bin/pprof.js", import.meta.url))]
          : ["go", "tool", "pprof"];
      // Go's tool takes a port of 0 for one that it prints.
      const address = `127.0.0.1:${await freePort()}`;
      const child = spawn(command!, [...args, "-no_browser", "-timeout=60", `-http=${address}`, base + endpoint.name], {
        env: { ...process.env, PPROF_TMPDIR: folder },
        detached: true,
        stdio: "ignore",
      });
      try {
        let page: Response | undefined;
        while (page === undefined) {
          expect(child.exitCode).toBeNull();
          await sleep(50);
          page = await fetch(`http://${address}/ui/top`).catch(() => undefined);
        }
        expect([page.status, /<html/i.test(await page.text())]).toEqual([200, true]);
      } finally {
        // `go tool` starts the program that serves.
        process.kill(-child.pid!, "SIGKILL");
      }
    });
  });
});

test.skipIf(!hasGo)(`${hasGo ? "" : "(skipped: no go here) "}go and ours read the same from one file`, async () => {
  const file = path.join(folder, "same");
  await pprof(["-proto", `-output=${file}`, `${base}profile?seconds=1`], { cwd: folder });
  const outputs = await Promise.all(tools.map(async ({ run }) => (await run(["-top", file])).stdout));
  expect(outputs[1]).toBe(outputs[0]);
});
