import { createRequire } from "node:module";
import path from "node:path";

const IMPORT =
  /\b(?:import|export)\b[\w\s{},*$]*["']([^"'\n]+)["']|\b(?:require|import)\s*\(\s*["']([^"'\n]+)["']\s*\)/g;

/** The scripts that a script imports, as V8 names them: of a module those with a relative name, of CommonJS all. */
export function importsOf(url: string, source: string): string[] {
  const names = new Set(Array.from(source.matchAll(IMPORT), ([, from, call]) => (from ?? call)!));
  const found: string[] = [];
  for (const name of names) {
    const script = resolve(url, name);
    if (script !== undefined) found.push(script);
  }
  return found;
}

function resolve(url: string, name: string): string | undefined {
  if (url.startsWith("file:")) return /^\.{0,2}\//.test(name) ? new URL(name, url).href : undefined;
  try {
    const file = createRequire(url).resolve(name);
    return path.isAbsolute(file) ? file : undefined;
  } catch {
    return undefined;
  }
}
