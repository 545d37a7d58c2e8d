// The loaders that transpile in memory, a row each: how the program `transpiled.ts` is run, and where its hot loop has to be.

/** The lines of `transpiled.ts`. */
export const LOOP = 17;
export const FUNCTION = 12;
export const AWAIT = 31;

export interface Loader {
  readonly name: string;
  /** The packages of `packages.json` that it needs; none: what every checkout has. */
  readonly needs: readonly string[];
  /** The arguments of Node, behind those that load the profiler. */
  readonly args: readonly string[];
  /** A flag of Node's that not every version has. */
  readonly flag?: string;
  /** What is written beside the program. */
  readonly files?: Readonly<Record<string, string>>;
  /** The line at which `burn` is hot: its own where all is one line, of which V8's profiler tells no columns. */
  readonly line: number;
  /** Whether Node's options have to be handed down, for it runs in a process or a thread of the loader's. */
  readonly handedDown?: boolean;
  /** Whether it runs in a worker thread or a context of `node:vm`, of which `goroutine` knows nothing. */
  readonly apart?: boolean;
}

/** For loaders that have the program loaded by `require`. */
const required = { "main.cjs": 'require("./transpiled.ts");\n' };

const vitest = (pool: string): Loader => ({
  name: `vitest, ${pool}`,
  needs: [],
  args: ["node_modules/vitest/vitest.mjs", "run", "--root", ".", `--pool=${pool}`],
  files: {
    "burn.test.ts": `import { test } from "vitest";
import "./transpiled.ts";
test("burns", () => new Promise((resolve) => setTimeout(resolve, 120_000)), 200_000);
`,
  },
  line: LOOP,
  handedDown: true,
  apart: pool !== "forks",
});

export const loaders: readonly Loader[] = [
  { name: "tsx", needs: ["tsx"], args: ["--import", "tsx", "transpiled.ts"], line: FUNCTION },
  {
    name: "ts-node",
    needs: ["ts-node", "typescript"],
    args: ["--require", "ts-node/register/transpile-only", "main.cjs"],
    files: { ...required, "tsconfig.json": '{ "compilerOptions": { "target": "es2022", "module": "commonjs" } }' },
    line: LOOP,
  },
  {
    name: "swc-node",
    needs: ["@swc-node/register", "@swc/core", "typescript"],
    args: ["--require", "@swc-node/register", "main.cjs"],
    files: required,
    line: LOOP,
  },
  {
    name: "babel-register",
    needs: ["@babel/register", "@babel/core", "@babel/preset-env", "@babel/preset-typescript"],
    args: ["--require", "./babel.cjs", "main.cjs"],
    files: {
      ...required,
      "babel.cjs": 'require("@babel/register")({ extensions: [".ts"], cache: false });\n',
      "babel.config.json":
        '{ "presets": [["@babel/preset-env", { "targets": "node 20" }], "@babel/preset-typescript"] }',
    },
    line: LOOP,
  },
  {
    name: "--experimental-transform-types",
    needs: [],
    flag: "--experimental-transform-types",
    args: ["--experimental-transform-types", "transpiled.ts"],
    line: LOOP,
  },
  vitest("threads"),
  vitest("forks"),
  vitest("vmThreads"),
  {
    name: "jest",
    needs: ["jest", "@babel/core", "@babel/preset-env", "@babel/preset-typescript"],
    args: ["node_modules/jest/bin/jest.js", "--runInBand"],
    files: {
      "burn.test.ts":
        'test("burns", () => {\n  require("./transpiled.ts");\n  return new Promise((resolve) => setTimeout(resolve, 120_000));\n}, 200_000);\n',
      "babel.config.json":
        '{ "presets": [["@babel/preset-env", { "targets": "node 20" }], "@babel/preset-typescript"] }',
      "jest.config.json": '{ "testEnvironment": "node" }',
    },
    line: LOOP,
    apart: true,
  },
];
