// What others have V8 count of the code that runs is not lost by what is captured beside it, or the index says what is.
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { Session as InspectorSession } from "node:inspector/promises";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Coverage } from "../src/agent/inspector/coverage.ts";
import { Threads } from "../src/agent/inspector/threads.ts";
import { fetchProfile } from "./fetch-profile.ts";
import { ownSession } from "./own-session.ts";
import { Program, removeFolder, scratchFolder } from "./program.ts";

let folder: string;
let program: Program | undefined;

beforeAll(() => {
  folder = scratchFolder();
  writeFileSync(
    path.join(folder, "counted.cjs"),
    `exports.early = function early(yes) {
  if (yes) { return 1; } else { return 2; }
};
exports.late = function late(yes) {
  if (yes) { return 1; } else { return 2; }
};
`,
  );
  writeFileSync(path.join(folder, "counts.cjs"), COUNTS);
});
afterEach(() => program?.stop());
afterAll(() => removeFolder(folder));

/** Counts by a session of its own, in the main thread or a worker; `early` runs before the captures, `late` after them. */
const COUNTS = `
const { isMainThread, parentPort, Worker } = require("node:worker_threads");
const count = (tell) => {
  const { Session } = require("node:inspector");
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  const { early, late } = require("./counted.cjs");
  for (let i = 0; i < 10; i++) early(i % 2);
  setInterval(() => { for (let i = 0; i < 1e5; i++) Math.sqrt(i); }, 10);
  return () => {
    for (let i = 0; i < 5; i++) early(1);
    for (let i = 0; i < 7; i++) late(i % 2);
    session.post("Profiler.takePreciseCoverage", (_, { result }) => tell(result));
  };
};
if (!isMainThread) {
  parentPort.once("message", count((result) => parentPort.postMessage({ deed: "tell", result })));
  parentPort.postMessage({ deed: "begun" });
} else if (process.argv[2] === "worker") {
  const worker = new Worker(__filename);
  worker.on("message", (message) => process.send(message));
  process.on("message", () => worker.postMessage("tell"));
} else {
  const begin = () => {
    process.once("message", count((result) => process.send({ deed: "tell", result })));
    process.send({ deed: "begun" });
  };
  if (process.argv[2] === "later") process.once("message", begin);
  else begin();
}
`;

interface Counted {
  readonly url: string;
  readonly functions: readonly {
    readonly functionName: string;
    readonly isBlockCoverage: boolean;
    readonly ranges: readonly { readonly count: number }[];
  }[];
}

/** How often each block of each function ran. */
function blocksOf(result: readonly Counted[]): Record<string, number[]> {
  const counted = result.find(({ url }) => url.endsWith("counted.cjs"))!;
  return Object.fromEntries(
    counted.functions.map(({ functionName, isBlockCoverage, ranges }) => [
      `${functionName} ${isBlockCoverage ? "by blocks" : "by calls"}`,
      ranges.map(({ count }) => count),
    ]),
  );
}

const RIGHT = { " by blocks": [1], "early by blocks": [15, 10, 5], "late by blocks": [7, 3, 4] };

const QUERIES = ["profile?seconds=1", "heap", "allocs?seconds=1", "goroutine", "profile?seconds=1"];

/** Captures that begin and end V8's profilers in every way, of all threads; what was said of them. */
async function capture(base: string, queries = [...QUERIES, "profile?seconds=1&rate=250"]): Promise<string> {
  const said: string[] = [];
  for (const query of queries) said.push(...(await fetchProfile(base + query)).comments);
  return said.join("\n");
}

async function coverageOf(base: string): Promise<string> {
  const response = await fetch(base, { headers: { accept: "application/json" } });
  return ((await response.json()) as { samplers: { coverage: string } }).samplers.coverage;
}

const started = (thread: string): Program =>
  new Program(["--import", "@pprof-ts/runtime/register", "counts.cjs", thread], { cwd: folder });

test("what a client in the program counts, in its main thread", async () => {
  program = started("main");
  const base = await program.url();
  expect(await capture(base, QUERIES)).toContain(
    "V8 would have to forget what a session of the program's own may count",
  );
  expect(blocksOf((await program.deed("tell")) as Counted[])).toEqual(RIGHT);
  expect(await coverageOf(base)).toBe(
    "what other clients of the inspector have V8 count of the code that runs is left to them",
  );
});

test.for([
  ["later", "profile?seconds=1"],
  ["worker", "profile?seconds=1"],
])("where V8 had to forget what it had compiled, the index says what was taken: %s, %s", async ([thread, query]) => {
  program = started(thread!);
  const base = await program.url();
  await capture(base, ["heap", "allocs?seconds=1"]);
  expect(await coverageOf(base)).toContain("is left to them");
  // What loads the inspector as the program starts is seen; what does so now is not.
  if (thread === "later") {
    const begun = once(program.child, "message");
    program.child.send("begin");
    await begun;
  }
  await capture(base, [query!]);
  expect(await coverageOf(base)).toContain("was taken from them");
});

test("where V8 was asked for the text of scripts, the index says what was taken", async () => {
  writeFileSync(
    path.join(folder, "in-memory.cjs"),
    `require("node:module")._extensions[".ts"] = (module, file) => module._compile(
  "function burn() { for (let i = 0; i < 1e3; i++) Math.sqrt(i); setImmediate(burn); }\\nburn();", file);
require("./counts.cjs");
require("./source.ts");
`,
  );
  writeFileSync(path.join(folder, "source.ts"), "\n\n");
  program = new Program(["--import", "@pprof-ts/runtime/register", "in-memory.cjs"], { cwd: folder });
  const base = await program.url();
  while (!(await coverageOf(base)).includes("was taken from them")) await fetchProfile(`${base}profile?seconds=1`);
  expect(blocksOf((await program.deed("tell")) as Counted[])).not.toEqual(RIGHT);
});

const CODE = `
const { early, late } = require("./counted.cjs");
for (let i = 0; i < 10; i++) early(i % 2);
require("node:module")._extensions[".ts"] = (module, file) => module._compile(
  "function burn() { for (let i = 0; i < 1e3; i++) Math.sqrt(i); setImmediate(burn); }\\nburn();", file);
require("./source.ts");
process.on("message", () => {
  for (let i = 0; i < 5; i++) early(1);
  for (let i = 0; i < 7; i++) late(i % 2);
  process.exit(3);
});
`;

test("what NODE_V8_COVERAGE has Node write as it ends, also where V8 was asked for the text of scripts", async () => {
  const written = mkdtempSync(path.join(folder, "coverage-"));
  writeFileSync(path.join(folder, "ends.cjs"), CODE);
  writeFileSync(path.join(folder, "source.ts"), "\n\n");
  program = new Program(["--import", "@pprof-ts/runtime/register", "ends.cjs"], {
    cwd: folder,
    env: { NODE_V8_COVERAGE: written },
  });
  const base = await program.url();
  const said = await capture(base);
  expect(said).toContain("V8 was asked for the text of a script");
  await fetchProfile(`${base}goroutine?full=1`);
  expect(said).toContain("what NODE_V8_COVERAGE has V8 count of the code that runs is left to it");
  program.child.send("end");
  const { code, stderr } = await program.ended;
  expect([code, stderr]).toEqual([3, expect.stringMatching(/^pprof: serving profiles at \S+\n$/)]);
  const files = readdirSync(written).map((file) => readFileSync(path.join(written, file), "utf8"));
  const own = files.filter((text) => text.includes("counted.cjs"));
  expect(own).toHaveLength(1);
  expect(blocksOf(JSON.parse(own[0]!).result)).toEqual(RIGHT);
});

const coverage = new Coverage({ script: "", execPath: "", commandLine: [] });

test("a worker that is watched again has one session, and takes no command in between", async () => {
  const inspector = new InspectorSession();
  inspector.connect();
  const sessions = new Set<string>();
  inspector.on("NodeWorker.attachedToWorker", ({ params }) => sessions.add(params.sessionId));
  inspector.on("NodeWorker.detachedFromWorker", ({ params }) => sessions.delete(params.sessionId));
  const worker = new Worker("setInterval(() => {}, 1000)", { eval: true, name: "watched" });
  try {
    const session = ownSession(inspector);
    const on = (event: string, listener: (params: never) => void): (() => void) => {
      const heard = ({ params }: { params: object }): void => listener(params as never);
      inspector.on(event as never, heard as never);
      return () => void inspector.off(event, heard);
    };
    const threads = new Threads({ ...session, on }, (title) => !title.includes("watched"), coverage);
    const usages: number[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const unwatch = await threads.watchWorkers(() => {});
      let watched: typeof threads.main | undefined;
      const again = await threads.watchWorkers((thread) => {
        watched = thread;
      });
      await expect.poll(() => watched).toBeDefined();
      await again();
      const { usedSize } = await watched!.session.post<{ usedSize: number }>("Runtime.getHeapUsage");
      usages.push(usedSize);
      await unwatch();
      await expect(watched!.session.post("Runtime.getHeapUsage")).rejects.toThrow("sent nothing");
    }
    expect(usages.every((bytes) => bytes > 0)).toBe(true);
    await expect.poll(() => sessions.size).toBe(1);
    await worker.terminate();
    await expect.poll(() => sessions.size).toBe(0);
  } finally {
    await worker.terminate();
    inspector.disconnect();
  }
});
