// Runs every command of the stories in docs/stories, and compares what it prints: node scripts/stories.mjs [vitest's arguments]
// STORIES=print prints what the commands print and compares nothing; STORIES=docs keeps the pictures that they make.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const vitest = path.join(root, "node_modules/vitest/vitest.mjs");
const { status } = spawnSync(process.execPath, [vitest, "run", "test/stories", ...process.argv.slice(2)], {
  cwd: root,
  env: { ...process.env, STORIES: process.env.STORIES ?? "check" },
  stdio: "inherit",
});
process.exit(status ?? 1);
