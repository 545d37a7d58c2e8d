import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";

/** How TypeScript may be told to find packages, a row a way, with the ending of the file that imports. */
const RESOLUTIONS = {
  nodenext: { module: "nodenext", ending: "mts" },
  "nodenext, of CommonJS": { module: "nodenext", ending: "cts" },
  bundler: { module: "esnext", moduleResolution: "bundler", ending: "ts" },
};

/** The entries of packages that have types, as they are imported. */
export function typedEntries(packed) {
  return packed.flatMap(({ name, manifest }) =>
    Object.entries(manifest.exports)
      .filter(([, target]) => target.types !== undefined)
      .map(([entry]) => name + entry.slice(1)),
  );
}

/**
 * Compiles a program that imports all of them, where they are installed, strictly and with the declarations themselves
 * checked, in each way. `compiler`: the package of TypeScript. What it says is an error.
 */
export function checkTypes(packed, directory, compiler, typesOfNode) {
  const entries = typedEntries(packed);
  for (const [name, { ending, ...resolution }] of Object.entries(RESOLUTIONS)) {
    const lines = entries.map((entry, at) =>
      ending === "cts" ? `import m${at} = require("${entry}");` : `import * as m${at} from "${entry}";`,
    );
    const used = `export const all: readonly object[] = [${entries.map((_, at) => `m${at}`).join(", ")}];`;
    const file = `types.${ending}`;
    writeFileSync(path.join(directory, file), [...lines, used, ""].join("\n"));
    const compilerOptions = {
      ...{ target: "es2023", lib: ["es2023"], types: ["node"], typeRoots: [typesOfNode] },
      ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, isolatedModules: true },
      ...{ skipLibCheck: false, noEmit: true },
      ...resolution,
    };
    const project = path.join(directory, "tsconfig.json");
    writeFileSync(project, JSON.stringify({ compilerOptions, files: [file] }));
    const words = [path.join(compiler, "bin", "tsc"), "-p", project, "--pretty", "false"];
    const { stdout, stderr } = spawnSync(process.execPath, words, { cwd: directory, encoding: "utf8" });
    // What is wrong with the declarations of Node itself is no fault of ours.
    const faults = `${stdout}${stderr}`
      .split("\n")
      .filter((line) => /\berror\b/i.test(line) && !/@types[\\/]node/.test(line));
    if (faults.length > 0) throw new Error(`${name}, by ${path.basename(compiler)}:\n${faults.join("\n")}`);
  }
}
