import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pprof, type Run } from "../tool.ts";

/** Who commits, and no settings of this machine's. */
export const GIT_ENV: Readonly<Record<string, string>> = {
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@example.com",
  GIT_COMMITTER_NAME: "a",
  GIT_COMMITTER_EMAIL: "a@example.com",
};

type Files = Readonly<Record<string, string>>;

/** A git repository of its own, with a place of its own for temporary files. */
export class TestRepository implements Disposable {
  readonly folder: string = realpathSync(mkdtempSync(path.join(tmpdir(), "pprof ci test-")));
  readonly top: string = path.join(this.folder, "repository");
  readonly temporary: string = path.join(this.folder, "tmp");
  readonly saved: string = path.join(this.folder, "saved");

  constructor() {
    for (const place of [this.top, this.temporary]) mkdirSync(place);
    this.git("init", "--quiet", "--initial-branch=main");
  }

  git(...words: string[]): string {
    return execFileSync("git", words, { cwd: this.top, env: { PATH: process.env.PATH, ...GIT_ENV }, encoding: "utf8" });
  }

  write(files: Files): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(this.top, name)), { recursive: true });
      writeFileSync(path.join(this.top, name), text);
    }
  }

  commit(files: Files): void {
    this.write(files);
    this.git("add", "--all");
    this.git("commit", "--quiet", "--message=a");
  }

  /** The variables that the tool runs with. */
  get env(): NodeJS.ProcessEnv {
    return { ...GIT_ENV, HOME: this.folder, TMPDIR: this.temporary, PPROF_TMPDIR: this.saved };
  }

  ci(words: readonly string[], cwd: string = this.top): Promise<Run> {
    return pprof(["ci", ...words], { cwd, env: this.env });
  }

  /** What is left of comparisons: worktrees that git knows, and temporary files. */
  left(): readonly string[] {
    const worktrees = this.git("worktree", "list", "--porcelain").match(/^worktree .*$/gm) ?? [];
    const files = readdirSync(this.temporary).filter(
      (name) => name.startsWith("pprof-ci-") || name.startsWith("pprof-run-"),
    );
    return [...worktrees.slice(1), ...files];
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const work = (name: string, millions: number): string => `function ${name}() {
  let sum = 0;
  for (let i = 0; i < ${millions}e6; i++) sum += Math.sqrt(i);
  return sum;
}`;

/** A program in which one function works five times as much when it is slow, and another always the same. */
export const program = (isSlow: boolean): string =>
  `${work("steady", 60)}\n${work("changing", isSlow ? 300 : 60)}\nconsole.log(steady() + changing());\n`;

/** Runs it; V8 would have a function that it inlines in its caller's time. */
export const COMMAND: readonly string[] = ["--", process.execPath, "--no-turbo-inlining", "app.js"];
