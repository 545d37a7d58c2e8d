import { afterAll, beforeAll, expect, test } from "vitest";
import { compile, Program, removeFolder, scratchFolder, TELLS_AWAITS } from "./program.ts";

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

test.for(MODES)("goroutine ends no program, whatever that keeps: %s", { timeout: 60_000 }, async (mode) => {
  const program = new Program(["--import", "@pprof-ts/runtime/register", script, mode], { cwd: folder });
  try {
    const url = await program.url();
    for (let found = 0; found < 4; ) {
      const response = await fetch(`${url}goroutine?debug=2&full=1`);
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
});

// What combines promises marks those of its functions that were called, and V8 before 12 walks on from them all the same.
const COMBINATORS = ["all", "allSettled", "any"];
const EARLY = [
  ...["kept", "pending", "running"].flatMap((mode) => COMBINATORS.map((combinator) => [mode, combinator] as const)),
  ...["1", "2", "3"].map((seed) => ["random", seed] as const),
];

test.for(EARLY)("nor where functions of combinators were called early: %s %s", { timeout: 60_000 }, async (args) => {
  const program = new Program(["--import", "@pprof-ts/runtime/register", early, ...args], { cwd: folder });
  try {
    const url = await program.url();
    for (let asked = 0; asked < 10; asked++) {
      const response = await fetch(`${url}goroutine?debug=2${asked % 2 === 0 ? "" : "&full=1"}`);
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
});
