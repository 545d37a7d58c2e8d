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
     let left = 2000;
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

// So JavaScript runs for the inspector between two turns of the event loop, where no script runs.
test.for([
  ["with a heap profile each moment", { PPROF_KEEP: "1m", PPROF_KEEP_HEAP: "1s" }, ["heap", "allocs?seconds=0.2"]],
  ["while the index and custom profiles are asked for", {}, ["", "nothing", "mutex", "threadcreate", "block"]],
] as const)("scripts that are timed out end %s", { timeout: 120_000 }, async ([, env, queries]) => {
  const program = Program.registered(
    `import { runInNewContext } from "node:vm";
     const end = Date.now() + 12_000;
     const turn = () => {
       try { runInNewContext("for (;;);", {}, { timeout: 40 }); } catch (error) { if (!/timed out/.test(error.message)) throw error; }
       if (Date.now() < end) setTimeout(turn, 1); else console.log("all ended");
     };
     turn();`,
    { cwd: folder, env },
  );
  const url = await program.url();
  let over = false;
  void program.ended.then(() => {
    over = true;
  });
  for (let turn = 0; !over; turn++) {
    const answer = await fetch(url + queries[turn % queries.length]!).catch(() => undefined);
    await answer?.arrayBuffer().catch(() => {});
  }
  const { code, stdout } = await program.ended;
  expect([code, stdout]).toEqual([0, "all ended\n"]);
});
