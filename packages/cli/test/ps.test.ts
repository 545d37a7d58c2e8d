import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { freePort } from "../../runtime/test/free-port.ts";
import { Program, removeFolder, scratchFolder } from "../../runtime/test/program.ts";
import { directory, pprof } from "./tool.ts";

const onLinux = process.platform === "linux" ? test : test.skip;

/** The line of this process: how busy it is, its source and its command. */
const lineOf = (stdout: string, pid: number | undefined): string | undefined =>
  stdout.split("\n").find((line) => new RegExp(`^ *${pid} `).test(line));

onLinux("lists the Node processes that run, the source of each, and why one has none", async () => {
  const folder = scratchFolder();
  const port = await freePort();
  const busy = spawn(process.execPath, ["-e", 'console.log("ready"); for (;;);', "its words"]);
  const refuses = spawn(process.execPath, [
    "--inspect-port=0",
    "-e",
    'console.log("ready"); setInterval(() => {}, 1e3);',
  ]);
  const other = spawn("/bin/sh", ["-c", "read line"]);
  const serving = Program.registered("setInterval(() => {}, 1000);", {
    cwd: folder,
    env: { PPROF_ADDR: `localhost:${port}` },
  });
  try {
    await Promise.all([once(busy.stdout, "data"), once(refuses.stdout, "data"), serving.url()]);
    using made = directory({});
    process.kill(refuses.pid!, "SIGSTOP");
    const { status, stdout, stderr } = await pprof(["ps"], { cwd: made.path });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ *pid +busy +source +command\n/);
    expect(lineOf(stdout, busy.pid)).toMatch(new RegExp(`\\d+% +pid:${busy.pid} +node\\S* -e .*its words$`));
    expect(lineOf(stdout, serving.child.pid)).toMatch(new RegExp(`% +localhost:${port} +node`));
    expect(lineOf(stdout, refuses.pid)).toMatch(/% +- +node/);
    expect(stderr).toContain(`pid ${refuses.pid}: process ${refuses.pid} is stopped: send it SIGCONT first\n`);
    expect(lineOf(stdout, other.pid)).toBeUndefined();
  } finally {
    for (const child of [busy, refuses, other]) child.kill("SIGKILL");
    await serving.stop();
    removeFolder(folder);
  }
});

test.for([
  [["-h"], 0, /^usage: pprof ps\n/],
  [["word"], 2, /^ps takes no words: word\nusage: pprof ps\n/],
  [["-x"], 2, /^flag provided but not defined: -x\nusage: pprof ps\n/],
] as const)("ps %j", async ([words, status, said]) => {
  using made = directory({});
  const result = await pprof(["ps", ...words], { cwd: made.path });
  expect([result.status, result.stdout]).toEqual([status, ""]);
  expect(result.stderr).toMatch(said);
});
