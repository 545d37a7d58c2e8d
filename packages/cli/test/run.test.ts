import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Profile, readProfile } from "@pprof-ts/profile";
import { expect, test } from "vitest";
import { removeFolder, scratchFolder } from "../../runtime/test/program.ts";
import { directory, pprof, type Run } from "./tool.ts";

const tool = fileURLToPath(new URL("../bin/pprof.js", import.meta.url));
const onUnix = process.platform === "win32" ? test.skip : test;

/** A function that takes so many milliseconds, whatever else the machine does. */
const busy = (name: string, millis: number): string => `
  function ${name}() {
    let sum = 0;
    for (const end = process.cpuUsage().user + ${millis} * 1000; process.cpuUsage().user < end; )
      for (let i = 0; i < 1e5; i++) sum += Math.sqrt(i);
    return sum;
  }
  ${name}();`;

const text = (result: Run): string => `${result.status}\n${result.stdout}\n${result.stderr}`;

/** The profiles that a run has saved in its directory. */
async function saved(folder: string): Promise<Profile[]> {
  const files = readdirSync(folder).filter((file) => file.endsWith(".pb.gz"));
  return Promise.all(files.map((file) => readProfile(new Uint8Array(readFileSync(path.join(folder, file))))));
}

const namesIn = ({ strings, functions }: Profile): Set<string> =>
  new Set(Array.from(functions.name, (row) => strings.get(row)));

/** What the labels of this key are. */
function labelsOf({ samples, strings }: Profile, key: string): string[] {
  const { labels } = samples;
  const found = Array.from(labels.key, (row, at) => (strings.get(row) === key ? strings.get(labels.str[at]!) : ""));
  return [...new Set(found)].filter((value) => value !== "").sort();
}

test("says what was hot, where the profile is, and what to type next", async () => {
  using made = directory({ "app.js": `${busy("hotSpot", 300)} console.log("mine");` });
  const result = await pprof(["run", "--", process.execPath, "app.js"], { cwd: made.path });
  expect(result.status).toBe(0);
  expect(result.stdout).toBe("mine\n");
  expect(result.stderr).toMatch(/^File: app\.js\nType: cpu\n/);
  expect(result.stderr).toMatch(/ hotSpot| \(module app\.js\)/);
  const file = /Saved cpu in (\S+); next:\n {2}pprof -http=: \1\n/.exec(result.stderr)?.[1];
  expect(file).toBe(path.join(made.path, "pprof.app.js.cpu.001.pb.gz"));
  const top = await pprof(["-top", file!], { cwd: made.path });
  expect(top.stdout).toMatch(/ hotSpot| \(module app\.js\)/);
});

/** How programs end, and what they do with their streams. */
const programs: readonly (readonly [name: string, code: string, input?: string])[] = [
  ["ends", 'console.log("out"); console.error("err");'],
  ["calls process.exit", 'console.log("out"); process.exit(3);'],
  ["sets its status", "process.exitCode = 5;"],
  ["dies of an error", 'throw new Error("mine");'],
  ["dies of a rejection", 'void Promise.reject(new Error("mine"));'],
  ["raises SIGTERM", 'process.kill(process.pid, "SIGTERM"); setTimeout(() => {}, 1e4);'],
  ["raises SIGKILL", 'process.kill(process.pid, "SIGKILL"); setTimeout(() => {}, 1e4);'],
  ["prints megabytes", "for (let i = 0; i < 300; i++) process.stdout.write('line'.repeat(2000));"],
  ["reads what it is given", 'process.stdin.on("data", (data) => process.stdout.write(data));', "given"],
  ["is a module", 'import { sep } from "node:path"; const found = await Promise.resolve(sep); console.log(found);'],
];

test.for(programs)("a program that %s does all of it as without", async ([, code, input = ""]) => {
  using made = directory({ "app.mjs": code, "app.cjs": code });
  const file = code.includes("import ") ? "app.mjs" : "app.cjs";
  const plain = spawnSync(process.execPath, [file], { cwd: made.path, encoding: "utf8", input, maxBuffer: 2 ** 26 });
  const result = await pprof(["run", "--", process.execPath, file], { cwd: made.path, input });
  expect(result.stdout).toBe(plain.stdout);
  expect(result.stderr.startsWith(plain.stderr)).toBe(true);
  // What kills it leaves no chance to say anything; what ends it does.
  const status = plain.signal === "SIGKILL" ? 137 : plain.status;
  expect(result.status).toBe(status);
});

onUnix("all Node processes below it are there, labelled, with options of Node's that were there already", async () => {
  using made = directory({
    "first.js": `${busy("inFirst", 200)} console.log(process.env.NODE_OPTIONS.includes("given here"), typeof given);`,
    "second.mjs": busy("inSecond", 200),
  });
  const place = path.join(made.path, "given here");
  mkdirSync(place);
  writeFileSync(path.join(place, "given.cjs"), "globalThis.given = 1;");
  const command = `cd / && "$NODE" "$PLACE/first.js" && "$NODE" "$PLACE/second.mjs"`;
  const env = { NODE: process.execPath, PLACE: made.path, NODE_OPTIONS: `--require "${place}/given.cjs"` };
  const result = await pprof(["run", "--", "sh", "-c", command], { cwd: made.path, env });
  expect(result.stdout).toBe("true number\n");
  expect(result.stderr).toMatch(/^2 Node processes:\n/);
  const [profile] = await saved(made.path);
  expect(labelsOf(profile!, "process")).toEqual(["first.js", "second.mjs"]);
  expect(labelsOf(profile!, "pid")).toHaveLength(2);
  expect([...namesIn(profile!)]).toEqual(expect.arrayContaining(["inFirst", "inSecond"]));
});

test("the profiler's own work at the end of a program is none of the program's functions", {
  timeout: 60_000,
}, async () => {
  const code = `function leave() { process.exit(3); }
    if (process.argv[2] === "one") setTimeout(leave, 100);
    else for (let i = 0; i < 10; i++) require("node:child_process").fork(__filename, ["one"]);`;
  using made = directory({ "app.js": code });
  const traces = new Set<string>();
  // It takes some milliseconds, in which there may be no sample.
  while (!traces.has("(pprof) leave")) {
    const { status, stderr } = await pprof(["run", "-o=.", "--", process.execPath, "app.js"], { cwd: made.path });
    expect(status, stderr).toBe(0);
    for (const { samples, locations, functions, strings } of await saved(made.path)) {
      for (let row = 0; row < samples.length; row++) {
        const stack = Array.from(
          samples.locations.subarray(samples.locationStart[row], samples.locationStart[row + 1]),
        );
        const lines = stack.map((location) => locations.lines.function[locations.lineStart[location]!]!);
        expect(
          lines.map((fn) => strings.get(functions.filename[fn]!)).filter((file) => /agent-thread/.test(file)),
        ).toEqual([]);
        const names = lines.map((fn) => strings.get(functions.name[fn]!));
        traces.add(names.filter((name) => name === "(pprof)" || name === "leave").join(" "));
      }
    }
  }
});

test("workers are there to their end, and what modules do as they are loaded", async () => {
  const code = `
    const { Worker, isMainThread } = require("node:worker_threads");
    if (isMainThread) { require("./loaded.js"); new Worker(__filename); } else { ${busy("inWorker", 1500)} }`;
  using made = directory({ "app.js": code, "loaded.js": busy("asLoaded", 200) });
  const result = await pprof(["run", "--", process.execPath, "app.js"], { cwd: made.path });
  expect(text(result)).toMatch(/^0\n/);
  const [profile] = await saved(made.path);
  expect([...namesIn(profile!)]).toEqual(expect.arrayContaining(["inWorker", "asLoaded"]));
  expect(labelsOf(profile!, "thread").join()).toMatch(/worker/);
});

onUnix("a process that is killed leaves what there was", async () => {
  using made = directory({ "app.js": `console.log("ready"); for (;;) { ${busy("until", 50)} }` });
  const child = spawn(process.execPath, [tool, "run", "--", process.execPath, "app.js"], {
    cwd: made.path,
    env: { PATH: process.env.PATH, HOME: made.path, PPROF_TMPDIR: made.path, TMPDIR: made.path },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "close");
  await once(child.stdout!, "data");
  const folder = readdirSync(made.path).find((name) => name.startsWith("pprof-run-"))!;
  const written = (): string[] =>
    readdirSync(path.join(made.path, folder)).filter((name) => name.endsWith(".cpu.pb.gz"));
  let said = "";
  child.stderr!.setEncoding("utf8").on("data", (part: string) => {
    said += part;
  });
  await expect.poll(() => written().length).toBe(1);
  process.kill(Number.parseInt(written()[0]!, 10), "SIGKILL");
  expect((await ended)[0]).toBe(137);
  expect(said).toMatch(/\napp\.js \(pid \d+\) was killed: what it did last is missing\n/);
  expect([...namesIn((await saved(made.path))[0]!)].join()).toMatch(/until|module app/);
  // Nothing is left of the private folder.
  expect(readdirSync(made.path).filter((name) => name.startsWith("pprof-run-"))).toEqual([]);
});

test.for([
  [["run"], 2, /^no command to run\nusage: pprof run /],
  [["run", "-h"], 0, /^usage: pprof run /],
  [["run", "-nope", "--", "x"], 2, /^flag provided but not defined: -nope\nusage: pprof run /],
  [["run", "--", "./no-such-command"], 127, /^pprof: \.\/no-such-command: no such command\n$/],
] as const)("%j", async ([words, status, said]) => {
  using made = directory({});
  const result = await pprof(words, { cwd: made.path });
  expect(result.status).toBe(status);
  expect(result.stderr).toMatch(said);
});

onUnix("a program that is none of Node's is said to be that, and keeps its status", async () => {
  using made = directory({});
  const result = await pprof(["run", "--", "sh", "-c", "exit 7"], { cwd: made.path });
  expect(text(result)).toBe(
    "7\n\npprof: no Node process was seen: run records Node programs, version 20.19 and later\n",
  );
});

test("a program that may not be recorded runs as without, and it is said what that takes", async () => {
  const known = (flag: string): boolean => process.allowedNodeEnvironmentFlags.has(flag);
  const flag = known("--permission") ? "--permission" : "--experimental-permission";
  using made = directory({ "app.js": 'console.log("mine");' });
  const words = [flag, `--allow-fs-read=${made.path}`, path.join(made.path, "app.js")];
  const { status, stdout, stderr } = await pprof(["run", "--", process.execPath, ...words], { cwd: made.path });
  expect([status, stdout]).toEqual([0, "mine\n"]);
  expect(stderr).toMatch(
    /pprof: no Node process was seen: run records programs under --permission that may read .*\n$/,
  );
});

onUnix("Ctrl-C comes to the program once, and the tool says what there was when it has ended", async ({ skip }) => {
  skip(spawnSync("python3", ["-c", "import pty"]).status !== 0, "needs python3 to type at a terminal");
  const folder = mkdtempSync(path.join(tmpdir(), "pprof-cli-"));
  try {
    const code = `
      let times = 0;
      process.on("SIGINT", () => { times++; setTimeout(() => { console.log("times", times); process.exit(9); }, 300); });
      setInterval(() => {}, 1000);
      console.log("ready");
      ${busy("before", 200)}`;
    writeFileSync(path.join(folder, "app.js"), code);
    const typist = fileURLToPath(new URL("terminal.py", import.meta.url));
    const steps = JSON.stringify([["ready", "\u0003"]]);
    const words = [typist, steps, process.execPath, tool, "run", "--", process.execPath, "app.js"];
    const env = { PATH: process.env.PATH, HOME: folder, PPROF_TMPDIR: folder, NO_COLOR: "1" };
    const { status, stdout } = spawnSync("python3", words, { cwd: folder, encoding: "utf8", env });
    expect(stdout).toMatch(/times 1\r\n/);
    expect(stdout).toMatch(/Saved cpu in/);
    expect(status).toBe(9);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

onUnix("a signal to the tool alone is passed on, and is its end as well", async () => {
  using made = directory({ "app.js": 'setInterval(() => {}, 1000); console.log("ready");' });
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    // A group of its own has no terminal.
    const child = spawn(process.execPath, [tool, "run", "--", process.execPath, "app.js"], {
      cwd: made.path,
      env: { PATH: process.env.PATH, HOME: made.path, PPROF_TMPDIR: made.path },
      stdio: ["ignore", "pipe", "ignore"],
      detached: true,
    });
    await once(child.stdout!, "data");
    const ended = once(child, "close");
    child.kill(signal);
    expect((await ended)[1]).toBe(signal);
  }
});

onUnix("a process that outlives the command is there with what it did until then, and goes on unrecorded", async () => {
  const code = `
    const { existsSync, readdirSync } = require("node:fs");
    const folder = process.env.TMPDIR;
    console.log("begun");
    ${busy("atFirst", 400)}
    // Until the tool has ended, and then a little more.
    setInterval(() => {
      if (readdirSync(folder).some((name) => name.startsWith("pprof-run-"))) return;
      setTimeout(() => { require("node:fs").writeFileSync(folder + "/over", ""); process.exit(0); }, 1_000);
    }, 50);`;
  using made = directory({ "app.js": code });
  const env = { NODE: process.execPath, TMPDIR: made.path };
  // Its streams are its own, so that nobody waits for their end.
  const command = '"$NODE" app.js > out 2> err < /dev/null & while ! grep -q begun out; do sleep 0.1; done; sleep 2';
  const { status, stderr } = await pprof(["run", "--", "sh", "-c", command], { cwd: made.path, env });
  expect(status).toBe(0);
  expect(stderr).toMatch(/app\.js \(pid \d+\) goes on: what it does from now on is not recorded\n/);
  await expect.poll(() => readdirSync(made.path)).toContain("over");
  expect(readFileSync(path.join(made.path, "err"), "utf8")).toBe("");
  expect([...namesIn((await saved(made.path))[0]!)].join()).toMatch(/atFirst|module app/);
});

test("a program that serves its own profiles does so as without", async () => {
  const code = `
    import { listen } from "@pprof-ts/runtime";
    const { url, close } = await listen({ port: 0 });
    const { status } = await fetch(url + "profile?seconds=1");
    console.log(status);
    ${busy("hotSpot", 200)}`;
  const folder = scratchFolder();
  try {
    writeFileSync(path.join(folder, "app.js"), code);
    const { status, stdout } = await pprof(["run", "--", process.execPath, "app.js"], { cwd: folder });
    expect([status, stdout]).toEqual([0, "200\n"]);
    expect([...namesIn((await saved(folder))[0]!)]).toContain("hotSpot");
  } finally {
    removeFolder(folder);
  }
});

test("the process of node --test, which has no inspector, ends as without, and its tests are recorded", async () => {
  using made = directory({
    "a.test.mjs": `import test from "node:test"; test("busy", () => { ${busy("inTest", 300)} });`,
  });
  const words = ["run", "-o=.", "--", process.execPath, "--test", "a.test.mjs"];
  const { status, stderr } = await pprof(words, { cwd: made.path });
  expect(status, stderr).toBe(0);
  expect(stderr).toContain("(node --test starts others, and has none itself)");
  expect([...namesIn((await saved(made.path))[0]!)]).toContain("inTest");
});

test("each kind of profile is written where the command line says", async () => {
  const code = `
    const kept = (globalThis.kept = []);
    function keep() { for (let i = 0; i < 1e5; i++) kept.push({ i, list: [i] }); }
    keep();
    function holds() { for (const end = Date.now() + 150; Date.now() < end; ); }
    const timer = setInterval(holds, 200);
    setTimeout(() => clearInterval(timer), 1_500);`;
  using made = directory({ "app.js": code });
  const all = ["-heap", "-goroutine", "-block", "-mutex", "-trace", "-o", "prof", "-cpuprofile", "mine.pb.gz"];
  const { status, stderr } = await pprof(["run", ...all, "--", process.execPath, "app.js"], { cwd: made.path });
  expect(status).toBe(0);
  expect(readdirSync(path.join(made.path, "prof")).sort()).toEqual([
    "block.pb.gz",
    "goroutine.pb.gz",
    "heap.pb.gz",
    "trace.out",
  ]);
  expect(stderr).toContain("Saved cpu in mine.pb.gz; next:\n  pprof -http=: mine.pb.gz\n");
  expect(stderr).toContain("pprof: the Node process left no mutex samples\n");
  const top = async (file: string): Promise<string> => (await pprof(["-top", file], { cwd: made.path })).stdout;
  expect(await top("mine.pb.gz")).toMatch(/ holds/);
  expect(await top("prof/heap.pb.gz")).toMatch(/ keep/);
  expect(await top("prof/block.pb.gz")).toMatch(/ holds/);
  expect((await pprof(["trace", "-turns", "prof/trace.out"], { cwd: made.path })).stdout).toMatch(/event loop/);
});

test("allocations, as go test names their file", async () => {
  const code = "function allocates() { for (let i = 0; i < 2e6; i++) globalThis.last = [i, { i }]; } allocates();";
  using made = directory({ "app.js": code });
  const words = ["run", "-memprofile", "mem.pb.gz", "-trace", "t.out", "--", process.execPath, "app.js"];
  const { status, stderr } = await pprof(words, { cwd: made.path });
  expect(status).toBe(0);
  expect(stderr).toMatch(/Type: alloc_space/);
  expect(readdirSync(made.path)).toContain("t.out");
  expect((await pprof(["-top", "mem.pb.gz"], { cwd: made.path })).stdout).toMatch(/ allocates| \(module app\.js\)/);
});

test("a profile for each interval, while the program goes on, and one of all", { timeout: 60_000 }, async () => {
  // It ends as soon as there are two; on a busy machine it may begin after the first interval, which has none then.
  const code = `const { readdirSync } = require("node:fs");
    while (readdirSync("prof").filter((file) => /^cpu\\.\\d+\\.pb\\.gz$/.test(file)).length < 2) { ${busy("hotSpot", 20)} }`;
  using made = directory({ "app.js": code });
  const words = ["run", "-every=2s", "-o=prof", "--", process.execPath, "app.js"];
  expect((await pprof(words, { cwd: made.path })).status).toBe(0);
  const files = readdirSync(path.join(made.path, "prof"));
  const parts = files.filter((file) => /^cpu\.\d+\.pb\.gz$/.test(file));
  expect(parts.length).toBeGreaterThanOrEqual(2);
  const nanosOf = async (file: string): Promise<bigint> => {
    const profile = await readProfile(new Uint8Array(readFileSync(path.join(made.path, "prof", file))));
    return profile.samples.values[1]!.reduce((sum, value) => sum + value, 0n);
  };
  const [whole, ...each] = await Promise.all(["cpu.pb.gz", ...parts].map(nanosOf));
  expect(each.reduce((sum, value) => sum + value, 0n)).toBe(whole);
});

test("the pages open at the end", async () => {
  using made = directory({ "app.js": busy("hotSpot", 200) });
  const child = spawn(
    process.execPath,
    [tool, "run", "-http=localhost:", "-no_browser", "--", process.execPath, "app.js"],
    {
      cwd: made.path,
      env: { PATH: process.env.PATH, HOME: made.path, PPROF_TMPDIR: made.path },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let said = "";
  child.stderr!.setEncoding("utf8").on("data", (part: string) => {
    said += part;
  });
  const ended = once(child, "close");
  await expect.poll(() => said).toMatch(/Serving web UI on http/);
  const url = /Serving web UI on (\S+)/.exec(said)![1]!;
  expect((await fetch(url)).status).toBe(200);
  child.kill();
  await ended;
});

test.for([
  [["-heap", "-allocs"], /^pprof: V8 samples live objects \(-heap\) or all allocations/],
  [["-every=10s"], /^pprof: -every writes many profiles: -o names a directory for them\n$/],
  [["-every=10", "-o=x"], /^pprof: invalid -every "10": must be a second or more, such as 10s or 5m\n$/],
  [["-o=app.js/x"], /^pprof: -o: /],
] as const)("run %j is refused before the program runs", async ([flags, said]) => {
  using made = directory({ "app.js": 'require("node:fs").writeFileSync("ran", "")' });
  const { status, stderr } = await pprof(["run", ...flags, "--", process.execPath, "app.js"], { cwd: made.path });
  expect([status, readdirSync(made.path)]).toEqual([2, ["app.js"]]);
  expect(stderr).toMatch(said);
});
