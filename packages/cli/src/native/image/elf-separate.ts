import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { cString } from "../bytes/byte-text.ts";
import { FileBytes } from "../bytes/file-bytes.ts";
import { type Elf, readElf, readSection } from "./elf.ts";
import { readBuildId } from "./elf-build-id.ts";

/** Where distributions put debug information. */
const DEBUG_ROOT = "/usr/lib/debug";

/** The file that holds the debug information of a stripped one, found as GDB finds it; undefined where there is none. */
export function separateDebug(elf: Elf, buildId: string): Elf | undefined {
  const directory = dirname(realpathSync(elf.file.path));
  const places: string[] = [];
  if (buildId !== "") places.push(join(DEBUG_ROOT, ".build-id", buildId.slice(0, 2), `${buildId.slice(2)}.debug`));
  const link = readSection(elf, ".gnu_debuglink");
  const name = link === undefined ? "" : cString(link, 0);
  // A name, not a path: the file may come from anywhere.
  if (name !== "" && !name.includes("/")) {
    places.push(join(directory, name), join(directory, ".debug", name), join(DEBUG_ROOT, directory, name));
  }
  for (const place of places) {
    if (!existsSync(place) || realpathSync(place) === realpathSync(elf.file.path)) continue;
    const found = readElf(new FileBytes(place));
    if (buildId === "" || readBuildId(found) === buildId) return found;
  }
  return undefined;
}
