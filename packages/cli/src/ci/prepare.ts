import { existsSync } from "node:fs";
import path from "node:path";
import { ToolError } from "../error.ts";
import type { Environment } from "../host/environment.ts";
import type { AskedCi } from "./asked.ts";
import type { Checkouts, Repository, Side } from "./git/checkouts.ts";
import { movedLines } from "./git/moved-lines.ts";
import { linkPackages } from "./git/packages.ts";
import type { Revision, Revisions } from "./git/revisions.ts";
import { lastLines, runCommand } from "./measure/command.ts";
import type { Runner } from "./measure/rounds.ts";

/** The sides that are run, and what was done to make them ready, in sentences. */
export interface Prepared {
  readonly runners: readonly Runner[];
  readonly notes: readonly string[];
}

export interface PrepareOptions {
  readonly repository: Repository;
  readonly revisions: Revisions;
  readonly env: Environment;
  readonly stop: AbortSignal;
  readonly say: (line: string) => void;
}

/** Makes a worktree for each side, with its packages, and runs there what is to be run first. */
export async function prepare(asked: AskedCi, checkouts: Checkouts, options: PrepareOptions): Promise<Prepared> {
  const { repository, revisions, stop, say } = options;
  const { base, head } = revisions;
  const again: readonly (readonly [Side, Revision])[] = asked.again ? [["same", base]] : [];
  const notes: string[] = [];
  const note = (sentence: string): void => {
    notes.push(sentence);
    say(sentence);
  };
  for (const sentence of foreignWords(asked.command, repository)) note(sentence);
  const runners: Runner[] = [];
  for (const [side, revision] of [["base", base], ...again, ["head", head]] as const) {
    stop.throwIfAborted();
    await checkouts.add(side, revision);
    const tree = checkouts.tree(side);
    const cwd = path.join(tree, repository.prefix);
    if (!existsSync(cwd)) throw new ToolError(`${revision.name} has no directory ${repository.prefix}`);
    const told = asked.link ? await linkPackages(repository, tree, side) : "";
    if (told !== "") note(`${told}.`);
    if (asked.setup !== "") await setUp(asked.setup, checkouts, side, revision, options);
    const moved = side === "head" ? await movedLines(repository.git, revisions) : undefined;
    runners.push({ side, name: revision.name, cwd, roots: [tree, repository.top], moved });
  }
  if (existsSync(path.join(repository.top, ".gitmodules")) && asked.setup === "") {
    note("Submodules are empty: -setup='git submodule update --init --recursive' gets them.");
  }
  return { runners, notes };
}

/** Files of the user's tree that the command names are none of the revisions'. */
function foreignWords(command: readonly string[], { top }: Repository): string[] {
  return command
    .filter((word) => word.startsWith(`${top}${path.sep}`) && existsSync(word))
    .map((word) => `${word} is in the working tree: both sides have that one, and not their own.`);
}

async function setUp(
  setup: string,
  checkouts: Checkouts,
  side: Side,
  { name }: Revision,
  { env, stop, say }: PrepareOptions,
): Promise<void> {
  say(`${side}: ${setup}`);
  const log = path.join(checkouts.folder, "setup.log");
  const shell = process.platform === "win32" ? ["cmd", "/d", "/s", "/c"] : ["sh", "-c"];
  const ended = await runCommand([...shell, setup], { cwd: checkouts.tree(side), env, log, stop });
  ended.endRest();
  if (ended.status === 0) return;
  throw new ToolError(`-setup ended with status ${ended.status} on ${name}; it printed:\n${lastLines(log)}`);
}
