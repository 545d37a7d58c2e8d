import { afterAll, beforeAll, expect, test } from "vitest";
import { fetchProfile } from "./fetch-profile.ts";
import { compile, Program, removeFolder, scratchFolder, TELLS_AWAITS } from "./program.ts";
import { type Stack, stacksOf } from "./stacks.ts";

let folder: string;
let script: string;
let early: string;

beforeAll(() => {
  folder = scratchFolder();
  script = compile("keeps", folder);
  early = compile("early", folder);
});

afterAll(() => removeFolder(folder));

const MODES = [
  "plain",
  "asyncHooks",
  "promises",
  "collections",
  "functions",
  "inspector",
  "errors",
  "frozen",
  "ownPromise",
];

test.for(MODES)(
  "goroutine ends no program, whatever that keeps: %s",
  { timeout: 180_000 },
  async (mode, { signal }) => {
    const program = new Program(["--import", "@pprof-ts/runtime/register", script, mode], { cwd: folder });
    try {
      const url = await program.url();
      for (let found = 0; found < 4; ) {
        const response = await fetch(`${url}goroutine?debug=2&full=1`, { signal });
        const dump = await response.text();
        expect([response.status, program.child.exitCode]).toEqual([200, null]);
        // On a busy machine what the program does with the inspector holds its loop for longer than is waited.
        if (dump.includes("the event loop did not turn within")) continue;
        if (TELLS_AWAITS) expect(dump).toContain("[await timer]:\nstandsStill()\n");
        found++;
      }
      expect(program.stderr).toMatch(/^pprof: serving profiles at \S+\n$/);
    } finally {
      await program.stop();
    }
  },
);

// What combines promises marks those of its functions that were called, and V8 before 12 walks on from them all the same.
const COMBINATORS = ["all", "allSettled", "any"];
const EARLY = [
  ...["kept", "pending", "running"].flatMap((mode) => COMBINATORS.map((combinator) => [mode, combinator] as const)),
  ...["1", "2", "3"].map((seed) => ["random", seed] as const),
];

test.for(EARLY)(
  "nor where functions of combinators were called early: %s %s",
  { timeout: 180_000 },
  async (args, { signal }) => {
    const program = new Program(["--import", "@pprof-ts/runtime/register", early, ...args], { cwd: folder });
    try {
      const url = await program.url();
      for (let asked = 0; asked < 10; asked++) {
        const response = await fetch(`${url}goroutine?debug=2${asked % 2 === 0 ? "" : "&full=1"}`, { signal });
        expect([response.status, await response.text(), program.child.exitCode, program.child.signalCode]).toEqual([
          200,
          expect.stringContaining("goroutine 1 ["),
          null,
          null,
        ]);
      }
    } finally {
      await program.stop();
    }
  },
);

/** What takes a stack in the program, and the profile that has it. */
const TOLD: readonly (readonly [name: string, deed: string, query: string, env?: Record<string, string>])[] = [
  ["a lock", "releases.shift()?.(); hold()", "mutex", { PPROF_MUTEX_FRACTION: "1" }],
  ["a profile of its own", "opened.add({})", "opened"],
  ["Buffers", "for (let i = 0; i < 1_000; i++) kept.push(Buffer.alloc(10_000))", "heap"],
  ["a child process", 'spawn(process.execPath, ["--version"])', "threadcreate"],
  ["a held loop", "busy()", "block", { PPROF_BLOCK_RATE: "1000000" }],
  ["labels", 'withLabels({ work: "busy" }, busy)', "profile?seconds=1"],
];

test.for(TOLD)(
  "nor the stack of %s in a microtask from which such a function is met",
  { timeout: 60_000 },
  async (told) => {
    const [, deed, query, env = {}] = told;
    const code = `
    import { spawn } from "node:child_process";
    import { Mutex, newProfile, withLabels } from "@pprof-ts/runtime";
    const kept = [];
    const opened = newProfile("opened");
    const mutex = new Mutex();
    const releases = [];
    const hold = () => void mutex.acquire().then((release) => releases.push(release));
    hold();
    hold();
    function busy() { for (const end = Date.now() + 100; Date.now() < end; ); }
    function deed() { ${deed}; }
    for (const combinator of ${JSON.stringify(COMBINATORS)}) setInterval(() => {
      const done = new Promise((resolve) => setTimeout(resolve)).then(deed);
      done.then = function early(...both) {
        const derived = Promise.prototype.then.apply(this, both);
        for (const one of both) one("early");
        return derived;
      };
      Promise[combinator]([done, new Promise(() => {})]).catch(() => {});
    }, 150);`;
    const program = Program.registered(code, { cwd: folder, env });
    try {
      const url = await program.url();
      for (let met: Stack[] = []; !met.some(({ frames }) => frames.join().includes("deed ")); )
        met = stacksOf(await fetchProfile(url + query));
    } finally {
      await program.stop();
    }
  },
);

test.for(["--async-stack-traces", "--no-async-stack-traces"])(
  "errors of the program's own have who awaits, or not, as before: %s",
  async (flag) => {
    const code = `
    import { newProfile } from "@pprof-ts/runtime";
    const opened = newProfile("opened");
    async function outer() { await inner(); }
    async function inner() {
      await null;
      opened.add({});
      console.log(new Error().stack.includes("async outer"));
    }
    await outer();
    process.exit();`;
    const program = new Program([flag, "--input-type=module", "--eval", code], { cwd: folder });
    expect(await program.ended).toMatchObject({ code: 0, stdout: `${flag === "--async-stack-traces"}\n`, stderr: "" });
  },
);
