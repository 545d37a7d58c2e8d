import { readFileSync } from "node:fs";
import type { Binaries, World } from "@pprof-ts/report";
import { localZone } from "./zone.ts";

/** This machine, as far as reports look at it. */
export function world(binaries?: Binaries): World {
  return {
    ...(binaries === undefined ? {} : { binaries }),
    directory: process.cwd(),
    readSource: (path) => {
      try {
        return readFileSync(path, "utf8");
      } catch {
        return undefined;
      }
    },
    zone: localZone,
  };
}
