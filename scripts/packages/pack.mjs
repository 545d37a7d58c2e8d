import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

/** The packages that are published, each after those that it brings. */
export const PACKAGES = ["profile", "report", "runtime", "fleet", "web", "cli"];

/**
 * Packs all packages of a checkout that is built, and unpacks them again beside: of each its `name`, its `manifest`, the
 * file of its `tarball`, and the `folder` with what is in it.
 */
export function packAll(root, directory) {
  mkdirSync(directory, { recursive: true });
  return PACKAGES.map((short) => {
    const home = path.join(root, "packages", short);
    run("npm", ["pack", "--silent", "--ignore-scripts", `--pack-destination=${directory}`], home);
    const manifest = JSON.parse(readFileSync(path.join(home, "package.json"), "utf8"));
    const file = `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`;
    const unpacked = path.join(directory, short);
    mkdirSync(unpacked, { recursive: true });
    run("tar", ["-xzf", path.join(directory, file), "-C", unpacked], directory);
    return {
      short,
      name: manifest.name,
      manifest: JSON.parse(readFileSync(path.join(unpacked, "package", "package.json"), "utf8")),
      tarball: path.join(directory, file),
      folder: path.join(unpacked, "package"),
    };
  });
}

/** The files below a folder, with slashes, in order. */
export function filesIn(folder) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => statSync(path.join(folder, file)).isFile())
    .map((file) => file.replaceAll("\\", "/"))
    .sort();
}

/** Runs a program to its end, and gives what it printed, on standard error too in `said`; that it fails is an error. */
export function run(command, args, cwd, env = process.env) {
  const shell = process.platform === "win32" && command === "npm";
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd,
    env,
    encoding: "utf8",
    shell,
    maxBuffer: 2 ** 28,
  });
  if (error !== undefined) throw new Error(`${command} cannot be started: ${error.message}`);
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
  return { stdout, said: stdout + stderr };
}
