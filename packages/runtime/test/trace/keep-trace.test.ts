import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { checkGoTrace, readGoTrace } from "@pprof-ts/profile";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Program, removeFolder, scratchFolder } from "../program.ts";

const SCRIPT = fileURLToPath(new URL("../programs/traced.mjs", import.meta.url));

let folder: string;
let program: Program;
let base: string;
let server: string;

beforeAll(async () => {
  folder = scratchFolder();
  const env = { PPROF_KEEP_TRACE: "30s", PPROF_SLOW: "75ms", PPROF_STALL_DIR: folder };
  program = new Program(["--import", "@pprof-ts/runtime/register", SCRIPT], { cwd: path.dirname(SCRIPT), env });
  base = await program.url();
  await sleep(100);
  server = `http://127.0.0.1:${await program.deed("port")}`;
  // It is kept from when the loop has turned after that.
  while (((await program.deed("state")) as { heard: string[] }).heard.length === 0) await sleep(20);
});

afterAll(async () => {
  await program?.stop();
  removeFolder(folder);
});

const ask = async (url: string): Promise<string> => (await fetch(server + url)).text();

async function last(seconds: number): Promise<{ readonly names: readonly string[]; readonly nanos: number }> {
  const response = await fetch(`${base}trace?last=${seconds}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  expect([response.status, checkGoTrace(bytes)]).toEqual([200, undefined]);
  const { trace } = readGoTrace(bytes);
  return { names: trace.strings, nanos: trace.durationNanos };
}

test("what has happened is there at once, with its samples", async () => {
  let nanos = 0;
  await expect
    .poll(
      async () => {
        await ask("/burn/1");
        const found = await last(10);
        nanos = found.nanos;
        return found.names;
      },
      { timeout: 10_000 },
    )
    .toEqual(expect.arrayContaining(["GET /burn/:id", "burn"]));
  expect(nanos).toBeLessThan(11e9);
});

test("a request that was slow is written, with what was before", async () => {
  await ask("/sleep/1");
  const [, file] = await program.saw(/pprof: a request took \d+ ms: (.*slow-.*\.trace)/);
  const { trace, broken } = readGoTrace(readFileSync(file!));
  expect(broken).toBeUndefined();
  // On a busy machine the request of the test before was slow, too.
  expect(trace.strings.filter((text) => /^GET \/(sleep|burn)\/:id$/.test(text))).not.toEqual([]);
  // Once in 30 seconds.
  await ask("/sleep/2");
  await ask("/burn/2");
  expect(readdirSync(folder).filter((name) => name.startsWith("slow-"))).toHaveLength(1);
});

test("a request that has begun before is whole", async () => {
  // It takes longer than what is asked for.
  await expect
    .poll(async () => {
      await ask("/sleep/1");
      return (await last(0.05)).names;
    })
    .toEqual(expect.arrayContaining(["GET /sleep/:id", "GET /sleep/1"]));
});

test("a trace that is taken comes between, and then it goes on", async () => {
  const taken = fetch(`${base}trace?seconds=2`);
  await expect
    .poll(async () => {
      const refused = await fetch(`${base}trace?last=1`);
      return [refused.status, Buffer.from(await refused.arrayBuffer()).toString("latin1")];
    })
    .toEqual([500, "Could not enable tracing: nothing is traced ahead of time: a trace is taken now\n"]);
  expect(checkGoTrace(new Uint8Array(await (await taken).arrayBuffer()))).toBeUndefined();
  await expect
    .poll(async () => {
      await ask("/burn/3");
      return (await last(5)).names;
    })
    .toContain("GET /burn/:id");
});

test("without it, a sentence says how", async () => {
  const without = new Program(["--import", "@pprof-ts/runtime/register", SCRIPT], { cwd: path.dirname(SCRIPT) });
  try {
    const response = await fetch(`${await without.url()}trace?last=5`);
    expect([response.status, await response.text()]).toEqual([
      500,
      "Could not enable tracing: nothing is traced ahead of time: start with keepTrace (PPROF_KEEP_TRACE=30s)\n",
    ]);
  } finally {
    await without.stop();
  }
});
