// Replays the reference tool's recorded runs against the built tool: node scripts/replay.mjs KIT
// Fails when a case fails that is not listed in test/replay-known-failures.txt; says which listed ones pass by now.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const kit = process.argv[2];
if (kit === undefined) {
  console.error("usage: node scripts/replay.mjs KIT");
  process.exit(2);
}
const list = path.join(root, "test", "replay-known-failures.txt");
const known = new Set(readFileSync(list, "utf8").split("\n").filter(Boolean));
const tool = path.join("node_modules", ".bin", "pprof");
const { stdout, error } = spawnSync(
  process.execPath,
  [path.join(path.resolve(kit), "replay.mjs"), "--tool", tool, "--show", "100000"],
  { cwd: root, encoding: "utf8", maxBuffer: 2 ** 30, stdio: ["ignore", "pipe", "inherit"] },
);
if (error) throw error;
const summary = /^(\d+) passed, (\d+) failed$/m.exec(stdout);
if (summary === null) {
  console.error(`the replay ended without a summary:\n${stdout.slice(-2000)}`);
  process.exit(1);
}
const failures = [...stdout.matchAll(/^FAIL (.*?) {2}\(exit.*\n((?: {2}.*\n)*)/gm)].map(([, name, detail]) => ({
  name,
  detail,
}));
const regressions = failures.filter(({ name }) => !known.has(name));
for (const { name, detail } of regressions) console.log(`FAIL ${name}\n${detail}`);
const failing = new Set(failures.map(({ name }) => name));
const mended = [...known].filter((name) => !failing.has(name));
if (mended.length > 0)
  console.log(`${mended.length} known failures pass by now: take them out of ${path.relative(root, list)}`);
console.log(
  `${summary[1]} of ${Number(summary[1]) + Number(summary[2])} recorded runs are the reference's, byte for byte`,
);
process.exit(regressions.length > 0 || failures.length !== Number(summary[2]) ? 1 : 0);
