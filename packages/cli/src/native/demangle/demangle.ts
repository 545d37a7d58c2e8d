import { NotMangled } from "./cursor.ts";
import { demangleCxx } from "./cxx.ts";
import { demangleRustLegacy } from "./rust-legacy.ts";
import { demangleRust } from "./rust-v0.ts";
import { type DemangleMode, isMangled } from "./simplify.ts";

const STYLES = {
  full: { params: true, templateArgs: true, scopeParams: true },
  templates: { params: false, templateArgs: true, scopeParams: false },
  default: { params: false, templateArgs: false, scopeParams: false },
} as const;

/** The name of a C++ or Rust function as people write it, as much of it as the mode shows; else undefined. */
export function demangle(name: string, mode: DemangleMode): string | undefined {
  if (mode === "none" || !isMangled(name)) return undefined;
  try {
    return demangled(name, mode);
  } catch (error) {
    if (!(error instanceof NotMangled)) throw error;
  }
  // macOS puts one more underscore before every name.
  try {
    return demangled(name.slice(1), mode);
  } catch (error) {
    if (!(error instanceof NotMangled)) throw error;
    return undefined;
  }
}

function demangled(name: string, mode: Exclude<DemangleMode, "none">): string {
  if (name.startsWith("_R")) return demangleRust(name, STYLES[mode].templateArgs);
  return demangleRustLegacy(name) ?? demangleCxx(name, STYLES[mode]);
}

/** The forms of a mangled name that somebody may look for it by, one after the other; none for other names. */
export function* demangledForms(name: string): Generator<string> {
  if (!isMangled(name)) return;
  for (const mode of ["full", "templates", "default"] as const) {
    const form = demangle(name, mode);
    if (form !== undefined) yield form;
    // Without template arguments the last two are the same.
    if (mode === "templates" && !form?.includes("<")) return;
  }
}
