import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { readProfile } from "@pprof-ts/profile";
import { afterAll, expect, test } from "vitest";
import { parseAddress } from "../src/exchange/listen-address.ts";
import { gate } from "../src/http/access/access.ts";
import { hostsOf } from "../src/http/access/browser.ts";
import { parseDuration } from "../src/program/duration.ts";
import type { ListenOptions } from "../src/program/listen.ts";
import { checkedOptions } from "../src/program/option-checks.ts";
import { profilingOf } from "../src/program/options.ts";
import { readSettings, settings } from "../src/program/settings.ts";
import { Program, removeFolder, scratchFolder } from "./program.ts";

const folder = scratchFolder();
afterAll(() => removeFolder(folder));

async function run(code: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Program(["--input-type=module", "--eval", code], { cwd: folder }).ended;
}

test("profiles as bytes, files and streams, named as in Go", async () => {
  const { stdout, stderr } = await run(`
    import { lookup, newProfile, profiles, startCpuProfile, stopCpuProfile, writeHeapProfile } from "@pprof-ts/runtime";
    const leases = newProfile("leases");
    leases.add(leases);
    await startCpuProfile("cpu.pb.gz");
    const second = await startCpuProfile().catch((error) => error.message);
    for (const end = Date.now() + 200; Date.now() < end; );
    await stopCpuProfile();
    const written = [];
    const heap = await writeHeapProfile({ write: (bytes) => written.push(bytes.length) });
    const taken = (() => { try { newProfile("heap") } catch (error) { return error.message } })();
    console.log(JSON.stringify({
      second,
      taken,
      names: profiles().map(({ name }) => name),
      heap: written[0] === heap.length,
      own: new TextDecoder().decode(await leases.writeTo(undefined, 1)).split("\\n")[0],
      text: new TextDecoder().decode(await lookup("leases").writeTo(undefined, 1)).split("\\n")[0],
      none: lookup("nothing") === undefined,
      stopped: await stopCpuProfile().catch((error) => error.message),
    }));`);
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual({
    second: "cpu profiling already in use",
    taken: 'the profile name "heap" is taken',
    names: ["allocs", "block", "goroutine", "heap", "leases", "mutex", "threadcreate"],
    heap: true,
    own: "leases profile: total 1",
    text: "leases profile: total 1",
    none: true,
    stopped: "cpu profiling is not in use",
  });
  const profile = await readProfile(readFileSync(path.join(folder, "cpu.pb.gz")));
  expect(profile.sampleTypes[1]?.type).toBe("cpu");
  if (process.platform !== "win32") expect(statSync(path.join(folder, "cpu.pb.gz")).mode & 0o777).toBe(0o600);
});

test("labels hold across awaits, inner ones over outer ones", async () => {
  const { stdout, stderr } = await run(`
    import { doWithLabels, label, withLabels } from "@pprof-ts/runtime";
    const inner = await withLabels({ route: "/", user: "a" }, () =>
      doWithLabels({ user: "b" }, async (labels) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        return [labels, label("route"), label("user"), label("none") ?? null];
      }));
    console.log(JSON.stringify([inner, label("user") ?? null]));`);
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual([[{ route: "/", user: "b" }, "/", "b", null], null]);
});

const locks = (imports: string, make: string): string => `
    import { lookup, setMutexProfileFraction${imports}
    const wait = (millis) => new Promise((resolve) => setTimeout(resolve, millis));
    const lock = ${make};
    async function holds() { await lock(() => wait(60)); }
    await Promise.all([holds(), holds()]);
    const before = new TextDecoder().decode(await lookup("mutex").writeTo(undefined, 1));
    setMutexProfileFraction(1);
    await Promise.all([holds(), holds(), holds()]);
    console.log(before + "=====" + new TextDecoder().decode(await lookup("mutex").writeTo(undefined, 1)));`;

test.for([
  [
    "a Mutex of async-mutex",
    ', profileLock } from "@pprof-ts/runtime"; import { Mutex } from "async-mutex"; const mutex = profileLock(new Mutex());',
    "(act) => mutex.runExclusive(act)",
  ],
  [
    "a Semaphore of async-mutex",
    ', profileLock } from "@pprof-ts/runtime"; import { Semaphore } from "async-mutex"; const semaphore = profileLock(new Semaphore(1));',
    "async (act) => { const [value, release] = await semaphore.acquire(); if (value !== 1) throw value; await act(); release(); }",
  ],
  [
    "the package's own Semaphore",
    ', Semaphore } from "@pprof-ts/runtime"; const semaphore = new Semaphore(1);',
    "(act) => semaphore.run(act)",
  ],
  ["a Web Lock", ' } from "@pprof-ts/runtime";', '(act) => navigator.locks.request("lock", act)'],
] as const)("contention of %s is charged to who holds it", async ([name, imports, make], { skip }) => {
  skip(name === "a Web Lock" && Number.parseInt(process.versions.node, 10) < 24, "Web Locks came with Node 24");
  const { stdout, stderr } = await run(locks(imports, make));
  expect(stderr).toBe("");
  const [before, after] = stdout.split("=====");
  expect(before).toMatch(/cycles\/second=1000000000\nsampling period=1\n$/);
  const rows = [...after!.matchAll(/^(\d+) (\d+) @/gm)];
  // Three hold it one after the other: two wait for the first, one for the second, none for the third.
  expect(rows.reduce((sum, [, , count]) => sum + Number(count), 0)).toBe(2);
  const waited = rows.reduce((sum, [, nanos]) => sum + Number(nanos), 0) / 1e6;
  expect(waited).toBeGreaterThan(170);
  expect(waited).toBeLessThan(1000);
  expect(after).toContain("\tholds\t");
});

test("waiting in shared memory is charged to the thread that ends it", async () => {
  const locking = `
    function lock(by) { for (let held; (held = Atomics.compareExchange(word, 1, 0, by)) !== 0; ) Atomics.wait(word, 1, held); }
    function unlock() { Atomics.store(word, 1, 0); Atomics.notify(word, 1); }`;
  const inWorker = `
    const { parentPort, workerData: word } = require("node:worker_threads");
    ${locking}
    function unlockInWorker() { unlock(); }
    parentPort.on("message", (holds) => {
      lock(2);
      parentPort.postMessage("locked");
      if (holds) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
      unlockInWorker();
    });`;
  const { stdout, stderr } = await run(`
    import { once } from "node:events";
    import { writeFileSync } from "node:fs";
    import { Worker } from "node:worker_threads";
    import { lookup, setMutexProfileFraction } from "@pprof-ts/runtime";
    const { wait, notify } = Atomics;
    const word = new Int32Array(new SharedArrayBuffer(16), 4);
    ${locking}
    function unlockInMain() { unlock(); }
    setMutexProfileFraction(1);
    // Node preloads nothing into workers whose code is given as text.
    writeFileSync("worker.cjs", ${JSON.stringify(inWorker)});
    const worker = new Worker("./worker.cjs", {
      execArgv: ["--import", "@pprof-ts/runtime/register"],
      env: { ...process.env, PPROF_MUTEX_FRACTION: "1" },
      workerData: word,
    });
    let text = "";
    while (!text.includes("\tunlockInMain\t") || !text.includes("\tunlockInWorker\t")) {
      lock(1);
      worker.postMessage(false);
      await new Promise((resolve) => setTimeout(resolve, 50));
      unlockInMain();
      await once(worker, "message");
      worker.postMessage(true);
      await once(worker, "message");
      lock(1);
      unlockInMain();
      text = new TextDecoder().decode(await lookup("mutex").writeTo(undefined, 1));
    }
    setMutexProfileFraction(0);
    console.log(text + (Atomics.wait === wait && Atomics.notify === notify));
    process.exit();`);
  expect(stderr).toBe("");
  expect(stdout).toMatch(/true\n$/);
  for (const name of ["unlockInMain", "unlockInWorker"]) {
    const rows = stdout.split(/\n(?=\d+ \d+ @)/).filter((row) => row.includes(`\t${name}\t`));
    expect(Math.max(...rows.map((row) => Number(/\d+/.exec(row)?.[0])))).toBeGreaterThan(10e6);
    expect(rows[0]).toMatch(/^\d+ \d+ @.*\n#.*\tunlock\t/);
  }
}, 60_000);

test("Web Locks are patched only while contention is recorded", async ({ skip }) => {
  skip(Number.parseInt(process.versions.node, 10) < 24, "Web Locks came with Node 24");
  const { stdout, stderr } = await run(`
    import { setMutexProfileFraction } from "@pprof-ts/runtime";
    const { request } = Object.getPrototypeOf(navigator.locks);
    const same = () => Object.getPrototypeOf(navigator.locks).request === request;
    const seen = [same()];
    for (const fraction of [0, 1, 5, 0]) { setMutexProfileFraction(fraction); seen.push(same()); }
    setMutexProfileFraction(1);
    seen.push(await navigator.locks.request("a", { ifAvailable: true }, () => navigator.locks.request("a", { ifAvailable: true }, (lock) => lock)));
    seen.push(await navigator.locks.request("a", () => { throw new Error("its own") }).catch((error) => error.message));
    seen.push(await navigator.locks.request("a").catch((error) => error.constructor.name));
    console.log(JSON.stringify(seen));`);
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual([true, true, false, false, true, null, "its own", "TypeError"]);
});

test("the rates are told as they were set", async () => {
  const { stdout, stderr } = await run(`
    import { listen, memProfileRate, setMemProfileRate, setMutexProfileFraction } from "@pprof-ts/runtime";
    const rates = [memProfileRate(), setMutexProfileFraction(5), setMutexProfileFraction(-1)];
    await setMemProfileRate(1024);
    rates.push(memProfileRate());
    const { close } = await listen({ port: 0, memProfileRate: 2048 });
    await close();
    console.log(JSON.stringify([...rates, memProfileRate()]));`);
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual([524288, 0, 5, 1024, 2048]);
});

test("a host that others can reach needs a token, an allow-list or insecure", async () => {
  const { stdout, stderr } = await run(`
    import { listen } from "@pprof-ts/runtime";
    const tried = await listen({ host: "0.0.0.0", port: 0 }).catch((error) => error.message);
    const { port } = await listen({ host: "0.0.0.0", port: 0, token: "secret", allow: ["127.0.0.0/8"] });
    const status = async (token) => {
      const headers = token === undefined ? {} : { authorization: \`Bearer \${token}\` };
      return (await fetch(\`http://127.0.0.1:\${port}/debug/pprof/cmdline\`, { headers })).status;
    };
    console.log(JSON.stringify([tried, await status(), await status("wrong"), await status("secret")]));`);
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual([
    'refused to listen on "0.0.0.0", which other machines can reach: set a token, an allow-list, or insecure',
    401,
    401,
    200,
  ]);
});

test.for([
  ["localhost:6061", { host: "localhost", port: 6061 }],
  [":0", { host: "localhost", port: 0 }],
  ["7070", { host: "localhost", port: 7070 }],
  ["[::1]:80", { host: "::1", port: 80 }],
  ["example.org", { host: "example.org", port: 6060 }],
  ["10.0.0.5", { host: "10.0.0.5", port: 6060 }],
  ["my_app-1.svc:6060", { host: "my_app-1.svc", port: 6060 }],
] as const)("the address %s", ([text, address]) => {
  expect(parseAddress(text)).toEqual(address);
});

test.for([
  "1:2:3",
  "host:65536",
  "host:",
  "http://x:1",
  " ",
  // Names that stand for other addresses than they look like.
  "0:6060",
  "127.1:6060",
  "10.0.0.256:6060",
  "010.0.0.1:6060",
  "0x7f000001:6060",
  "[10.0.0.1]:6060",
  "[fe80::1%eth0]:6060",
  "[:::]:6060",
  "[::1:6060",
  "a/b:6060",
  "user@host:6060",
  "two words:6060",
  "host:06060",
  "host:+80",
  "host\n:6060",
])("the address %j is an error", (text) => {
  expect(() => parseAddress(text)).toThrow(`invalid address "${text}"`);
});

test("durations have units", () => {
  expect(["500ms", "1.5s", "5m", "1h", "20", 30].map((text) => parseDuration(text))).toEqual([
    500, 1500, 300_000, 3_600_000, 20, 30,
  ]);
  expect(() => parseDuration("5 minutes")).toThrow('invalid duration "5 minutes"');
});

test("every option of listen has its variable, in the code and in the README", () => {
  // Complete by its type: an option that is added to `ListenOptions` has to be added here.
  const options: Record<keyof ListenOptions, true> = {
    host: true,
    port: true,
    token: true,
    allow: true,
    allowedHosts: true,
    insecure: true,
    processes: true,
    memProfileRate: true,
    allocs: true,
    blockProfileRate: true,
    mutexProfileFraction: true,
    stallBudget: true,
    stallBudgetPerMinute: true,
    maxSeconds: true,
    warm: true,
    keep: true,
    keepHeap: true,
    keepGoroutine: true,
    keepTrace: true,
    onSlow: true,
    sourceMapHosts: true,
    onStall: true,
    stallDirectory: true,
    onExit: true,
    onSignal: true,
    push: true,
    pushEvery: true,
    pushName: true,
    pushToken: true,
  };
  expect(settings.flatMap((setting) => setting.options)).toEqual(Object.keys(options));
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  for (const { name, options } of settings) {
    const cells = [options.map((option) => `\`${option}\``).join(", "), `\`${name}\``];
    expect(readme.replaceAll(/ +\|/g, " |")).toContain(`| ${cells.join(" | ")} |`);
  }
  const named = new Set(readme.match(/PPROF_\w+/g));
  expect(named).toEqual(new Set(settings.map(({ name }) => name)));
});

test("bad variables are named", () => {
  const env = {
    PPROF_ADDR: "127.0.0.1:0",
    PPROF_TOKEN: "secret",
    PPROF_ALLOW: "10.0.0.0/8, ::1",
    PPROF_ALLOWED_HOSTS: "app.example.com, .svc.cluster.local",
    PPROF_INSECURE: "0",
    PPROF_PROCESSES: "0",
    PPROF_MEM_RATE: "1024",
    PPROF_ALLOCS: "1",
    PPROF_BLOCK_RATE: "50000000",
    PPROF_MUTEX_FRACTION: "5",
    PPROF_STALL_BUDGET: "1s",
    PPROF_STALL_BUDGET_PER_MINUTE: "10s",
    PPROF_MAX_SECONDS: "60",
    PPROF_WARM: "0",
    PPROF_KEEP: "5m",
    PPROF_KEEP_HEAP: "1m",
    PPROF_KEEP_GOROUTINE: "2m",
    PPROF_KEEP_TRACE: "30s",
    PPROF_SLOW: "2s",
    PPROF_SOURCE_MAP_HOSTS: "maps.example.com",
    PPROF_STALL: "1s",
    PPROF_STALL_DIR: "/tmp",
    PPROF_ON_EXIT: "/tmp/ends",
    PPROF_ON_SIGNAL: "SIGUSR2",
    PPROF_PUSH: "http://localhost:4040",
    PPROF_PUSH_EVERY: "10s",
    PPROF_PUSH_NAME: "shop",
    PPROF_PUSH_TOKEN: "hidden",
  };
  expect(Object.keys(env)).toEqual(settings.map(({ name }) => name));
  expect(readSettings(env)).toEqual({
    host: "127.0.0.1",
    port: 0,
    token: "secret",
    allow: ["10.0.0.0/8", "::1"],
    allowedHosts: ["app.example.com", ".svc.cluster.local"],
    insecure: false,
    processes: false,
    memProfileRate: 1024,
    allocs: true,
    blockProfileRate: 50_000_000,
    mutexProfileFraction: 5,
    stallBudget: "1s",
    stallBudgetPerMinute: "10s",
    maxSeconds: 60,
    warm: false,
    keep: "5m",
    keepHeap: "1m",
    keepGoroutine: "2m",
    keepTrace: "30s",
    onSlow: "2s",
    sourceMapHosts: ["maps.example.com"],
    onStall: "1s",
    stallDirectory: "/tmp",
    onExit: "/tmp/ends",
    onSignal: "SIGUSR2",
    push: "http://localhost:4040",
    pushEvery: "10s",
    pushName: "shop",
    pushToken: "hidden",
  });
  expect(readSettings({ PPROF_WARM: "1" })).toEqual({ warm: true });
  expect(readSettings({ PPROF_WARM: "1000" })).toEqual({ warm: 1000 });
  expect(() => checkedOptions({ warm: 20_000 }, "listen")).toThrow(
    'invalid warm (PPROF_WARM) "20000": must be samples a second',
  );
});

test.for([
  ["PPROF_ADDR", "nonsense:x", 'invalid address "nonsense:x": must be HOST:PORT, such as localhost:6060'],
  [
    "PPROF_ALLOW",
    "10.0.0.0/99",
    'invalid address "10.0.0.0/99" in allow: must be an IP address or a subnet such as 10.0.0.0/8',
  ],
  ["PPROF_ALLOW", "", 'invalid PPROF_ALLOW "": must not be empty'],
  ["PPROF_ALLOW", " , ", 'invalid PPROF_ALLOW " , ": must not be empty'],
  ["PPROF_TOKEN", "", 'invalid PPROF_TOKEN "": must not be empty'],
  ["PPROF_TOKEN", "secret\n", "invalid token (PPROF_TOKEN): must be visible ASCII characters"],
  ["PPROF_TOKEN", "sécret", "invalid token (PPROF_TOKEN): must be visible ASCII characters"],
  ["PPROF_ALLOWED_HOSTS", "", 'invalid PPROF_ALLOWED_HOSTS "": must not be empty'],
  ["PPROF_ALLOWED_HOSTS", "app:6060", 'invalid host "app:6060" in allowedHosts (PPROF_ALLOWED_HOSTS): must be a name'],
  ["PPROF_ALLOWED_HOSTS", "*", 'invalid host "*" in allowedHosts'],
  ["PPROF_ALLOWED_HOSTS", "http://app/", 'invalid host "http://app/" in allowedHosts'],
  ["PPROF_INSECURE", "yes", 'invalid PPROF_INSECURE "yes": must be 1 or 0'],
  ["PPROF_MEM_RATE", "lots", 'invalid PPROF_MEM_RATE "lots": must be a whole number'],
  ["PPROF_ALLOCS", "yes", 'invalid PPROF_ALLOCS "yes": must be 1 or 0'],
  ["PPROF_BLOCK_RATE", "5ms", 'invalid PPROF_BLOCK_RATE "5ms": must be a whole number'],
  ["PPROF_MUTEX_FRACTION", "-1", 'invalid PPROF_MUTEX_FRACTION "-1": must be a whole number'],
  ["PPROF_STALL_BUDGET", "short", 'invalid duration "short" of stallBudget (PPROF_STALL_BUDGET): '],
  [
    "PPROF_STALL_BUDGET_PER_MINUTE",
    "x",
    'invalid duration "x" of stallBudgetPerMinute (PPROF_STALL_BUDGET_PER_MINUTE): ',
  ],
  [
    "PPROF_STALL_BUDGET_PER_MINUTE",
    "0",
    'invalid stallBudgetPerMinute (PPROF_STALL_BUDGET_PER_MINUTE) "0": must be more than nothing',
  ],
  ["PPROF_MAX_SECONDS", "1h", 'invalid PPROF_MAX_SECONDS "1h": must be a whole number'],
  ["PPROF_MAX_SECONDS", "0", 'invalid maxSeconds (PPROF_MAX_SECONDS) "0": must be a whole number from 1 to 2147483'],
  ["PPROF_WARM", "fast", 'invalid PPROF_WARM "fast"'],
  [
    "PPROF_KEEP",
    "soon",
    'invalid duration "soon" of keep (PPROF_KEEP): must be a number and a unit, such as 500ms, 90s or 5m',
  ],
  ["PPROF_KEEP_HEAP", "x", 'invalid duration "x" of keepHeap (PPROF_KEEP_HEAP): '],
  ["PPROF_KEEP_GOROUTINE", "x", 'invalid duration "x" of keepGoroutine (PPROF_KEEP_GOROUTINE): '],
  ["PPROF_KEEP_TRACE", "x", 'invalid duration "x" of keepTrace (PPROF_KEEP_TRACE): '],
  ["PPROF_SLOW", "1s", "onSlow (PPROF_SLOW) needs keepTrace (PPROF_KEEP_TRACE): it writes what was traced before"],
  ["PPROF_STALL", "1s", "onStall (PPROF_STALL) needs keep (PPROF_KEEP): it writes what was recorded before"],
  [
    "PPROF_SOURCE_MAP_HOSTS",
    "http://maps/",
    'invalid sourceMapHosts (PPROF_SOURCE_MAP_HOSTS) ["http://maps/"]: must be a list of hosts, such as ["maps.example.com"]',
  ],
] as const)("%s=%s is one sentence", ([name, value, sentence]) => {
  const begin = (): void => {
    const options = checkedOptions(readSettings({ [name]: value }), "listen");
    gate(options);
    hostsOf(options.allowedHosts ?? [], "allowedHosts (PPROF_ALLOWED_HOSTS)");
    profilingOf(options);
  };
  expect(begin).toThrow(sentence);
});

test.each([
  ["Bearer s3cret", true],
  ["bearer s3cret", true],
  ["BEARER  s3cret", true],
  ["Bearer S3cret", false],
  ["Bearer s3cret x", false],
  ["Bearer", false],
  ["Bearer ", false],
  ["Basic s3cret", false],
  ["s3cret", false],
  [undefined, false],
])("of a request with authorization %j the token is right: %s", (authorization, isRight) => {
  const header = (name: string): string | undefined => (name === "authorization" ? authorization : undefined);
  const answer = gate({ token: "s3cret" })({ address: "127.0.0.1", host: "localhost", asksIndex: false, header });
  expect(answer?.status).toBe(isRight ? undefined : 401);
});
