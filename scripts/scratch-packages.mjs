// Installs what tests of real programs use and is too heavy for everybody's `npm install`: `node scripts/scratch-packages.mjs`.
// It goes to a folder of the system's for temporary files, or to PROGRAM_PACKAGES; the tests skip what is not there.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const packages = {
  "@rollup/plugin-node-resolve": "16.0.3",
  "@vercel/ncc": "0.45.0",
  esbuild: "0.28.2",
  postject: "1.0.0-alpha.6",
  rollup: "4.68.8",
  webpack: "5.113.0",
};

const folder = process.env.PROGRAM_PACKAGES ?? path.join(tmpdir(), "pprof-program-packages");
mkdirSync(folder, { recursive: true });
writeFileSync(path.join(folder, "package.json"), JSON.stringify({ private: true, dependencies: packages }));
const install = ["install", "--no-fund", "--no-audit", "--loglevel=error"];
const { status } = spawnSync("npm", install, { cwd: folder, stdio: "inherit", shell: process.platform === "win32" });
process.exit(status ?? 1);
