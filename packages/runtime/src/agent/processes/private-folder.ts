import { lstat, mkdir } from "node:fs/promises";
import { RuntimeError } from "../../error.ts";
import { folderCandidates } from "../../exchange/folder-candidates.ts";

/**
 * The folder below which the processes of this user find each other, made where it is missing. Nobody else may enter it: what
 * another user has put in its place, be it a folder or a link, is not used. Throws where there is none.
 */
export async function privateFolder(parents?: readonly string[]): Promise<string> {
  const uid = process.getuid?.();
  if (uid === undefined) throw new RuntimeError("processes find each other on POSIX systems only");
  const reasons: string[] = [];
  for (const folder of folderCandidates(parents)) {
    try {
      await makePrivate(folder);
      const stats = await lstat(folder);
      if (stats.isDirectory() && stats.uid === uid && (stats.mode & 0o077) === 0) return folder;
      reasons.push(`${folder} is not a folder of this user's alone`);
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  throw new RuntimeError(`there is no private folder in which processes could find each other: ${reasons.join("; ")}`);
}

/** One level, for its owner alone; it may be there already. */
export async function makePrivate(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}
