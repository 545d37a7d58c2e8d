import path from "node:path";

/** The directory that the tool runs in; the root of all where it is gone, in which nothing by a relative name is. */
export function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return path.parse(process.execPath).root;
  }
}
