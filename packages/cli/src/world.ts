import type { Binaries, World } from "@pprof-ts/report";
import { readTextFile } from "./regular-file.ts";
import type { SourceFinder } from "./source/find-source.ts";
import { localZone } from "./zone.ts";

/** This machine, as far as reports look at it. */
export function world(binaries?: Binaries, sources?: SourceFinder): World {
  return {
    ...(binaries === undefined ? {} : { binaries }),
    ...(sources === undefined ? {} : { findSource: (file: string) => sources.find(file) }),
    directory: process.cwd(),
    readSource: (path) => {
      try {
        return readTextFile(path);
      } catch {
        return undefined;
      }
    },
    zone: localZone,
  };
}
