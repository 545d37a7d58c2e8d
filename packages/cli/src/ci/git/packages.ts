import {
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
} from "node:fs";
import path from "node:path";
import type { Repository } from "./checkouts.ts";

/** What says which packages are installed, the surest first. */
const LOCKS = ["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb"];
const MANIFEST = "package.json";
const MODULES = "node_modules";

/** How a worktree has come to its packages, as a sentence; "" where there are none to come to. */
export async function linkPackages(repository: Repository, tree: string, name: string): Promise<string> {
  const { git, top } = repository;
  const tracked = (await git.ask("ls-files", "-z", "--full-name", ":/")).split("\0");
  const named = (names: readonly string[]): string[] => tracked.filter((file) => names.includes(path.basename(file)));
  const places = named([MANIFEST]).map((file) => path.dirname(file));
  const installed = places.filter((place) => isDirectory(path.join(top, place, MODULES)));
  if (installed.length === 0) return "";
  const locks = named(LOCKS);
  const compared = locks.length > 0 ? locks : named([MANIFEST]);
  const other = compared.find((file) => !isSame(path.join(top, file), path.join(tree, file)));
  if (other !== undefined) {
    return `${name} has no ${MODULES}: its ${other} is not that of the working tree (-setup='npm ci' installs what it takes)`;
  }
  for (const place of installed) {
    if (isDirectory(path.join(tree, place))) linkAll(repository.top, tree, path.join(place, MODULES));
  }
  return `${name} has the ${MODULES} of the working tree, for ${compared[0]} is the same`;
}

/**
 * A folder of links rather than one link: what is written beside the packages, such as a cache, stays out of the user's tree. Hidden
 * files are what package managers say of what they have installed.
 */
function linkAll(top: string, tree: string, folder: string): void {
  const to = path.join(tree, folder);
  if (lstatSync(to, { throwIfNoEntry: false }) !== undefined) return;
  mkdirSync(to);
  for (const name of readdirSync(path.join(top, folder))) {
    const entry = path.join(folder, name);
    if (name === ".bin" || (name.startsWith("@") && isDirectory(path.join(top, entry)))) linkAll(top, tree, entry);
    else if (!name.startsWith(".")) symlinkSync(placeOf(top, tree, path.join(top, entry)), path.join(tree, entry));
    else if (!isDirectory(path.join(top, entry))) copyFileSync(path.join(top, entry), path.join(tree, entry));
  }
}

/** Where a link leads: a package of the repository's own is that of the worktree, and not that of the user's tree. */
function placeOf(top: string, tree: string, entry: string): string {
  let real: string;
  try {
    real = realpathSync(entry);
  } catch {
    return entry;
  }
  const within = path.relative(top, real);
  const isOwn = !within.startsWith("..") && !path.isAbsolute(within) && !within.split(path.sep).includes(MODULES);
  return isOwn ? path.join(tree, within) : entry;
}

function isDirectory(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isSame(file: string, other: string): boolean {
  try {
    return readFileSync(file).equals(readFileSync(other));
  } catch {
    return false;
  }
}
