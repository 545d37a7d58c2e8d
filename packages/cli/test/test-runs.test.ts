import { existsSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { directory, pprof } from "./tool.ts";

const major = Number.parseInt(process.versions.node, 10);
const modules = fileURLToPath(new URL("../../../node_modules", import.meta.url));
/** Of the packages that `scripts/programs.mjs` installs. */
const programs = path.join(process.env.PROGRAMS_DIR ?? path.join(tmpdir(), "pprof-programs"), "node_modules");
const mocha = path.join(programs, "mocha/bin/mocha.js");
const jest = path.join(programs, "jest/bin/jest.js");

/** Functions of their own for each test, so that whose a sample is can be seen. */
const works = `const sleep = () => new Promise((resolve) => setTimeout(resolve, 1));
function slowWork(ms) { for (const end = performance.now() + ms; performance.now() < end; ); }
function quickWork(ms) { for (const end = performance.now() + ms; performance.now() < end; ); }
function smallWork(ms) { for (const end = performance.now() + ms; performance.now() < end; ); }
function largeWork(ms) { for (const end = performance.now() + ms; performance.now() < end; ); }`;

const alone = `describe("alone", () => {
  IT("slow", async () => { await sleep(); slowWork(400); });
  IT("quick", () => { quickWork(200); });
});`;

/** What two do that run at once, in turn. */
const inTurn = (work: string): string => `async () => { for (let i = 0; i < 5; i++) { ${work}(80); await sleep(); } }`;

interface Costs {
  readonly status: number | null;
  readonly said: string;
  /** The file with the line, by test. */
  readonly tests: ReadonlyMap<string, string>;
}

async function costsOf(cwd: string, words: readonly string[]): Promise<Costs> {
  // This is a test itself, of a runner that tells so by these.
  const env = Object.fromEntries(Object.keys(process.env).flatMap((key) => (/^VITEST/.test(key) ? [[key, ""]] : [])));
  const all = ["test", "-slowest", "-o=.", "--", process.execPath, ...words];
  const { status, stderr } = await pprof(all, { cwd, env });
  const rows = stderr.matchAll(/^ *[\d.]+m?s +[\d.]+% {2}(.+?) {2}(\S+:\d+)$/gm);
  return { status, said: stderr, tests: new Map(Array.from(rows, ([, name, place]) => [name!, place!])) };
}

/** Vitest and jest kill processes that take more than half a second to end, as they may on a busy machine. */
async function wholeCostsOf(cwd: string, words: readonly string[]): Promise<Costs> {
  for (;;) {
    const costs = await costsOf(cwd, words);
    if (!costs.said.includes("was killed: ")) return costs;
  }
}

/** The test is there, with the samples of its own function and of no other test's. */
async function expectOwn(cwd: string, { tests, said }: Costs, name: string, work: string): Promise<void> {
  expect([...tests.keys()], said).toContain(name);
  const { stdout } = await pprof(["-top", "-nodefraction=0", `-tagfocus=test=^${name}$`, "cpu.pb.gz"], { cwd });
  expect([...new Set(stdout.match(/\b\w+Work\b/g))]).toEqual([work]);
}

test("vitest's tests have their costs, and those that run at once their own", async () => {
  using made = directory({
    "alone.test.js": `import { describe, test as IT } from "vitest";\n${works}\n${alone}`,
    "once.test.js": `import { test } from "vitest";\n${works}
test.concurrent("small", ${inTurn("smallWork")});
test.concurrent("large", ${inTurn("largeWork")});`,
  });
  symlinkSync(modules, path.join(made.path, "node_modules"), "dir");
  const words = ["node_modules/vitest/vitest.mjs", "run", "--root", "."];
  const costs = await wholeCostsOf(made.path, words);
  rmSync(path.join(made.path, "node_modules"));
  expect(costs.status, costs.said).toBe(0);
  await expectOwn(made.path, costs, "alone > slow", "slowWork");
  await expectOwn(made.path, costs, "alone > quick", "quickWork");
  await expectOwn(made.path, costs, "large", "largeWork");
  await expectOwn(made.path, costs, "small", "smallWork");
  expect(costs.tests.get("alone > slow")).toMatch(/^alone\.test\.js:\d+$/);
  expect(costs.tests.get("small")).toMatch(/^once\.test\.js:\d+$/);
});

test("node:test's tests have their costs from Node 24 on; before, it is said that they are not known", async () => {
  using made = directory({
    "a.test.mjs": `import { describe, it as IT } from "node:test";\n${works}\n${alone}
describe("once", { concurrency: true }, () => { IT("small", ${inTurn("smallWork")}); IT("large", ${inTurn("largeWork")}); });`,
  });
  const costs = await costsOf(made.path, ["--test", "a.test.mjs"]);
  expect(costs.status, costs.said).toBe(0);
  expect(costs.said).toContain("node --test starts others, and has none itself");
  if (major < 24) {
    expect(costs.said).toContain("no sample has a test: ");
    return;
  }
  // Node tells names without those of suites.
  await expectOwn(made.path, costs, "slow", "slowWork");
  await expectOwn(made.path, costs, "quick", "quickWork");
  await expectOwn(made.path, costs, "large", "largeWork");
  await expectOwn(made.path, costs, "small", "smallWork");
});

test("mocha's tests have their costs, with its own options beside", async ({ skip }) => {
  skip(!existsSync(mocha), "mocha is not installed: node scripts/programs.mjs");
  using made = directory({
    "a.spec.cjs": `const IT = it;\n${works}\n${alone}`,
    "given.cjs": "globalThis.given = 1;",
  });
  const costs = await costsOf(made.path, [mocha, "--require", "./given.cjs", "a.spec.cjs"]);
  expect(costs.status, costs.said).toBe(0);
  await expectOwn(made.path, costs, "alone > slow", "slowWork");
  await expectOwn(made.path, costs, "alone > quick", "quickWork");
  expect(costs.tests.get("alone > slow")).toMatch(/^a\.spec\.cjs:\d+$/);
});

test.for([
  ["one process", "-i"],
  ["processes", "-w=2"],
] as const)("jest's tests have their costs, in %s", async ([, flag], { skip }) => {
  skip(!existsSync(jest), "jest is not installed: node scripts/programs.mjs");
  using made = directory({
    "package.json": "{}",
    "a.test.js": `const IT = it;\n${works}\n${alone}
test.concurrent("small", ${inTurn("smallWork")});`,
    "b.test.js": `const IT = it;\n${works}
describe("other", () => { beforeEach(() => largeWork(200)); IT("large", () => {}); });`,
  });
  const costs = await wholeCostsOf(made.path, [jest, flag, "--rootDir=."]);
  expect(costs.status, costs.said).toBe(0);
  await expectOwn(made.path, costs, "alone > slow", "slowWork");
  await expectOwn(made.path, costs, "alone > quick", "quickWork");
  await expectOwn(made.path, costs, "other > large", "largeWork");
  expect(costs.tests.get("alone > slow")).toMatch(/^a\.test\.js:\d+$/);
  // Of those that run at once.
  expect(costs.tests.has("small")).toBe(false);
});

test.for([
  [["test"], 2, /^no command to run\nusage: pprof test /],
  [["test", "-startup", "--", "x"], 2, /^pprof: -startup is of run: /],
  [["run", "-slowest", "--", "x"], 2, /^pprof: -slowest is of test: /],
] as const)("%j is refused", async ([words, status, said]) => {
  using made = directory({});
  const result = await pprof(words, { cwd: made.path });
  expect(result.status).toBe(status);
  expect(result.stderr).toMatch(said);
});
