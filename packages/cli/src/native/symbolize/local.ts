import { basename } from "node:path";
import type { Profile } from "@pprof-ts/profile";
import type { NativeBinaries, NativeObject } from "../frame/binaries.ts";
import { ProfileRewrite } from "./rewrite.ts";
import { isAbsoluteUrl } from "./sources.ts";

export interface LocalOptions {
  /** Names alone, without files and lines. */
  readonly fast: boolean;
  /** Also mappings that have functions already. */
  readonly force: boolean;
}

/** The profile with frames from the object files of its mappings; what cannot be had is a warning. */
export async function symbolizeLocally(
  profile: Profile,
  { fast, force }: LocalOptions,
  binaries: () => Promise<NativeBinaries>,
  warn: (line: string) => void,
): Promise<Profile> {
  const { mappings, strings } = profile;
  const rewrite = new ProfileRewrite(profile);
  const locationsOf = rowsByMapping(profile);
  let missing = false;
  for (let row = 0; row < mappings.length; row++) {
    const locations = locationsOf[row]!;
    const isSymbolized = mappings.hasFunctions[row] || mappings.hasFilenames[row] || mappings.hasLineNumbers[row];
    if (locations.length === 0 || (isSymbolized && !force)) continue;
    const file = strings.getExact(mappings.filename[row]!);
    const buildId = strings.get(mappings.buildId[row]!);
    if (file === "") {
      if (row === 0) warn("Main binary filename not available.");
      else missing = true;
      continue;
    }
    if (isUnsymbolizable(file) || (buildId === "" && /^[^:]*http/i.test(file) && isAbsoluteUrl(file))) continue;
    const name = basename(file) + (buildId === "" ? "" : ` (build ID ${buildId})`);
    let object: NativeObject;
    try {
      const { open } = await binaries();
      object = open(file, mappings.start[row]!, mappings.limit[row]!, mappings.offset[row]!, fast);
    } catch (error) {
      warn(`Local symbolization failed for ${name}: ${error instanceof Error ? error.message : error}`);
      missing = true;
      continue;
    }
    if (buildId !== "" && object.buildId !== "" && object.buildId !== buildId) {
      warn(`Local symbolization failed for ${name}: build ID mismatch`);
      continue;
    }
    if (object.unread !== "") warn(`No lines for ${name}: ${object.unread}`);
    await symbolizeMapping(profile, row, locations, object, rewrite);
  }
  if (missing) {
    warn("Some binary filenames not available. Symbolization may be incomplete.");
    warn("Try setting PPROF_BINARY_PATH to the search path for local binaries.");
  }
  return rewrite.finish();
}

async function symbolizeMapping(
  profile: Profile,
  mapping: number,
  locations: readonly number[],
  object: NativeObject,
  rewrite: ProfileRewrite,
): Promise<void> {
  const frames = await object.sourceLinesBeside(locations.map((location) => profile.locations.address[location]!));
  locations.forEach((location, i) => {
    const stack = frames[i]!;
    if (stack.length === 0) return;
    rewrite.setLines(
      location,
      stack.map((frame) => ({
        function: rewrite.function(frame.function, frame.file, frame.startLine),
        line: frame.line,
        column: frame.column,
      })),
    );
    if (stack.some((frame) => frame.function !== "")) rewrite.setFlag(mapping, "hasFunctions");
    if (stack.some((frame) => frame.file !== "")) rewrite.setFlag(mapping, "hasFilenames");
    if (stack.some((frame) => frame.line !== 0)) rewrite.setFlag(mapping, "hasLineNumbers");
    // Whoever reads the profile may then trust that no frame is hidden in another.
    rewrite.setFlag(mapping, "hasInlineFrames");
  });
}

function rowsByMapping({ mappings, locations }: Profile): number[][] {
  const rows: number[][] = Array.from({ length: mappings.length }, () => []);
  for (let row = 0; row < locations.length; row++) rows[locations.mapping[row]!]?.push(row);
  return rows;
}

/** Mappings that no file stands behind. */
function isUnsymbolizable(file: string): boolean {
  const name = basename(file);
  return (
    name.startsWith("[") ||
    name.startsWith("linux-vdso") ||
    file.startsWith("/dev/dri/") ||
    file.startsWith("/memfd:") ||
    file === "//anon"
  );
}
