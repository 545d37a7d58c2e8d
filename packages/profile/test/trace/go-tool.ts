import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** The program that `go tool trace` runs, or why there is none; it is built the first time. */
function findTool(): { readonly program: string } | { readonly missing: string } {
  const built = spawnSync("go", ["tool", "trace", "-h"], { stdio: "ignore" });
  if (built.error !== undefined) return { missing: "there is no go" };
  const found = spawnSync("go", ["tool", "-n", "trace"], { encoding: "utf8" });
  return found.status === 0 ? { program: found.stdout.trim() } : { missing: "go tool trace cannot be built" };
}

const tool = findTool();

/** Why `go tool trace` is not asked; undefined: it is. */
export const withoutGoTrace: string | undefined = "missing" in tool ? tool.missing : undefined;

/** What `go tool trace OPTION FILE` prints of a trace, and why it does not. */
export function goToolTrace(option: string, bytes: Uint8Array): { readonly output: Buffer; readonly error: string } {
  if ("missing" in tool) throw new Error(tool.missing);
  const folder = mkdtempSync(path.join(tmpdir(), "pprof-trace-"));
  try {
    const file = path.join(folder, "trace");
    writeFileSync(file, bytes);
    const { stdout, stderr, status } = spawnSync(tool.program, [option, file], { maxBuffer: 2 ** 30 });
    return { output: stdout, error: status === 0 ? "" : stderr.toString() };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
