import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Program, removeFolder, scratchFolder } from "./program.ts";

let folder: string;

beforeAll(() => {
  folder = scratchFolder();
});

afterAll(() => removeFolder(folder));

/** Prints the scripts of this project that its thread has loaded, as V8 tells its debuggers. */
const LOADED = `
  import { Session } from "node:inspector";
  const session = new Session();
  session.connect();
  session.on("Debugger.scriptParsed", ({ params }) => {
    const [, own] = /\\/packages\\/(.*)$/.exec(params.url) ?? [];
    if (own !== undefined) console.log(own);
  });
  session.post("Debugger.enable");
  session.disconnect();
`;

test.each([
  ["preloaded", ["--import", "@pprof-ts/runtime/register"], ""],
  ["imported", [], 'import "@pprof-ts/runtime"; import "@pprof-ts/runtime/express";'],
])(
  "%s, the main thread of a service loads nothing of what runs in the profiler's thread",
  async (_, flags, imports) => {
    const program = new Program([...flags, "--input-type=module", "--eval", imports + LOADED], { cwd: folder });
    await program.ended;
    const loaded = program.stdout.split("\n").filter((line) => line !== "");
    expect(loaded).toContain("runtime/dist/program/record/registry.js");
    expect(loaded.filter((file) => /^(profile|runtime\/dist\/agent)\//.test(file))).toEqual([]);
    // Of traces nothing but what is kept for them, and what says that there is none.
    expect(loaded.filter((file) => /^runtime\/dist\/program\/trace\//.test(file)).sort()).toEqual([
      "runtime/dist/program/trace/current-recorder.js",
      "runtime/dist/program/trace/early.js",
    ]);
  },
);

/** The names of what is global that Node loads when somebody first reads them. */
const LAZY = `
  const lazy = /^NativeModule internal\\/(deps\\/undici\\/undici|webstorage|crypto\\/webcrypto|navigator)$/;
  delete globalThis.WebAssembly;
  const found = process.moduleLoadList.length;
  process.on("message", () => process.send(process.moduleLoadList.slice(found).filter((name) => lazy.test(name))));
`;

test("what Node loads late by what is global, such as fetch, no profile loads in the main thread", {
  timeout: 60_000,
}, async () => {
  const program = Program.registered(LAZY, { cwd: folder });
  try {
    const base = await program.url();
    const paths = ["", "heap", "goroutine", "allocs?seconds=1", "block", "mutex", "threadcreate", "profile?seconds=1"];
    for (const path of [...paths, "profile?seconds=1&lines=1"]) expect((await fetch(base + path)).status).toBe(200);
    const told = once(program.child, "message");
    program.child.send("tell");
    expect((await told)[0]).toEqual([]);
  } finally {
    await program.stop();
  }
});
