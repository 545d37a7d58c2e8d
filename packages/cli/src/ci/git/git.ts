import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { ToolError } from "../../error.ts";
import type { Environment } from "../../host/environment.ts";

/** What a hook of git's is told of the repository that it runs for, and what would lead git away from a directory. */
const OF_A_REPOSITORY = [
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_PREFIX",
  "GIT_COMMON_DIR",
  "GIT_OBJECT_DIRECTORY",
];

/** The environment without what says which repository is meant: that is told by the directory. */
export function withoutRepository(env: Environment): Environment {
  return { ...env, ...Object.fromEntries(OF_A_REPOSITORY.map((name) => [name, undefined])) };
}

/** Nobody types faster. */
const MOST_ATTEMPTS = 100;

interface Answer {
  readonly failure: boolean;
  /** What ended it before it had one. */
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly said: string;
}

/** Git, in a directory. */
export class Git {
  readonly #directory: string;
  readonly #env: Environment;

  constructor(directory: string, env: Environment) {
    this.#directory = directory;
    // Its sentences are looked at; and whoever asks it something while it looks is not to wait for a lock.
    this.#env = { ...withoutRepository(env), LC_ALL: "C", GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0" };
  }

  /** What it prints, without the line feed at the end; throws what it says is wrong. */
  async ask(...words: readonly string[]): Promise<string> {
    const { failure, output, said } = await this.#run(words);
    if (!failure) return output.replace(/\n$/, "");
    throw new ToolError(`git ${words[0]}: ${lastLine(said)}`);
  }

  /** As `ask`; undefined where it has no answer. */
  async find(...words: readonly string[]): Promise<string | undefined> {
    const { failure, output } = await this.#run(words);
    return failure ? undefined : output.replace(/\n$/, "");
  }

  /**
   * Has it do something whatever is typed at the terminal meanwhile, and whether it can or not: a signal that comes before it has a
   * group of its own ends it, and then it begins anew.
   */
  async finish(...words: readonly string[]): Promise<void> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const { signal } = await this.#run(words, true);
      if (signal === null) return;
    }
  }

  async #run(words: readonly string[], detached = false): Promise<Answer> {
    // A hook of the repository's, such as one that installs packages after a checkout, is not for copies that are soon gone.
    const all = ["-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false", ...words];
    const stdio = ["ignore", "pipe", "pipe"] as const;
    const child = spawn("git", all, { cwd: this.#directory, env: this.#env, stdio: [...stdio], detached });
    try {
      const ended = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
      const [output, said, [status, signal]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
      return { failure: status !== 0, signal, output, said };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      throw new ToolError("git is not there: pprof ci compares two revisions of a git repository");
    }
  }
}

/** What git ends with is what stopped it. */
function lastLine(said: string): string {
  const lines = said.split("\n").filter((line) => line.trim() !== "");
  const fatal = lines.find((line) => /^(fatal|error): /.test(line)) ?? lines.at(-1) ?? "it failed and does not say why";
  return fatal.replace(/^(fatal|error): /, "");
}
