// The profiler bundled into one file with its program, by no configuration: it works where no other file of it is.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fetchProfile, namesOf } from "../../packages/runtime/test/fetch-profile.ts";
import { removeFolder, scratchFolder, TELLS_AWAITS } from "../../packages/runtime/test/program.ts";
import { flatOf } from "../../packages/runtime/test/stacks.ts";

const scratch = process.env.PROGRAMS_DIR ?? path.join(tmpdir(), "pprof-programs");
const require = createRequire(path.join(scratch, "package.json"));
const own = createRequire(import.meta.url);

let folder: string;
let entry: string;

beforeAll(() => {
  folder = scratchFolder();
  entry = path.join(folder, "bundled.mjs");
  copyFileSync(fileURLToPath(new URL("bundled.mjs", import.meta.url)), entry);
});

afterAll(() => removeFolder(folder));

interface Bundler {
  readonly name: string;
  /** The packages of the scratch folder that it needs. */
  readonly needs: readonly string[];
  /** Whether functions have other names in it. */
  readonly renames?: true;
  /** Whether it brings a map to where functions come from. */
  readonly mapped?: true;
  /** Makes one file in this folder; resolves with what runs it, where that is not Node. */
  build(into: string): Promise<string | undefined>;
}

const esbuild =
  (outfile: string, options: object) =>
  async (into: string): Promise<undefined> => {
    const common = { entryPoints: [entry], bundle: true, platform: "node", outfile: path.join(into, outfile) };
    await require("esbuild").build({ ...common, logLevel: "error", ...options });
  };

/** A function around what awaits at its top, which CommonJS does not. */
const inFunction = {
  name: "in-function",
  setup(build: { onLoad(on: { filter: RegExp }, load: (file: { path: string }) => unknown): void }) {
    build.onLoad({ filter: /bundled\.mjs$/ }, ({ path: file }) => {
      const text = own("node:fs").readFileSync(file, "utf8") as string;
      const at = text.indexOf("const { url }");
      return { contents: `${text.slice(0, at)}(async () => {${text.slice(at)}})();` };
    });
  },
};

const bundlers: readonly Bundler[] = [
  { name: "esbuild, esm", needs: ["esbuild"], build: esbuild("out.mjs", { format: "esm" }) },
  { name: "esbuild, cjs", needs: ["esbuild"], build: esbuild("out.cjs", { format: "cjs", plugins: [inFunction] }) },
  {
    name: "esbuild, minified with names kept",
    needs: ["esbuild"],
    renames: true,
    build: esbuild("out.mjs", { format: "esm", minify: true, keepNames: true }),
  },
  {
    name: "rollup",
    needs: ["rollup", "@rollup/plugin-node-resolve"],
    async build(into) {
      const { nodeResolve } = require("@rollup/plugin-node-resolve");
      const bundle = await require("rollup").rollup({ input: entry, plugins: [nodeResolve()], external: [/^node:/] });
      await bundle.write({ file: path.join(into, "out.mjs"), format: "es" });
    },
  },
  {
    name: "rolldown",
    needs: [],
    async build(into) {
      const { rolldown } = await import("rolldown");
      const bundle = await rolldown({ input: entry, platform: "node" });
      await bundle.write({ file: path.join(into, "out.mjs"), format: "es" });
    },
  },
  {
    name: "webpack",
    needs: ["webpack"],
    async build(into) {
      const output = { path: into, filename: "out.cjs" };
      const options = { mode: "production", target: "node", entry, output, optimization: { minimize: false } };
      await new Promise<void>((resolve, reject) => {
        require("webpack")(options, (error: Error | null, stats: { hasErrors(): boolean; toString(): string }) => {
          if (error !== null || stats.hasErrors()) reject(error ?? new Error(stats.toString()));
          else resolve();
        });
      });
    },
  },
  {
    name: "ncc",
    needs: ["@vercel/ncc"],
    async build(into) {
      const { code, assets } = await require("@vercel/ncc")(entry, { cache: false, quiet: true });
      expect(Object.keys(assets).filter((file) => file !== "package.json")).toEqual([]);
      writeFileSync(path.join(into, "out.mjs"), code);
    },
  },
  {
    name: "Vite for a server",
    needs: [],
    async build(into) {
      const { build } = await import("vite");
      const output = { entryFileNames: "out.mjs" };
      const options = { ssr: entry, outDir: into, emptyOutDir: false, rollupOptions: { output } };
      await build({ root: folder, configFile: false, logLevel: "error", ssr: { noExternal: true }, build: options });
    },
  },
  {
    name: "a single executable",
    needs: ["esbuild", "postject"],
    mapped: true,
    async build(into) {
      await esbuild("out.cjs", { format: "cjs", plugins: [inFunction], sourcemap: "inline" })(into);
      const config = path.join(folder, "sea.json");
      const blob = path.join(folder, "sea.blob");
      const main = path.join(into, "out.cjs");
      writeFileSync(config, JSON.stringify({ main, output: blob, disableExperimentalSEAWarning: true }));
      run(process.execPath, ["--experimental-sea-config", config]);
      const program = path.join(into, "program");
      copyFileSync(process.execPath, program);
      chmodSync(program, 0o755);
      own("node:fs").rmSync(main);
      const { inject } = require("postject");
      const sentinelFuse = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";
      await inject(program, "NODE_SEA_BLOB", own("node:fs").readFileSync(blob), { sentinelFuse });
      return program;
    },
  },
];

function run(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
}

const rows = bundlers.map((bundler) => {
  const absent = bundler.needs.filter((name) => !existsSync(path.join(scratch, "node_modules", name)));
  const why = absent.length === 0 ? "" : ` (skipped: no ${absent.join(", ")}; node scripts/programs.mjs)`;
  return { bundler, why, title: bundler.name + why };
});

for (const { bundler, why, title } of rows) {
  test.skipIf(why !== "")(`${title}: all is served`, { timeout: 120_000 }, async () => {
    const into = path.join(folder, bundler.name.replaceAll(/\W+/g, "-"));
    mkdirSync(into);
    const program = await bundler.build(into);
    const files = readdirSync(into);
    expect(files.length).toBe(1);
    // Outside of every folder that has packages.
    const away = scratchFolder();
    removeFolder(path.join(away, "node_modules"));
    const file = path.join(away, files[0]!);
    copyFileSync(path.join(into, files[0]!), file);
    const child = spawn(program === undefined ? process.execPath : file, program === undefined ? [file] : [], {
      cwd: away,
      env: { ...process.env, NODE_OPTIONS: "", NODE_PATH: "" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stderr = "";
    child.stderr.on("data", (text) => {
      stderr += text;
    });
    try {
      const ended = once(child, "exit").then(() => Promise.reject(new Error(`it has ended: ${stderr}`)));
      const [line] = await Promise.race([once(child.stdout, "data"), ended]);
      const bases = String(line).trim().split(" ");
      expect(bases.length).toBe(2);
      const headers = { authorization: "Bearer secret" };
      for (const base of bases) {
        const isThere = (names: Set<string>, name: string): boolean => bundler.renames === true || names.has(name);
        while (!isThere(await namesIn(`${base}profile?seconds=1`, headers), "burn"));
        if (bundler.mapped) {
          const files = [...flatOf(await fetchProfile(`${base}profile?seconds=1`, headers), "cpu")].map(
            ([, { file }]) => file,
          );
          expect(files.filter((one) => one.endsWith("bundled.mjs"))).not.toEqual([]);
        }
        expect(await namesIn(`${base}heap`, headers)).toContain("(process memory)");
        if (TELLS_AWAITS) expect(isThere(await namesIn(`${base}goroutine`, headers), "waits")).toBe(true);
        expect(await namesIn(`${base}threadcreate`, headers)).not.toContain("AgentThread");
        expect((await fetch(base, { headers })).status).toBe(200);
      }
      expect((await fetch(bases[0]!)).status).toBe(401);
      expect(stderr).toBe("");
    } finally {
      child.kill("SIGKILL");
      removeFolder(away);
    }
  });
}

const namesIn = async (url: string, headers: Record<string, string>): Promise<Set<string>> =>
  namesOf(await fetchProfile(url, headers));
