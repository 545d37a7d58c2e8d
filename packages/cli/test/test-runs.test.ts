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

const busy = `function busy(ms) { for (const end = performance.now() + ms; performance.now() < end; ); }
const sleep = () => new Promise((resolve) => setTimeout(resolve, 1));`;

const alone = `describe("alone", () => {
  IT("slow", async () => { await sleep(); busy(400); });
  IT("quick", () => { busy(100); });
});`;

/** Two that run at once, in turn. */
const inTurn = (ms: number): string => `async () => { for (let i = 0; i < 5; i++) { busy(${ms}); await sleep(); } }`;

interface Costs {
  readonly status: number | null;
  readonly said: string;
  /** Milliseconds, and the file with the line, by test. */
  readonly tests: ReadonlyMap<string, { readonly millis: number; readonly place: string }>;
}

const MILLIS: Readonly<Record<string, number>> = { ms: 1, s: 1_000 };

async function costsOf(cwd: string, words: readonly string[]): Promise<Costs> {
  // This is a test itself, of a runner that tells so by these.
  const env = Object.fromEntries(Object.keys(process.env).flatMap((key) => (/^VITEST/.test(key) ? [[key, ""]] : [])));
  const all = ["test", "-slowest", "-o=.", "--", process.execPath, ...words];
  const { status, stderr } = await pprof(all, { cwd, env });
  const rows = stderr.matchAll(/^ *([\d.]+)(ms|s) +[\d.]+% {2}(.+?) {2}(\S+:\d+)$/gm);
  const tests = Array.from(rows, ([, value, unit, name, place]) => {
    return [name!, { millis: Number(value) * MILLIS[unit!]!, place: place! }] as const;
  });
  return { status, said: stderr, tests: new Map(tests) };
}

/** The first costs more than the second, by about so much. */
function expectRatio({ tests, said }: Costs, [first, second]: readonly [string, string], least: number): void {
  const [a, b] = [tests.get(first), tests.get(second)];
  expect(a, said).toBeDefined();
  expect(b, said).toBeDefined();
  expect(a!.millis / b!.millis).toBeGreaterThan(least);
}

test("vitest's tests have their costs, and those that run at once their own", async () => {
  using made = directory({
    "alone.test.js": `import { describe, test as IT } from "vitest";\n${busy}\n${alone}`,
    "once.test.js": `import { test } from "vitest";\n${busy}
test.concurrent("small", ${inTurn(30)});
test.concurrent("large", ${inTurn(120)});`,
  });
  symlinkSync(modules, path.join(made.path, "node_modules"), "dir");
  const costs = await costsOf(made.path, ["node_modules/vitest/vitest.mjs", "run", "--root", "."]);
  rmSync(path.join(made.path, "node_modules"));
  expect(costs.status, costs.said).toBe(0);
  expectRatio(costs, ["alone > slow", "alone > quick"], 2);
  expectRatio(costs, ["large", "small"], 2);
  expect(costs.tests.get("alone > slow")!.place).toMatch(/^alone\.test\.js:\d+$/);
  expect(costs.tests.get("small")!.place).toMatch(/^once\.test\.js:\d+$/);
  const focused = await pprof(["-top", "-tagfocus=test=large", "cpu.pb.gz"], { cwd: made.path });
  expect(focused.stdout).toMatch(/ busy\n/);
});

test("node:test's tests have their costs from Node 24 on; before, it is said that they are not known", async () => {
  using made = directory({
    "a.test.mjs": `import { describe, it as IT } from "node:test";\n${busy}\n${alone}
describe("once", { concurrency: true }, () => { IT("small", ${inTurn(30)}); IT("large", ${inTurn(120)}); });`,
  });
  const costs = await costsOf(made.path, ["--test", "a.test.mjs"]);
  expect(costs.status, costs.said).toBe(0);
  expect(costs.said).toContain("node --test starts others, and has none itself");
  if (major < 24) {
    expect(costs.said).toContain("no sample has a test: ");
    return;
  }
  // Node tells names without those of suites.
  expectRatio(costs, ["slow", "quick"], 2);
  expectRatio(costs, ["large", "small"], 2);
});

test("mocha's tests have their costs, with its own options beside", async ({ skip }) => {
  skip(!existsSync(mocha), "mocha is not installed: node scripts/programs.mjs");
  using made = directory({
    "a.spec.cjs": `const IT = it;\n${busy}\n${alone}`,
    "given.cjs": "globalThis.given = 1;",
  });
  const costs = await costsOf(made.path, [mocha, "--require", "./given.cjs", "a.spec.cjs"]);
  expect(costs.status, costs.said).toBe(0);
  expectRatio(costs, ["alone > slow", "alone > quick"], 2);
  expect(costs.tests.get("alone > slow")!.place).toMatch(/^a\.spec\.cjs:\d+$/);
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
