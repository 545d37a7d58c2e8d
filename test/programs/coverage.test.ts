// Test runners whose coverage V8 counts: what they say is as true as without the profiler, and so are its lines.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { afterEach, expect, test } from "vitest";
import { fetchProfile } from "../../packages/runtime/test/fetch-profile.ts";
import { stacksOf } from "../../packages/runtime/test/stacks.ts";

const register = new URL("../../packages/runtime/dist/register.js", import.meta.url).href;
const home = process.env.PROGRAMS_DIR ?? path.join(tmpdir(), "pprof-programs");

let folder: string | undefined;
let child: ChildProcess | undefined;

afterEach(async () => {
  if (child !== undefined && child.exitCode === null && child.signalCode === null) {
    process.kill(-child.pid!, "SIGKILL");
    await once(child, "exit");
  }
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  [child, folder] = [undefined, undefined];
});

const BURN = `enum Mode {
  Idle = "idle",
  Busy = "busy",
}

export function burn(mode: Mode): number {
  let sum = 0;
  if (mode === Mode.Idle) {
    return -1;
  }
  for (let i = 0; i < 500; i++) {
    sum += Math.sqrt(i) * Math.sin(i);
  }
  return sum;
}

export function never(): number {
  return 1;
}

export const busy = Mode.Busy;
`;
const lineOf = (text: string): number => BURN.split(text)[0]!.split("\n").length;
const LOOP = lineOf("sum +=");
/** What never runs. */
const NEVER = [lineOf("return -1"), lineOf("return 1")];

/** It burns until it is told to end; among many, \`burn\` is not inlined. */
const TEST = `const { existsSync } = require("node:fs");
const { burn, busy } = require("./burn");
const jobs = [burn, () => 1, () => 2, () => 3, () => 4, () => 5];
test("burns", async () => {
  while (!existsSync("stop")) {
    for (let turn = 0; turn < 5000; turn++) jobs[turn % jobs.length](busy);
    await new Promise((go) => setTimeout(go, 5));
  }
}, 200_000);
`;
const VITEST = TEST.replace(
  /^.*fs.*\n.*burn.*$/m,
  'import { existsSync } from "node:fs";\nimport { test } from "vitest";\nimport { burn, busy } from "./burn";',
);

interface Runner {
  readonly name: string;
  readonly needs: readonly string[];
  readonly args: readonly string[];
  readonly files: Readonly<Record<string, string>>;
}

const vitest = (pool: string): Runner => ({
  name: `vitest, ${pool}`,
  needs: ["vitest", "@vitest/coverage-v8"],
  args: [
    "node_modules/vitest/vitest.mjs",
    ...["run", "--root", ".", `--pool=${pool}`],
    ...["--coverage.enabled", "--coverage.provider=v8", "--coverage.reporter=json", "--coverage.include=burn.ts"],
  ],
  files: { "burn.test.ts": VITEST },
});

const runners: readonly Runner[] = [
  vitest("threads"),
  vitest("forks"),
  vitest("vmThreads"),
  {
    name: "jest",
    needs: ["jest", "@babel/core", "@babel/preset-env", "@babel/preset-typescript"],
    args: [
      "node_modules/jest/bin/jest.js",
      ...["--runInBand", "--coverage", "--coverageProvider=v8"],
      ...["--coverageReporters=json", "--collectCoverageFrom=burn.ts"],
    ],
    files: {
      "burn.test.ts": TEST,
      "babel.config.json":
        '{ "presets": [["@babel/preset-env", { "targets": "node 20" }], "@babel/preset-typescript"] }',
      "jest.config.json": '{ "testEnvironment": "node" }',
    },
  },
];

interface Covered {
  readonly statementMap: Readonly<Record<string, { readonly start: { readonly line: number } }>>;
  readonly s: Readonly<Record<string, number>>;
}

/** How often each line ran, as the test runner has written it. */
function countsIn(file: string): Map<number, number> {
  const [covered] = Object.values(JSON.parse(readFileSync(file, "utf8")) as Record<string, Covered>);
  const { statementMap, s } = covered!;
  return new Map(Object.entries(statementMap).map(([key, { start }]) => [start.line, s[key]!]));
}

for (const { name, needs, args, files } of runners) {
  const absent = needs.filter((one) => !existsSync(path.join(home, "node_modules", one)));
  const reason = absent.length === 0 ? "" : ` (${absent.join(", ")} not installed: node scripts/programs.mjs)`;
  test.skipIf(reason !== "")(
    `${name}: its coverage by V8 and our profiles are true${reason}`,
    { timeout: 120_000 },
    async () => {
      folder = realpathSync(mkdtempSync(path.join(tmpdir(), "pprof-coverage-")));
      writeFileSync(path.join(folder, "package.json"), '{ "private": true, "type": "commonjs" }');
      for (const [file, text] of Object.entries({ ...files, "burn.ts": BURN }))
        writeFileSync(path.join(folder, file), text);
      symlinkSync(path.join(home, "node_modules"), path.join(folder, "node_modules"), "dir");
      const env = { PPROF_ADDR: "127.0.0.1:0", NODE_OPTIONS: `--import ${register}`, VITEST: "", JEST_WORKER_ID: "" };
      child = spawn(process.execPath, args, {
        cwd: folder,
        detached: true,
        env: { ...process.env, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let said = "";
      for (const stream of [child.stdout!, child.stderr!]) {
        stream.setEncoding("utf8").on("data", (text: string) => {
          said += text;
        });
      }
      const place = `burn ${folder}/burn.ts:${LOOP}`;
      for (let found = false; !found; ) {
        if (child.exitCode !== null) throw new Error(`it has ended: ${said}`);
        for (const [, base] of said.matchAll(/pprof: serving profiles at (\S+)/g)) {
          // A process of the runner's own may have ended since.
          const profile = await fetchProfile(`${base}profile?seconds=1`).catch(() => undefined);
          const places = profile === undefined ? [] : stacksOf(profile).map(({ frames }) => frames[0]!);
          if (!places.includes(place)) continue;
          // At another rate, and what else V8 is asked for, before it goes on to count.
          for (const query of ["profile?seconds=1&rate=50", "heap", "allocs?seconds=1", "goroutine?full=1"])
            await fetchProfile(`${base}${query}${query.includes("?") ? "&" : "?"}full=1`);
          found = true;
        }
        await new Promise((go) => setTimeout(go, 100));
      }
      writeFileSync(path.join(folder, "stop"), "");
      const [status] = await once(child, "exit");
      expect([status, said]).toEqual([0, expect.anything()]);
      const counts = countsIn(path.join(folder, "coverage", "coverage-final.json"));
      expect(NEVER.map((line) => counts.get(line))).toEqual([0, 0]);
      expect(counts.get(LOOP)).toBeGreaterThan(1_000_000);
    },
  );
}
