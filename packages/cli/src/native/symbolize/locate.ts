import { existsSync, readdirSync } from "node:fs";
import { basename, delimiter, dirname, join, parse } from "node:path";
import type { Profile } from "@pprof-ts/profile";
import type { NativeBinaries } from "../frame/binaries.ts";
import { ProfileRewrite } from "./rewrite.ts";

export interface LocateOptions {
  /** Directories, separated as in PATH: `$PPROF_BINARY_PATH`, by default `$HOME/pprof/binaries`. */
  readonly searchPath: string;
  /** What the command line says the first mapping's file and build id are; "" for nothing. */
  readonly executable: string;
  readonly buildId: string;
  readonly binaries: () => Promise<NativeBinaries>;
  readonly warn: (line: string) => void;
}

/**
 * The profile with the files of its mappings replaced by those found below the search path. A profile with no mapping
 * gets one that all its locations point to, as symbolizing its addresses needs.
 */
export async function locateBinaries(profile: Profile, options: LocateOptions): Promise<Profile> {
  const found = profile.mappings.length === 0 ? withMapping(profile) : await search(profile, options);
  const { executable, buildId } = options;
  const wantsBuildId = buildId !== "" && found.mappings.buildId[0] === 0;
  if (executable === "" && !wantsBuildId) return found;
  const rewrite = new ProfileRewrite(found);
  if (executable !== "") rewrite.setFile(0, executable);
  if (wantsBuildId) rewrite.setBuildId(0, buildId);
  return rewrite.finish();
}

/** Whether `locateBinaries` has nowhere to look and nothing to set: then it does the same to a profile that is merged. */
export function locatesNothing({ searchPath, executable, buildId }: LocateOptions): boolean {
  return executable === "" && buildId === "" && existing(searchPath).length === 0;
}

function existing(searchPath: string): string[] {
  return searchPath.split(delimiter).filter((directory) => existsSync(directory || "."));
}

async function search(profile: Profile, options: LocateOptions): Promise<Profile> {
  const directories = existing(options.searchPath);
  if (directories.length === 0) return profile;
  const { mappings, strings } = profile;
  const rewrite = new ProfileRewrite(profile);
  for (let row = 0; row < mappings.length; row++) {
    const buildId = strings.get(mappings.buildId[row]!);
    for (const name of candidates(directories, strings.get(mappings.filename[row]!), buildId)) {
      if (!existsSync(name)) continue;
      const binaries = await options.binaries();
      let fileBuildId: string;
      try {
        fileBuildId = binaries.open(name, mappings.start[row]!, mappings.limit[row]!, mappings.offset[row]!).buildId;
      } catch {
        // Whatever else lies there: the next place may hold the binary.
        continue;
      }
      if (buildId === "" || buildId === fileBuildId) {
        rewrite.setFile(row, name);
        break;
      }
      options.warn(`Ignoring local file ${name}: build-id mismatch (${buildId} != ${fileBuildId})`);
    }
  }
  return rewrite.finish();
}

/** Where a mapping's file may lie: the layouts of perf, of the LLVM build-id directories and of GDB. */
function candidates(directories: readonly string[], file: string, buildId: string): string[] {
  const path = file.slice(parse(file).root.replace(/[\\/]$/, "").length);
  const base = basename(file);
  const places: string[] = [];
  for (const directory of directories) {
    if (buildId !== "") {
      places.push(join(directory, buildId, base));
      for (const name of entries(join(directory, buildId))) places.push(join(directory, buildId, name));
      places.push(join(directory, path, buildId));
      places.push(join(directory, buildId.slice(0, 2), `${buildId.slice(2)}.debug`));
    }
    if (file !== "") {
      places.push(join(directory, base), join(directory, path), join(directory, `${path}.debug`));
      places.push(join(directory, dirname(path), ".debug", `${base}.debug`));
      places.push(join(directory, "usr", "lib", "debug", dirname(path), `${base}.debug`));
    }
  }
  return places;
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

function withMapping(profile: Profile): Profile {
  const { locations } = profile;
  return {
    ...profile,
    mappings: {
      length: 1,
      id: BigUint64Array.of(1n),
      start: new BigUint64Array(1),
      limit: new BigUint64Array(1),
      offset: new BigUint64Array(1),
      filename: new Uint32Array(1),
      buildId: new Uint32Array(1),
      hasFunctions: new Uint8Array(1),
      hasFilenames: new Uint8Array(1),
      hasLineNumbers: new Uint8Array(1),
      hasInlineFrames: new Uint8Array(1),
      unknownFields: new Map(),
    },
    locations: { ...locations, mapping: new Int32Array(locations.length) },
  };
}
