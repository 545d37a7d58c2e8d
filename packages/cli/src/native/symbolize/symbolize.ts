import type { Profile } from "@pprof-ts/profile";
import type { DemangleMode } from "../demangle/simplify.ts";
import type { NativeBinaries } from "../frame/binaries.ts";
import { demangleFunctions } from "./demangle-functions.ts";
import { symbolizeLocally } from "./local.ts";
import type { MappingSources } from "./sources.ts";
import { type Post, symbolizeRemotely } from "./symbolz.ts";

export interface SymbolizeOptions {
  /** The value of `-symbolize`. */
  readonly mode: string;
  readonly binaries: () => Promise<NativeBinaries>;
  readonly sources: MappingSources;
  readonly post: Post;
  readonly warn: (line: string) => void;
  /** Whether a name stays as it is where no other way of writing it is asked for. */
  readonly keepsName?: (name: string) => boolean;
}

/**
 * The profile with functions, files and lines for the addresses that had none, and C++ and Rust names as people write
 * them. What cannot be found in files is a warning; throws what `post` throws.
 */
export async function symbolize(profile: Profile, options: SymbolizeOptions): Promise<Profile> {
  const mode = parseMode(options.mode, options.warn);
  if (mode === undefined) return profile;
  let result = profile;
  if (mode.local) result = await symbolizeLocally(result, mode, options.binaries, options.warn);
  if (mode.remote) result = await symbolizeRemotely(result, mode.force, options.sources, options.post);
  return demangleFunctions(result, mode.force, mode.demangle, options.keepsName);
}

interface Mode {
  local: boolean;
  remote: boolean;
  fast: boolean;
  force: boolean;
  demangle: DemangleMode;
}

/** What each word of `-symbolize` sets. */
const WORDS: Readonly<Record<string, Partial<Mode>>> = {
  "": {},
  local: { local: true, remote: false },
  fastlocal: { local: true, remote: false, fast: true },
  remote: { local: false, remote: true },
  force: { force: true },
  default: {},
  "demangle=default": {},
  "demangle=full": { demangle: "full", force: true },
  "demangle=templates": { demangle: "templates", force: true },
  "demangle=none": { demangle: "none", force: true },
  // The reference takes these without `demangle=` too.
  full: { demangle: "full", force: true },
  templates: { demangle: "templates", force: true },
};

/** Undefined where nothing at all is to be done. */
function parseMode(text: string, warn: (line: string) => void): Mode | undefined {
  const mode: Mode = { local: true, remote: true, fast: false, force: false, demangle: "default" };
  for (const word of text.toLowerCase().split(":")) {
    if (word === "none" || word === "no") return undefined;
    if (Object.hasOwn(WORDS, word)) Object.assign(mode, WORDS[word]);
    else {
      warn(`ignoring unrecognized symbolization option: ${text}`);
      warn("expecting -symbolize=[local|fastlocal|remote|none][:force][:demangle=[none|full|templates|default]");
    }
  }
  return mode;
}
