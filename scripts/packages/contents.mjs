import { existsSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import { SHIPPED } from "../notices.mjs";
import { filesIn } from "./pack.mjs";

/** What users read first. */
const READ_FIRST = ["README.md", "LICENSE", "CHANGELOG.md"];
/** What is for those who work on the package. */
const WORKSHOP =
  /(^|\/)(tests?|__tests__|testdata|golden|screenshots|node_modules|\.[^/]+)\/|\.test\.|\.tsbuildinfo$|(^|\/)(tsconfig|vite\.config|vitest|bundle\.mjs)/;
/** What npm runs on a user's machine. */
const AT_INSTALL = ["preinstall", "install", "postinstall", "prepare"];
/** Files that a bundler made, whose code holds texts that look like imports. */
const BUNDLED = /^dist\/bundle\/|\/agent\/whole\/|agent-data\.js$/;
const IMPORT = /^\s*(?:import|export)\s[^"'`;]*?from\s+["']([^"']+)["']|^\s*import\s+["']([^"']+)["']/gm;

/** What holds for each package, a row a rule: what it finds is a list of sentences. */
export const RULES = [
  {
    name: "users have what they read first, and the notices of what others made",
    find: ({ short, files }) =>
      [...READ_FIRST, ...(Object.hasOwn(SHIPPED, short) ? ["THIRD-PARTY-NOTICES.txt"] : [])]
        .filter((file) => !files.includes(file))
        .map((file) => `${file} is missing`),
  },
  {
    name: "nothing is for those who work on it",
    find: ({ files }) => files.filter((file) => WORKSHOP.test(file)).map((file) => `${file} is not for users`),
  },
  {
    name: "what package.json names is there",
    find: ({ manifest, files }) =>
      targetsOf(manifest)
        .filter((target) => !files.some((file) => matches(target, file)))
        .map((target) => `${target} is named in package.json and not there`),
  },
  {
    name: "source maps lead to sources (where a source has gone, remove dist and build again)",
    find: ({ folder, files }) => files.flatMap((file) => lostMaps(folder, file)),
  },
  {
    name: "imports lead to files, or to packages that are brought along",
    find: ({ manifest, folder, files, short }) =>
      short === "web" ? [] : files.flatMap((file) => lostImports(manifest, folder, file)),
  },
  {
    name: "no path of the machine that built it",
    find: ({ folder, files, root }) => {
      // Not as a part of another path: a checkout may be in /src.
      const place = new RegExp(`(?<![\\w./-])${root.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}`);
      return files
        .filter((file) => place.test(readFileSync(path.join(folder, file), "latin1")))
        .map((file) => `${file} names ${root}`);
    },
  },
  {
    name: "package.json is one that can be published",
    find: ({ manifest }) => [
      ...["version", "description", "license", "engines"]
        .filter((field) => manifest[field] === undefined)
        .map((field) => `package.json has no ${field}`),
      ...(manifest.private ? ["package.json is private"] : []),
      ...Object.keys(manifest.scripts ?? {})
        .filter((script) => AT_INSTALL.includes(script))
        .map((script) => `package.json runs ${script} on users' machines`),
      ...Object.entries(manifest.dependencies ?? {})
        .filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))
        .map(([dependency, version]) => `${dependency} is pinned to no version: ${version}`),
    ],
  },
];

/** What is wrong with a package that was packed in the checkout `root`. */
export function faultsOf(packed, root) {
  const subject = { ...packed, root, files: filesIn(packed.folder) };
  return RULES.flatMap(({ name, find }) => find(subject).map((fault) => `${packed.name}: ${fault} (${name})`));
}

/** The files that a manifest names; `*` stands for any part of a name. */
function targetsOf({ bin, man, exports, imports, files = [] }) {
  const found = [];
  const visit = (value) => {
    if (typeof value === "string") found.push(value.replace(/^\.\//, ""));
    else for (const inner of Object.values(value ?? {})) visit(inner);
  };
  for (const field of [bin, man, exports, imports, files]) visit(field);
  return found;
}

/** Whether a file is what is named, or lies in the folder that is. */
function matches(target, file) {
  const [start, end] = target.split("*");
  if (end === undefined) return file === target || file.startsWith(`${target}/`);
  return file.startsWith(start) && file.endsWith(end);
}

function lostMaps(folder, file) {
  const at = path.dirname(path.join(folder, file));
  if (file.endsWith(".map")) {
    const { sources, sourceRoot = "", sourcesContent = [] } = JSON.parse(readFileSync(path.join(folder, file), "utf8"));
    return sources
      .filter((source, row) => sourcesContent[row] == null && !existsSync(path.resolve(at, sourceRoot, source)))
      .map((source) => `${file} points to ${source}, which is not there`);
  }
  if (!/\.[cm]?[jt]s$|\.css$/.test(file)) return [];
  const last = readFileSync(path.join(folder, file), "utf8").trimEnd().split("\n").at(-1);
  const target = /^(?:\/\/|\/\*)# sourceMappingURL=(\S+)/.exec(last)?.[1];
  if (target === undefined || target.startsWith("data:") || existsSync(path.resolve(at, target))) return [];
  return [`${file} names the map ${target}, which is not there`];
}

function lostImports(manifest, folder, file) {
  if (!/(^dist|^bin)\/.*\.([cm]?js|d\.[cm]?ts)$/.test(file)) return [];
  const text = readFileSync(path.join(folder, file), "utf8");
  const specifiers = BUNDLED.test(file)
    ? Array.from(text.matchAll(/\brequire\("(\.[^"]*)"\)/g), ([, specifier]) => specifier)
    : Array.from(text.matchAll(IMPORT), ([, from, alone]) => from ?? alone);
  const brought = [manifest.dependencies, manifest.peerDependencies].flatMap((field) => Object.keys(field ?? {}));
  return specifiers
    .filter((specifier) => !isKnown(specifier, manifest, brought, path.dirname(path.join(folder, file))))
    .map((specifier) => `${file} imports ${specifier}, which no user has`);
}

function isKnown(specifier, manifest, brought, at) {
  // Declarations name each other as the sources do: `./error.ts` is `error.d.ts`.
  const declared = specifier.replace(/\.([cm]?ts)x?$/, ".d.$1");
  if (specifier.startsWith(".")) return [specifier, declared].some((file) => existsSync(path.resolve(at, file)));
  if (specifier.startsWith("#")) return Object.hasOwn(manifest.imports ?? {}, specifier);
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)[0];
  return specifier.startsWith("node:") || builtinModules.includes(name) || [manifest.name, ...brought].includes(name);
}
