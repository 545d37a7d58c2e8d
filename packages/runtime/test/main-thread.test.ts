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
  },
);
