import { createRequire } from "node:module";
import path from "node:path";

// The names after the word do not go past the next one: else a text of such words alone would take minutes.
const IMPORT =
  /\b(?:import|export)\b(?:(?!\b(?:import|export)\b)[\w\s{},*$])*["']([^"'\n]+)["']|\b(?:require|import)\s*\(\s*["']([^"'\n]+)["']\s*\)/g;

/** The first so many scripts that a script imports, as V8 names them: of a module those with a relative name, of CommonJS all. */
export function importsOf(url: string, source: string, most: number): string[] {
  const found: string[] = [];
  for (const name of importedNames(source, most)) {
    const script = resolve(url, name);
    if (script !== undefined) found.push(script);
  }
  return found;
}

/** The first so many names by which a source imports others. */
export function importedNames(source: string, most: number): Set<string> {
  const names = new Set<string>();
  for (const [, from, call] of source.matchAll(IMPORT)) {
    if (names.size === most) break;
    names.add((from ?? call)!);
  }
  return names;
}

function resolve(url: string, name: string): string | undefined {
  try {
    if (url.startsWith("file:")) return /^\.{0,2}\//.test(name) ? new URL(name, url).href : undefined;
    const file = createRequire(url).resolve(name);
    return path.isAbsolute(file) ? file : undefined;
  } catch {
    return undefined;
  }
}
