import { afterAll, expect, test } from "vitest";
import { Program, removeFolder, scratchFolder } from "./program.ts";

const folder = scratchFolder();
afterAll(() => removeFolder(folder));

async function run(code: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Program(["--input-type=module", "--eval", code], { cwd: folder }).ended;
}

/** What blocks for some 300 ms, in a function of its own. */
const blockers: Readonly<Record<string, string>> = {
  "a loop": "for (const end = Date.now() + 300; Date.now() < end; );",
  "Atomics.wait": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);",
  execSync: 'execSync("sleep 0.3");',
  "fs.readFileSync": 'spawn("sh", ["-c", "sleep 0.4; echo x > pipe"]); readFileSync("pipe");',
  pbkdf2Sync: 'pbkdf2Sync("a", "b", 800_000, 32, "sha512");',
  scryptSync: 'scryptSync("a", "b", 32, { N: 2 ** 17, r: 8, maxmem: 2 ** 28 });',
  gzipSync: "gzipSync(noise, { level: 9 });",
};

test.for(Object.entries(blockers))("%s that holds the event loop is in the block profile", async ([, statement]) => {
  const { stdout, stderr } = await run(`
    import { execSync, spawn } from "node:child_process";
    import { pbkdf2Sync, randomBytes, scryptSync } from "node:crypto";
    import { readFileSync } from "node:fs";
    import { gzipSync } from "node:zlib";
    import { lookup, setBlockProfileRate } from "@pprof-ts/runtime";
    execSync("test -p pipe || mkfifo pipe");
    const noise = randomBytes(12e6);
    const wait = (millis) => new Promise((resolve) => setTimeout(resolve, millis));
    function blocks() { ${statement} }
    await setBlockProfileRate(50e6);
    await wait(300);
    blocks();
    for (let text = "", turns = 0; !text.includes("blocks") && turns < 100; turns++) {
      await wait(50);
      text = new TextDecoder().decode(await lookup("block").writeTo(undefined, 1));
      if (text.includes("blocks")) console.log(text);
    }`);
  expect(stderr).toBe("");
  const rows = stdout.split(/\n(?=\d+ \d+ @)/).filter((row) => /\tblocks\t/.test(row));
  const nanos = rows.reduce((sum, row) => sum + Number(/^\d+/.exec(row)?.[0]), 0);
  expect(nanos).toBeGreaterThan(100e6);
});

test("nothing is patched and no timer runs while the rate is 0", async () => {
  const { stdout, stderr } = await run(`
    import fs from "node:fs";
    import zlib from "node:zlib";
    import crypto from "node:crypto";
    import child from "node:child_process";
    const all = () => [fs.readFileSync, fs.statSync, zlib.gzipSync, crypto.pbkdf2Sync, child.execSync, Atomics.wait, setTimeout];
    const before = all();
    const { setBlockProfileRate } = await import("@pprof-ts/runtime");
    const seen = [];
    for (const rate of [0, 1e6, 0]) {
      await setBlockProfileRate(rate);
      seen.push(all().every((fn, i) => fn === before[i]), process.getActiveResourcesInfo().includes("Timeout"));
    }
    console.log(JSON.stringify(seen));`);
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual([true, false, true, false, true, false]);
});
