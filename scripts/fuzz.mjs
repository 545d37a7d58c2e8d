// Runs the fuzz and property tests for long: npm run fuzz [RUNS], 20,000 of each unless told otherwise.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const [runs = "20000", ...rest] = process.argv.slice(2);
const { status } = spawnSync(
  path.join(root, "node_modules", ".bin", "vitest"),
  ["run", "fuzz", "--testTimeout=0", ...rest],
  {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
    env: { ...process.env, FUZZ_RUNS: runs },
  },
);
process.exit(status ?? 1);
