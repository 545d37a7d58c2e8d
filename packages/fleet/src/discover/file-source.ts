import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { parseConfig } from "../config/config-node.ts";
import { readGroups, type TargetGroup, withLabel } from "../config/group-config.ts";
import type { FileDiscovery } from "../config/scrape-config.ts";
import type { GroupSource } from "./discovery.ts";

/** Files are small and near: what changes in them counts soon, however seldom they are to be looked at. */
const MOST_FILE_MILLIS = 5000;

/** Files of groups, in YAML or JSON. */
export function fileSource({ files, refreshMillis }: FileDiscovery): GroupSource {
  return {
    name: files.join(", "),
    refreshMillis: Math.min(refreshMillis, MOST_FILE_MILLIS),
    async read() {
      const groups: TargetGroup[] = [];
      for (const pattern of files) {
        for (const file of await matching(pattern)) {
          groups.push(
            ...withLabel(readGroups(parseConfig(await readFile(file, "utf8"), file)), "__meta_filepath", file),
          );
        }
      }
      return groups;
    },
  };
}

/** The files that a path means whose last part may have a `*`. */
async function matching(pattern: string): Promise<string[]> {
  const [directory, name] = [path.dirname(pattern), path.basename(pattern)];
  const [start = "", end] = name.split("*");
  if (end === undefined) return [pattern];
  const names = await readdir(directory);
  return names
    .filter((one) => one.length >= start.length + end.length && one.startsWith(start) && one.endsWith(end))
    .sort()
    .map((one) => path.join(directory, one));
}
