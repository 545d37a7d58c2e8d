import { cpSync, lstatSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { messageOf, ToolError } from "../../error.ts";
import type { Environment } from "../../host/environment.ts";
import { Git } from "./git.ts";
import type { Revision } from "./revisions.ts";

/** The user's repository. */
export interface Repository {
  readonly git: Git;
  /** Its working tree, as the system knows it: without symbolic links. */
  readonly top: string;
  /** The directory in it that the command runs in: "" or one with a slash at its end. */
  readonly prefix: string;
}

/** The repository that a directory is in. */
export async function repositoryOf(directory: string, env: Environment): Promise<Repository> {
  const git = new Git(directory, env);
  try {
    const top = await git.ask("rev-parse", "--show-toplevel");
    return { git, top: realpathSync(top), prefix: await git.ask("rev-parse", "--show-prefix") };
  } catch (error) {
    const why = messageOf(error);
    if (!/not a git repository/.test(why)) throw error;
    throw new ToolError(`${directory} is in no git repository, and pprof ci compares two revisions of one`);
  }
}

/** Names of the same length: a path that is longer takes, be it ever so little, longer to read. */
export type Side = "base" | "head" | "same";

/** The worktrees of one comparison, in a private folder; both are gone when it is disposed of. */
export class Checkouts implements AsyncDisposable {
  /** As the system knows it, so that it is what stands in profiles. */
  readonly folder: string = realpathSync(mkdtempSync(path.join(tmpdir(), "pprof-ci-")));
  readonly #repository: Repository;
  readonly #added: string[] = [];

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  /** The worktree of a side. */
  tree(side: Side): string {
    return path.join(this.folder, side);
  }

  async add(side: Side, { commit, hasChanges }: Revision): Promise<void> {
    const tree = this.tree(side);
    this.#added.push(tree);
    await this.#repository.git.ask("worktree", "add", "--quiet", "--detach", tree, commit);
    if (hasChanges) await this.#copyChanges(tree);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
    // Of a worktree that is gone git takes away what it knows of it, at once or not at all.
    for (const tree of this.#added.splice(0)) {
      await this.#repository.git.finish("worktree", "remove", "--force", "--force", tree);
    }
  }

  /** What differs from the commit in the user's tree, and files of which git knows nothing yet but is not to ignore. */
  async #copyChanges(tree: string): Promise<void> {
    const { git, top } = this.#repository;
    const changed = await git.ask("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all");
    for (const entry of changed.split("\0")) {
      const file = entry.slice(3);
      if (file === "") continue;
      const [from, to] = [path.join(top, file), path.join(tree, file)];
      const there = lstatSync(from, { throwIfNoEntry: false });
      // A submodule, which is another repository.
      if (there?.isDirectory()) continue;
      rmSync(to, { recursive: true, force: true });
      if (there === undefined) continue;
      mkdirSync(path.dirname(to), { recursive: true });
      cpSync(from, to, { verbatimSymlinks: true });
    }
  }
}
