// Runs a task of the workspace on a machine that has only git, Node and npm: installs and builds what is not up to date,
// says what it does, and passes on the exit status. Plain JavaScript, because it runs before anything is installed.
import { spawnSync } from "node:child_process";
import { copyFileSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (name) => path.join(root, "node_modules", ".bin", name);

// Not `npm ci`: it refuses a lock file that lacks the optional binaries of platforms which the registry at hand did not offer.
const npmInstall = ["install", "--no-save", "--no-fund", "--no-audit", "--loglevel=error"];

const steps = {
  install: () => isInstalled() || run("installing dependencies", "npm", npmInstall),
  build: () => {
    run("building", bin("tsc"), ["-b"]);
    // Users of each package have it at hand; here there is one for all.
    for (const name of readdirSync(path.join(root, "packages"))) {
      copyFileSync(path.join(root, "CHANGELOG.md"), path.join(root, "packages", name, "CHANGELOG.md"));
    }
    if (
      newest(["packages/runtime/dist", "packages/profile/dist"], "program") >
      newest(["packages/runtime/dist/program/parts/agent-data.js"])
    ) {
      run("bundling the profiler's thread", process.execPath, [path.join(root, "packages/runtime/bundle.mjs")]);
    }
    const inputs = ["web/src", "web/index.html", "web/vite.config.ts", "web/package.json", "report/src", "profile/src"];
    if (newest(inputs.map((input) => `packages/${input}`)) > newest(["packages/web/dist/element.js"])) {
      run("building the pages", bin("vite"), ["build", "packages/web", "--logLevel=warn"]);
      run("building the pages in one script", bin("vite"), [
        "build",
        "packages/web",
        "--logLevel=warn",
        "--mode",
        "whole",
      ]);
      run("building the element", bin("vite"), ["build", "packages/web", "--logLevel=warn", "--mode", "element"]);
    }
    const modules = ["packages/profile/dist", "packages/report/dist", "packages/cli/dist", "packages/cli/bundle.mjs"];
    if (newest(modules, "bundle") > newest(["packages/cli/dist/bundle/main.cjs"])) {
      run("bundling the tool", process.execPath, [path.join(root, "packages/cli/bundle.mjs")]);
    }
  },
  types: () => run("checking the types of tests and scripts", bin("tsc"), ["-p", "tsconfig.test.json"]),
  lint: () => run("checking format and lint", bin("biome"), ["check", "--error-on-warnings", "."]),
  unused: () => run("looking for unused exports and dependencies", bin("knip"), []),
  test: (args) => run("running the tests", bin("vitest"), ["run", ...args]),
};
const tasks = {
  build: ["install", "build"],
  test: ["install", "build", "test"],
  lint: ["install", "build", "types", "lint", "unused"],
  check: ["install", "build", "types", "lint", "unused", "test"],
};

const [task = "test", ...args] = process.argv.slice(2);
if (!Object.hasOwn(tasks, task)) {
  console.error(`unknown task "${task}": must be one of ${Object.keys(tasks).join(", ")}`);
  process.exit(2);
}
requireNode(20, 19);
for (const step of tasks[task]) steps[step](args);

function isInstalled() {
  return newest(["node_modules/.package-lock.json"]) >= newest(["package-lock.json"]);
}

/** When the last change was made to these files, or to the files in these folders but for the folder `except`; 0 where there are none. */
function newest(paths, except) {
  let last = 0;
  for (const start of paths) {
    const stat = statSync(path.join(root, start), { throwIfNoEntry: false });
    if (stat?.isDirectory()) {
      const inside = readdirSync(path.join(root, start)).filter((name) => name !== except);
      last = Math.max(
        last,
        newest(
          inside.map((name) => path.join(start, name)),
          except,
        ),
      );
    } else last = Math.max(last, stat?.mtimeMs ?? 0);
  }
  return last;
}

function run(what, command, args) {
  console.error(`> ${what}`);
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (error) console.error(`${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

function requireNode(major, minor) {
  const [haveMajor, haveMinor] = process.versions.node.split(".").map(Number);
  if (haveMajor > major || (haveMajor === major && haveMinor >= minor)) return;
  console.error(`Node ${process.versions.node} is too old: Node ${major}.${minor} or newer is needed`);
  process.exit(1);
}
