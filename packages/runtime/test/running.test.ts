import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Profile, readProfile } from "@pprof-ts/profile";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Program, removeFolder, scratchFolder } from "./program.ts";
import { stacksOf } from "./stacks.ts";

let folder: string;
let program: Program | undefined;

/** Its types are not what Node can blank out; among so many functions V8 inlines none, which before Node 26 would hide it. */
const SERVER = `enum Mode {
  Idle,
  Busy,
}

interface Job {
  readonly mode: Mode;
}

function burn(job: Job): number {
  let sum = 0;

  for (let i = 0; i < 500; i++) {
    sum += Math.sqrt(i) * Math.sin(i);
  }
  return job.mode + sum;
}

const jobs = [burn, () => 1, () => 2, () => 3, () => 4, () => 5];

setInterval(() => {
  for (let turn = 0; turn < 5000; turn++) jobs[turn % jobs.length]({ mode: Mode.Busy });
}, 20);
`;
/** The line of the loop. */
const HOT = 14;

/** Leaves out of a text what is no JavaScript, as transpilers do; with a map of its lines or without. */
const LOADER = `
const { _extensions } = require("node:module");
const { readFileSync } = require("node:fs");
const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const vlq = (value) => {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = "";
  do { const digit = rest & 31; rest >>>= 5; text += digits[rest > 0 ? digit | 32 : digit]; } while (rest > 0);
  return text;
};
_extensions[".ts"] = (module, file) => {
  const lines = [];
  let inType = false;
  readFileSync(file, "utf8").split("\\n").forEach((line, row) => {
    if (/^(enum|interface) /.test(line)) inType = true;
    else if (!inType && line !== "") lines.push({ row, text: line.replace(/: (Job|number)/g, "").replace("Mode.Busy", "1").replace("export ", "") });
    if (line === "}") inType = false;
  });
  let before = 0;
  const mappings = lines.map(({ row }) => { const text = "AA" + vlq(row - before) + "A"; before = row; return text; }).join(";");
  const map = { version: 3, sources: [file], names: [], mappings };
  const comment = "//# sourceMappingURL=data:application/json;base64," + Buffer.from(JSON.stringify(map)).toString("base64");
  module._compile(lines.map(({ text }) => text).join("\\n") + (process.env.MAPPED ? "\\n" + comment : ""), file);
};
`;

beforeAll(() => {
  folder = path.join(scratchFolder(), "app");
  mkdirSync(folder);
  writeFileSync(path.join(folder, "package.json"), '{ "type": "commonjs" }');
  writeFileSync(path.join(folder, "server.ts"), SERVER);
  writeFileSync(path.join(folder, "loader.cjs"), LOADER);
  writeFileSync(path.join(folder, "main.cjs"), 'require("./loader.cjs");\nrequire("./server.ts");\n');
  const worker =
    'const { Worker } = require("node:worker_threads");\nnew Worker(__dirname + "/main.cjs", { name: "burner" });\n';
  writeFileSync(path.join(folder, "threads.cjs"), worker);
});

afterEach(() => program?.stop());
afterAll(() => removeFolder(path.dirname(folder)));

function start(script: string, env: Record<string, string> = {}): Promise<string> {
  program = new Program(["--import", "@pprof-ts/runtime/register", path.join(folder, script)], { cwd: folder, env });
  return program.url();
}

/** The places of the files of this folder, and what the profile says, once functions of `file` were met. */
async function met(base: string, file: string): Promise<{ readonly places: string[]; readonly said: string }> {
  for (;;) {
    const response = await fetch(`${base}profile?seconds=1`);
    const profile: Profile = await readProfile(new Uint8Array(await response.arrayBuffer()));
    const frames = new Set(stacksOf(profile).flatMap(({ frames }) => frames));
    const places = [...frames].filter((one) => one.includes(folder)).map((one) => one.replace(`${folder}/`, ""));
    const ofFile = places.filter((one) => one.includes(file) && !one.startsWith("(module "));
    if (ofFile.length > 0) return { places: ofFile, said: profile.comments.join("\n") };
  }
}

test.each(["main.cjs", "threads.cjs"])(
  "%s: by the map in what runs, code transpiled in memory is at its lines",
  async (script) => {
    const base = await start(script, { MAPPED: "1" });
    const found = await met(base, "server.ts");
    const { said } = found;
    // As it starts, a thread may be met in a few places alone.
    let { places } = found;
    while (!places.includes(`burn server.ts:${HOT}`)) ({ places } = await met(base, "server.ts"));
    const others =
      /^(?:burn server\.ts:(?:10|11|13|14|16)|jobs server\.ts:19|\(anonymous server\.ts:21\) server\.ts:2[1-3])$/;
    expect(places.filter((one) => !others.test(one))).toEqual([]);
    expect(said).toMatch(
      /^V8 was asked for the text of a script, such as .*server\.ts, which held the thread for \d+ ms/,
    );
  },
);

test.each(["goroutine", "block"])("%s has it at its lines, whose call sites have its path", async (name) => {
  const base = await start("main.cjs", { MAPPED: "1", PPROF_BLOCK_RATE: "1" });
  let ofFile: string[] = [];
  while (ofFile.length === 0) {
    const response = await fetch(base + name);
    const profile = await readProfile(new Uint8Array(await response.arrayBuffer()));
    ofFile = stacksOf(profile).flatMap(({ frames }) => frames.filter((one) => / \S*server\.ts/.test(one)));
  }
  const places = ofFile.map((one) => one.replace(`${folder}/`, ""));
  expect(places.filter((one) => !/ server\.ts:(?:10|11|13|14|16|19|21|22)$/.test(one))).toEqual([]);
});

test("what a CPU profile has learnt V8 is not asked again for the sake of other profiles", async () => {
  const base = await start("main.cjs", { MAPPED: "1" });
  const { said } = await met(base, "server.ts");
  expect(said).toContain("V8 was asked for the text");
  let text = "";
  while (!text.includes("server.ts")) text = await (await fetch(`${base}goroutine?debug=1`)).text();
  expect(text).not.toContain("(as transpiled)");
  const response = await fetch(`${base}goroutine`);
  const { comments } = await readProfile(new Uint8Array(await response.arrayBuffer()));
  expect(comments.join("\n")).not.toContain("V8 was asked for the text");
});

test("without a map it is said to be transpiled, and no line of the file is claimed, in any profile", async () => {
  const base = await start("main.cjs");
  const { places } = await met(base, "server.ts");
  expect(places.filter((one) => !/ server\.ts \(as transpiled\):\d+$/.test(one))).toEqual([]);
  for (const query of ["heap?debug=1", "goroutine?debug=2", "profile?seconds=1&lines=1&debug=1"]) {
    const text = await (await fetch(base + query)).text();
    expect(text, query).not.toMatch(/server\.ts:\d/);
  }
});

test("where V8 is not asked, for the sake of the budget, it is the same", async () => {
  const base = await start("main.cjs", { MAPPED: "1", PPROF_STALL_BUDGET: "1ms" });
  // It listens before it is told its budget.
  while (!(await (await fetch(base)).text()).includes("for 1 ms a request"));
  const { places, said } = await met(base, "server.ts");
  expect(places.filter((one) => !/ server\.ts \(as transpiled\):\d+$/.test(one))).toEqual([]);
  expect(said).toContain("server.ts, may not be what is on disk, and V8 was not asked for it: ");
  expect(said).toContain("and 1 ms are allowed (stallBudget)");
});

const BUILT = `function busy() {
  for (let i = 0; i < 500; i++) globalThis.sum = Math.sqrt(i) * Math.sin(i);
}
const turns = [busy, () => 1, () => 2, () => 3, () => 4, () => 5];
setInterval(function all() { for (let turn = 0; turn < 5000; turn++) turns[turn % turns.length](); }, 20);
`;

test.each([
  ["with other lines", `// A new version.\n${BUILT}`, "built.js (as transpiled)"],
  ["with another line in a function", BUILT.replace("{\n", "{\n  // A new version.\n"), "built.js (as transpiled)"],
  ["as it was", BUILT, "built.js"],
])("a build that is written anew under the program, %s", async (_, anew, file) => {
  const script = path.join(folder, "built.js");
  writeFileSync(script, BUILT);
  const base = await start("built.js");
  // Node 26 names the functions of an array for that.
  const right = (name: string) =>
    new Set([`turns ${name}:4`, ...[1, 2, 5].flatMap((line) => [`busy ${name}:${line}`, `all ${name}:${line}`])]);
  const before = await met(base, "built.js");
  expect(before.places.filter((one) => !right("built.js").has(one))).toEqual([]);
  writeFileSync(script, anew);
  const { places } = await met(base, "built.js");
  expect(places.filter((one) => !right(file).has(one))).toEqual([]);
});

test("a build that was written anew before the first profile is told by its time", async () => {
  const script = path.join(folder, "early.js");
  writeFileSync(script, BUILT);
  const base = await start("early.js");
  writeFileSync(script, BUILT.replace("{\n", "{\n\n"));
  const { places } = await met(base, "early.js");
  expect(
    places.filter(
      (one) => !/^(?:(?:busy|all) early\.js \(as transpiled\):[125]|turns early\.js \(as transpiled\):4)$/.test(one),
    ),
  ).toEqual([]);
});

test("of what runs as it is on disk V8 is not asked", async () => {
  writeFileSync(path.join(folder, "plain.mjs"), readFileSync(path.join(folder, "built.js")));
  const { said } = await met(await start("plain.mjs"), "plain.mjs");
  expect(said).toBe("");
});

test.skipIf(!(process.features as { typescript?: unknown }).typescript)("nor where Node strips the types", async () => {
  writeFileSync(path.join(folder, "plain.mts"), BUILT.replace("busy()", "busy(): void"));
  const { places, said } = await met(await start("plain.mts"), "plain.mts");
  expect(places.filter((one) => !/^(?:(?:busy|all) plain\.mts:[125]|turns plain\.mts:4)$/.test(one))).toEqual([]);
  expect(said).toBe("");
});
