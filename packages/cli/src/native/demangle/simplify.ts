/** How much of a C++ or Rust name is shown: `default` leaves out parameters and template arguments. */
export type DemangleMode = "none" | "full" | "templates" | "default";

/** Whether a name may be one of C++'s or Rust's for the linker; macOS puts one more underscore before them. */
export function isMangled(name: string): boolean {
  return /^_(?:_?_?_?Z|_?R|_?GLOBAL_)/.test(name);
}

/** Whether a name reads like C++ source: neither Java's `class.<init>` nor Go's `pkg.(*T[...]).Method`. */
export function looksDemangled(name: string): boolean {
  if (name.includes(".<") || name.includes("]).")) return false;
  return /[<>[\]]|::/.test(name);
}

/** What a mode leaves out of names that are demangled already, in this order. */
const LEFT_OUT: Readonly<Record<DemangleMode, readonly (readonly [open: string, close: string])[]>> = {
  none: [],
  full: [],
  templates: [["(", ")"]],
  default: [
    ["(", ")"],
    ["<", ">"],
  ],
};

/** A demangled name without the parameters, or also without the template arguments, that the mode leaves out. */
export function simplify(name: string, mode: DemangleMode): string {
  let text = name;
  for (const [open, close] of LEFT_OUT[mode]) text = withoutBrackets(text, open, close);
  return text;
}

/** The text without what stands in brackets; from a closing bracket on that nothing opened, it stays as it is. */
function withoutBrackets(text: string, open: string, close: string): string {
  let kept = "";
  let from = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === open) {
      if (depth === 0) {
        kept += text.slice(from, at);
        from = at;
      }
      depth++;
    } else if (char === close) {
      depth--;
      if (depth < 0) break;
      if (depth === 0) from = at + 1;
    }
  }
  return kept + text.slice(from);
}
