import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Profile } from "@pprof-ts/profile";
import { readProfile, toNumbers } from "@pprof-ts/profile";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile, lineOf, Program, removeFolder, scratchFolder, sourceOf } from "./program.ts";
import { flatOf } from "./stacks.ts";

const REGISTER = ["--import", "@pprof-ts/runtime/register"];

const has = (flag: string): boolean => process.allowedNodeEnvironmentFlags.has(flag);
/** The flags of a Node that permits to read files, and what these do of which it knows. */
const permitted = (...flags: readonly string[]): string[] => [
  has("--permission") ? "--permission" : "--experimental-permission",
  "--allow-fs-read=*",
  ...flags.filter(has),
];

/** A capture that cannot run beside one of 100 Hz. */
const OTHER_RATE = "profile?seconds=1&rate=1000";

let folder: string;
let script: string;
let service: Program;
let base: string;

beforeAll(async () => {
  folder = scratchFolder();
  script = compile("service", folder, "--sourceMap");
  service = new Program([...REGISTER, script], { cwd: folder });
  base = await service.url();
});

afterAll(async () => {
  await service?.stop();
  removeFolder(folder);
});

async function fetchProfile(url: string): Promise<Profile> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return readProfile(new Uint8Array(await response.arrayBuffer()));
}

describe("profile", () => {
  test("is a gzipped CPU profile with Go's headers, types and period", async () => {
    const response = await fetch(`${base}profile?seconds=1`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/octet-stream");
    expect(response.headers.get("content-disposition")).toBe('attachment; filename="profile"');
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect([...bytes.subarray(0, 2)]).toEqual([0x1f, 0x8b]);

    const profile = await readProfile(bytes);
    expect(profile.sampleTypes).toEqual([
      { type: "samples", unit: "count" },
      { type: "cpu", unit: "nanoseconds" },
    ]);
    expect(profile.periodType).toEqual({ type: "cpu", unit: "nanoseconds" });
    expect(profile.period).toBe(10_000_000n);
    expect(Number(profile.durationNanos)).toBeGreaterThanOrEqual(1e9);
    expect(Math.abs(Number(profile.timeNanos) / 1e6 - Date.now())).toBeLessThan(60_000);
    expect(profile.strings.get(profile.mappings.filename[0]!)).toBe(script);
  });

  test("points at the original TypeScript, and leaves idle time out", async () => {
    const profile = await fetchProfile(`${base}profile?seconds=2&rate=1000`);
    const flat = flatOf(profile, "cpu");
    const total = [...flat.values()].reduce((sum, { value }) => sum + value, 0);
    const own = [...flat.values()].filter(({ file }) => file === sourceOf("service"));
    expect(own.reduce((sum, { value }) => sum + value, 0)).toBeGreaterThan(total / 2);
    // V8 inlines it, and before Node 26 credits its samples to the caller.
    expect(flat.get("scoreOf")?.value).toBeGreaterThan(total / 2);
    expect([...flat.keys()]).not.toContain("(idle)");
    expect(total).toBeLessThanOrEqual(Number(profile.durationNanos));
    expect(profile.period).toBe(1_000_000n);
    const lines = toNumbers(profile.locations.lines.line);
    const burst = [...lines.keys()].find((row) => {
      const fn = profile.locations.lines.function[row]!;
      return profile.strings.get(profile.functions.name[fn]!) === "burst";
    });
    expect(burst).toBeDefined();
    expect(profile.functions.startLine[profile.locations.lines.function[burst!]!]).toBe(
      BigInt(lineOf("service", "function burst")),
    );
  });

  test("finds inline source maps as well", async () => {
    const inline = scratchFolder();
    const program = new Program([...REGISTER, compile("service", inline, "--inlineSourceMap")], { cwd: inline });
    try {
      const flat = flatOf(await fetchProfile(`${await program.url()}profile?seconds=1`), "cpu");
      expect([...flat.values()].map(({ file }) => file)).toContain(sourceOf("service"));
    } finally {
      await program.stop();
      removeFolder(inline);
    }
  });

  const inlines = process.version.startsWith("v20.");
  const whyNot = inlines ? "" : ` (skipped: V8 of Node ${process.version} gives the line of the call)`;
  test.skipIf(!inlines)(`finds functions of another file that V8 has inlined${whyNot}`, async () => {
    const split = scratchFolder();
    const program = new Program([...REGISTER, compile("split", split)], { cwd: split });
    try {
      const flat = flatOf(await fetchProfile(`${await program.url()}profile?seconds=2&rate=1000`), "cpu");
      const total = [...flat.values()].reduce((sum, { value }) => sum + value, 0);
      const inOtherFile = [...flat.values()].filter(({ file }) => file === path.join(split, "split-leaf.js"));
      expect(inOtherFile.reduce((sum, { value }) => sum + value, 0)).toBeGreaterThan(total / 2);
      expect(flat.get("scrambled")?.value).toBeGreaterThan(0);
    } finally {
      await program.stop();
      removeFolder(split);
    }
  });

  test("at a higher rate is refused while another one runs, and there again when that client has gone", async () => {
    let client = new AbortController();
    let first = holdCapture(base, client.signal);
    // One that begins while the other rate is sampled goes on at that.
    while ((await statusOf(`${base}${OTHER_RATE}`)) !== 500) {
      client.abort();
      await first;
      client = new AbortController();
      first = holdCapture(base, client.signal);
    }
    const second = await fetch(`${base}${OTHER_RATE}`);
    expect(second.status).toBe(500);
    expect(second.headers.get("x-go-pprof")).toBe("1");
    expect(await second.text()).toMatch(
      /^Could not enable CPU profiling: cpu profiling already in use: a capture (by line, )?at \d+ Hz goes on until /,
    );
    client.abort();
    expect(await first).toBe("AbortError");
    await untilStatus(`${base}${OTHER_RATE}`, 200);
  });

  test.for(["abc", "1.5", "1e3", "99999999999999999999"])("seconds=%s is refused in one line", async (seconds) => {
    const response = await fetch(`${base}profile?seconds=${seconds}`);
    expect(response.status).toBe(400);
    expect(await response.text()).toBe('invalid value for "seconds" - must be a positive integer\n');
  });
});

/** Asks for a long capture until it is the one that runs; resolves with the name of what ended it. */
async function holdCapture(url: string, signal: AbortSignal): Promise<string> {
  try {
    while ((await fetch(`${url}profile?seconds=600`, { signal })).status === 500);
    return "an answer";
  } catch (error) {
    return (error as Error).name;
  }
}

async function untilStatus(url: string, status: number): Promise<void> {
  // So that a capture which others ask for has its turn.
  while ((await statusOf(url)) !== status) await sleep(100);
}

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.status;
}

test("the index page lists the profiles", async () => {
  const response = await fetch(base);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(await response.text()).toContain("You can set the duration with the seconds parameter");
});

test("the prefix without its slash leads to the index page, and other paths nowhere", async () => {
  const short = await fetch(base.slice(0, -1), { redirect: "manual" });
  expect([short.status, short.headers.get("location")]).toEqual([307, "/debug/pprof/"]);
  expect((await fetch(new URL("/other", base))).status).toBe(404);
  const unknown = await fetch(`${base}nonsense`);
  expect([unknown.status, await unknown.text()]).toEqual([404, "Unknown profile\n"]);
});

describe("a program with the profiler in it", () => {
  const run = (code: string, env: Record<string, string> = {}): Program =>
    new Program([...REGISTER, "--input-type=module", "--eval", code], { cwd: folder, env });
  test.for([
    ["nothing to do", "", 0],
    ["process.exit at once", "process.exit(3)", 3],
    ["process.exit later", "setTimeout(() => process.exit(4), 300)", 4],
    ["an uncaught error", "setTimeout(() => { throw new Error('its own') }, 300)", 1],
    ["some work", "setTimeout(() => {}, 300)", 0],
  ] as const)("ends as it would without: %s", async ([, code, status]) => {
    const { code: got, signal, stderr } = await run(code).ended;
    expect([got, signal]).toEqual([status, null]);
    expect(stderr.replace(/pprof: serving profiles at .*\n/, "").includes("its own")).toBe(status === 1);
    expect(stderr).not.toContain("debugger");
  });

  test.for([
    ["runs out of work", "process.disconnect()", 0],
    ["calls process.exit", "process.exit(5)", 5],
    ["throws", "throw new Error('its own')", 1],
    ["rejects", "Promise.reject(new Error('its own'))", 1],
    ["calls process.abort", "process.abort()", "SIGABRT"],
    ["signals itself", "process.kill(process.pid, 'SIGTERM')", "SIGTERM"],
    ["signals itself by a text", "process.kill(String(process.pid), 'SIGTERM')", "SIGTERM"],
    ["ends without an event", "process.reallyExit(8)", 8],
    ["ends its worker and then itself", "worker.terminate().then(() => process.exit(6))", 6],
    ["calls process.exit while its worker ends", "worker.terminate(); process.exit(7)", 7],
  ] as const)("ends in the middle of a capture, and of a recording, when it %s", async ([, code, status]) => {
    const busy = "setInterval(() => { for (const end = Date.now() + 5; Date.now() < end; ); }, 10)";
    const program = run(
      `import { Worker } from "node:worker_threads";
       const worker = new Worker(${JSON.stringify(busy)}, { eval: true, execArgv: [] });
       worker.unref();
       process.on("message", () => { ${code} })`,
      { PPROF_KEEP: "1m" },
    );
    const url = await program.url();
    void holdCapture(url, new AbortController().signal);
    await untilStatus(`${url}${OTHER_RATE}`, 500);
    program.child.send("end");
    const { code: got, signal, stderr } = await program.ended;
    expect([got, signal]).toEqual(typeof status === "string" ? [null, status] : [status, null]);
    expect(stderr).not.toContain("debugger");
  });

  test.for([
    ["SIGWINCH", "process.kill(process.pid, 'SIGWINCH')", true],
    ["SIGCONT, to its group", "process.kill(0, 'SIGCONT')", true],
    ["SIGSTOP, and is let go on", "process.kill(process.pid, 'SIGSTOP')", true],
    ["SIGPIPE, which Node ignores", "process.kill(process.pid, 'SIGPIPE')", true],
    ["a signal that is none", "process.kill(process.pid, 900)", "EINVAL"],
  ] as const)("a program that sends itself %s is profiled as before", async ([, code, answer]) => {
    const program = run(`
      function burn() { for (const end = Date.now() + 5; Date.now() < end; ); }
      setInterval(burn, 10);
      process.on("message", () => {
        let sent;
        try { sent = ${code}; } catch (error) { sent = error.code; }
        process.send({ sent });
      })`);
    try {
      const url = await program.url();
      const before = await fetchProfile(`${url}profile?seconds=1`);
      const told = once(program.child, "message");
      program.child.send("signal");
      // The one that stops it, as its terminal would.
      const going = setInterval(() => program.child.kill("SIGCONT"), 300);
      expect((await told.finally(() => clearInterval(going)))[0]).toEqual({ sent: answer });
      const after = await fetchProfile(`${url}profile?seconds=1`);
      const files = [before, after].map((profile) => flatOf(profile, "cpu").get("burn")?.file);
      expect(files[0]).toBeTruthy();
      expect(files[1]).toBe(files[0]);
      for (const name of ["heap", "goroutine"]) expect([name, (await fetch(url + name)).status]).toEqual([name, 200]);
      expect(program.stderr).not.toContain("debugger");
    } finally {
      await program.stop();
    }
  });

  test.skipIf(process.platform === "win32")("a program that may open 40 files at once goes on", async () => {
    const said = path.join(folder, "limited.txt");
    const ends = 'setInterval(() => require("fs").fstatSync(2).size > 0 && process.exit(6), 50)';
    const limited = ["-c", 'ulimit -n 40 && exec "$0" "$@"', process.execPath, ...REGISTER, "-e", ends];
    const { status } = spawnSync("sh", limited, { cwd: folder, stdio: ["ignore", "ignore", openSync(said, "w")] });
    expect([status, readFileSync(said, "utf8")]).toEqual([6, expect.stringMatching(/^pprof: (serving|no) profiles /)]);
  });

  test.for([
    ["as it is", ""],
    ["without Buffer", "globalThis.Buffer = undefined;"],
    ["without the iterator of arrays", "Array.prototype[Symbol.iterator] = undefined;"],
  ] as const)("%s, goes on when the port is taken, and says how to choose another", async ([, changed]) => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    try {
      const program = run(`process.on("message", () => { console.log("done"); process.disconnect(); }); ${changed}`, {
        PPROF_ADDR: `127.0.0.1:${port}`,
      });
      await program.saw(/no profiles are served.*\n/);
      program.child.send("end");
      const { code, stderr, stdout } = await program.ended;
      expect([code, stdout]).toEqual([0, "done\n"]);
      expect(stderr).toBe(
        `pprof: no profiles are served: http://127.0.0.1:${port} is taken; choose another port with PPROF_ADDR=127.0.0.1:${port + 1}\n`,
      );
    } finally {
      other.close();
    }
  });

  test.for([
    ["localhost:http", 'invalid address "localhost:http": must be HOST:PORT, such as localhost:6060'],
    [
      "0.0.0.0:6060",
      'refused to listen on "0.0.0.0", which other machines can reach: set a token, an allow-list, or insecure',
    ],
  ] as const)("goes on without when PPROF_ADDR is %s", async ([address, sentence]) => {
    const { code, stderr } = await run("setTimeout(() => {}, 300)", { PPROF_ADDR: address }).ended;
    expect([code, stderr]).toEqual([0, `pprof: no profiles are served: ${sentence}\n`]);
  });

  test("is refused, profile by profile, where the inspector is not permitted", async () => {
    const waits = `
      import { newProfile } from "@pprof-ts/runtime";
      newProfile("connections").add("one");
      process.on("message", () => process.disconnect());
    `;
    writeFileSync(path.join(folder, "waits.mjs"), waits);
    const args = [...permitted("--allow-worker", "--allow-net"), ...REGISTER, path.join(folder, "waits.mjs")];
    const program = new Program(args, { cwd: folder });
    const url = await program.url();
    const get = async (name: string): Promise<[number, string]> => {
      const response = await fetch(url + name);
      return [response.status, await response.text()];
    };
    const lacks = has("--allow-inspector")
      ? "--allow-inspector"
      : `Node ${process.version} has no flag that permits it, as --allow-inspector of later ones does`;
    const reason = `the V8 inspector is not permitted in this process (${lacks})\n`;
    expect(await get("heap")).toEqual([500, reason]);
    expect(await get("profile?seconds=1")).toEqual([500, `Could not enable CPU profiling: ${reason}`]);
    expect((await get("cmdline"))[0]).toBe(200);
    // What the program records itself needs no inspector.
    expect(await get("mutex?debug=1")).toEqual([200, "--- mutex:\ncycles/second=1000000000\nsampling period=1\n"]);
    expect((await get("connections?debug=1"))[1]).toContain("connections profile: total 1\n1 @");
    expect((await get(""))[0]).toBe(200);
    program.child.send("end");
    const { code, signal } = await program.ended;
    expect([code, signal]).toEqual([0, null]);
  });

  test("mounted where it may have no thread, it says so when it is asked, and the program goes on", async () => {
    const mounts = `
      import { createServer } from "node:http";
      import { pprof } from "@pprof-ts/runtime/http";
      const servers = [{}, { processes: true }].map((options) => createServer(pprof(options)).listen(0, "127.0.0.1"));
      for (const server of servers) {
        if (!server.listening) await new Promise((resolve) => server.on("listening", resolve));
        const response = await fetch(\`http://127.0.0.1:\${server.address().port}/debug/pprof/heap\`);
        console.log(response.status, await response.text());
        server.close();
      }
    `;
    writeFileSync(path.join(folder, "mounts.mjs"), mounts);
    const args = [...permitted("--allow-net"), "--no-warnings", path.join(folder, "mounts.mjs")];
    const { code, stdout } = await new Program(args, { cwd: folder }).ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^(500 the profiler's thread could not be started: .* \(--allow-worker\)\s+){2}$/);
  });

  test.for([
    ["--allow-net", "the profiler's thread could not be started: .* \\(--allow-worker\\)"],
    // An older Node asks for no permission to listen.
    ...(has("--allow-net") ? [["--allow-worker", "to listen is not permitted in this process \\(--allow-net\\)"]] : []),
  ] as const)("goes on with %s alone, and says what is missing", async ([given, sentence]) => {
    writeFileSync(path.join(folder, "says.mjs"), 'console.log("done")');
    const args = [...permitted(given!), "--no-warnings", ...REGISTER, path.join(folder, "says.mjs")];
    const { code, stdout, stderr } = await new Program(args, { cwd: folder }).ended;
    expect([code, stdout]).toEqual([0, "done\n"]);
    expect(stderr).toMatch(new RegExp(`^pprof: no profiles are served: ${sentence}\n$`));
  });

  test("can open and close the port itself", async () => {
    const program = new Program(
      [
        "--input-type=module",
        "--eval",
        `import { listen } from "@pprof-ts/runtime";
         const { url, host, port, close } = await listen({ port: 0, host: "127.0.0.1" });
         const page = await fetch(url);
         console.log(url === \`http://\${host}:\${port}/debug/pprof/\`, page.status);
         await page.text();
         await close();
         console.log(await fetch(url).then(() => "open", () => "closed"));`,
      ],
      { cwd: folder },
    );
    const { code, stdout, stderr } = await program.ended;
    expect([code, stdout, stderr]).toEqual([0, "true 200\nclosed\n", ""]);
  });
});

const go = spawnSync("go", ["version"], { encoding: "utf8" });

test.skipIf(go.status !== 0)(
  `go tool pprof reads the profile${go.status === 0 ? "" : " (skipped: no go here)"}`,
  async () => {
    const { stdout } = await promisify(execFile)("go", ["tool", "pprof", "-top", `${base}profile?seconds=1`], {
      env: { ...process.env, PPROF_TMPDIR: folder },
    });
    expect(stdout).toMatch(/^File: service\.js\nType: cpu\n/);
    expect(stdout).toContain(" burst\n");
  },
);
