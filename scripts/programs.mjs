// Runs the tests of real loaders and programs with all that they need: `node scripts/programs.mjs [vitest's arguments]`.
// The packages of test/programs/packages.json, in just these versions, are kept in PROGRAMS_DIR (default: a folder of the
// system's for temporary files), outside of the repository, for they are many and no part of the project's own.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const home = process.env.PROGRAMS_DIR ?? path.join(tmpdir(), "pprof-programs");
const wanted = readFileSync(path.join(root, "test/programs/packages.json"), "utf8");
const stamp = path.join(home, "installed.json");

if (read(stamp) !== wanted) {
  console.error(`> installing the packages of test/programs into ${home}`);
  mkdirSync(home, { recursive: true });
  writeFileSync(path.join(home, "package.json"), wanted);
  const install = ["install", "--no-fund", "--no-audit", "--no-package-lock", "--loglevel=error"];
  run("npm", install, home);
  writeFileSync(stamp, wanted);
}
const vitest = path.join(root, "node_modules", "vitest", "vitest.mjs");
// Those of the tool are with its own.
run(process.execPath, [vitest, "run", "test/programs", "cli/test/test-runs", ...process.argv.slice(2)], root);

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function run(command, args, cwd) {
  const shell = process.platform === "win32" && command === "npm";
  const env = { ...process.env, PROGRAMS_DIR: home };
  const { status, error } = spawnSync(command, args, { cwd, env, stdio: "inherit", shell });
  if (error) console.error(`${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}
