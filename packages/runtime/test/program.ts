import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const packageRoot = fileURLToPath(new URL("..", import.meta.url));
const nodeModules = fileURLToPath(new URL("../../../node_modules", import.meta.url));

/** Whether V8 can be asked for the async functions that wait (`src/target/async-stacks.ts`). */
export const TELLS_AWAITS: boolean = Number.parseInt(process.versions.node, 10) >= 22;

/** A folder outside the repository in which `@pprof-ts/runtime` resolves to the built package. */
export function scratchFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "pprof-runtime-"));
  writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
  symlinkSync(nodeModules, path.join(folder, "node_modules"), "dir");
  return folder;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Compiles `programs/NAME.ts` into the folder and returns the script. */
export function compile(name: string, folder: string, ...options: string[]): string {
  const tsc = path.join(nodeModules, "typescript/bin/tsc");
  const source = path.join(packageRoot, "test/programs", `${name}.ts`);
  const common = ["--ignoreConfig", "--target", "es2023", "--module", "nodenext", "--types", "node"];
  const run = spawnSync(
    process.execPath,
    [tsc, ...common, "--rootDir", path.dirname(source), "--outDir", folder, ...options, source],
    {
      cwd: packageRoot,
      encoding: "utf8",
    },
  );
  if (run.status !== 0) throw new Error(`tsc failed on ${source}: ${run.stdout}${run.stderr}`);
  return path.join(folder, `${name}.js`);
}

export function sourceOf(name: string): string {
  return path.join(packageRoot, "test/programs", `${name}.ts`);
}

/** The line (from 1) of `programs/NAME.ts` on which this text first stands. */
export function lineOf(name: string, text: string): number {
  const before = readFileSync(sourceOf(name), "utf8").split(text)[0]!;
  return before.split("\n").length;
}

/** What a test asks for in a loop, on a busy machine, may cost more than in production. */
const ENV = {
  NODE_OPTIONS: "",
  PPROF_ADDR: "127.0.0.1:0",
  PPROF_STALL_BUDGET: "1m",
  PPROF_STALL_BUDGET_PER_MINUTE: "1h",
};

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A child process of Node's, its output kept. */
export class Program {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = "";
  stderr = "";

  constructor(args: readonly string[], options: { readonly cwd: string; readonly env?: Record<string, string> }) {
    this.child = spawn(process.execPath, args, {
      cwd: options.cwd,
      env: { ...process.env, ...ENV, ...options.env },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    this.child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.ended = new Promise((resolve) => {
      this.child.on("close", (code, signal) => resolve({ code, signal, stdout: this.stdout, stderr: this.stderr }));
    });
  }

  /** A module given as text, with the profiler in it. */
  static registered(code: string, options: { readonly cwd: string; readonly env?: Record<string, string> }): Program {
    return new Program(["--import", "@pprof-ts/runtime/register", "--input-type=module", "--eval", code], options);
  }

  /** The base URL of the endpoints, once standard error has named it. */
  async url(): Promise<string> {
    const found = await this.saw(/pprof: serving profiles at (\S+)/);
    return found[1]!;
  }

  /** Waits until the program has printed this on standard error. */
  async saw(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.stderr);
      if (found !== null) return found;
      if ((this.child.exitCode ?? this.child.signalCode) !== null)
        throw new Error(`the program ended without ${pattern}: ${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Has it do what it knows by this name; what it says of that, as a message with both. */
  async deed(name: string): Promise<unknown> {
    this.child.send(name);
    for (;;) {
      const [said] = await once(this.child, "message");
      if (said.deed === name) return said.result;
    }
  }

  async stop(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }
}
