import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { directory, pprof, tool } from "../tool.ts";
import { GIT_ENV, TestRepository } from "./repository.ts";

const LONG = 120_000;
const onUnix = process.platform === "win32" ? test.skip : test;
const NODE = process.execPath;
/** Long enough for a few samples. */
const BUSY = "for (const end = Date.now() + 50; Date.now() < end; );";

test("what is no repository, has no commit, no such revision or no second one is a sentence", async () => {
  using none = directory({});
  const command = ["--", NODE, "app.js"];
  const said = async (words: readonly string[], cwd: string): Promise<readonly [number | null, string]> => {
    const env = { ...GIT_ENV, GIT_CEILING_DIRECTORIES: path.dirname(cwd) };
    const { status, stderr } = await pprof(["ci", ...words, ...command], { cwd, env });
    return [status, stderr];
  };
  expect(await said([], none.path)).toEqual([
    2,
    `pprof: ${none.path} is in no git repository, and pprof ci compares two revisions of one\n`,
  ]);
  using made = new TestRepository();
  expect(await said([], made.top)).toEqual([
    2,
    "pprof: this repository has no commit yet, and pprof ci compares two\n",
  ]);
  made.commit({ "app.js": BUSY });
  expect(await said([], made.top)).toEqual([
    2,
    expect.stringMatching(/^pprof: HEAD \(\w{7}\) is on main and has no commit before it: -base names /),
  ]);
  expect(await said(["-base=nope"], made.top)).toEqual([2, 'pprof: no revision "nope" in this repository\n']);
  expect(await said(["-base=--all"], made.top)).toEqual([2, 'pprof: no revision "--all" in this repository\n']);
  made.git("branch", "--move", "other");
  expect(await said([], made.top)).toEqual([
    2,
    "pprof: no branch origin/HEAD, main or master: -base names what to compare with\n",
  ]);
});

test.each([
  [[], /^no command to run\nusage: pprof ci \[FLAGS\] -- COMMAND/],
  [["-n=0", "--", "x"], /^pprof: invalid -n 0: must be from 1 to 1000 /],
  [["-heap", "-allocs", "--", "x"], /^pprof: V8 samples live objects \(-heap\) or all allocations/],
  [["-nope", "--", "x"], /^flag provided but not defined: -nope\nusage: /],
  [["-md=nowhere/ci.md", "--", "x"], /^pprof: cannot write nowhere\/ci\.md: no such directory nowhere\n/],
  [["-limit=cpu", "--", "x"], /^pprof: invalid -limit "cpu": /],
] as const)("%j is refused", async (words, said) => {
  using made = new TestRepository();
  made.commit({ "app.js": "" });
  const { status, stderr } = await made.ci(words);
  expect(status).toBe(2);
  expect(stderr).toMatch(said);
});

onUnix(
  "a branch is compared with where it left the main one; a shallow clone says what it lacks",
  { timeout: LONG },
  async () => {
    using made = new TestRepository();
    made.commit({ "app.js": BUSY });
    made.git("checkout", "--quiet", "-b", "topic");
    made.commit({ "app.js": `${BUSY}\n1;` });
    made.commit({ "app.js": `${BUSY}\n2;` });
    made.git("checkout", "--quiet", "main");
    made.commit({ "other.js": "" });
    made.git("checkout", "--quiet", "topic");
    const fork = made.git("rev-parse", "--short=7", "HEAD~2").trim();
    const head = made.git("rev-parse", "--short=7", "HEAD").trim();
    const words = ["-n=1", "--", NODE, "app.js"];
    const branch = await made.ci(words);
    expect([branch.status, branch.stderr]).toEqual([
      0,
      expect.stringContaining(`base: where main was left (${fork})\nhead: HEAD (${head})\n`),
    ]);
    expect(branch.stdout).toMatch(/^One run of each says nothing of chance/m);
    made.git("clone", "--quiet", "--depth=1", `file://${made.top}`, path.join(made.folder, "shallow"));
    const shallow = await made.ci(["-base=HEAD^", ...words], path.join(made.folder, "shallow"));
    expect([shallow.status, shallow.stderr]).toEqual([
      2,
      'pprof: no revision "HEAD^" in this shallow clone (git fetch --unshallow, or fetch-depth: 0 of actions/checkout)\n',
    ]);
    expect(made.left()).toEqual([]);
  },
);

onUnix(
  "a command that fails on one revision is a sentence, and what it printed is kept",
  { timeout: LONG },
  async () => {
    using made = new TestRepository();
    const fails = (how: string): string => `for (let i = 0; i < 1e4; i++) console.log("line " + i);\n${BUSY}\n${how}`;
    made.commit({ "app.js": fails("") });
    made.commit({ "app.js": fails("process.exit(3);") });
    const { status, stdout, stderr } = await made.ci(["-base=HEAD^", "-n=2", "--", NODE, "app.js"]);
    expect([status, stdout]).toEqual([2, ""]);
    const file =
      /^pprof: the command ended with status 3 on HEAD \(\w{7}\): what it printed is in (.*), and ends so:\n(line \d+\n){20}$/m.exec(
        stderr,
      )?.[1];
    expect(file, stderr).toBe(path.join(made.saved, "pprof.ci.001.log"));
    expect(readFileSync(file!, "utf8")).toMatch(/^line 0\n[\s\S]*line 9999\n$/);
    made.commit({ "app.js": "process.kill(process.pid, 'SIGKILL');" });
    const killed = await made.ci(["-base=HEAD~2", "-n=2", "--", NODE, "app.js"]);
    expect(killed.stderr).toMatch(/^pprof: the command was ended by SIGKILL on HEAD \(\w{7}\): it printed nothing$/m);
    const none = await made.ci(["-base=HEAD~2", "-n=2", "--", "nothing-of-that-name"]);
    expect(none.stderr).toMatch(/^pprof: nothing-of-that-name: no such command, on HEAD~2 \(\w{7}\)$/m);
    const shell = await made.ci(["-base=HEAD~2", "-n=2", "--", "true"]);
    expect(shell.stderr).toMatch(/^pprof: nothing was recorded on HEAD~2 \(\w{7}\): no Node process was seen$/m);
    const setup = await made.ci(["-base=HEAD~2", "-setup=echo mine; exit 4", "--", NODE, "app.js"]);
    expect(setup.stderr).toMatch(/^pprof: -setup ended with status 4 on HEAD~2 \(\w{7}\); it printed:\nmine$/m);
    expect(made.left()).toEqual([]);
  },
);

onUnix.each(["SIGINT", "SIGTERM"] as const)(
  "%s ends all of it, and leaves nothing",
  { timeout: LONG },
  async (signal) => {
    using made = new TestRepository();
    // Below a shell, which does not pass signals on.
    made.commit({
      "app.js": "require('fs').writeFileSync(process.env.READY, String(process.pid)); setInterval(() => {}, 1e4);",
    });
    const ready = path.join(made.folder, "ready");
    const command = ["-base=HEAD", "-head=HEAD", "--", "sh", "-c", `"${NODE}" app.js; true`];
    const child = spawn(NODE, [tool, "ci", ...command], {
      cwd: made.top,
      env: { PATH: process.env.PATH, ...made.env, READY: ready },
      detached: true,
    });
    const ended = once(child, "exit");
    await expect.poll(() => existsSync(ready) && readFileSync(ready, "utf8"), { timeout: LONG }).toMatch(/^\d+$/);
    // As a terminal does it, to all of the tool's group, and again and again, for somebody has no patience.
    const send = setInterval(() => process.kill(-child.pid!, signal), 20);
    const how = await ended.finally(() => clearInterval(send));
    expect(how).toEqual([null, signal]);
    expect(made.left()).toEqual([]);
    const pid = Number(readFileSync(ready, "utf8"));
    await expect.poll(() => isAlive(pid)).toBe(false);
  },
);

function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

onUnix(
  "packages of the same lock file are linked; those of the repository itself are the revision's",
  { timeout: LONG },
  async () => {
    using made = new TestRepository();
    const app = (own: string): string =>
      `if (require("own") !== "${own}" || require("other") !== "installed") process.exit(3);\n${BUSY}`;
    made.commit({
      "package.json": '{ "workspaces": ["own"], "dependencies": { "other": "1.0.0" } }',
      "package-lock.json": "{}",
      ".gitignore": "node_modules\n",
      "own/index.js": 'module.exports = "before";',
      "app.js": app("before"),
    });
    made.commit({ "own/index.js": 'module.exports = "after";', "app.js": app("after") });
    made.write({ "node_modules/other/index.js": 'module.exports = "installed";' });
    symlinkSync("../own", path.join(made.top, "node_modules/own"));
    const words = ["-base=HEAD^", "-n=1", "--", NODE, "app.js"];
    const { status, stderr } = await made.ci(words);
    expect(status, stderr).toBe(0);
    expect(stderr).toContain("base has the node_modules of the working tree, for package-lock.json is the same.\n");
    made.commit({ "package-lock.json": "{ }" });
    const changed = await made.ci(["-base=HEAD^", "-n=1", "--", NODE, "app.js"]);
    expect(changed.status).toBe(2);
    expect(changed.stderr).toContain(
      "base has no node_modules: its package-lock.json is not that of the working tree (-setup='npm ci' installs what it takes).\n",
    );
    expect(readdirSync(path.join(made.top, "node_modules")).sort()).toEqual(["other", "own"]);
  },
);

onUnix(
  "the directory that it is started in is the command's, hooks do not run, and submodules are said to be empty",
  { timeout: LONG },
  async () => {
    using made = new TestRepository();
    using inner = new TestRepository();
    inner.commit({ "inside.js": "" });
    made.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.top, "module");
    made.commit({ "place/app.js": BUSY });
    made.commit({ "place/app.js": `${BUSY}\n1;` });
    mkdirSync(path.join(made.top, ".git/hooks"), { recursive: true });
    writeFileSync(path.join(made.top, ".git/hooks/post-checkout"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const { status, stderr } = await made.ci(["-n=1", "--", NODE, "app.js"], path.join(made.top, "place"));
    expect(status, stderr).toBe(0);
    expect(stderr).toMatch(/^base: the commit before \(/);
    expect(stderr).toContain("Submodules are empty: -setup='git submodule update --init --recursive' gets them.\n");
    const own = await made.ci(["-n=1", "--", NODE, path.join(made.top, "place/app.js")]);
    expect(own.stderr).toContain(
      `${path.join(made.top, "place/app.js")} is in the working tree: both sides have that one, and not their own.\n`,
    );
    expect(made.left()).toEqual([]);
  },
);
