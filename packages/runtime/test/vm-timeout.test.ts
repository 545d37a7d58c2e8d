import { afterAll, beforeAll, expect, test } from "vitest";
import { Program, removeFolder, scratchFolder } from "./program.ts";

let folder: string;

beforeAll(() => {
  folder = scratchFolder();
});

afterAll(() => removeFolder(folder));

// V8 forgets the end of a script that is timed out while it runs JavaScript for the inspector: the script never ends.
test("scripts that are timed out end, with nobody asking and while CPU profiles are taken", {
  timeout: 120_000,
}, async () => {
  const program = Program.registered(
    `import { runInNewContext } from "node:vm";
     let left = 4000;
     const turn = () => {
       for (let i = 0; i < 20; i++) {
         try { runInNewContext("for (;;);", {}, { timeout: 2 }); } catch (error) { if (!/timed out/.test(error.message)) throw error; }
       }
       left -= 20;
       if (left > 0) setImmediate(turn); else console.log("all ended");
     };
     setTimeout(turn, 500);`,
    // More slices, so that more meet a time-out.
    { cwd: folder, env: { PPROF_WARM: "1000" } },
  );
  const url = await program.url();
  for (let i = 0; i < 3; i++) await (await fetch(`${url}profile?seconds=1&rate=1000`)).arrayBuffer().catch(() => {});
  const { code, stdout } = await program.ended;
  expect([code, stdout]).toEqual([0, "all ended\n"]);
});
