import { afterAll, beforeAll, expect, test } from "vitest";
import { Program, removeFolder, scratchFolder } from "./program.ts";

/** A server that does nothing but answer, with a heap that takes a while to search. */
const code = `
  import { createServer } from "node:http";
  import { pprof } from "@pprof-ts/runtime/http";
  globalThis.kept = Array.from({ length: 300_000 }, (_, i) => ({ i }));
  const server = createServer(pprof({ blockProfileRate: 20e6, stallBudget: "1m", stallBudgetPerMinute: "1h" }));
  server.listen(0, "127.0.0.1", () => console.error("listening on http://127.0.0.1:" + server.address().port));
`;

let folder: string;
let program: Program;
let base: string;

beforeAll(async () => {
  folder = scratchFolder();
  program = new Program(["--input-type=module", "--eval", code], { cwd: folder });
  base = `${(await program.saw(/listening on (\S+)/))[1]}/debug/pprof/`;
});

afterAll(async () => {
  await program?.stop();
  removeFolder(folder);
});

const textOf = async (name: string): Promise<string> => (await fetch(base + name)).text();

test("what a profile holds the loop for is not in block", { timeout: 180_000 }, async () => {
  let held = 0;
  for (let i = 0; i < 3; i++) {
    const said = await textOf("goroutine?debug=1&full=1");
    held += Number(/held the thread for (\d+) ms/.exec(said)![1]);
    await textOf("heap?gc=1&full=1&debug=1");
  }
  const block = await textOf("block?debug=1");
  expect(block).not.toContain("node:inspector");
  // A machine on which much else runs may hold it as well.
  const delays = [...block.matchAll(/^(\d+) \d+ @/gm)].map(([, nanos]) => Number(nanos) / 1e6);
  expect(delays.reduce((sum, millis) => sum + millis, 0)).toBeLessThan(held / 2);
});

test("a mounted goroutine shows nothing of the handler that answers it", async () => {
  for (const name of ["goroutine?debug=2", "goroutine?debug=1"]) {
    const text = await textOf(name);
    expect(text).not.toMatch(/agent-thread|program\/mount|adapter\/http|#hold/);
    expect(text).toMatch(/\(main\)|\(idle\)/);
  }
});
