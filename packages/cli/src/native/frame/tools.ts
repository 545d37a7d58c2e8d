import { execFile, spawnSync } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

export type ToolName = "llvm-symbolizer" | "addr2line" | "nm" | "objdump";

/** What each tool may be called, the better name first; those after it are Homebrew's on macOS. */
const EXECUTABLES: Readonly<Record<ToolName, readonly string[]>> = {
  "llvm-symbolizer": ["llvm-symbolizer"],
  addr2line: ["addr2line", "gaddr2line"],
  nm: ["llvm-nm", "nm", "gnm"],
  objdump: ["llvm-objdump", "objdump", "gobjdump"],
};

/** Room for the disassembly or the symbols of the largest binary. */
const LARGEST_OUTPUT = 1 << 30;

/**
 * The path of a tool, or undefined. `config` is a list as in `addr2line:/opt/bin,nm:/opt/bin` or `/opt/bin`: with an
 * entry for all tools, or none at all, the others are looked for where that says, or in the path.
 */
export function findTool(tool: ToolName, config: string): string | undefined {
  return findTools(tool, config)[0];
}

/** All that are there, the best first. */
export function findTools(tool: ToolName, config: string): string[] {
  const own: string[] = [];
  const general: string[] = [];
  for (const entry of config.split(",")) {
    const [name = "", ...path] = entry.split(":");
    // Only the name of a tool makes a pair: `C:\tools` is a path.
    if (path.length === 0 || !Object.hasOwn(EXECUTABLES, name)) general.push(entry);
    else if (name === tool) own.push(path.join(":"));
  }
  const found: string[] = [];
  for (const name of EXECUTABLES[tool]) {
    for (const directory of [...own, ...general]) {
      const path = directory === "" ? inPath(name) : executable(join(directory, name));
      if (path !== undefined) found.push(path);
    }
  }
  return found;
}

/** What a tool answers to this input; throws where it does not run or does not end well. */
export function runTool(path: string, args: readonly string[], input = ""): string {
  const { error, status, stdout, stderr } = spawnSync(path, args, {
    input,
    encoding: "utf8",
    maxBuffer: LARGEST_OUTPUT,
    windowsHide: true,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw failure(path, args, status, stderr);
  return stdout;
}

/** As `runTool`, while others work. */
export function runToolBeside(path: string, args: readonly string[], input = ""): Promise<string> {
  const options = { maxBuffer: LARGEST_OUTPUT, windowsHide: true };
  return new Promise((resolve, reject) => {
    const child = execFile(path, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(typeof error.code === "number" ? failure(path, args, error.code, stderr) : error);
    });
    // One that ends before it has read all says why by its status.
    child.stdin?.on("error", () => {}).end(input);
  });
}

/** What a tool is asked, and how its answer is read, which throws where it is none. */
export interface Question<Answer> {
  readonly path: string;
  readonly args: readonly string[];
  readonly input: string;
  readonly read: (output: string) => Answer;
}

function failure(path: string, args: readonly string[], status: number | null, stderr: string): Error {
  const [reason = ""] = stderr.trim().split("\n");
  return new Error(`${path} ${args.join(" ")}: exit status ${status}${reason === "" ? "" : `: ${reason}`}`);
}

function inPath(name: string): string | undefined {
  for (const directory of (process.env.PATH ?? "").split(delimiter)) {
    const path = executable(join(directory, name));
    if (path !== undefined) return path;
  }
  return undefined;
}

function executable(path: string): string | undefined {
  for (const candidate of process.platform === "win32" ? [`${path}.exe`, path] : [path]) {
    try {
      accessSync(candidate, constants.X_OK);
      if (statSync(candidate).isFile()) return candidate;
    } catch {
      // Not this one.
    }
  }
  return undefined;
}
