// Are the packages ready to be published? Packs those of this checkout, which has to be built, and tries them as users do.
//   node scripts/packages.mjs           what is in them; publint and attw; TypeScript 5 and 7; npm, pnpm, yarn with
//                                       node_modules and with PnP on Node 20, 22, 24 and 26; each package alone by npm
//   node scripts/packages.mjs --short   what is in them, publint and attw, TypeScript 7, and npm on the Node at hand
//   --node=20,26 --manager=pnpm         choose of the long form
// Package managers and checkers are kept, in the versions of scripts/packages/tools.json, in PACKAGES_DIR (default: a folder
// of the system's for temporary files), outside of the repository.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { nodeBinary } from "./node-binary.mjs";
import { consumer, MANAGERS } from "./packages/consumers.mjs";
import { faultsOf } from "./packages/contents.mjs";
import { packAll, run } from "./packages/pack.mjs";
import { checkTypes } from "./packages/types.mjs";
import { use } from "./packages/uses.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const home = process.env.PACKAGES_DIR ?? path.join(tmpdir(), "pprof-packages");
const { short, node: nodes, manager: managers } = options();
const scratch = mkdtempSync(path.join(tmpdir(), "pprof-packed-"));
const registry = run("npm", ["config", "get", "registry"], tmpdir()).stdout.trim();
const tools = installTools();
let passed = 0;
let failed = 0;

const packed = packAll(root, path.join(scratch, "packed"));
for (const one of packed) {
  check(`${one.name}: what is in it`, () => {
    const faults = faultsOf(one, root);
    if (faults.length > 0) throw new Error(faults.join("\n"));
  });
  check(`${one.name}: publint`, () => checker("publint/src/cli.js", ["run", one.folder, "--strict", "--pack=false"]));
}
// The tool is for no program to import, and the pages are an element, which has no types.
for (const { name, tarball } of packed.slice(0, 3)) {
  // Who requires them gets them as modules, which every Node that is supported can.
  check(`${name}: attw`, () => checker("@arethetypeswrong/cli/dist/index.js", [tarball, "--profile=esm-only"]));
}

const byNpm = check("all by npm, on the Node at hand", () => install("npm", process.execPath, packed, "all"));
const typesOfNode = path.join(root, "node_modules", "@types");
for (const compiler of short ? ["typescript"] : ["typescript", "typescript-5"]) {
  const place = path.join(compiler === "typescript" ? root : tools, "node_modules", compiler);
  check(`types, ${compiler}`, () => checkTypes(packed, byNpm.directory, place, typesOfNode));
}
if (!short) {
  for (const one of packed) check(`${one.name} alone by npm`, () => install("npm", process.execPath, [one], one.short));
  for (const version of nodes) {
    const node = nodeBinary(version);
    if (node === undefined) console.error(`packages: Node ${version} skipped, for npm could not get it`);
    else
      for (const name of managers)
        check(`all by ${name} on Node ${version}`, () => install(name, node, packed, version));
  }
}
rmSync(scratch, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/** A user who has installed and used these packages. */
function install(manager, node, wanted, what) {
  const directory = path.join(scratch, `${manager} ${what}`);
  const user = consumer({ manager, node, wanted, all: packed, directory, tools, registry });
  for (const { short } of wanted) use(short, user);
  return user;
}

function checker(file, args) {
  run(process.execPath, [path.join(tools, "node_modules", file), ...args], scratch);
}

/** What `work` gives; what it throws is told. */
function check(name, work) {
  const begin = performance.now();
  try {
    const result = work();
    passed++;
    console.log(`ok      ${name} (${((performance.now() - begin) / 1000).toFixed(1)} s)`);
    return result;
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}\n${error.message.replace(/^/gm, "        ")}`);
    return undefined;
  }
}

function installTools() {
  const wanted = readFileSync(path.join(root, "scripts/packages/tools.json"), "utf8");
  const stamp = path.join(home, "installed.json");
  if (read(stamp) !== wanted) {
    console.error(`> installing package managers and checkers into ${home}`);
    mkdirSync(home, { recursive: true });
    writeFileSync(path.join(home, "package.json"), wanted);
    run("npm", ["install", "--no-fund", "--no-audit", "--no-package-lock", "--loglevel=error"], home);
    writeFileSync(stamp, wanted);
  }
  return home;
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function options() {
  const text = { type: "string" };
  const { values } = parseArgs({ options: { short: { type: "boolean" }, node: text, manager: text } });
  const { short = false, node = "20,22,24,26", manager = Object.keys(MANAGERS).join() } = values;
  const chosen = manager.split(",");
  const unknown = chosen.find((name) => !Object.hasOwn(MANAGERS, name));
  if (unknown !== undefined) {
    console.error(`unknown manager "${unknown}": must be one of ${Object.keys(MANAGERS).join(", ")}`);
    process.exit(2);
  }
  return { short, node: node.split(","), manager: chosen };
}
