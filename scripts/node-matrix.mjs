// Runs all tests on other versions of Node, or some: `node scripts/node-matrix.mjs 22 24 26 [-- vitest's arguments]`.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { nodeBinary } from "./node-binary.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const at = process.argv.indexOf("--");
const versions = process.argv.slice(2, at < 0 ? undefined : at);
const rest = at < 0 ? [] : process.argv.slice(at + 1);
if (process.platform !== "linux" || process.arch !== "x64") {
  console.error(
    `node-matrix: skipped, for there are binaries for Linux on x64 only, and this is ${process.platform} on ${process.arch}`,
  );
  process.exit(0);
}
if (versions.length === 0 || versions.some((version) => !/^\d+(\.\d+){0,2}$/.test(version))) {
  console.error("usage: node scripts/node-matrix.mjs VERSION... [-- VITEST ARGUMENTS]");
  process.exit(2);
}

let failed = 0;
let skipped = 0;
for (const version of versions) {
  const node = nodeBinary(version);
  if (node === undefined) {
    console.error(`node-matrix: Node ${version} skipped, for npm could not get it`);
    skipped++;
    continue;
  }
  const name = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
  console.error(`> running the tests on Node ${name}`);
  const vitest = path.join(root, "node_modules", "vitest", "vitest.mjs");
  // Before all else, so that the programs which the tests start by name are of this version too.
  const env = { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}` };
  const { status } = spawnSync(node, [vitest, "run", ...rest], { cwd: root, env, stdio: "inherit" });
  if (status !== 0) failed++;
}
console.error(`${versions.length - failed - skipped} versions passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed === 0 ? 0 : 1);
