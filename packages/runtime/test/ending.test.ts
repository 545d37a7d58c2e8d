import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Profile, readProfile } from "@pprof-ts/profile";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ended, Program, removeFolder, scratchFolder, TELLS_AWAITS } from "./program.ts";

let folder: string;

beforeAll(() => {
  folder = scratchFolder();
});

afterAll(() => removeFolder(folder));

const code = (ending: string): string => `
  globalThis.kept = [];
  function keep() { for (let i = 0; i < 50_000; i++) kept.push({ i, list: [i, i + 1] }); }
  function grind(depth) { return depth < 2 ? depth : grind(depth - 1) + grind(depth - 2); }
  async function waits() { await new Promise((resolve) => kept.push(resolve)); }
  void waits();
  const timer = setInterval(() => grind(28), 30);
  process.on("message", (message) => {
    if (message === "keep") { keep(); process.send("kept"); }
    if (message === "end") { ${ending} }
  });
  process.on("exit", (status) => console.log("exits with", status));
`;

/** How programs end, and what that looks like where nobody profiles them. */
const endings: readonly [name: string, code: string, signal: boolean | NodeJS.Signals][] = [
  ["has nothing to do", "clearInterval(timer); process.disconnect();", false],
  ["calls process.exit", "process.exit(3);", false],
  ["ends without an event", "process.reallyExit(3);", false],
  ["signals itself by a text", "process.kill(String(process.pid), 'SIGTERM');", false],
  [
    "signals itself as it exits",
    "process.on('exit', () => process.kill(process.pid, 'SIGTERM')); process.exit(3);",
    false,
  ],
  [
    "is signalled while its last callback runs",
    "clearInterval(timer); process.disconnect(); for (const end = Date.now() + 2_000; Date.now() < end; );",
    true,
  ],
  ["calls listeners of a signal that it has not", "process.emit('SIGTERM'); process.exit(3);", false],
  ["is signalled by SIGQUIT", "", "SIGQUIT"],
  ["is signalled by SIGUSR2", "", "SIGUSR2"],
  ["dies of an error", 'throw new Error("mine");', false],
  ["dies of a rejection", 'void Promise.reject(new Error("mine"));', false],
  ["is signalled", "", true],
  [
    "is signalled, and listens",
    "process.on('SIGTERM', () => { console.log('told'); process.exit(4); }); process.send('listens');",
    true,
  ],
  [
    "is signalled, and raises the signal again",
    "process.once('SIGTERM', (signal) => process.kill(process.pid, signal)); process.send('listens');",
    true,
  ],
];

async function finish(program: Program, text: string, isSignalled: boolean | NodeJS.Signals): Promise<Ended> {
  if (!isSignalled || text !== "") program.child.send("end");
  if (isSignalled) {
    while (text.includes("listens") && (await once(program.child, "message"))[0] !== "listens");
    // In the middle of it.
    if (text.includes("Date.now()")) await sleep(1_000);
    program.child.kill(isSignalled === true ? "SIGTERM" : isSignalled);
  }
  return program.ended;
}

const modeOf = (file: string): number => statSync(file).mode & 0o777;

async function profileIn(dir: string, file: string): Promise<Profile> {
  return readProfile(new Uint8Array(readFileSync(path.join(dir, file))));
}

const namesIn = ({ strings, functions }: Profile): Set<string> =>
  new Set(Array.from(functions.name, (row) => strings.get(row)));

test.for(endings)(
  "a program that %s leaves its profiles, and ends as without",
  // On a busy machine 200 ms may not be enough for all of them.
  { timeout: 60_000, retry: 5 },
  async ([, text, isSignalled]) => {
    const dir = path.join(mkdtempSync(path.join(folder, "end-")), "profiles");
    const plain = new Program(["--input-type=module", "--eval", code(text)], { cwd: folder });
    const env = { PPROF_ON_EXIT: dir, PPROF_MEM_RATE: "262144" };
    const program = Program.registered(code(text), { cwd: folder, env });
    try {
      const base = await program.url();
      for (const child of [plain.child, program.child]) {
        // What it is told before it listens is lost; heap samplers start behind the port.
        if (child === program.child) while ((await fetch(`${base}heap`)).status !== 200);
        const kept = once(child, "message");
        const telling = setInterval(() => child.connected && child.send("keep"), 500);
        await kept.finally(() => clearInterval(telling));
      }
      await sleep(1_500);
      const [wanted, found] = await Promise.all([finish(plain, text, isSignalled), finish(program, text, isSignalled)]);
      const [line, ...rest] = found.stderr.split("\n");
      expect(line).toMatch(/^pprof: serving profiles at /);
      const withoutPids = (output: string): string => output.replaceAll(/\[eval\d*\]:\d+|pid \d+/g, "");
      expect({ ...found, stderr: withoutPids(rest.join("\n")) }).toEqual({
        ...wanted,
        stderr: withoutPids(wanted.stderr),
      });
      const files = readdirSync(dir).sort();
      expect(files.map((file) => /^exit-[\dTZ.-]+-\d+-(\w+)\.pb\.gz$/.exec(file)?.[1])).toEqual([
        "goroutine",
        "heap",
        "profile",
      ]);
      if (process.platform !== "win32")
        expect([dir, ...files].map((file) => modeOf(path.resolve(dir, file)))).toEqual([0o700, 0o600, 0o600, 0o600]);
      expect(namesIn(await profileIn(dir, files[1]!))).toContain("keep");
      expect(namesIn(await profileIn(dir, files[2]!))).toContain("grind");
    } finally {
      await Promise.all([plain.stop(), program.stop()]);
    }
  },
);

test("a signal has the profiles written, what waits as well, while the program goes on", async () => {
  const dir = mkdtempSync(path.join(folder, "signal-"));
  const env = { PPROF_ON_EXIT: dir, PPROF_ON_SIGNAL: "SIGUSR2", PPROF_KEEP: "30s" };
  const program = Program.registered(code(""), { cwd: folder, env });
  try {
    const base = await program.url();
    // For something to be in them.
    while ((await fetch(`${base}profile?last=1`)).status !== 200) await sleep(50);
    program.child.kill("SIGUSR2");
    const files = (): string[] => readdirSync(dir).filter((file) => file.endsWith(".pb.gz"));
    await expect.poll(() => files().length).toBe(3);
    const [goroutine] = files().sort();
    expect(goroutine).toMatch(/^signal-/);
    const profile = await profileIn(dir, goroutine!);
    if (TELLS_AWAITS) expect(namesIn(profile)).toContain("waits");
    expect(program.child.exitCode).toBeNull();
  } finally {
    await program.stop();
  }
});

test.for([{}, { PPROF_TOKEN: "secret" }])(
  "a signal that comes while the program starts is not its end, and has the profiles written (%j)",
  async (more) => {
    const dir = path.join(mkdtempSync(path.join(folder, "early-")), "profiles");
    const env = { PPROF_ON_EXIT: dir, PPROF_ON_SIGNAL: "SIGUSR2", ...more };
    const starting = `
      process.kill(process.pid, "SIGUSR2");
      for (const end = Date.now() + 1_500; Date.now() < end;);
      setInterval(() => {}, 1_000);
    `;
    const program = Program.registered(starting, { cwd: folder, env });
    try {
      await program.url();
      const files = (): string[] =>
        existsSync(dir) ? readdirSync(dir).filter((file) => /^signal-.*\.pb\.gz$/.test(file)) : [];
      await expect.poll(() => files().length, { timeout: 20_000 }).toBe(3);
      expect([program.child.exitCode, program.child.signalCode]).toEqual([null, null]);
    } finally {
      await program.stop();
    }
  },
);

// A rate of its own has a sampler of its own, which lets go of the event loop that turns no more.
test.for(["profile?seconds=60", "profile?seconds=60&rate=97", "allocs?seconds=60", "threadcreate?seconds=60"])(
  "%s is answered with what there is when the program ends",
  // On a busy machine 200 ms may not be enough.
  { retry: 2 },
  async (name) => {
    const program = Program.registered(code("process.exit(3);"), { cwd: folder });
    try {
      const base = await program.url();
      const answer = fetch(base + name);
      await sleep(2_000);
      program.child.send("end");
      const response = await answer;
      expect(response.status).toBe(200);
      const { comments } = await readProfile(new Uint8Array(await response.arrayBuffer()));
      expect(comments.join()).toMatch(/partial: the program ended after \d+\.\d of 60 seconds/);
      expect((await program.ended).code).toBe(3);
    } finally {
      await program.stop();
    }
  },
);

test("what more waits than before is nothing that is known when the program has ended", { retry: 2 }, async () => {
  const program = Program.registered(code("process.exit(3);"), { cwd: folder });
  try {
    const answer = fetch(`${await program.url()}goroutine?seconds=60`);
    await sleep(2_000);
    program.child.send("end");
    const response = await answer;
    expect(response.status).toBe(200);
    const { samples, comments, durationNanos } = await readProfile(new Uint8Array(await response.arrayBuffer()));
    expect(samples.length).toBe(0);
    expect(durationNanos).toBeGreaterThan(0n);
    expect(comments).toContain(
      "the program is at its end: what waits is not known (keepGoroutine keeps it ahead of time)",
    );
    expect(comments.join()).toMatch(/partial: the program ended after \d+\.\d of 60 seconds/);
    expect((await program.ended).code).toBe(3);
  } finally {
    await program.stop();
  }
});

test.for([
  [{ PPROF_ON_SIGNAL: "SIGUSR2" }, 'invalid onSignal (PPROF_ON_SIGNAL) "SIGUSR2": needs onExit (PPROF_ON_EXIT)'],
  [{ PPROF_ON_SIGNAL: "USR2", PPROF_ON_EXIT: "x" }, '"USR2": must be the name of a signal, such as SIGUSR2'],
] as const)("%j is refused", async ([env, sentence]) => {
  const { stderr } = await Program.registered("", { cwd: folder, env }).ended;
  expect(stderr).toContain(sentence);
});

test("a client that asks again at once, whatever the end has answered, ends no program otherwise", {
  timeout: 240_000,
}, async () => {
  for (let i = 0; i < 12; i++) {
    // Busy workers: the profiler's thread then has several things to do as it is ended.
    const code = `
      import { Worker } from "node:worker_threads";
      for (let i = 0; i < 3; i++) new Worker("for (;;);", { eval: true });
      process.on("message", () => process.exit(7));`;
    const program = Program.registered(code, { cwd: folder });
    const url = await program.url();
    let over = false;
    void program.ended.then(() => {
      over = true;
    });
    const asking = Array.from({ length: 4 }, async () => {
      while (!over)
        await fetch(`${url}profile?seconds=1`)
          .then((answer) => answer.arrayBuffer())
          .catch(() => {});
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    program.child.send("end");
    const { code: status, signal, stderr } = await program.ended;
    await Promise.all(asking);
    expect([status, signal]).toEqual([7, null]);
    expect(stderr).toMatch(/^pprof: .*\n$/);
  }
});
