import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { checkGoTrace, goroutineNames, type Profile, readGoTrace, readProfile } from "@pprof-ts/profile";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { privateFolder } from "../src/agent/processes/private-folder.ts";
import { fetchProfile } from "./fetch-profile.ts";
import { freePort } from "./free-port.ts";
import { Program, removeFolder, scratchFolder, TELLS_AWAITS } from "./program.ts";
import { stacksOf } from "./stacks.ts";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const skip = process.getuid === undefined;
const why = skip ? ": processes find each other on POSIX systems only" : "";

let folder: string;

beforeAll(() => {
  folder = scratchFolder();
});

afterAll(() => removeFolder(folder));

interface Listed {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly threads: number;
  readonly sinceMillis: number;
  readonly busy: number;
  readonly holds: boolean;
  readonly reason?: string;
}

async function listed(base: string): Promise<readonly Listed[]> {
  const response = await fetch(base, { headers: { accept: "application/json" } });
  return (await response.json()).processes;
}

const profileOf = (base: string, query: string): Promise<Profile> => fetchProfile(base + query);

/** The values of a label. */
function valuesOf({ samples: { labels }, strings }: Profile, key: string): Set<string> {
  const found = Array.from(labels.key, (row, at) => [strings.get(row), strings.get(labels.str[at]!)] as const);
  return new Set(found.filter(([name]) => name === key).map(([, value]) => value));
}

async function until<Value>(read: () => Promise<Value | undefined>): Promise<Value> {
  for (;;) {
    const value = await read().catch(() => undefined);
    if (value !== undefined) return value;
    await sleep(50);
  }
}

// Without a loop: V8 does not know the code again that it has made for one that runs, once a profile begins.
const spin = `
  function busyInWorker(depth) { return depth < 2 ? depth : busyInWorker(depth - 1) + busyInWorker(depth - 2); }
  async function waitsInWorker() { await new Promise((resolve) => setTimeout(resolve, 1e6)); }`;

describe.skipIf(skip)(`a cluster under one setting${why}`, () => {
  let program: Program;
  let base: string;

  beforeAll(async () => {
    const script = path.join(folder, "cluster.mjs");
    writeFileSync(
      script,
      `import cluster from "node:cluster"; ${spin}
       if (cluster.isPrimary) for (let i = 0; i < 3; i++) cluster.fork();
       else { setInterval(busyInWorker, 40, 29); waitsInWorker(); }`,
    );
    const env = { PPROF_ADDR: `127.0.0.1:${await freePort()}`, PPROF_KEEP: "1m" };
    program = new Program(["--import", "@pprof-ts/runtime/register", script], { cwd: folder, env });
    base = await program.url();
    await until(async () => ((await listed(base)).length === 4 ? true : undefined));
  }, 60_000);

  afterAll(() => program?.stop());

  test("is listed by one of its processes, which has the port", async () => {
    const processes = await listed(base);
    expect(processes.map(({ name }) => name).sort()).toEqual([
      "cluster.mjs",
      ...[1, 2, 3].map((id) => `cluster.mjs ${id}`),
    ]);
    expect(processes.filter(({ holds }) => holds)).toHaveLength(1);
    for (const { pid, parent, threads, sinceMillis, busy } of processes) {
      expect(pid === program.child.pid || parent === program.child.pid).toBe(true);
      expect(threads === undefined || threads > 1).toBe(true);
      expect(Math.abs(Date.now() - sinceMillis)).toBeLessThan(600_000);
      expect(busy).toBeGreaterThanOrEqual(0);
    }
    const html = await (await fetch(base)).text();
    for (const { pid } of processes) expect(html).toContain(`heap?debug=1&amp;pid=${pid}`);
    expect(program.stderr).toMatch(/^pprof: serving profiles at \S+\n$/);
  });

  test.for(["profile?seconds=1", "profile?last=20", "goroutine?full=1", "heap", "heap?seconds=1", "allocs?seconds=1"])(
    "%s is that of all, told apart by labels",
    { timeout: 60_000 },
    async (query) => {
      const pids = (await listed(base)).map(({ pid }) => String(pid)).sort();
      const isDelta = /^(heap|allocs)\?seconds/.test(query);
      const profile = await until(async () => {
        const found = await profileOf(base, query);
        // An idle primary may have no sample at all, a second without allocations has none, and what is kept of processes
        // that have just started is their start.
        const workers = [...valuesOf(found, "process")].filter((name) => /^cluster\.mjs \d$/.test(name));
        const isBusy = stacksOf(found).some(({ frames }) => frames.some((frame) => frame.startsWith("busyInWorker")));
        return isDelta || (workers.length === 3 && (isBusy || !query.startsWith("profile"))) ? found : undefined;
      });
      for (const pid of valuesOf(profile, "pid")) expect(pids).toContain(pid);
      expect(Number(profile.durationNanos)).toBeLessThan(30e9);
    },
  );

  test("what stands above it is asked for as it is of one process", { timeout: 60_000 }, async () => {
    for (const query of ["heap", "profile?seconds=1", "goroutine", "heap?debug=1", "trace?seconds=1"]) {
      const response = await fetch(base + query, { method: "HEAD" });
      expect([query, response.status, (await response.arrayBuffer()).byteLength]).toEqual([query, 200, 0]);
      expect(response.headers.get("content-type")).not.toBeNull();
    }
  });

  test("a trace is of all as well, each with a loop of its own, and pid= picks one", { timeout: 60_000 }, async () => {
    const traced = async (query: string): Promise<string[]> => {
      const bytes = new Uint8Array(await (await fetch(`${base}trace?${query}`)).arrayBuffer());
      expect(checkGoTrace(bytes)).toBeUndefined();
      const names = [...goroutineNames(readGoTrace(bytes).trace).values()];
      return names.filter((name) => name.startsWith("event loop")).sort();
    };
    const all = (await listed(base)).map(({ name, pid }) => `event loop of ${name} (pid ${pid})`).sort();
    expect(await traced("seconds=0.5")).toEqual(all);
    const chrome = await fetch(`${base}trace?seconds=0.5&format=chrome`);
    expect(chrome.headers.get("content-disposition")).toBe('attachment; filename="trace.json"');
    expect(await chrome.text()).toContain(all[1]);
    expect(await traced(`seconds=0.5&pid=${(await listed(base))[1]!.pid}`)).toEqual(["event loop"]);
  });

  test("texts are of all, too", async () => {
    const dump = await (await fetch(`${base}goroutine?debug=2&full=1`)).text();
    expect(dump.match(/^# process \d+: cluster\.mjs/gm)).toHaveLength(4);
    if (TELLS_AWAITS) expect(dump.match(/^waitsInWorker\(\)$/gm)).toHaveLength(3);
    expect(await (await fetch(`${base}goroutine?debug=1&full=1`)).text()).toMatch(/^goroutine profile: total \d+\n/);
    expect(await (await fetch(`${base}threadcreate?debug=1`)).text()).toMatch(/^threadcreate profile: total 3\n/);
  });

  test("pid= asks one, and what is not there is said", async () => {
    const worker = (await listed(base)).find(({ name }) => name === "cluster.mjs 2")!;
    const profile = await profileOf(base, `goroutine?pid=${worker.pid}&full=1`);
    expect(valuesOf(profile, "pid")).toEqual(new Set());
    const waits = stacksOf(profile).some(({ frames }) => frames.some((frame) => frame.startsWith("waitsInWorker")));
    expect(waits).toBe(TELLS_AWAITS);
    const command = await (await fetch(`${base}cmdline?pid=${worker.pid}`)).text();
    expect(command).toContain("cluster.mjs");
    const gone = await fetch(`${base}heap?pid=1`);
    expect([gone.status, await gone.text()]).toEqual([
      404,
      expect.stringContaining('there is no process "1" here: there are '),
    ]);
    for (const query of ["nothing", "heap?seconds=x", "heap?seconds=1&debug=1", "profile?rate=-1"]) {
      expect((await fetch(base + query)).status).toBe(query === "nothing" ? 404 : 400);
    }
  });

  test("a process that is stopped is named, and the others answer", async () => {
    // Who has the port is who is asked.
    const worker = (await listed(base)).find(({ name, holds }) => / \d$/.test(name) && !holds)!;
    process.kill(worker.pid, "SIGSTOP");
    try {
      const profile = await profileOf(base, "goroutine");
      expect(profile.comments).toContain(`process ${worker.pid} is left out: did not answer within 1 s`);
      expect((await listed(base)).find(({ pid }) => pid === worker.pid)?.reason).toContain("did not answer");
    } finally {
      process.kill(worker.pid, "SIGCONT");
    }
  });
});

describe.skipIf(skip)(`processes that know nothing of each other${why}`, () => {
  test("share a port, and another takes it when the one that has it ends", { timeout: 60_000 }, async () => {
    const env = { PPROF_ADDR: `127.0.0.1:${await freePort()}` };
    const code = "setInterval(() => {}, 1000)";
    const first = Program.registered(code, { cwd: folder, env });
    const base = await first.url();
    const others = [1, 2].map(() => Program.registered(code, { cwd: folder, env }));
    try {
      await until(async () => ((await listed(base)).length === 3 ? true : undefined));
      first.child.kill("SIGKILL");
      await first.ended;
      const left = await until(async () => {
        const found = await listed(base);
        return found.length === 2 ? found : undefined;
      });
      expect(left.map(({ pid }) => pid).sort()).toEqual(others.map(({ child }) => child.pid!).sort());
      expect(left.filter(({ holds }) => holds)).toHaveLength(1);
      for (const { stderr } of others) expect(stderr).toBe("");
    } finally {
      for (const program of [first, ...others]) await program.stop();
    }
  });

  test.each(["profile", "allocs", "trace"])(
    "when the one that was asked for a %s of all ends, it answers with its own part",
    // On a busy machine the time that an end may take is not enough.
    { timeout: 60_000, retry: 2 },
    async (name) => {
      const env = { PPROF_ADDR: `127.0.0.1:${await freePort()}` };
      const first = Program.registered('process.on("message", () => process.exit(3)); setInterval(() => {}, 10)', {
        cwd: folder,
        env,
      });
      const base = await first.url();
      const other = Program.registered("setInterval(() => {}, 1000)", { cwd: folder, env });
      try {
        await until(async () => ((await listed(base)).length === 2 ? true : undefined));
        const answer = fetch(`${base}${name}?seconds=60`);
        await sleep(2_000);
        first.child.send("end");
        const response = await answer;
        const bytes = new Uint8Array(await response.arrayBuffer());
        expect(response.status).toBe(200);
        if (name === "trace") expect(checkGoTrace(bytes)).toBeUndefined();
        else {
          const { comments } = await readProfile(bytes);
          const left = `process ${other.child.pid} .* is left out: the process that was asked has ended before it`;
          expect(comments.join("\n")).toMatch(new RegExp(left));
          expect(comments.join("\n")).toMatch(/partial: the program ended after \d+\.\d of 60 seconds/);
        }
        expect((await first.ended).code).toBe(3);
      } finally {
        for (const program of [first, other]) await program.stop();
      }
    },
  );

  test("of many, too, each profile is that of all, and nothing is printed", { timeout: 120_000 }, async () => {
    const script = path.join(folder, "many.mjs");
    writeFileSync(
      script,
      `import cluster from "node:cluster";
       if (cluster.isPrimary) for (let i = 0; i < 13; i++) cluster.fork(); else setInterval(() => {}, 1000);`,
    );
    const env = { PPROF_ADDR: `127.0.0.1:${await freePort()}` };
    const program = new Program(["--import", "@pprof-ts/runtime/register", script], { cwd: folder, env });
    try {
      const base = await program.url();
      await until(async () => ((await listed(base)).length === 14 ? true : undefined));
      for (const query of ["threadcreate", "heap?seconds=1"]) {
        const { comments } = await profileOf(base, query);
        expect(comments.filter((comment) => comment.includes("is left out: did not answer"))).toEqual([]);
      }
      expect(valuesOf(await profileOf(base, "heap"), "pid").size).toBe(14);
      expect(program.stderr).toMatch(/^pprof: serving profiles at \S+\n$/);
    } finally {
      await program.stop();
    }
  });

  test("a port that something else has is said, as before", { timeout: 60_000 }, async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const program = Program.registered("setTimeout(() => {}, 15_000)", {
      cwd: folder,
      env: { PPROF_ADDR: `127.0.0.1:${port}` },
    });
    const { code, stderr } = await program.ended;
    server.close();
    expect([code, stderr]).toEqual([
      0,
      `pprof: no profiles are served: http://127.0.0.1:${port} is taken; choose another port with PPROF_ADDR=127.0.0.1:${port + 1}\n`,
    ]);
  });

  const permission = process.allowedNodeEnvironmentFlags.has("--permission")
    ? "--permission"
    : "--experimental-permission";
  const withNet = process.allowedNodeEnvironmentFlags.has("--allow-net");

  test
    .skipIf(process.platform !== "linux")
    .for([
      [
        "all files, and no thread",
        ["--allow-fs-read=*"],
        /^it may have no thread .* \(--permission without --allow-worker\)$/,
      ],
      ["its own files, and no thread", [], /^it may have no thread .* \(--permission without --allow-worker\)$/],
      ...(withNet
        ? [["a thread, and no net", ["--allow-worker"], /^it may not listen .*--allow-net\)$/] as const]
        : []),
    ] as const)(
    "a child that is permitted %s is listed with the reason, and prints nothing",
    { timeout: 60_000 },
    async ([, given, reason]) => {
      // What `--import` names has to be read.
      const readable = [folder, realpathSync(path.join(folder, "node_modules")), repository];
      const execArgv = [permission, "--no-warnings", ...readable.map((one) => `--allow-fs-read=${one}`), ...given];
      writeFileSync(
        path.join(folder, "child.mjs"),
        'setTimeout(() => process.disconnect(), 4_000); process.send("runs");\n',
      );
      const script = path.join(folder, "forks.mjs");
      writeFileSync(
        script,
        `import { fork } from "node:child_process";
       const child = fork("child.mjs", { execArgv: ${JSON.stringify(execArgv)} });
       child.on("exit", (code) => process.send(code));
       setInterval(() => {}, 1e6);`,
      );
      const env = {
        PPROF_ADDR: `127.0.0.1:${await freePort()}`,
        NODE_OPTIONS: "--import @pprof-ts/runtime/register",
      };
      const program = new Program([script], { cwd: folder, env });
      try {
        const ended = once(program.child, "message");
        const base = await program.url();
        const child = await until(async () => (await listed(base)).find((one) => one.reason !== undefined));
        expect(child.reason).toMatch(reason);
        expect((await profileOf(base, "profile?seconds=1")).comments).toContain(
          `process ${child.pid} is left out: ${child.reason}`,
        );
        expect((await ended)[0]).toBe(0);
        expect(program.stderr).toMatch(/^pprof: serving profiles at \S+\n$/);
      } finally {
        await program.stop();
      }
    },
  );

  test("with PPROF_PROCESSES=0 each has its own port", { timeout: 30_000 }, async () => {
    const env = { PPROF_ADDR: `127.0.0.1:${await freePort()}`, PPROF_PROCESSES: "0" };
    const first = Program.registered("setInterval(() => {}, 1000)", { cwd: folder, env });
    const base = await first.url();
    const second = Program.registered("setTimeout(() => {}, 3000)", { cwd: folder, env });
    expect((await second.ended).stderr).toMatch(/^pprof: no profiles are served: \S+ is taken/);
    expect(await listed(base)).toBeUndefined();
    await first.stop();
  });

  test("a mounted handler answers for all where that is asked for", { timeout: 60_000 }, async () => {
    const script = path.join(folder, "mounted.mjs");
    writeFileSync(
      script,
      `import cluster from "node:cluster"; import { createServer } from "node:http"; import { pprof } from "@pprof-ts/runtime/http";
       ${spin}
       if (cluster.isPrimary) for (let i = 0; i < 2; i++) cluster.fork().on("message", (port) => process.send(port));
       else {
         setInterval(busyInWorker, 40, 29);
         const server = createServer(pprof({ processes: true })).listen(0, "127.0.0.1", () => process.send(server.address().port));
       }`,
    );
    const program = new Program([script], { cwd: folder });
    try {
      const [port] = await once(program.child, "message");
      const base = `http://127.0.0.1:${port}/debug/pprof/`;
      await until(async () => ((await listed(base)).length === 2 ? true : undefined));
      const profile = await until(async () => {
        const found = await profileOf(base, "profile?seconds=1");
        return valuesOf(found, "process").size === 2 ? found : undefined;
      });
      expect([...valuesOf(profile, "process")].sort()).toEqual(["mounted.mjs 1", "mounted.mjs 2"]);
    } finally {
      await program.stop();
    }
  });
});

describe.skipIf(skip)(`the folder in which processes find each other${why}`, () => {
  test("is this user's alone", async () => {
    const parent = path.join(folder, "tmp");
    mkdirSync(parent);
    const found = await privateFolder([parent]);
    expect(found).toBe(path.join(parent, `pprof-${process.getuid!()}`));
    expect(statSync(found).mode & 0o777).toBe(0o700);
    expect(await privateFolder([parent])).toBe(found);
  });

  test.for(["a folder that others may enter", "a link", "a file"])(
    "is not %s: the next one is taken, or none",
    async (kind) => {
      const parents = ["first", "second"].map((name) => path.join(folder, `${kind} ${name}`.replaceAll(" ", "-")));
      for (const parent of parents) mkdirSync(parent);
      const taken = path.join(parents[0]!, `pprof-${process.getuid!()}`);
      if (kind === "a link") symlinkSync(parents[1]!, taken);
      else if (kind === "a file") writeFileSync(taken, "");
      else mkdirSync(taken, { mode: 0o777, recursive: true });
      if (kind.startsWith("a folder")) chmodSync(taken, 0o777);
      expect(path.dirname(await privateFolder(parents))).toBe(parents[1]);
      await expect(privateFolder(parents.slice(0, 1))).rejects.toThrow("is not a folder of this user's alone");
      expect(existsSync(taken)).toBe(true);
      if (kind.startsWith("a folder")) expect(readdirSync(taken)).toEqual([]);
    },
  );
});
