// Beside every other client of V8's inspector both work, or the index says what was taken; standard error has our one line.
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Profile } from "@pprof-ts/profile";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InspectorClient } from "../../packages/cli/src/input/attach/inspector-client.ts";
import { fetchProfile, namesOf } from "../../packages/runtime/test/fetch-profile.ts";
import { Program, removeFolder, scratchFolder } from "../../packages/runtime/test/program.ts";

const busy = fileURLToPath(new URL("busy.mjs", import.meta.url));
const register = ["--import", "@pprof-ts/runtime/register"];
let folder: string;

beforeAll(() => {
  folder = scratchFolder();
});

afterAll(() => removeFolder(folder));

/** On a busy machine, a second may have few samples of what is looked for. */
const namesIn = async (url: string): Promise<Set<string>> => namesOf(await fetchProfile(url));

/** What samples, as the index tells it. */
async function samplersOf(base: string): Promise<Readonly<Record<"profile" | "heap" | "coverage", string>>> {
  const response = await fetch(base, { headers: { accept: "application/json" } });
  return ((await response.json()) as { samplers: Record<"profile" | "heap" | "coverage", string> }).samplers;
}

/** Has the program keep something, once its heap is sampled. */
async function keep(program: Program, base: string): Promise<void> {
  await fetchProfile(`${base}heap`);
  program.child.send("keep");
  for (;;) if ((await once(program.child, "message"))[0] === "kept") return;
}

async function end(program: Program): Promise<string> {
  program.child.send("end");
  const { code, stderr } = await program.ended;
  expect(code).toBe(0);
  return stderr;
}

/** All names of functions in the files that another profiler has left. */
function namesInFiles(of: string): string {
  return readdirSync(of)
    .map((file) => readFileSync(path.join(of, file), "utf8"))
    .join("\n");
}

const OURS = /^pprof: serving profiles at \S+\n$/;

interface Flag {
  readonly name: string;
  args(dir: string): readonly string[];
  env?(dir: string): Record<string, string>;
  readonly index: RegExp;
  /** A function that their profile names. */
  readonly names: string;
  /** Whether V8's one heap sampler is theirs. */
  readonly heapIsTheirs?: true;
}

const flags: readonly Flag[] = [
  {
    name: "--cpu-prof",
    args: (dir) => ["--cpu-prof", `--cpu-prof-dir=${dir}`],
    index: /not kept ready, which would disturb --cpu-prof/,
    names: "grind",
  },
  {
    name: "--heap-prof",
    args: (dir) => ["--heap-prof", `--heap-prof-dir=${dir}`, "--heap-prof-interval=65536"],
    index: /as another client of the inspector \(--heap-prof.*began it: without allocs/,
    names: "keep",
    heapIsTheirs: true,
  },
  {
    name: "NODE_V8_COVERAGE",
    args: () => [],
    env: (dir) => ({ NODE_V8_COVERAGE: dir }),
    index:
      /which would disturb NODE_V8_COVERAGE[\s\S]*what NODE_V8_COVERAGE has V8 count of the code that runs is left to it/,
    names: "keep",
  },
];

test.for(flags)("$name: both have their profiles", { timeout: 60_000 }, async (flag) => {
  const dir = mkdtempSync(path.join(folder, "other-"));
  const env = { PPROF_MEM_RATE: "65536", ...flag.env?.(dir) };
  const program = new Program([...flag.args(dir), ...register, busy], { cwd: folder, env });
  try {
    const base = await program.url();
    await keep(program, base);
    while (!(await namesIn(`${base}profile?seconds=1`)).has("grind"));
    expect(await namesIn(`${base}heap`)).toContain("keep");
    const { profile, heap, coverage } = await samplersOf(base);
    expect([profile, heap, coverage].join("\n")).toMatch(flag.index);
    const allocs = await fetch(`${base}allocs?seconds=1`);
    expect(allocs.status).toBe(flag.heapIsTheirs ? 500 : 200);
    if (flag.heapIsTheirs) expect(await allocs.text()).toContain("allocs would take V8's sampler from another client");
    // Profiles that are kept ready are exchanged each three seconds.
    await sleep(3_500);
    expect(await end(program)).toMatch(OURS);
    expect(namesInFiles(dir)).toContain(`"functionName":"${flag.names}"`);
  } finally {
    await program.stop();
  }
});

describe.for([[["--inspect=127.0.0.1:0"]], [["--inspect-brk=127.0.0.1:0"]]])("DevTools with %s", ([args]) => {
  let program: Program;
  let devTools: InspectorClient;

  beforeAll(async () => {
    program = new Program([...args!, ...register, busy], { cwd: folder, env: { PPROF_MEM_RATE: "65536" } });
    const [, port] = await program.saw(/ws:\/\/127\.0\.0\.1:(\d+)\//);
    devTools = await InspectorClient.connect(Number(port));
    devTools.on("Debugger.paused", () => void devTools.post("Debugger.resume"));
    await devTools.post("Runtime.enable");
    await devTools.post("Debugger.enable");
    await devTools.post("Profiler.enable");
    await devTools.post("HeapProfiler.enable");
    await devTools.post("Runtime.runIfWaitingForDebugger");
    await once(program.child, "message");
  });

  afterAll(async () => {
    devTools?.[Symbol.dispose]();
    await program?.stop();
  });

  test("its console is sent no profiles, and ours are there", { timeout: 60_000 }, async () => {
    const heard: string[] = [];
    for (const event of ["consoleProfileStarted", "consoleProfileFinished"])
      devTools.on(`Profiler.${event}`, () => heard.push(event));
    const base = await program.url();
    while (!(await namesIn(`${base}profile?seconds=1`)).has("grind"));
    await devTools.post("Profiler.start");
    while (!(await namesIn(`${base}profile?seconds=4`)).has("grind"));
    const { profile } = await devTools.post<{ profile: object }>("Profiler.stop");
    expect(JSON.stringify(profile)).toContain('"grind"');
    expect((await samplersOf(base)).profile).toContain("which would disturb the inspector's port, which is open");
    expect(heard).toEqual([]);
  });

  test("starts and stops heap sampling, and ours goes on, with what it knew before", { timeout: 60_000 }, async () => {
    const base = await program.url();
    await keep(program, base);
    expect(await namesIn(`${base}heap`)).toContain("keep");
    await devTools.post("HeapProfiler.startSampling", { samplingInterval: 65_536 });
    const { profile } = await devTools.post<{ profile: object }>("HeapProfiler.stopSampling");
    expect(JSON.stringify(profile)).toContain('"keep"');
    // Nobody asks for a profile, and it runs again all the same.
    await sleep(2_500);
    await keep(program, base);
    expect(sumOf(await fetchProfile(`${base}heap`), "keep", false)).toBeGreaterThan(2e6);
    expect(sumOf(await fetchProfile(`${base}heap`), "keep", true)).toBeGreaterThan(2e6);
    expect((await samplersOf(base)).heap).toContain("another client of the inspector had ended it");
    expect(await namesIn(`${base}allocs?seconds=1`)).toContain("keep");
  });
});

/** The bytes of what this function keeps: of what V8 samples now, or of what was seen before. */
function sumOf({ samples, locations, functions, strings }: Profile, name: string, seen: boolean): number {
  let sum = 0;
  for (let sample = 0; sample < samples.length; sample++) {
    const location = samples.locations[samples.locationStart[sample]!]!;
    const fn = locations.lines.function[locations.lineStart[location]!]!;
    const labels = Array.from(samples.labels.key.slice(samples.labelStart[sample], samples.labelStart[sample + 1]));
    const isSeen = labels.some((key) => strings.get(Number(key)) === "seen");
    if (strings.get(functions.name[fn]!) === name && isSeen === seen) sum += Number(samples.values[1]![sample]);
  }
  return sum;
}

test.for([
  ["@datadog/pprof", ["heap", "time"]],
  ["coverage", ["functions"]],
] as const)("%s in the program: both have their profiles", { timeout: 60_000 }, async ([name, results]) => {
  const program = new Program([...register, busy, name], { cwd: folder, env: { PPROF_MEM_RATE: "65536" } });
  try {
    const base = await program.url();
    await keep(program, base);
    while (!(await namesIn(`${base}profile?seconds=1`)).has("grind"));
    expect(await namesIn(`${base}heap`)).toContain("keep");
    // Who begins V8's heap sampler first has it: both are early.
    const isTheirs = (await samplersOf(base)).heap.includes("began it: without allocs");
    expect((await fetch(`${base}allocs?seconds=1`)).status).toBe(isTheirs ? 500 : 200);
    await sleep(3_500);
    program.child.send("tell");
    const [told] = await once(program.child, "message");
    for (const result of results) expect(told[result]).toBeGreaterThan(0);
    expect(await namesIn(`${base}heap`)).toContain("keep");
    expect(await end(program)).toMatch(OURS);
  } finally {
    await program.stop();
  }
});

const endings: Record<string, string> = {
  "raises its signal again": `
    const onTerm = (signal) => { process.removeListener("SIGTERM", onTerm); process.kill(process.pid, signal); };
    process.on("SIGTERM", onTerm);`,
  "raises its signal again after a while": `
    process.once("SIGTERM", async (signal) => { await new Promise((go) => setTimeout(go, 100)); process.kill(process.pid, signal); });`,
  "raises it by number": `
    process.once("SIGTERM", () => process.kill(process.pid, 15));`,
  "listens to no signal": "",
};

test.for(Object.entries(endings))("a program that %s ends by it, without a word", async ([, code]) => {
  const program = new Program(
    [...register, "--input-type=module", "--eval", `${code} setInterval(() => {}, 1000); process.send("begun");`],
    { cwd: folder },
  );
  try {
    const begun = once(program.child, "message");
    const base = await program.url();
    await begun;
    await fetch(`${base}heap`);
    program.child.kill("SIGTERM");
    const { signal, stderr } = await program.ended;
    expect([signal, stderr]).toEqual(["SIGTERM", expect.stringMatching(OURS)]);
  } finally {
    await program.stop();
  }
});
