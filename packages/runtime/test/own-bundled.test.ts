import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fetchProfile } from "./fetch-profile.ts";
import { Program, removeFolder, scratchFolder } from "./program.ts";
import { stacksOf } from "./stacks.ts";

/** Makes Buffers all the time, each of which is sampled, and waits between. */
const code = `
  import "@pprof-ts/runtime/register";
  const kept = [];
  function makeBuffers() {
    for (let i = 0; i < 20; i++) kept.push(Buffer.alloc(20_000));
    if (kept.length > 2_000) kept.length = 0;
  }
  setInterval(makeBuffers, 2);
  function busy() { for (const end = Date.now() + 300; Date.now() < end; ); }
  process.on("message", () => setInterval(busy, 400));
`;

/** What is asked of the program as it runs; what applies the options once, as it starts, stands under its own functions. */
const OWN = /\/runtime\/(dist|src)\/(program\/(agent-thread|other-clients|record\/)|target\/)/;
const OTHERS = / (node:.*)?:\d+$/;

// V8's profilers tell a module by its URL, and its call sites a CommonJS script by its path.
describe.each(["esm", "cjs"] as const)("%s", (format) => {
  let folder: string;
  let script: string;
  let program: Program;
  let base: string;

  beforeAll(async () => {
    folder = scratchFolder();
    const input = path.join(folder, "app.mjs");
    writeFileSync(input, code);
    const bundle = await rolldown({ input, platform: "node", logLevel: "silent" });
    script = path.join(folder, format === "esm" ? "bundle.mjs" : "bundle.cjs");
    // The map tells here which of the bundle's functions are the profiler's; without one they are \`e\`, \`t\` and \`n\` of the bundle.
    await bundle.write({ file: script, format, minify: true, sourcemap: true, codeSplitting: false });
    program = new Program([script], { cwd: folder, env: { PPROF_MEM_RATE: "4096" } });
    base = await program.url();
  });

  afterAll(async () => {
    await program?.stop();
    removeFolder(folder);
  });

  test.each([
    "profile?seconds=2",
    "profile?seconds=1&rate=97",
    "heap?gc=1",
    "allocs?seconds=1",
    "goroutine",
    "goroutine?full=1",
  ])("in %s of a minified bundle nothing of the profiler's work has a name of the bundle's", async (query) => {
    const stacks = stacksOf(await fetchProfile(base + query)).map(({ frames }) => frames);
    // What the program has called of it is the program's; what Node has, and what samples Buffers, the profiler's.
    const own = stacks.filter((frames) =>
      frames.some((frame, at) => OWN.test(frame) && frames.slice(at + 1).every((caller) => OTHERS.test(caller))),
    );
    const sampling = stacks.filter((frames) =>
      frames.some((frame, at) => OWN.test(frame) && frames[at + 1]?.startsWith("FastBuffer ")),
    );
    expect([own, sampling]).toEqual([[], []]);
  });

  test("what samples Buffers is shown as the profiler's", { timeout: 60_000 }, async () => {
    // V8 may have inlined what makes them into what called that, up to the timer.
    const isShown = async (): Promise<boolean> =>
      stacksOf(await fetchProfile(`${base}allocs?seconds=2`)).some(
        ({ frames }) => frames[0] === "(pprof) :0" && frames.some((frame) => frame.startsWith("listOnTimeout ")),
      );
    while (!(await isShown()));
  });

  test("the program's own functions, in the same file, are its own", { timeout: 60_000 }, async () => {
    program.child.send("be busy");
    const running = async (): Promise<string> => {
      const response = await fetch(`${base}goroutine?debug=2`);
      return /^goroutine 1 \[running\]:\n(\S+)\n/m.exec(await response.text())?.[1] ?? "";
    };
    while ((await running()) !== "busy()");
    const profile = await fetchProfile(`${base}profile?seconds=1&lines=1`);
    expect(stacksOf(profile).some(({ frames }) => frames[0]!.startsWith("busy "))).toBe(true);
  });

  test("native code that is used is looked for beside the bundle, not where that was started", {
    timeout: 60_000,
  }, async () => {
    const elsewhere = mkdtempSync(path.join(tmpdir(), "pprof-elsewhere-"));
    try {
      const planted = path.join(elsewhere, "node_modules/@datadog/pprof");
      mkdirSync(planted, { recursive: true });
      writeFileSync(path.join(planted, "package.json"), '{ "name": "@datadog/pprof", "version": "0.0.0-planted" }');
      writeFileSync(path.join(planted, "index.js"), 'throw new Error("planted");');
      const other = new Program([script], { cwd: elsewhere });
      try {
        const profile = await fetchProfile(`${await other.url()}profile?seconds=1&lines=1`);
        expect(profile.comments.join()).not.toContain("planted");
      } finally {
        await other.stop();
      }
    } finally {
      removeFolder(elsewhere);
    }
  });
});
