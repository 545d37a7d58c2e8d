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

export function namedFunctions(profile: Profile): NamedFunctions {
  const { functions, locations, mappings, strings } = profile;
  const kindOf = codeKinds(isOfScripts(profile));
  const frame = (fn: number, location: number): NamedFrame => {
    const mapping = locations.mapping[location]!;
    const binary = mapping < 0 ? "" : strings.get(mappings.filename[mapping]!);
    if (fn < 0) return { name: `[${binary.slice(binary.lastIndexOf("/") + 1)}]`, file: "", binary };
    return { name: strings.get(functions.name[fn]!), file: strings.get(functions.filename[fn]!), binary };
  };
  return {
    frame,
    packageOf: (fn, location) => packageOf(frame(fn, location)),
    kindOf: (fn, location) => kindOf(frame(fn, location)),
  };
}
