import { readdir } from "node:fs/promises";
import path from "node:path";
import { folderCandidates, processOfSocket } from "../../exchange/folder-candidates.ts";

/** The debug ports that processes of this user share, by the process's id; for another process to look, which makes nothing there. */
export async function sharedPorts(): Promise<Map<number, number>> {
  const found = new Map<number, number>();
  for (const folder of folderCandidates()) {
    for (const group of await namesIn(folder)) {
      const [, port] = /^port-(\d+)$/.exec(group) ?? [];
      if (port === undefined) continue;
      for (const name of await namesIn(path.join(folder, group))) {
        const pid = processOfSocket(name);
        if (pid !== undefined) found.set(pid, Number(port));
      }
    }
  }
  return found;
}

/** None where it may not be read, or is not there. */
async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
