/** What each package may import: of the workspace, and whether Node's own modules. Imports point up this table only. */
export const layers: Readonly<Record<string, { readonly imports: readonly string[]; readonly node: boolean }>> = {
  profile: { imports: [], node: false },
  report: { imports: ["profile"], node: false },
  runtime: { imports: ["profile"], node: true },
  web: { imports: ["profile", "report"], node: false },
  cli: { imports: ["profile", "report", "runtime"], node: true },
};

/** A source file of a package, and what its package.json depends on. */
export interface Source {
  readonly package: string;
  /** From the package's `src`. */
  readonly file: string;
  readonly text: string;
  readonly dependencies: readonly string[];
}

/** What is wrong with a file's name, size and imports, as sentences. */
export function violations({ package: name, file, text, dependencies }: Source): string[] {
  const where = `packages/${name}/src/${file}`;
  const layer = layers[name];
  if (layer === undefined) return [`${where}: the package "${name}" has no row in test/layers.ts`];
  const found: string[] = [];
  const base = file.slice(file.lastIndexOf("/") + 1);
  if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.tsx?$/.test(base)) found.push(`${where}: a file name is in kebab-case`);
  if (/^(utils?|helpers?|common|types|misc)\./.test(base)) found.push(`${where}: "${base}" names no idea`);
  const lines = text.split("\n").length - 1;
  if (lines > 450) found.push(`${where}: ${lines} lines are two ideas`);
  for (const specifier of importsOf(text)) {
    if (specifier.startsWith(".")) {
      const depth = file.split("/").length - 1;
      const up = specifier.split("/").filter((part) => part === "..").length;
      if (up > depth) found.push(`${where}: imports ${specifier}, outside its package`);
    } else if (specifier.startsWith("node:")) {
      if (!layer.node) found.push(`${where}: imports ${specifier}, and ${name} runs on any platform`);
    } else {
      const target = /^@pprof-ts\/([a-z]+)/.exec(specifier)?.[1];
      const dependency = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
      if (target !== undefined && !layer.imports.includes(target)) {
        found.push(`${where}: imports ${specifier}, which ${name} may not`);
      }
      if (!dependencies.includes(dependency)) {
        found.push(`${where}: imports ${specifier}, which its package.json does not name`);
      }
    }
  }
  return found;
}

function importsOf(text: string): string[] {
  const code = text.replace(/^\s*(\/\/|\*|\/\*\*).*$/gm, "");
  const patterns = [
    /^\s*(?:import|export)\s[^"'`;]*?from\s+["']([^"']+)["']/gm,
    /^\s*import\s+["']([^"']+)["']/gm,
    /\bimport\(\s*["']([^"']+)["']\s*\)/g,
  ];
  return patterns.flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1] as string));
}
