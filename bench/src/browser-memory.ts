import { readdirSync, readFileSync } from "node:fs";

/** The most memory that any page's process, of those that `root` started, has ever held, in MB; undefined on systems without /proc. */
export function peakOf(root: number): number | undefined {
  try {
    const parents = new Map<number, number>();
    for (const name of readdirSync("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      // The second field is a name in brackets, which may hold anything.
      const stat = tryRead(`/proc/${name}/stat`);
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    }
    let most = 0;
    for (const process of parents.keys()) {
      if (!descends(process, root, parents) || !tryRead(`/proc/${process}/cmdline`).includes("--type=renderer"))
        continue;
      most = Math.max(most, Number(/^VmHWM:\s+(\d+)/m.exec(tryRead(`/proc/${process}/status`))?.[1] ?? 0));
    }
    return most / 1024;
  } catch {
    return undefined;
  }
}

/** A process may end while it is looked at. */
function tryRead(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function descends(process: number, root: number, parents: ReadonlyMap<number, number>): boolean {
  for (let at: number | undefined = process; at !== undefined && at > 0; at = parents.get(at))
    if (at === root) return true;
  return false;
}
