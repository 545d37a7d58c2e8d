import { execFile } from "node:child_process";
import { ToolError } from "../../error.ts";
import type { Environment } from "../../host/environment.ts";

/** What git answers is names and numbers: of the largest repositories some megabytes. */
const LONGEST_ANSWER = 2 ** 28;
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

  #run(words: readonly string[]): Promise<{ failure: boolean; output: string; said: string }> {
    // A hook of the repository's, such as one that installs packages after a checkout, is not for copies that are soon gone.
    const all = ["-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false", ...words];
    const options = { cwd: this.#directory, env: this.#env, maxBuffer: LONGEST_ANSWER };
    return new Promise((resolve, reject) => {
      execFile("git", all, options, (error, output, said) => {
        if (error?.code === ("ENOENT" as unknown)) {
          reject(new ToolError("git is not there: pprof ci compares two revisions of a git repository"));
        } else resolve({ failure: error !== null, output, said: said === "" ? String(error?.message ?? "") : said });
      });
    });
  }
}

/** What git ends with is what stopped it. */
function lastLine(said: string): string {
  const lines = said.split("\n").filter((line) => line.trim() !== "");
  const fatal = lines.find((line) => /^(fatal|error): /.test(line)) ?? lines.at(-1) ?? "it failed and does not say why";
  return fatal.replace(/^(fatal|error): /, "");
}
