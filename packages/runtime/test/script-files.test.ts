import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Profile, readProfile } from "@pprof-ts/profile";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Scripts } from "../src/agent/code/scripts.ts";
import { Program, removeFolder, scratchFolder } from "./program.ts";

const posix = process.platform !== "win32";
let folder: string;

beforeAll(() => {
  folder = scratchFolder();
});

afterAll(() => removeFolder(folder));

/** Files that are no text of a script or map, and what makes them; undefined: it is there. */
const odd: Record<string, ((file: string) => unknown) | undefined> = {
  "a pipe": (file) => spawnSync("mkfifo", [file]),
  "a link to a pipe": (file) => {
    spawnSync("mkfifo", [`${file}.pipe`]);
    symlinkSync(`${file}.pipe`, file);
  },
  "a link to an endless device": (file) => symlinkSync("/dev/zero", file),
  "a folder": (file) => mkdirSync(file),
  "a link to itself": (file) => symlinkSync(file, file),
  "a file larger than the limit": (file) => {
    writeFileSync(file, "");
    truncateSync(file, 65 * 2 ** 20);
  },
  "/dev/zero": undefined,
  "/dev/random": undefined,
  "/dev/tty": undefined,
  "/proc/self/mem": undefined,
  "/proc/kmsg": undefined,
  "/proc/self/fd/0": undefined,
};

test.skipIf(!posix).for(Object.keys(odd))("a script or a map that is %s is left out", async (name) => {
  const file = name.startsWith("/") ? name : path.join(folder, name.replaceAll(" ", "-"));
  odd[name]?.(file);
  const mapped = path.join(folder, "mapped.js");
  writeFileSync(mapped, `one();\n//# sourceMappingURL=${file}\n`);
  const scripts = new Scripts();
  const urls = [file, `file://${file}`, mapped];
  await scripts.load(urls);
  await scripts.scan(urls);
  for (const url of urls) expect(scripts.functionAt(url, "one", 0)).toBeUndefined();
  expect(scripts.original(file, 7)).toEqual({ file, line: 7 });
  expect(scripts.original(mapped, 1)).toEqual({ file: mapped, line: 1 });
  rmSync(mapped);
});

test("a map that leads each function to another way to one large file has a bounded part of it read", async () => {
  const original = path.join(folder, "original.js");
  writeFileSync(original, `named();${" ".repeat(2 ** 20)}`);
  const script = path.join(folder, "script.js");
  const rows = Array.from({ length: 64 }, (_, row) => row);
  const sources = rows.map((row) => `${folder}/${"./".repeat(row)}original.js`);
  const mappings = rows.map((row) => (row === 0 ? "SAAAA" : "SCAAA")).join(";");
  const data = Buffer.from(JSON.stringify({ version: 3, sources, names: ["named"], mappings })).toString("base64");
  writeFileSync(
    script,
    `${"function f() {}\n".repeat(rows.length)}//# sourceMappingURL=data:application/json;base64,${data}\n`,
  );
  const scripts = new Scripts();
  await scripts.load([script]);
  const begins = rows.map((lineNumber) => {
    return [
      { functionName: "f", lineNumber, columnNumber: 10 },
      { stands: true, nameColumn: 9 },
    ] as const;
  });
  await scripts.learn(script, begins);
  const names = rows.map((row) => scripts.functionName(script, row + 1, 11, "f"));
  expect(names).toEqual(rows.map((row) => (row < 16 ? "named" : "f")));
});

test("where a script begins whose map has very many sources is looked for once", async () => {
  const map = JSON.stringify({ version: 3, sources: new Array(2 ** 16).fill("a.ts"), mappings: ";AAAA" });
  const text = `one();\n//# sourceMappingURL=data:application/json,${encodeURIComponent(map)}\n`;
  const scripts = new Scripts();
  const name = await scripts.add(`file://${folder}/many.js`, { text, asOnDisk: false });
  for (let time = 0; time < 1_000; time++) expect(scripts.beginOf(name).line).toBe(1);
});

test("a map with a section at line 4e9: the program goes on, its profile has the generated code and says why", async () => {
  const script = path.join(folder, "main.mjs");
  const part = { version: 3, sources: ["a"], mappings: "AAAA" };
  writeFileSync(
    path.join(folder, "s.map"),
    JSON.stringify({ version: 3, sections: [{ offset: { line: 4e9, column: 0 }, map: part }] }),
  );
  writeFileSync(
    script,
    "setInterval(function busy() { const end = Date.now() + 20; while (Date.now() < end) Math.sqrt(2); }, 30);\n//# sourceMappingURL=s.map\n",
  );
  const program = new Program(["--import", "@pprof-ts/runtime/register", script], { cwd: folder });
  try {
    const base = await program.url();
    const read = async (): Promise<Profile> =>
      readProfile(new Uint8Array(await (await fetch(`${base}profile?seconds=1`)).arrayBuffer()));
    // On a busy machine, a second may have no sample of the program.
    let profile = await read();
    while (!Array.from(profile.functions.filename, (row) => profile.strings.get(row)).includes(script))
      profile = await read();
    expect(profile.comments).toEqual([
      `a source map is left out, for it has more than 4194304 lines: that of ${script}`,
    ]);
    const dump = await (await fetch(`${base}goroutine?debug=2`)).text();
    expect(dump).toContain("goroutine 1 [");
  } finally {
    await program.stop();
  }
});
