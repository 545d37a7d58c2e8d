// Captures beside one another: V8 has one CPU profiler and one heap sampler for each thread.
import { once } from "node:events";
import { type Profile, toNumbers } from "@pprof-ts/profile";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { fetchProfile } from "./fetch-profile.ts";
import { Program, removeFolder, scratchFolder } from "./program.ts";
import { flatOf } from "./stacks.ts";

const code = `
  import { startCpuProfile, stopCpuProfile } from "@pprof-ts/runtime";
  globalThis.kept = [];
  function keepInMain() { for (let i = 0; i < 100_000; i++) kept.push({ i, text: "m" + i, list: [i, i + 1] }); }
  function spin() { const end = Date.now() + 20; while (Date.now() < end); }
  setInterval(spin, 40);
  const deeds = { keep: async () => keepInMain(), start: () => startCpuProfile(), stop: () => stopCpuProfile() };
  process.on("message", async (deed) => process.send(await deeds[deed]().then((bytes) => bytes?.length ?? 0, (error) => error.message)));
`;

const folder = scratchFolder();
let program: Program;
let base: string;

afterEach(() => program?.stop());
afterAll(() => removeFolder(folder));

async function begin(env: Record<string, string> = {}): Promise<void> {
  program = Program.registered(code, { cwd: folder, env });
  base = await program.url();
  // The profiler that is kept running starts behind the port.
  while (env.PPROF_WARM !== "0" && !(await refused("")).includes("kept running"));
}

const profileOf = (query: string): Promise<Profile> => fetchProfile(base + query);

async function deed(name: string): Promise<unknown> {
  program.child.send(name);
  return (await once(program.child, "message"))[0];
}

const refused = (query: string): Promise<string> => fetch(base + query).then((response) => response.text());
const BUSY =
  /^Could not enable CPU profiling: cpu profiling already in use: a capture (by line, )?at \d+ Hz goes on until (20[\d-]+T[\d:.]+Z|the program ends it): ask for no more than that, or later\n$/;
const micros = ({ samples }: Profile): number =>
  toNumbers(samples.values[1]!).reduce((sum, nanos) => sum + nanos, 0) / 1e3;

/** A capture that is asked for and goes on until it is left. */
async function hold(query: string, other: string): Promise<() => Promise<void>> {
  const gone = new AbortController();
  const held = fetch(base + query, { signal: gone.signal }).catch(() => {});
  while (!BUSY.test(await refused(other)));
  return async () => {
    gone.abort();
    await held;
  };
}

describe("CPU captures", () => {
  test.for([
    ["the profiler that is kept running", {}, "", 100],
    ["one of their own", { PPROF_WARM: "0" }, "", 100],
    ["one of their own, the recorder paused", { PPROF_KEEP: "1m" }, "&rate=1000", 1000],
    ["the sampler of lines", {}, "&lines=1", 100],
    ["the sampler of lines, without the other", { PPROF_WARM: "0" }, "&lines=1", 100],
  ] as const)(
    "of one rate go on beside one another, each for its own time, by %s",
    { timeout: 90_000 },
    async ([, env, how, rate]) => {
      await begin(env);
      const asked = [3, 1, 1].map((seconds) => profileOf(`profile?seconds=${seconds}${how}`));
      // The program's own is at 100 Hz and without lines, which does not go beside each of these.
      const own = how === "" || (how === "&lines=1" && !("PPROF_WARM" in env));
      if (own) expect(await deed("start")).toBe(0);
      const profiles = await Promise.all(asked);
      for (const [i, seconds] of [3, 1, 1].entries()) {
        const { period, durationNanos } = profiles[i]!;
        expect(period).toBe(BigInt(1e9 / rate));
        expect(Number(durationNanos)).toBeGreaterThanOrEqual(seconds * 0.99e9);
        expect(micros(profiles[i]!)).toBeGreaterThan(0);
        // Each has its own time only.
        expect(micros(profiles[i]!)).toBeLessThanOrEqual((Number(durationNanos) / 1e3) * 1.2);
      }
      expect(micros(profiles[0]!)).toBeGreaterThan(micros(profiles[1]!));
      if (own) expect(await deed("stop")).toBeGreaterThan(100);
      // And then again.
      expect(micros(await profileOf("profile?seconds=1&rate=200"))).toBeGreaterThan(0);
      expect(micros(await profileOf("profile?seconds=1"))).toBeGreaterThan(0);
    },
  );

  test("at a lower rate than that of another go on beside it", async () => {
    await begin({ PPROF_WARM: "0" });
    const leave = await hold("profile?seconds=600&rate=1000", "profile?seconds=1&rate=2000");
    for (const [rate, each] of [
      [100, 10],
      [300, 3.33],
      [999, 1],
    ] as const) {
      const thinned = await profileOf(`profile?seconds=1&rate=${rate}`);
      expect(thinned.comments).toEqual([`one of each ${each} samples: the profiler runs at 1000 Hz`]);
      expect(thinned.period).toBe(BigInt(Math.round(1e9 / rate)));
      expect(micros(thinned)).toBeGreaterThan(0);
      expect(micros(thinned)).toBeLessThanOrEqual((Number(thinned.durationNanos) / 1e3) * 1.2);
    }
    expect(await refused("profile?seconds=1&lines=1&rate=2000")).toMatch(BUSY);
    expect(micros(await profileOf("profile?seconds=1&lines=1"))).toBeGreaterThan(0);
    await leave();
  }, 60_000);

  test.for([
    ["seconds=600&rate=333", {}],
    ["seconds=600&rate=333", { PPROF_WARM: "0" }],
    ["seconds=600&rate=333", { PPROF_WARM: "70" }],
    ["seconds=600&rate=7", { PPROF_WARM: "0" }],
    ["seconds=600&lines=1&rate=333", {}],
    ["seconds=600&lines=1&rate=7", { PPROF_WARM: "0" }],
  ] as const)("none takes the usual one from others: beside %s, with %o", { timeout: 60_000 }, async ([query, env]) => {
    await begin(env);
    const leave = await hold(`profile?${query}`, "profile?seconds=1&rate=9999");
    const [usual, other] = await Promise.all([profileOf("profile?seconds=1"), profileOf("profile?seconds=1")]);
    for (const profile of [usual, other]) expect([profile.period, micros(profile) > 0]).toEqual([10_000_000n, true]);
    const byLine = await refused("profile?seconds=1&lines=1");
    if (query.includes("lines")) expect(byLine).toMatch(BUSY);
    else expect(byLine).not.toMatch(/already in use/);
    await leave();
  });

  test("that want more samples than are taken are refused, and those of the program beside its own", async () => {
    await begin();
    const leave = await hold("profile?seconds=600", "profile?seconds=1&rate=1000");
    expect(await deed("start")).toBe(0);
    expect(await deed("start")).toBe("cpu profiling already in use");
    await leave();
    expect(await refused("profile?seconds=1&rate=1000")).toMatch(BUSY);
    expect(await deed("stop")).toBeGreaterThan(100);
    expect(await deed("stop")).toBe("cpu profiling is not in use");
    while (BUSY.test(await refused("profile?seconds=1&rate=1000")));
  }, 60_000);
});

test("an allocs profile does not delay heap, nor other allocs profiles", async () => {
  await begin();
  // Heap samplers start behind the port.
  await profileOf("heap");
  await deed("keep");
  const gone = new AbortController();
  const long = fetch(`${base}allocs?seconds=600`, { signal: gone.signal }).catch((error: Error) => error.name);
  const said = async (): Promise<string> => (await profileOf("heap")).comments[0]!;
  while (!(await said()).startsWith("an allocs profile is not over"));
  const during = await profileOf("heap?gc=1");
  expect(flatOf(during, "inuse_space").get("keepInMain")?.value).toBeGreaterThan(1e6);
  const [one, two] = await Promise.all([profileOf("allocs?seconds=1"), profileOf("allocs?seconds=2")]);
  expect(one.comments[0]).toContain("all allocations of 1 seconds");
  expect(two.comments[0]).toContain("all allocations of 2 seconds");
  expect(two.sampleTypes.map(({ type }) => type)).toEqual([
    "alloc_objects",
    "alloc_space",
    "inuse_objects",
    "inuse_space",
  ]);
  expect(await said()).toMatch(/^an allocs profile is not over/);
  gone.abort();
  expect(await long).toBe("AbortError");
  while (!(await said()).startsWith("objects sampled since 2"));
  expect((await profileOf("heap")).comments.join()).toContain("objects with the label seen are as they were");
}, 60_000);
