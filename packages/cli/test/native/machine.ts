import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, it } from "vitest";

/** Whether this program runs here. */
export function has(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args.length > 0 ? args : ["--version"]).status === 0;
}

interface RunOptions {
  readonly cwd?: string;
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** What a program prints; throws what it complains of. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    ...options,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw error ?? new Error(`${program} ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** A test that runs where these programs do, and says what is missing where they do not. */
export function itWith(programs: readonly string[], name: string, body: () => void | Promise<void>): void {
  const missing = programs.filter((program) => !has(program, program === "go" ? "version" : "--version"));
  if (missing.length === 0) it(name, body);
  else it.skip(`${name} (no ${missing.join(", ")} on this machine)`, () => {});
}

export interface Scratch {
  readonly path: string;
  write(name: string, text: string | Uint8Array): string;
}

/** A directory for one test file. */
export function scratch(): Scratch {
  const path = mkdtempSync(join(tmpdir(), "pprof-native-"));
  afterAll(() => rmSync(path, { recursive: true }));
  return {
    path,
    write(name, text) {
      writeFileSync(join(path, name), text);
      return join(path, name);
    },
  };
}
