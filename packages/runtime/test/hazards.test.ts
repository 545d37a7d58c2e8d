import { afterAll, beforeAll, expect, test } from "vitest";
import { compile, Program, removeFolder, scratchFolder } from "./program.ts";

let folder: string;
let script: string;

beforeAll(() => {
  folder = scratchFolder();
  script = compile("keeps", folder);
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
      expect(dump).toContain("[await timer]:\nstandsStill()\n");
      found++;
    }
    expect(program.stderr).toMatch(/^pprof: serving profiles at \S+\n$/);
  } finally {
    await program.stop();
  }
});
