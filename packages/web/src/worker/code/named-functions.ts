import type { Profile } from "@pprof-ts/profile";
import type { CodeKind } from "../../session/protocol.ts";
import { codeKinds, type NamedFrame, SCRIPT_FILE } from "./code-kind.ts";
import { packageOf } from "./package-of.ts";

/** The functions of a profile with what they belong to. */
export interface NamedFunctions {
  /** A function, -1 for none, as it is in a location. */
  readonly frame: (fn: number, location: number) => NamedFrame;
  readonly packageOf: (fn: number, location: number) => string;
  readonly kindOf: (fn: number, location: number) => CodeKind;
}

const known = new WeakMap<Profile["functions"], boolean>();

/** Whether some functions of a profile stand in scripts. */
export function isOfScripts({ functions, strings }: Profile): boolean {
  let isScript = known.get(functions);
  if (isScript === undefined) {
    const files = new Set(functions.filename);
    isScript = [...files].some((row) => SCRIPT_FILE.test(strings.get(row)));
    known.set(functions, isScript);
  }
  return isScript;
}

/** Where a function stands, and what its code was loaded from; -1 for a function or a location that is not known. */
export function filesOf(
  { functions, locations, mappings, strings }: Profile,
  fn: number,
  location: number,
): Pick<NamedFrame, "file" | "binary"> {
  const mapping = location < 0 ? -1 : locations.mapping[location]!;
  return {
    file: fn < 0 ? "" : strings.get(functions.filename[fn]!),
    binary: mapping < 0 ? "" : strings.get(mappings.filename[mapping]!),
  };
}

export function namedFunctions(profile: Profile): NamedFunctions {
  const { functions, strings } = profile;
  const kindOf = codeKinds(isOfScripts(profile));
  const frame = (fn: number, location: number): NamedFrame => {
    const { file, binary } = filesOf(profile, fn, location);
    const name = fn < 0 ? `[${binary.slice(binary.lastIndexOf("/") + 1)}]` : strings.get(functions.name[fn]!);
    return { name, file, binary };
  };
  return {
    frame,
    packageOf: (fn, location) => packageOf(frame(fn, location)),
    kindOf: (fn, location) => kindOf(frame(fn, location)),
  };
}
