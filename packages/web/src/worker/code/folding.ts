import type { Profile } from "@pprof-ts/profile";
import { compilePattern, type Folding } from "@pprof-ts/report";
import type { Query } from "../../session/address/state.ts";
import { foldedFile } from "./code-kind.ts";
import { namedFunctions } from "./named-functions.ts";

/** What the address has folded: whole packages, all that is not the program's own, functions that call themselves. */
export interface AskedFolding {
  /** Tells foldings of one profile apart. */
  readonly key: string;
  readonly of: (profile: Profile) => Folding;
}

/** Undefined where nothing is folded. */
export function foldingOf({ own, fold, by, recursion }: Query): AskedFolding | undefined {
  const isByPackage = by === "package";
  if (!isByPackage && own !== "1" && !fold && recursion !== "1") return undefined;
  const packages = fold ? compilePattern(fold) : undefined;
  return {
    key: JSON.stringify([isByPackage, own, fold, recursion]),
    of(profile) {
      const { packageOf, kindOf } = namedFunctions(profile);
      return {
        recursion: recursion === "1",
        frameOf(fn, location) {
          const kind = kindOf(fn, location);
          const isOthers = isByPackage || (own === "1" && kind !== "own");
          if (!isOthers && packages === undefined) return undefined;
          const name = packageOf(fn, location);
          const isFolded = isOthers || packages?.test(name);
          return isFolded ? { name: name || "(no package)", file: foldedFile(kind) } : undefined;
        },
      };
    },
  };
}
