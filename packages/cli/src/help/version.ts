import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** The version of the tool. */
export function toolVersion(): string {
  const manifest = createRequire(import.meta.url).resolve("pprof-ts/package.json");
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}
