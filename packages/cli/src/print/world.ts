import type { StringTable } from "@pprof-ts/profile";
import type { Binaries, World } from "@pprof-ts/report";
import { exactName } from "../host/file/file-name.ts";
import { readTextFile } from "../host/file/regular-file.ts";
import { workingDirectory } from "../host/working-directory.ts";
import type { SourceFinder } from "../source/find-source.ts";
import { localZone } from "./zone.ts";

/** This machine, as far as reports look at it; `strings` are the profile's, for names of files that are not UTF-8. */
export function world(binaries?: Binaries, sources?: SourceFinder, strings?: StringTable): World {
  return {
    ...(binaries === undefined ? {} : { binaries }),
    ...(sources === undefined ? {} : { findSource: (file: string) => sources.find(file) }),
    directory: workingDirectory(),
    readSource: (path) => {
      try {
        return readTextFile(strings === undefined ? path : exactName(path, strings));
      } catch {
        return undefined;
      }
    },
    zone: localZone,
  };
}
