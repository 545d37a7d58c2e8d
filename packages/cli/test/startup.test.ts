import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { readProfile } from "@pprof-ts/profile";
import { expect, test } from "vitest";
import { directory, pprof } from "./tool.ts";

/** What takes so many milliseconds of a processor: on a busy machine nothing is sampled of a time by the clock alone. */
const busy = (millis: number): string => `
  for (const start = process.cpuUsage().user; process.cpuUsage().user - start < ${millis * 1000}; )
    for (let i = 0; i < 1e5; i++) Math.sqrt(i);`;

/** Milliseconds by stack, the first importer first. */
async function startupOf(cwd: string, file: string, flags: readonly string[] = []): Promise<Map<string, number>> {
  const { status, stderr } = await pprof(["run", "-startup", "-o=.", "--", process.execPath, file], { cwd });
  expect(status, stderr).toBe(0);
  const { stdout } = await pprof(["-collapsed", ...flags, "startup.pb.gz"], { cwd });
  const rows = Array.from(
    stdout.matchAll(/^(.*) (\d+)$/gm),
    ([, stack, nanos]) => [stack!, Number(nanos) / 1e6] as const,
  );
  return new Map(rows);
}

/** A package below the directory. */
function addPackage(folder: string, name: string, fields: object, files: Readonly<Record<string, string>>): void {
  const place = path.join(folder, "node_modules", name);
  mkdirSync(place, { recursive: true });
  writeFileSync(path.join(place, "package.json"), JSON.stringify({ name, ...fields }));
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(place, file), text);
}

test("each CommonJS module has its own time, below the one that imported it first", async () => {
  using made = directory({
    "app.cjs": 'const { late } = require("./first.cjs"); require("pkg"); late();',
    "first.cjs": `${busy(100)} exports.late = () => require("./late.cjs");`,
    "late.cjs": `require("pkg"); ${busy(150)}`,
  });
  addPackage(
    made.path,
    "pkg",
    { main: "main.js" },
    { "main.js": `require("./part.js"); ${busy(60)}`, "part.js": busy(60) },
  );
  const times = await startupOf(made.path, "app.cjs");
  expect(times.get("app.cjs;first.cjs")).toBeGreaterThan(60);
  expect(times.get("app.cjs;pkg/main.js")).toBeGreaterThan(30);
  expect(times.get("app.cjs;pkg/main.js;pkg/part.js")).toBeGreaterThan(30);
  // A function's module imports, whoever has called it.
  expect(times.get("app.cjs;first.cjs;late.cjs")).toBeGreaterThan(100);
  expect([...times.keys()].filter((stack) => stack.includes("late.cjs;pkg"))).toEqual([]);
});

test("reading and compiling a module is its own time, with the label load", async () => {
  const functions = Array.from({ length: 60_000 }, (_, i) => `(function f${i}() { return [${i}, { a: "${i}" }]; })`);
  using made = directory({
    "app.cjs": `${busy(30)} require("./large.cjs");`,
    "large.cjs": `module.exports = [${functions.join(",\n")}]; ${busy(30)}`,
  });
  const times = await startupOf(made.path, "app.cjs", ["-tagfocus=phase=load"]);
  expect(times.get("app.cjs;large.cjs")).toBeGreaterThan(5);
  expect(times.get("app.cjs;large.cjs")).toBeGreaterThan(times.get("app.cjs") ?? 0);
});

test("what was loaded and not seen to run is said to be that", async () => {
  using made = directory({
    "app.cjs": `${busy(30)} require("./large.json"); ${busy(30)}`,
    "large.json": JSON.stringify(Array.from({ length: 300_000 }, (_, i) => ({ name: `name ${i}` }))),
  });
  const times = await startupOf(made.path, "app.cjs");
  expect(times.get("app.cjs;(loading, not told of which)")).toBeGreaterThan(5);
});

test("ES modules are below the first that imports them, also from packages and by import()", async () => {
  using made = directory({
    "app.mjs": 'import "./a.mjs"; import "./common.cjs"; await import("./dynamic.mjs");',
    "a.mjs": `import "./b.mjs"; import { value } from "only-import/part"; ${busy(80)}`,
    "b.mjs": busy(80),
    "common.cjs": `require("./below.cjs"); ${busy(80)}`,
    "below.cjs": busy(80),
    "dynamic.mjs": `import "./b.mjs"; ${busy(80)}`,
  });
  const exports = { "./*": { import: "./*.mjs" } };
  addPackage(made.path, "only-import", { exports }, { "part.mjs": `export const value = 1; ${busy(80)}` });
  const times = await startupOf(made.path, "app.mjs");
  for (const stack of [
    "app.mjs;a.mjs",
    "app.mjs;a.mjs;b.mjs",
    "app.mjs;a.mjs;only-import/part.mjs",
    "app.mjs;common.cjs",
    "app.mjs;common.cjs;below.cjs",
    "app.mjs;dynamic.mjs",
  ])
    expect(times.get(stack), stack).toBeGreaterThan(40);
});

test("the modules are counted, once each", async () => {
  using made = directory({
    "app.cjs": `require("./a.cjs"); require("./b.cjs"); ${busy(30)}`,
    "a.cjs": `require("./b.cjs"); ${busy(50)}`,
    "b.cjs": busy(50),
  });
  const times = await startupOf(made.path, "app.cjs", ["-sample_index=modules"]);
  const counts = ["app.cjs", "app.cjs;a.cjs", "app.cjs;a.cjs;b.cjs"].map((stack) => times.get(stack)! * 1e6);
  expect(counts).toEqual([1, 1, 1]);
});

test("the samples of a program of large scripts are there, though it is short", async () => {
  using made = directory({});
  const root = fileURLToPath(new URL("../../..", import.meta.url));
  writeFileSync(
    path.join(made.path, "app.mjs"),
    `import ${JSON.stringify(path.join(root, "node_modules/vite/dist/node/index.js"))};`,
  );
  const times = await startupOf(made.path, "app.mjs");
  expect([...times.keys()].join("\n")).toContain("app.mjs;vite/dist/node/index.js");
});

test("a program sees nothing of it", async () => {
  const code = `
    const { Module, builtinModules } = require("node:module");
    require("./b.cjs");
    console.log(new Error("here").stack);
    console.log(Object.keys(require.cache), module.children.length, process.execArgv, process.argv.length);
    console.log(Module._load.toString().length, Module.prototype._compile.toString().length, builtinModules.length);
    console.log(Object.getOwnPropertyNames(globalThis).length, require.main === module);`;
  using made = directory({
    "app.cjs": code,
    "b.cjs": 'console.log(new Error("there").stack, module.parent.filename);',
  });
  const plain = spawnSync(process.execPath, ["app.cjs"], { cwd: made.path, encoding: "utf8" });
  const result = await pprof(["run", "-startup", "--", process.execPath, "app.cjs"], { cwd: made.path });
  expect(result.stdout).toBe(plain.stdout);
});

test("says what is slow, and what it cannot tell", async () => {
  using made = directory({ "app.mjs": 'import "./slow.mjs";', "slow.mjs": busy(100) });
  const { status, stderr } = await pprof(["run", "-startup", "-heap", "--", process.execPath, "app.mjs"], {
    cwd: made.path,
  });
  expect(status).toBe(0);
  expect(stderr).toMatch(/^File: app\.mjs\nby the clock: /);
  expect(stderr).toContain("\nnot in it: modules that no sample met, and what the event loop waited for\n");
  expect(stderr).toMatch(/ slow\.mjs\n/);
  expect(stderr).toMatch(/Saved startup in \S+app\.mjs\.startup\.001\.pb\.gz; next:\n/);
  expect(stderr).toMatch(/Saved heap in /);
  const file = /Saved startup in (\S+);/.exec(stderr)![1]!;
  const { sampleTypes } = await readProfile(new Uint8Array(readFileSync(file)));
  expect(sampleTypes.map(({ type, unit }) => `${type}/${unit}`)).toEqual(["modules/count", "startup/nanoseconds"]);
});

test.for([["-cpu"], ["-every=10s", "-o=x"], ["-cpuprofile=x"]])("-startup with %j is refused", async (flags) => {
  using made = directory({});
  const { status, stderr } = await pprof(["run", "-startup", ...flags, "--", process.execPath, "-e", "0"], {
    cwd: made.path,
  });
  expect(status).toBe(2);
  expect(stderr).toMatch(/^pprof: -startup takes the CPU samples for itself, to the end: /);
});
