import path from "node:path";
import { FleetError } from "../error.ts";
import type { FileSystem } from "../file/file-system.ts";

/** The version of how a store's folder is laid out. */
const STORE_VERSION = 1;

/** Writes the version into a new store. A store of another version, or what is none, is a `FleetError`. */
export function checkVersion(files: FileSystem, file: string): void {
  const folder = path.dirname(file);
  const names = files.list(folder);
  if (!names.includes(path.basename(file))) {
    if (names.some((name) => name === "segments" || name === "log")) {
      throw new FleetError(`${folder} has no ${path.basename(file)}: it is no store, or one that was damaged`);
    }
    files.write(file, [Buffer.from(`${JSON.stringify({ version: STORE_VERSION })}\n`)]);
    return;
  }
  const version = versionIn(Buffer.from(files.read(file, 0, files.size(file))).toString());
  if (version === STORE_VERSION) return;
  const what = version === undefined ? "no version" : `version ${version}`;
  throw new FleetError(`the store in ${folder} has ${what}, and this program reads version ${STORE_VERSION}`);
}

function versionIn(text: string): unknown {
  try {
    return JSON.parse(text)?.version;
  } catch {
    return undefined;
  }
}
