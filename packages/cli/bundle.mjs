// Makes one file of the tool's compiled modules and the packages they use, with what is seldom needed in files beside it:
// Node takes longer to find and read a hundred modules than to run them. CommonJS, which starts 40 ms sooner than modules.
import { createHash } from "node:crypto";
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { SHIPPED } from "../../scripts/notices.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { resolve } = createRequire(import.meta.resolve("@pprof-ts/report"));

// The engine for regular expressions is two thirds of the code, and most reports are made without one.
const lazyRegexps = {
  name: "lazy-regexps",
  resolveId: (id) => (id === "re2js" ? "\0re2js" : undefined),
  load: (id) =>
    id === "\0re2js"
      ? `import { createRequire } from "node:module";
         const load = () => createRequire(import.meta.url)("./re2js.cjs").RE2JS;
         export const RE2JS = new Proxy({}, { get: (_, name) => load()[name] });`
      : undefined,
};

// All that the entry imports, and not only on demand.
const core = new Set();
// What of others is in the bundle, whose notices have to be shipped.
const others = new Set();
const staticImports = {
  name: "static-imports",
  buildEnd() {
    const visit = (id) => {
      if (core.has(id)) return;
      core.add(id);
      for (const imported of this.getModuleInfo(id)?.importedIds ?? []) visit(imported);
    };
    visit(here("dist/main.js"));
  },
  renderChunk(_, { modules }) {
    for (const [id, { renderedLength }] of Object.entries(modules)) {
      const name = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id.replaceAll("\\", "/"))?.[1];
      if (name !== undefined && renderedLength > 0) others.add(name);
    }
  },
};

// Before the bundle, which has to be the newest of what is made here: what is newer has it made again.
const { manPage } = await import("./dist/help/man.js");
writeFileSync(here("dist/pprof.1"), manPage(JSON.parse(readFileSync(here("package.json"), "utf8")).version));

rmSync(here("dist/bundle"), { recursive: true, force: true });
const bundle = await rolldown({
  input: here("dist/main.js"),
  platform: "node",
  logLevel: "warn",
  plugins: [lazyRegexps, staticImports],
  // Large, seldom wanted, and with files of their own beside the code.
  external: [/^@hpcc-js\//, /^@resvg\//],
});
await bundle.write({
  dir: here("dist/bundle"),
  format: "cjs",
  entryFileNames: "[name].cjs",
  chunkFileNames: "[name].cjs",
  // Only white space and comments: names in an error's stack stay.
  minify: { compress: false, mangle: false },
  codeSplitting: { groups: [{ name: "core", test: (id) => core.has(id) }] },
});
await bundle.close();
const unnamed = [...others].filter((name) => !SHIPPED.cli.includes(name));
if (unnamed.length > 0) throw new Error(`scripts/notices.mjs does not name what is bundled: ${unnamed.join(", ")}`);
copyFileSync(resolve("re2js"), here("dist/bundle/re2js.cjs"));
const code = readFileSync(here("dist/bundle/core.cjs"), "utf8");
// Node 20 cannot do so in code that was kept between runs.
if (/[^.\w$]import\(/.test(code)) throw new Error("core.cjs loads by import() what process.getBuiltinModule would");
// A name for its content, by which compiled code is kept.
const content = createHash("sha256").update(code).digest("hex");
writeFileSync(here("dist/bundle/content"), `${content.slice(0, 32)}\n`);
