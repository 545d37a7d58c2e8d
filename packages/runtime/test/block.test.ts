import { afterAll, beforeAll, expect, test } from "vitest";
import { Program, removeFolder, scratchFolder } from "./program.ts";

const folder = scratchFolder();
afterAll(() => removeFolder(folder));

async function run(code: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Program(["--input-type=module", "--eval", code], { cwd: folder }).ended;
}

/** What blocks for some 300 ms, by the function that is called. */
const blockers = [
  ["loop", "for (const end = Date.now() + 300; Date.now() < end; );"],
  ["wait", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);"],
  ["execSync", 'execSync("sleep 0.3");'],
  ["execFileSync", 'execFileSync("sleep", ["0.3"]);'],
  ["spawnSync", 'spawnSync("sleep", ["0.3"]);'],
  ["readFileSync", 'spawn("sh", ["-c", "sleep 0.4; echo x > pipe"]); readFileSync("pipe", "utf8");'],
  ["writeFileSync", 'spawn("sh", ["-c", "sleep 0.4; cat pipe"]); writeFileSync("pipe", "x");'],
  ["pbkdf2Sync", 'pbkdf2Sync("a", "b", 800_000, 32, "sha512");'],
  ["scryptSync", 'scryptSync("a", "b", 32, { N: 2 ** 17, r: 8, maxmem: 2 ** 28 });'],
  ["gzipSync", "gzipSync(noise, { level: 9 });"],
] as const;

let rows: string[];

beforeAll(async () => {
  const functions = blockers.map(([name, statement]) => `{ blocks_${name}() { ${statement} } }.blocks_${name}`);
  const { stdout, stderr } = await run(`
    import { execFileSync, execSync, spawn, spawnSync } from "node:child_process";
    import { pbkdf2Sync, randomBytes, scryptSync } from "node:crypto";
    import { readFileSync, writeFileSync } from "node:fs";
    import { gzipSync } from "node:zlib";
    import { lookup, setBlockProfileRate } from "@pprof-ts/runtime";
    execSync("mkfifo pipe");
    const noise = randomBytes(12e6);
    const read = async () => new TextDecoder().decode(await lookup("block").writeTo(undefined, 1));
    const after = () => [1, 2].map((x) => x + 1);
    await setBlockProfileRate(50e6);
    for (const blocks of [${functions.join(", ")}]) {
      // The agent may have no processor while it blocks: then it blocks again.
      for (let text = ""; !text.includes("\\t" + blocks.name + "\\t"); ) {
        blocks();
        after();
        for (let turn = 0; turn < 10 && !text.includes("\\t" + blocks.name + "\\t"); turn++) {
          await new Promise((resolve) => setTimeout(resolve, 30));
          text = await read();
        }
      }
    }
    console.log(await read());`);
  expect(stderr).toBe("");
  rows = stdout.split(/\n(?=\d+ \d+ @)/);
}, 60_000);

const nanosIn = (name: string): number =>
  rows.filter((row) => row.includes(`\t${name}\t`)).reduce((sum, row) => sum + Number(/^\d+/.exec(row)?.[0]), 0);

test.for(blockers)("%s that holds the event loop is in the block profile", ([name]) => {
  expect(nanosIn(`blocks_${name}`)).toBeGreaterThan(100e6);
  const row = rows.find((one) => one.includes(`\tblocks_${name}\t`))!;
  if (name !== "loop") expect(row).toMatch(new RegExp(`\t${name}(\t|$)`, "m"));
});

test("what native code held the loop for is not charged to what runs behind it, nor are wrappers seen", () => {
  expect(nanosIn("after")).toBeLessThan(50e6);
  expect(rows.join("\n")).not.toContain("sync-calls");
});

test("while the rate is 0, and only then, nothing is wrapped and no timer runs", async () => {
  const { stdout, stderr } = await run(`
    import fs, { readFileSync } from "node:fs";
    import zlib from "node:zlib";
    import crypto from "node:crypto";
    import child from "node:child_process";
    const all = () => [fs.readFileSync, readFileSync, zlib.gzipSync, crypto.pbkdf2Sync, child.spawnSync];
    const others = () => [fs.readFile, Atomics.wait, setTimeout];
    const [before, othersBefore] = [all(), others()];
    const { setBlockProfileRate } = await import("@pprof-ts/runtime");
    const seen = [];
    for (const rate of [0, 1e6, 2e6, 0]) {
      await setBlockProfileRate(rate);
      seen.push(all().filter((call, i) => call !== before[i]).length, process.getActiveResourcesInfo().includes("Timeout"));
      if (!others().every((call, i) => call === othersBefore[i])) throw new Error("more was wrapped");
      if (all().some((call, i) => call.length !== before[i].length)) throw new Error("takes less");
      if (typeof fs.realpathSync.native !== "function") throw new Error("lacks a property");
      try { fs.readFileSync("nothing"); } catch (error) { if (error.code !== "ENOENT") throw error; }
    }
    console.log(JSON.stringify(seen));`);
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual([0, false, 5, false, 5, false, 0, false]);
});
