import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { checkGoTrace, goroutineNames, readGoTrace } from "@pprof-ts/profile";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Program, removeFolder, scratchFolder } from "../program.ts";

let folder: string;

beforeEach(() => {
  folder = scratchFolder();
});

afterEach(() => removeFolder(folder));

/** A server that asks itself; `others` is who looks at it as well. */
const code = (others: string): string => `
  import { AsyncLocalStorage, createHook } from "node:async_hooks";
  import { createServer, get } from "node:http";
  import inspector from "node:inspector";
  ${others}
  const server = createServer((request, response) => setTimeout(() => response.end("ok"), 5));
  server.listen(0, "127.0.0.1", () => {
    let asked = 0;
    const ask = () => get({ port: server.address().port, path: "/a" }, (response) => response.resume().on("end", () => { asked++; ask(); }));
    ask();
    process.on("message", () => { console.log("served", asked > 20); process.exit(4); });
  });
`;

const CLIENT = `
  const session = new inspector.Session();
  session.connect();
  const posted = [];
  const post = (method, params) => session.post(method, params, (error) => posted.push(error?.message ?? "ok"));
  for (const domain of ["Runtime", "Debugger", "Profiler", "HeapProfiler"]) post(domain + ".enable");
  post("Profiler.start");
  post("NodeTracing.start", { traceConfig: { includedCategories: ["node", "v8"] } });
  session.on("NodeTracing.dataCollected", () => {});
  process.on("exit", () => session.post("Profiler.stop", (error, { profile }) =>
    console.log(posted.every((one) => one === "ok"), profile.samples.length > 10)));
`;
const HOOKS = `
  let inits = 0;
  createHook({ init() { inits++; } }).enable();
  const storage = new AsyncLocalStorage();
  storage.enterWith("its own");
  const lag = setInterval(() => { if (storage.getStore() !== "its own") throw new Error("lost"); }, 10);
  process.on("exit", () => console.log("hooked", inits > 50));
`;

const rows: readonly [name: string, flags: readonly string[], others: string, stdout: string, files: RegExp][] = [
  ["Node's trace events", ["--trace-event-categories", "node,node.async_hooks,v8"], "", "", /^node_trace\.\d+\.log$/],
  ["--cpu-prof", ["--cpu-prof"], "", "", /^CPU\..*\.cpuprofile$/],
  ["an inspector client of the program's", [], CLIENT, "true true\n", /^$/],
  ["hooks of the program's", [], HOOKS, "hooked true\n", /^$/],
];

test.each(rows)(
  "beside %s a trace of each level is whole, and so is what they have",
  { timeout: 60_000 },
  async (...row) => {
    const [, flags, others, stdout, files] = row;
    const program = new Program(
      [...flags, "--import", "@pprof-ts/runtime/register", "--input-type=module", "--eval", code(others)],
      { cwd: folder },
    );
    try {
      const base = await program.url();
      for (const level of ["L", "E"]) {
        const response = await fetch(`${base}trace?seconds=1&level=${level}`);
        const bytes = new Uint8Array(await response.arrayBuffer());
        expect([level, response.status, checkGoTrace(bytes)]).toEqual([level, 200, undefined]);
        const names = [...goroutineNames(readGoTrace(bytes).trace).values()];
        expect(names.filter((name) => /^GET /.test(name)).length).toBeGreaterThan(10);
      }
      program.child.send("end");
      const ended = await program.ended;
      expect(ended).toMatchObject({ code: 4, signal: null, stdout: `served true\n${stdout}` });
      expect(ended.stderr).toMatch(/^pprof: serving profiles at \S+\n$/);
      const left = readdirSync(folder).filter((file) => files.test(file));
      expect(left.length).toBe(files.test("") ? 0 : 1);
      // Whole, or cut where Node cuts it, but not empty.
      for (const file of left) expect(readFileSync(path.join(folder, file), "utf8").length).toBeGreaterThan(1_000);
    } finally {
      await program.stop();
    }
  },
);
