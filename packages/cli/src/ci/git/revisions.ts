import { ToolError } from "../../error.ts";
import type { Git } from "./git.ts";

/** What is compared, or what it is compared with. */
export interface Revision {
  /** As it is told: `main (1a2b3c4)`. */
  readonly name: string;
  readonly commit: string;
  /** Whether what has been changed in the working tree and is in no commit belongs to it. */
  readonly hasChanges: boolean;
}

export interface Revisions {
  readonly base: Revision;
  readonly head: Revision;
}

/** The branches that others may have begun at, where nobody says. */
const MAIN_BRANCHES = ["origin/main", "origin/master", "main", "master"];

/** The revisions of a command line; "" for one that it does not name. */
export async function revisions(git: Git, base: string, head: string): Promise<Revisions> {
  if ((await git.find("rev-parse", "--verify", "--quiet", "HEAD^{commit}")) === undefined) {
    throw new ToolError("this repository has no commit yet, and pprof ci compares two");
  }
  const fresh = head === "" ? await present(git) : await named(git, head);
  return { base: base === "" ? await forkOf(git, fresh) : await named(git, base), head: fresh };
}

async function named(git: Git, revision: string): Promise<Revision> {
  const commit = revision.startsWith("-") ? undefined : await commitOf(git, revision);
  if (commit !== undefined) return { name: nameOf(revision, commit), commit, hasChanges: false };
  throw new ToolError(`no revision "${revision}"${(await ifShallow(git)) || " in this repository"}`);
}

/** What the user has: the working tree where something is changed in it, and else its commit. */
async function present(git: Git): Promise<Revision> {
  const commit = await git.ask("rev-parse", "HEAD");
  const changed = await git.ask("status", "--porcelain", "--untracked-files=no");
  if (changed === "") return { name: nameOf("HEAD", commit), commit, hasChanges: false };
  return { name: `the working tree (${short(commit)} and what is changed)`, commit, hasChanges: true };
}

/** The commit that a branch has in common with the main one; on that itself, the commit before what is new. */
async function forkOf(git: Git, head: Revision): Promise<Revision> {
  const origin = await git.find("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD");
  for (const branch of [...(origin === undefined ? [] : [origin]), ...MAIN_BRANCHES]) {
    if ((await commitOf(git, branch)) === undefined) continue;
    const commit = await git.find("merge-base", branch, head.commit);
    if (commit === undefined) {
      throw new ToolError(
        `${branch} and ${head.name} have no commit in common${await ifShallow(git)}: -base names what to compare with`,
      );
    }
    if (commit !== head.commit) return { name: nameOf(`where ${branch} was left`, commit), commit, hasChanges: false };
    if (head.hasChanges) return { name: nameOf("HEAD", commit), commit, hasChanges: false };
    const before = await commitOf(git, `${commit}^`);
    if (before !== undefined) return { name: nameOf("the commit before", before), commit: before, hasChanges: false };
    throw new ToolError(
      `${head.name} is on ${branch} and has no commit before it${await ifShallow(git)}: -base names what to compare with`,
    );
  }
  throw new ToolError(`no branch origin/HEAD, main or master${await ifShallow(git)}: -base names what to compare with`);
}

function commitOf(git: Git, revision: string): Promise<string | undefined> {
  return git.find("rev-parse", "--verify", "--quiet", `${revision}^{commit}`);
}

async function ifShallow(git: Git): Promise<string> {
  const isShallow = (await git.find("rev-parse", "--is-shallow-repository")) === "true";
  return isShallow ? " in this shallow clone (git fetch --unshallow, or fetch-depth: 0 of actions/checkout)" : "";
}

function nameOf(revision: string, commit: string): string {
  return commit.startsWith(revision) ? short(commit) : `${revision} (${short(commit)})`;
}

function short(commit: string): string {
  return commit.slice(0, 7);
}
