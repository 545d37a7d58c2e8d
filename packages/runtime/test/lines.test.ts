import { once } from "node:events";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Profile, toNumbers } from "@pprof-ts/profile";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fetchProfile } from "./fetch-profile.ts";
import { compile, lineOf, Program, removeFolder, scratchFolder, sourceOf } from "./program.ts";
import { flatOf, type Stack, stacksOf } from "./stacks.ts";

const packages = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;
let script: string;

beforeAll(() => {
  folder = scratchFolder();
  script = compile("lines", folder, "--sourceMap");
});

afterAll(() => removeFolder(folder));

const profileOf = (base: string, query: string): Promise<Profile> => fetchProfile(`${base}profile?${query}`);

const sampler = async (base: string): Promise<string> =>
  (await (await fetch(base, { headers: { accept: "application/json" } })).json()).samplers.profile;

const at = (name: string, text: string): string => `${name} ${sourceOf("lines")}:${lineOf("lines", text)}`;

/** Whether the stack has these frames, one called by the next. */
const has = ({ frames }: Stack, ...some: string[]): boolean =>
  frames.some((_, from) => some.every((frame, i) => frames[from + i] === frame));

/** The time below `twice`, at the lines where it calls `leaf`. */
function timeOfCalls(profile: Profile): number[] {
  return ["leaf(2_000_000)", "leaf(4_000_000)"].map((call) =>
    stacksOf(profile)
      .filter((stack) => has(stack, at("twice", call), at("turn", "twice();")))
      .reduce((sum, { values }) => sum + values[1]!, 0),
  );
}

/** The files of the mappings in which functions of this name lie. */
function mappingsOf({ strings, functions, locations, mappings }: Profile, name: string): Set<string> {
  const rows = locations.lines.function.map((fn, row) => (strings.get(functions.name[fn]!) === name ? row : -1));
  const found = Array.from(locations.mapping).filter((_, at) => rows.includes(locations.lineStart[at]!));
  return new Set(found.map((mapping) => strings.get(mappings.filename[mapping]!)));
}

describe("profile", () => {
  test("has garbage collection and native functions as frames, told from the program's own", async () => {
    const env = { PPROF_WARM: "1000" };
    const program = new Program(["--import", "@pprof-ts/runtime/register", script], { cwd: folder, env });
    try {
      const base = await program.url();
      // It listens before the profilers run.
      while (!(await sampler(base)).startsWith("V8's CPU profiler, kept running at 1000 Hz"));
      const profile = await profileOf(base, "seconds=2&rate=1000");
      expect([profile.period, profile.comments]).toEqual([1_000_000n, []]);
      expect(flatOf(profile, "cpu").get("(garbage collector)")?.value).toBeGreaterThan(0);
      for (const native of ["(garbage collector)", "statSync", "processTimers"]) {
        expect(mappingsOf(profile, native), native).toEqual(new Set([process.execPath]));
      }
      expect(mappingsOf(profile, "twice")).toEqual(new Set([script]));
      // What Node has in C++ has no file.
      const cpp = [...flatOf(profile, "cpu")].filter(([name, { file }]) => file === "" && !name.startsWith("("));
      expect(cpp.map(([name]) => name)).not.toEqual([]);

      // Kept running at 1 kHz, it also serves the rates that divide that.
      const thinned = await profileOf(base, "seconds=1");
      expect(thinned.comments).toEqual(["one of each 10 samples: the profiler runs at 1000 Hz"]);
      expect(thinned.period).toBe(10_000_000n);
      const [counts, nanos] = thinned.samples.values.map((values) => toNumbers(values).reduce((sum, n) => sum + n, 0));
      // While V8 makes a text of a slice, which stops the program for some milliseconds, nothing is sampled.
      expect(counts).toBeGreaterThanOrEqual(Math.floor(nanos! / 10e6));
      expect(counts).toBeLessThanOrEqual(Math.ceil(Number(thinned.durationNanos) / 10e6));
      expect(nanos).toBeLessThanOrEqual(Number(thinned.durationNanos));
    } finally {
      await program.stop();
    }
  });
});

describe("lines=1", () => {
  test("by @datadog/pprof, where it is installed and free", async () => {
    const program = new Program(["--import", "@pprof-ts/runtime/register", script], { cwd: folder });
    try {
      const base = await program.url();
      expect(await sampler(base)).toMatch(/lines=1: @datadog\/pprof \d+\.\d+\.\d+ for the main thread/);
      const profile = await profileOf(base, "seconds=2&rate=500&lines=1");
      expect(profile.comments).toEqual([
        expect.stringMatching(/^the main thread was sampled by @datadog\/pprof \d+\.\d+\.\d+: /),
      ]);
      expect(profile.period).toBe(2_000_000n);
      const [two, four] = timeOfCalls(profile);
      expect(two).toBeGreaterThan(0);
      expect(four).toBeGreaterThan(two!);
      const flat = flatOf(profile, "cpu");
      // V8 inlines it, and does not tell it from its caller in code that was compiled before.
      expect((flat.get("leaf") ?? flat.get("twice"))?.file).toBe(sourceOf("lines"));
      expect(flat.get("(garbage collector)")?.value).toBeGreaterThan(0);
      const stacks = stacksOf(profile);
      expect(stacks.some(({ frames }) => frames.some((frame) => frame.startsWith("(anonymous lines.ts:")))).toBe(true);
      // What the profiler does there is one function.
      expect(stacks.flatMap(({ frames }) => frames).filter((frame) => frame.includes("/program/agent-thread"))).toEqual(
        [],
      );
      const total = [...flat.values()].reduce((sum, { value }) => sum + value, 0);
      // Idle time is left out; the program is busy for nearly all of it.
      expect(total).toBeLessThan(1.2 * Number(profile.durationNanos));
      const threads = new Set(Array.from(profile.samples.labels.str, (row) => profile.strings.get(row)));
      expect(threads).toEqual(new Set(["main"]));

      // The program uses it itself: it has one profiler.
      program.child.send("datadog");
      await once(program.child, "message");
      const sites = await profileOf(base, "seconds=1&lines=1");
      expect(sites.comments).toEqual([
        expect.stringContaining("sampled at its call sites"),
        expect.stringMatching(/^@datadog\/pprof was not used: .*another profiler is already active/),
      ]);
      expect(Math.min(...timeOfCalls(sites))).toBeGreaterThan(0);
      // On top stands what ran, and not the sampler.
      const onTop = flatOf(sites, "cpu");
      expect(onTop.get("leaf")?.file).toBe(sourceOf("lines"));
      expect(onTop.get("leaf")?.value).toBeGreaterThan(onTop.get("(native)")?.value ?? 0);

      // It has labels or lines: where there are labels, it is the sampler that has both.
      program.child.send("labels");
      while (!(await sampler(base)).includes("labels its work"));
      const labelled = await profileOf(base, "seconds=1&lines=1");
      expect(labelled.comments).toEqual([expect.stringContaining("sampled at its call sites")]);
      expect(Math.min(...timeOfCalls(labelled))).toBeGreaterThan(0);
      expect(Array.from(labelled.samples.labels.str, (row) => labelled.strings.get(row))).toContain("/price");
    } finally {
      await program.stop();
    }
  });

  test("by the call-site sampler, where it is not installed", async () => {
    // A copy, which finds nothing beside it.
    const alone = scratchFolder();
    const modules = path.join(alone, "node_modules");
    rmSync(modules);
    for (const name of ["runtime", "profile"]) {
      const to = path.join(modules, "@pprof-ts", name);
      mkdirSync(to, { recursive: true });
      for (const part of ["package.json", "dist"]) {
        cpSync(path.join(packages, name, part), path.join(to, part), { recursive: true });
      }
    }
    cpSync(script, path.join(alone, "lines.js"));
    const program = new Program(["--import", "@pprof-ts/runtime/register", path.join(alone, "lines.js")], {
      cwd: alone,
    });
    try {
      const base = await program.url();
      expect(await sampler(base)).toContain("(lines=1: the call-site sampler for the main thread)");
      const profile = await profileOf(base, "seconds=1&lines=1&timeline=1");
      expect(profile.comments).toEqual([
        expect.stringContaining("sampled at its call sites"),
        expect.stringContaining("samples have no times"),
      ]);
    } finally {
      await program.stop();
      removeFolder(alone);
    }
  });
});

test("@datadog/pprof that fails in the program leaves nothing there, and the program ends as without", async () => {
  const code = `
    import time from "@datadog/pprof";
    const { now } = Date;
    const kinds = {
      starts() { process.getBuiltinModule("node:module").createRequire(import.meta.url)("@datadog/pprof").time.start(); },
      stops() { Date.now = () => { throw 1; }; },
    };
    process.on("message", (kind) => {
      if (kind !== "end") return kinds[kind](), process.send(process.listenerCount("exit"));
      Date.now = now;
      process.send(process.listenerCount("exit"));
      if (time.time.isStarted()) time.time.stop();
      time.time.start();
      process.exit(3);
    });`;
  for (const kind of ["starts", "stops"]) {
    const program = Program.registered(code, { cwd: folder });
    try {
      const base = await program.url();
      const listeners = (await tell(program, kind)) as number;
      const { status } = await fetch(`${base}profile?seconds=1&lines=1`);
      expect(status).toBe(kind === "stops" ? 500 : 200);
      expect(await tell(program, "end")).toBe(listeners);
      const { code: end, stderr } = await program.ended;
      expect([end, stderr.split("\n").slice(1)]).toEqual([3, [""]]);
    } finally {
      await program.stop();
    }
  }
});

async function tell(program: Program, what: string): Promise<unknown> {
  const said = once(program.child, "message");
  program.child.send(what);
  return (await said)[0];
}
