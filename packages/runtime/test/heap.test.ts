import { type Profile, toNumbers } from "@pprof-ts/profile";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fetchProfile } from "./fetch-profile.ts";
import { Program, removeFolder, scratchFolder } from "./program.ts";

const inWorker = `
  import { parentPort, workerData } from "node:worker_threads";
  const kept = [];
  function keepInWorker() { for (let i = 0; i < 100_000; i++) kept.push({ i, text: "w" + i, list: [i, i + 1] }); }
  function spinInWorker() { for (;;) for (let i = 0; i < 1e6; i++); }
  if (workerData === "busy") { keepInWorker(); parentPort.postMessage("begins"); spinInWorker(); }
  if (workerData === "bare") { keepInWorker(); parentPort.postMessage("kept"); setInterval(() => {}, 1000); }
  if (workerData === "brief") { keepInWorker(); parentPort.postMessage("kept"); setTimeout(() => process.exit(), 300); }
  if (workerData === "keeper") parentPort.on("message", () => { keepInWorker(); parentPort.postMessage("kept"); });
`;
const code = `
  import { once } from "node:events";
  import { Worker } from "node:worker_threads";
  const code = new URL(${JSON.stringify(`data:text/javascript,${encodeURIComponent(inWorker)}`)});
  // Node preloads what the program preloads, but where it is told otherwise.
  const make = (name) => new Worker(code, { ...(name === "bare" ? { execArgv: [] } : {}), name, workerData: name });
  const kept = [];
  const keeper = make("keeper");
  let churning = false;
  function keepInMain() { for (let i = 0; i < 100_000; i++) kept.push({ i, text: "m" + i, list: [i, i + 1] }); }
  function churn() { let sum = 0; for (let i = 0; i < 40_000; i++) sum += ("c" + i + [i, i + 1]).length; return sum; }
  setInterval(() => churning && churn(), 5);
  const deeds = {
    async keep() { keepInMain(); keeper.postMessage("keep"); await once(keeper, "message"); },
    async buffer() { kept.push(new Uint8Array(64 * 2 ** 20).fill(1)); },
    async busy() { await once(make("busy"), "message"); },
    async bare() { await once(make("bare"), "message"); },
    async brief() { const brief = make("brief"); await once(brief, "message"); await once(brief, "exit"); },
    async churn() { churning = true; },
    async drop() { kept.length = 0; return process.memoryUsage().heapUsed; },
    async rss() { return process.memoryUsage().rss; },
  };
  process.on("message", async (deed) => process.send({ deed, result: await deeds[deed]() }));
`;

let folder: string;
let program: Program;
let base: string;

beforeAll(async () => {
  folder = scratchFolder();
});

afterAll(() => removeFolder(folder));

async function begin(env: Record<string, string>): Promise<void> {
  program = Program.registered(code, { cwd: folder, env });
  base = await program.url();
  // Heap samplers start behind the port.
  await profileOf("heap");
}

const deed = (name: string): Promise<unknown> => program.deed(name);

const profileOf = (query: string): Promise<Profile> => fetchProfile(base + query);

/** Bytes by `thread: function`, and in all; `type` counts from 0. */
function bytesOf(
  { samples, locations, functions, strings }: Profile,
  type = 1,
): { by: Map<string, number>; sum: number } {
  const by = new Map<string, number>();
  let sum = 0;
  toNumbers(samples.values[type]!).forEach((bytes, sample) => {
    const location = samples.locations[samples.locationStart[sample]!]!;
    const name = strings.get(functions.name[locations.lines.function[locations.lineStart[location]!]!]!);
    const label = samples.labelStart[sample]!;
    const thread = label < samples.labelStart[sample + 1]! ? strings.get(samples.labels.str[label]!) : "process";
    by.set(`${thread}: ${name}`, (by.get(`${thread}: ${name}`) ?? 0) + bytes);
    sum += bytes;
  });
  return { by, sum };
}

const ofWorker = (by: ReadonlyMap<string, number>, worker: string, name: string): number =>
  [...by].find(([key]) => key.includes(worker) && key.endsWith(`: ${name}`))?.[1] ?? 0;

describe("heap", () => {
  beforeAll(() => begin({ PPROF_MEM_RATE: "65536" }));
  afterAll(() => program?.stop());

  test("has what the workers keep, beside what the main thread does, by thread", async () => {
    await deed("keep");
    const { by } = bytesOf(await profileOf("heap?gc=1"));
    // An object with its array and its string: 100 bytes at least.
    expect(by.get("main: keepInMain")).toBeGreaterThan(8e6);
    expect(ofWorker(by, "keeper", "keepInWorker")).toBeGreaterThan(8e6);
    expect([...by.keys()].some((key) => key.includes("pprof agent"))).toBe(false);
  });

  test("the sum is the resident memory, typed arrays and what else is in no sample by themselves", async () => {
    const before = bytesOf(await profileOf("heap")).by.get("main: (array buffers)") ?? 0;
    await deed("buffer");
    const { by, sum } = bytesOf(await profileOf("heap"));
    const rss = (await deed("rss")) as number;
    expect(by.get("main: (array buffers)")! - before).toBeGreaterThanOrEqual(64 * 2 ** 20);
    expect(Math.abs(sum - rss) / rss).toBeLessThan(0.1);
    expect(by.get("process: (profiler)")).toBeGreaterThan(1e6);
    expect(by.get("main: (compiled code)")).toBeGreaterThan(0);
    expect(by.get("main: (V8: parser, compilers, handles)")).toBeGreaterThan(0);
    if (process.platform === "linux") expect(by.get("process: (mapped files: Node, libraries)")).toBeGreaterThan(1e6);
  });

  test("a worker that never yields is in it, and one that has ended is not", async () => {
    await deed("busy");
    await deed("brief");
    const profile = await profileOf("heap?gc=1");
    const { by } = bytesOf(profile);
    expect(profile.comments.join()).toContain("busy: garbage was collected as always and not as gc=1 would");
    expect(ofWorker(by, "busy", "(heap, not sampled)") + ofWorker(by, "busy", "keepInWorker")).toBeGreaterThan(8e6);
    expect([...by.keys()].filter((key) => /^\[worker \d+\] brief: /.test(key))).toEqual([]);
  });

  test("a worker that does not preload the profiler has its size, and a comment that says what is missing", async () => {
    await deed("bare");
    const { by } = bytesOf(await profileOf("heap"));
    expect(ofWorker(by, "bare", "keepInWorker")).toBe(0);
    expect(ofWorker(by, "bare", "(heap, not sampled)")).toBeGreaterThan(8e6);
    const { comments } = await profileOf("heap");
    expect(comments.find((comment) => comment.includes("bare"))).toMatch(
      /: its objects are not sampled: workers do that/,
    );
  });

  test("says in its comments what it does not know", async () => {
    const { comments, sampleTypes } = await profileOf("heap");
    expect(sampleTypes.map(({ type }) => type)).toEqual(["inuse_objects", "inuse_space"]);
    expect(comments.join("\n")).toContain("alloc_objects and alloc_space are not known");
  });
});

describe("a leak that is older than allocs", () => {
  beforeAll(() => begin({ PPROF_MEM_RATE: "65536", PPROF_WARM: "0" }));
  afterAll(() => program?.stop());

  test("is in heap by its stack, as it was seen last, and in allocs as in use", async () => {
    await deed("keep");
    for (let i = 0; i < 3; i++) {
      const allocs = await profileOf("allocs?seconds=1");
      const types = allocs.sampleTypes.map(({ type }) => type);
      expect(types).toEqual(["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"]);
      expect(bytesOf(allocs, types.indexOf("inuse_space")).by.get("main: keepInMain")).toBeGreaterThan(8e6);
      expect(allocs.comments.join()).toMatch(
        /keeper.* is left out but for its Buffers, where it samples those: its sampler keeps its live objects for heap/,
      );
    }
    const heap = await profileOf("heap?gc=1");
    const { by } = bytesOf(heap);
    expect(by.get("main: keepInMain")).toBeGreaterThan(8e6);
    expect(ofWorker(by, "keeper", "keepInWorker")).toBeGreaterThan(8e6);
    expect(heap.comments.join()).toContain("objects with the label seen are as they were at that time");
    const { samples, strings } = heap;
    const seen = Array.from(samples.labels.key, (key, label) => [key, samples.labels.str[label]!])
      .filter(([key]) => strings.get(key!) === "seen")
      .map(([, value]) => strings.get(value!));
    expect(seen[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    // During one, too.
    const [during] = await Promise.all([profileOf("heap"), profileOf("allocs?seconds=1")]);
    expect(bytesOf(during).by.get("main: keepInMain")).toBeGreaterThan(8e6);
  });

  test("and is no longer than there is room for it", async () => {
    await deed("drop");
    await profileOf("heap?gc=1");
    const used = (await deed("drop")) as number;
    expect(bytesOf(await profileOf("heap")).by.get("main: keepInMain")).toBeLessThan(used);
  });
});

describe("allocs since the start", () => {
  beforeAll(() => begin({ PPROF_ALLOCS: "1", PPROF_MEM_RATE: "32768" }));
  afterAll(() => program?.stop());

  test("grows on, through the times at which the samples are folded", async () => {
    await deed("churn");
    // Of all functions: once V8 has inlined `churn` into the timer that calls it, its samples name that.
    const read = async (query: string): Promise<number> => {
      let sum = 0;
      for (const [key, bytes] of bytesOf(await profileOf(query)).by) if (key.startsWith("main: ")) sum += bytes;
      return sum;
    };
    const seen: number[] = [];
    // The first fold comes after 6 seconds.
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      seen.push(await read("allocs"));
    }
    for (const [i, bytes] of seen.entries()) if (i > 0) expect(bytes).toBeGreaterThan(seen[i - 1]!);
    const { comments } = await profileOf("allocs");
    expect(comments[0]).toMatch(/^all allocations since 2/);
    const ofOneSecond = await read("allocs?seconds=1");
    expect(ofOneSecond).toBeGreaterThan(0);
    expect(ofOneSecond).toBeLessThan(seen.at(-1)! / 3);
  }, 60_000);
});
