import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";
import { COMMANDS } from "../src/commands.ts";
import { FLAGS } from "../src/flag-table.ts";
import { nearest } from "../src/nearest.ts";
import { directory, pprof } from "./tool.ts";

test("-h names every flag once, and is no longer than a wide window", async () => {
  const { status, stderr } = await pprof(["-h"]);
  expect(status).toBe(0);
  for (const { name } of FLAGS) expect(stderr.match(new RegExp(`^  -${name}(=| )`, "gm")), name).toHaveLength(1);
  for (const line of stderr.split("\n")) expect(line.length, line).toBeLessThanOrEqual(120);
});

test("every flag and command has help of its own", async () => {
  expect((await pprof(["help", "top"])).stdout).toMatch(/^pprof -top \.\.\. SOURCE\.\.\.\n\nOutputs top entries/);
  expect((await pprof(["help", "-seconds"])).stdout).toMatch(/^pprof -seconds=N .*\n\nHow long/);
  expect(await pprof(["help", "fokus"])).toEqual({
    status: 2,
    stdout: "",
    stderr: 'pprof: no help on "fokus": did you mean focus?\n',
  });
});

test("a mistyped flag is told what it may have been", async () => {
  const { status, stderr } = await pprof(["-nodecuont=3", "x"]);
  expect(status).toBe(2);
  expect(stderr).toMatch(/^flag provided but not defined: -nodecuont\ndid you mean -nodecount\?\nusage: /);
});

test.each(["bash", "zsh", "fish"])("the script for %s knows every flag and is one", async (shell) => {
  const { stdout } = await pprof(["completion", shell]);
  for (const { name } of FLAGS) expect(stdout).toContain(name);
  using files = directory({ script: stdout });
  const check = spawnSync(shell, ["-n", path.join(files.path, "script")], { encoding: "utf8" });
  // Where the shell is not installed, only the names are looked at.
  if (check.error === undefined) expect(check.stderr).toBe("");
});

test("bash completes flags", () => {
  const script = `source <(node ${new URL("../bin/pprof.js", import.meta.url).pathname} completion bash)
COMP_WORDS=(pprof -nodec) COMP_CWORD=1; compopt() { :; }; _pprof; echo "\${COMPREPLY[@]}"`;
  const { stdout, error } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  if (error === undefined) expect(stdout).toBe("-nodecount=\n");
});

test("the manual page has a section for each part and every flag", async () => {
  const { stdout } = await pprof(["man"]);
  expect(stdout).toMatch(/^\.TH PPROF 1 /);
  for (const { name } of COMMANDS) expect(stdout).toMatch(new RegExp(`^\\.B \\\\-${name}(=.*)?$`, "m"));
});

test.each([
  ["tpo", "top"],
  ["nodecuont", "nodecount"],
  ["granul", "granularity"],
  ["xyz", undefined],
])("%s was probably meant to be %s", (mistyped, meant) => {
  expect(nearest(mistyped, ["top", "tree", "nodecount", "granularity"])).toBe(meant);
});
