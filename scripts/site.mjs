// Builds the documentation's site from docs/ into DIRECTORY: node scripts/site.mjs [DIRECTORY] (default: site)
// The pictures and the profiles that stories show are those of a run of their commands, which comes first (--no-run: those of
// the last one). VitePress, in the version of docs/.vitepress/packages.json, is kept in SITE_DIR (default: a folder of the
// system's for temporary files), outside of the repository. Every link of the pages is followed.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const home = process.env.SITE_DIR ?? path.join(tmpdir(), "pprof-site");
const { values, positionals } = parseArgs({ options: { "no-run": { type: "boolean" } }, allowPositionals: true });
const site = path.resolve(positionals[0] ?? "site");
const wanted = readFileSync(path.join(root, "docs/.vitepress/packages.json"), "utf8");
const stamp = path.join(home, "installed.json");
const kept = path.join(home, "made");

mkdirSync(home, { recursive: true });
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
  console.error(`> installing VitePress into ${home}`);
  writeFileSync(path.join(home, "package.json"), wanted);
  run("npm", ["install", "--no-fund", "--no-audit", "--no-package-lock", "--loglevel=error"], home);
  writeFileSync(stamp, wanted);
}
if (!values["no-run"]) {
  rmSync(kept, { recursive: true, force: true });
  const vitest = path.join(root, "node_modules/vitest/vitest.mjs");
  run(process.execPath, [vitest, "run", "test/stories/stories"], root, { STORIES: kept });
}

const docs = path.join(home, "docs");
rmSync(docs, { recursive: true, force: true });
cpSync(path.join(root, "docs"), docs, { recursive: true });
if (existsSync(kept)) cpSync(kept, docs, { recursive: true });
cpSync(path.join(root, "packages/web/dist"), path.join(docs, "public/web"), { recursive: true });
// Programs that stories lead to stand below docs there, as a page where they have one.
for (const name of readdirSync(path.join(root, "examples"))) {
  const sources = path.join(root, "examples", name);
  const isSource = (file) => !/(?:^|[\\/])(?:node_modules|dist)$/.test(file);
  cpSync(sources, path.join(docs, "public/examples", name), { recursive: true, filter: isSource });
  const page = path.join(sources, "README.md");
  if (existsSync(page)) cpSync(page, path.join(docs, "examples", name, "README.md"), { recursive: true });
}
for (const file of readdirSync(path.join(docs, "stories")).filter((name) => name.endsWith(".md"))) {
  const story = path.join(docs, "stories", file);
  writeFileSync(story, readFileSync(story, "utf8").replaceAll("](../../examples/", "](../examples/"));
}
run(
  process.execPath,
  [path.join(home, "node_modules/vitepress/bin/vitepress.js"), "build", docs, "--outDir", site],
  home,
);

const lost = filesIn(site).flatMap((file) => (file.endsWith(".html") ? lostLinks(file) : []));
if (lost.length > 0) {
  console.error(`site: these links lead nowhere:\n${lost.join("\n")}`);
  process.exit(1);
}
console.error(`site: built in ${site}`);

function lostLinks(file) {
  const text = readFileSync(path.join(site, file), "utf8");
  const base = process.env.SITE_BASE ?? "/";
  return Array.from(text.matchAll(/(?:href|src)="([^"#?]+)/g), ([, target]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const place = target.startsWith(base) ? target.slice(base.length) : path.join(path.dirname(file), target);
      return !["", ".html", "index.html"].some((ending) => isFile(path.join(site, place + ending)));
    })
    .map((target) => `${file}: ${target}`);
}

function isFile(file) {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" });
}

function run(command, args, cwd, env = {}) {
  const shell = process.platform === "win32" && command === "npm";
  const { status, error } = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "inherit"],
    shell,
  });
  if (error) console.error(`${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}
