import type { DemangleMode } from "./demangle-functions.ts";
import { looksDemangled, simplify } from "./simplify.ts";

/** A function's name as people write it; a name that is not mangled is only simplified, as far as the mode asks. */
export function demangle(name: string, mode: DemangleMode): string {
  return looksDemangled(name) ? simplify(name, mode) : name;
}

/** The forms of a mangled name that somebody may look for it by; none for other names. */
export function demangledForms(name: string): string[] {
  const forms = (["full", "templates", "default"] as const).map((mode) => demangle(name, mode));
  return forms.filter((form) => form !== name);
}
