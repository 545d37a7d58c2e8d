import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "./free-port.ts";
import { Program, removeFolder, scratchFolder } from "./program.ts";

let folder: string;

beforeAll(() => {
  folder = scratchFolder();
});

afterAll(() => removeFolder(folder));

/** Lives until the profiler has said what it has to say, and ends as it wants to; `listeners` of its standard error are its own. */
const PROGRAM = `
  const { existsSync, readdirSync } = await import("node:fs");
  const isDone = { port: () => fetch(process.env.BASE).then(() => true, () => false), stall: () => existsSync("stalls") && readdirSync("stalls").length > 0, time: async () => true };
  setInterval(() => { const until = Date.now() + 300; while (process.env.UNTIL === "stall" && Date.now() < until); }, 100);
  setInterval(async () => {
    if (!await isDone[process.env.UNTIL]()) return;
    setTimeout(() => { console.log("lives"); process.exit(7); }, 1_000);
  }, 500);
`;

/** Makes standard error such as a reader that is a stream of Node's may leave it: it does not block, and is full. */
const FILL = `
  import { writeSync } from "node:fs";
  process.stderr._handle.setBlocking(false);
  try { for (;;) writeSync(2, "x".repeat(4096)); } catch {}
  try { for (;;) writeSync(2, "x"); } catch {}
`;

/** What the profiler says when, and until when the program waits for that. */
const said: readonly [what: string, until: string, env: Record<string, string>][] = [
  ["where it serves", "port", {}],
  ["why it does not serve", "time", { PPROF_ALLOW: "10.0.0.0/" }],
  ["that its port is taken", "time", { PPROF_ADDR: "127.0.0.1:1" }],
  ["where the profile of a stall is", "stall", { PPROF_KEEP: "1m", PPROF_STALL: "200ms", PPROF_STALL_DIR: "stalls" }],
];

/** Standard errors that take nothing. */
const deaf: readonly [name: string, open: () => number | "pipe", preloads: readonly string[]][] = [
  ["a full disk", () => openSync("/dev/full", "w"), []],
  ["a pipe without a reader", () => "pipe", []],
  ["a full pipe that does not block", () => "pipe", ["--import", `data:text/javascript,${encodeURIComponent(FILL)}`]],
];

for (const [name, open, preloads] of deaf) {
  test.for(said)(
    `a program whose standard error is ${name} ends as without when the profiler says %s there`,
    { timeout: 60_000, skip: name === "a full disk" && !existsSync("/dev/full") },
    async ([, until, env]) => {
      const port = await freePort();
      const stderr = open();
      const child = spawn(
        process.execPath,
        [...preloads, "--import", "@pprof-ts/runtime/register", "--input-type=module", "--eval", PROGRAM],
        {
          cwd: folder,
          env: {
            ...process.env,
            NODE_OPTIONS: "",
            PPROF_ADDR: `127.0.0.1:${port}`,
            BASE: `http://127.0.0.1:${port}/debug/pprof/`,
            UNTIL: until,
            ...env,
          },
          stdio: ["ignore", "pipe", stderr],
        },
      );
      if (stderr !== "pipe") closeSync(stderr);
      else if (preloads.length === 0) child.stderr!.destroy();
      let stdout = "";
      child.stdout!.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
      });
      const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
      expect({ ...((await ended) as object), stdout }).toMatchObject({
        code: 7,
        signal: null,
        stdout: expect.stringContaining("lives"),
      });
    },
  );
}

test("a flag of which Node warns in each thread has its warning once", { timeout: 30_000 }, async () => {
  const args = [
    "--frozen-intrinsics",
    "--import",
    "@pprof-ts/runtime/register",
    "--eval",
    "setTimeout(() => {}, 1_000)",
  ];
  const { code, stderr } = await new Program(args, { cwd: folder }).ended;
  expect([code, stderr.match(/ExperimentalWarning/g)?.length]).toEqual([0, 1]);
});
