import type { Profile } from "@pprof-ts/profile";
import { type DemangleMode, isMangled, looksDemangled, simplify } from "../demangle/simplify.ts";
import { ProfileRewrite } from "./rewrite.ts";

/**
 * The profile with its functions' names demangled and simplified. Names that differ from the system name are taken for
 * demangled already; with `force` they are made again from the system name. What `keepsName` stays as it is by default.
 */
export async function demangleFunctions(
  profile: Profile,
  force: boolean,
  mode: DemangleMode,
  keepsName: (name: string) => boolean = () => false,
): Promise<Profile> {
  const { functions, strings } = profile;
  const rewrite = new ProfileRewrite(profile);
  const simplified = new Map<number, string>();
  let isChanged = false;
  for (let row = 0; row < functions.length; row++) {
    const nameRow = functions.name[row]!;
    const systemRow = functions.systemName[row]!;
    if (systemRow === 0) continue;
    const isSame = nameRow === systemRow || strings.get(nameRow) === strings.get(systemRow);
    if (nameRow !== 0 && !isSame && !force) continue;
    let text = simplified.get(systemRow);
    if (text === undefined) {
      const systemName = strings.get(systemRow);
      if (isMangled(systemName)) text = (await import("../demangle/demangle.ts")).demangle(systemName, mode);
      const isKept = mode === "default" && keepsName(systemName);
      text ??= !isKept && looksDemangled(systemName) ? simplify(systemName, mode) : systemName;
      simplified.set(systemRow, text);
    }
    if (text === strings.get(nameRow) || (mode === "none" && nameRow === 0)) continue;
    rewrite.setName(row, text);
    isChanged = true;
  }
  return isChanged ? rewrite.finish() : profile;
}
