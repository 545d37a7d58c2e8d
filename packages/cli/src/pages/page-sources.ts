import { realpathSync, statSync } from "node:fs";
import { type Options, SourceReader } from "@pprof-ts/report";
import { workingDirectory } from "../host/working-directory.ts";
import { world } from "../print/world.ts";
import { AllowedSources } from "../source/allowed-sources.ts";
import { SourceFinder } from "../source/find-source.ts";

/** The sources that pages may show, by their paths in a profile. */
export interface PageSources {
  /** The text of a source file, looked for as `list` does, or why it is not given; undefined where it is not found. */
  readonly readSource: (path: string) => string | { readonly refused: string } | undefined;
  /** Where a source that was not found has been looked for. */
  readonly lookedFor: (path: string) => readonly string[];
  /** Where a source is that was read, and when it was changed last; undefined for one that stands in a source map. */
  readonly placeOf: (path: string) => { readonly file: string; readonly changed: Date } | undefined;
}

/** Looks for sources as the options say, and gives none but those that may be on a page. */
export function pageSources(options: Options): PageSources {
  const { source_path } = options;
  const searchPath = source_path === "" ? [] : source_path.split(":");
  const allowed = new AllowedSources(workingDirectory(), searchPath);
  let last: string | undefined;
  const read = (file: string): string | undefined => {
    const text = allowed.read(file);
    if (text !== undefined) last = file;
    return text;
  };
  // Each is read once: where it was is kept.
  const places = new Map<string, string>();
  const finder = new SourceFinder(workingDirectory(), searchPath, read);
  const sources = new SourceReader({ ...world(undefined, finder), readSource: read }, options);
  return {
    readSource(path) {
      last = undefined;
      const source = sources.read(path);
      // The reference tool's search cuts a path where a directory in it is called as the working directory is.
      const text = "lines" in source ? source.lines.join("\n") : read(path);
      if (last !== undefined) places.set(path, last);
      if ("lines" in source) return text!;
      const refused = [path, ...(finder.misses.get(path) ?? [])].flatMap((place) => allowed.refusals.get(place) ?? []);
      return text ?? (refused[0] === undefined ? undefined : { refused: refused[0] });
    },
    lookedFor: (path) => finder.misses.get(path) ?? [],
    placeOf(path) {
      const file = places.get(path);
      const stats = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
      return stats && { file: realpathSync(file!), changed: stats.mtime };
    },
  };
}
