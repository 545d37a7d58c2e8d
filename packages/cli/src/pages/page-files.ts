import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { messageOf, ToolError } from "../error.ts";

/** The files that the pages are built to, by name. */
export function pageFiles(): ReadonlyMap<string, Uint8Array> {
  try {
    const manifest = createRequire(import.meta.url).resolve("@pprof-ts/web/package.json");
    const directory = path.join(path.dirname(manifest), "dist");
    return new Map(readdirSync(directory).map((name) => [name, readFileSync(path.join(directory, name))]));
  } catch (error) {
    throw new ToolError(`the pages are not there; @pprof-ts/web brings them: ${messageOf(error)}`);
  }
}
