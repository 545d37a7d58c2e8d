// What the profiler was run with, as a Markdown table: `node scripts/compatibility.mjs [vitest's arguments]`. Its rows are the
// tests of real loaders, bundlers, frameworks and inspector clients that ran on this Node, with the versions they ran with;
// those that were skipped are not in it. `node scripts/programs.mjs` installs what it needs.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const home = process.env.PROGRAMS_DIR ?? path.join(tmpdir(), "pprof-programs");

/** Which tests are rows: of which file, of what kind, and the name of what they run with. */
const kinds = [
  {
    kind: "frameworks",
    file: "packages/runtime/test/adapters.test.ts",
    name: ({ ancestorTitles }) => ancestorTitles[0],
  },
  { kind: "loaders", file: "test/programs/loaders.test.ts", name: ({ title }) => /^(.*): burn is at/.exec(title)?.[1] },
  {
    kind: "bundlers",
    file: "test/programs/bundlers.test.ts",
    name: ({ title }) => /^(.*): all is served/.exec(title)?.[1],
  },
  {
    kind: "applications",
    file: "test/programs/applications.test.ts",
    name: ({ title }) => /^(.*): listed, profiled/.exec(title)?.[1],
  },
  {
    kind: "other inspector clients",
    file: "test/programs/clients.test.ts",
    name: ({ ancestorTitles, title }) =>
      /^(DevTools) with/.exec(ancestorTitles[0])?.[1] ??
      /^(.*): both have their profiles/.exec(title)?.[1]?.replace(" in the program", ""),
  },
  {
    kind: "coverage by V8",
    file: "test/programs/coverage.test.ts",
    name: ({ title }) => /^(.*): its coverage by V8/.exec(title)?.[1],
  },
];

/** The packages of what is called otherwise. */
const PACKAGES = {
  "swc-node": "@swc-node/register",
  "babel-register": "@babel/register",
  ncc: "@vercel/ncc",
  NestJS: "@nestjs/core",
  OpenTelemetry: "@opentelemetry/auto-instrumentations-node",
};

const folder = mkdtempSync(path.join(tmpdir(), "pprof-compatibility-"));
const output = path.join(folder, "tests.json");
const vitest = path.join(root, "node_modules", "vitest", "vitest.mjs");
const files = kinds.map(({ file }) => file);
const args = [vitest, "run", "--reporter=json", `--outputFile=${output}`, ...files, ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
const { testResults } = JSON.parse(readFileSync(output, "utf8"));
rmSync(folder, { recursive: true });

console.log(`| Node ${process.versions.node} | works with |\n| --- | --- |`);
for (const { kind, file, name } of kinds) {
  const tests = testResults.find((one) => one.name === path.join(root, file))?.assertionResults ?? [];
  const found = new Map();
  for (const test of tests) {
    const own = name(test);
    if (own === undefined || !["passed", "failed"].includes(test.status)) continue;
    found.set(own, (found.get(own) ?? true) && test.status === "passed");
  }
  const cells = Array.from(found, ([own, works]) => `${withVersion(own)}${works ? "" : " FAILED"}`);
  console.log(`| ${kind} | ${cells.join(" · ")} |`);
}
process.exitCode = status;

/** `esbuild, esm` as `esbuild 0.28.2 (esm)`, by the package that has this name, or is called so in short. */
function withVersion(name) {
  const [own, ...ways] = name.replaceAll("'", "").split(", ");
  const full = PACKAGES[own] ?? own;
  const short = full.split(" ")[0].toLowerCase();
  const places = [home, root].map((base) => path.join(base, "node_modules", short, "package.json"));
  const found = /\d$/.test(own) ? undefined : places.find((file) => existsSync(file));
  const version = found === undefined ? "" : ` ${JSON.parse(readFileSync(found, "utf8")).version}`;
  return `${own}${version}${ways.length === 0 ? "" : ` (${ways.join(", ")})`}`;
}
