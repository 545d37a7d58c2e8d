/** What a package may import: of the workspace, and whether Node's own modules. */
interface Layer {
  readonly imports: readonly string[];
  readonly node: boolean;
  /**
   * The floors of its `src` from the ground up, a row a folder and a row for each file beside them: files import from
   * their own floor and from those below.
   */
  readonly floors: readonly string[];
  /** The one circle of imports that is allowed: all files of it, in alphabetical order. */
  readonly circle?: readonly string[];
  readonly threads?: readonly Thread[];
  /** Folders whose functions are sent to another thread as their source text, so that they find nothing of what a file imports: types only. */
  readonly texts?: readonly string[];
}

/** A folder that runs on a thread of its own, with all below it: the rest imports its types, and none of its values. */
interface Thread {
  readonly folder: string;
  /** Packages of the workspace that this thread alone loads. */
  readonly packages?: readonly string[];
  /** Files outside of the folder that run where it does. */
  readonly entries?: readonly string[];
}

/** The packages; imports point up this table only. */
export const layers: Readonly<Record<string, Layer>> = {
  profile: {
    imports: [],
    node: false,
    floors: [
      "error.ts",
      "bytes.ts",
      "grown.ts",
      "gzip.ts",
      "strings.ts",
      "shared-stacks.ts",
      "profile.ts",
      "builder.ts",
      "validate.ts",
      "filter.ts",
      "prune.ts",
      "proto",
      "merge",
      "format/build",
      "format/legacy",
      "format/v8",
      "format/text",
      "format/exchange",
      "format",
      "trace",
      "trace/go",
      "trace/slices",
      "trace-formats.ts",
      "read.ts",
      "write.ts",
      "index.ts",
    ],
  },
  report: {
    imports: ["profile"],
    node: false,
    floors: [
      "error.ts",
      "options.ts",
      "option-text.ts",
      "go",
      "world",
      "stack",
      "filter",
      "tree",
      "graph",
      "profile-index.ts",
      "analyze.ts",
      "source",
      "output",
      "output/text",
      "output/picture",
      "output/data",
      "diff",
      "trace/index",
      "trace",
      "outputs.ts",
      "report.ts",
      "index.ts",
    ],
  },
  fleet: {
    imports: ["profile", "report"],
    node: true,
    floors: [
      "error.ts",
      "proto",
      "store",
      "memory",
      "file",
      "log",
      "columns",
      "segment",
      "query",
      "embedded",
      "relabel",
      "config",
      "fetch",
      "intake",
      "scrape",
      "discover",
      "ask",
      "serve",
      "serve/pyroscope",
      "serve/pages",
      "fleet-routes.ts",
      "receive",
      "listen",
      "collect",
      "index.ts",
    ],
  },
  runtime: {
    imports: ["profile"],
    node: true,
    floors: [
      "error.ts",
      "target",
      "http",
      "http/access",
      "exchange",
      "program/record",
      "program/runners",
      "program/trace",
      "program/parts",
      "program",
      "adapter",
      "index.ts",
      "register.ts",
      "run.ts",
      "run-worker.ts",
      "agent/inspector",
      "agent/budget",
      "agent/source-map",
      "agent/code",
      "agent/cpu",
      "agent/heap",
      "agent/goroutine",
      "agent/block",
      "agent/trace",
      "agent/profile",
      "agent/push",
      "agent/processes",
      "agent/http",
      "agent",
      "attach.ts",
    ],
    threads: [{ folder: "agent", packages: ["profile"], entries: ["attach.ts"] }],
    texts: ["target"],
  },
  web: {
    imports: ["profile", "report"],
    node: false,
    floors: [
      "session/preference",
      "session/address",
      "session",
      "worker/code",
      "worker/open",
      "worker/picture",
      "worker/thread",
      "worker/trace/picture",
      "worker/trace",
      "worker",
      "widget/canvas",
      "widget/search",
      "widget/table",
      "widget",
      "panel",
      "view/flame/drawing",
      "view/graph",
      "view/report",
      "view/flame",
      "view/time",
      "view/trace/pieces",
      "view/trace/drawing",
      "view/trace/side",
      "view/trace",
      "view/diff",
      "page",
      "main.tsx",
      "element.tsx",
    ],
    threads: [{ folder: "worker" }],
  },
  cli: {
    imports: ["profile", "report", "runtime", "fleet"],
    node: true,
    floors: [
      "error.ts",
      "host",
      "host/terminal",
      "host/file",
      "source",
      "picture",
      "words",
      "native/bytes",
      "native/image",
      "native/dwarf",
      "native/demangle",
      "native/frame",
      "native/symbolize",
      "session.ts",
      "input/attach",
      "input",
      "print",
      "help",
      "complete",
      "shell",
      "diff",
      "pages",
      "trace",
      "run/startup",
      "run",
      "ci/statistics",
      "ci/git",
      "ci/measure",
      "ci/compare",
      "ci/tell",
      "ci",
      "ps",
      "collect",
      "fleet",
      "mcp",
      "main.ts",
    ],
    // A grammar whose rules name each other: a type holds expressions, an expression types, and a name both.
    circle: ["cxx-expressions", "cxx-names", "cxx-special", "cxx-types"].map((name) => `native/demangle/${name}.ts`),
  },
};

/** So many files of one folder are found at a glance; past that a folder is two ideas, and so is a file, a function. */
const MOST_FILES = 16;
const MOST_LINES = 400;
const MOST_FUNCTION_LINES = 100;
const MOST_README_LINES = 10;

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
  if (lines > MOST_LINES) found.push(`${where}: ${lines} lines are two ideas`);
  for (const specifier of importsOf(text)) {
    if (specifier.startsWith(".")) {
      const depth = file.split("/").length - 1;
      const up = specifier.split("/").filter((part) => part === "..").length;
      if (up > depth) found.push(`${where}: imports ${specifier}, outside its package`);
    } else if (specifier.startsWith("#")) {
      // One of several files of its own, as its package.json says.
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
  found.push(...floorViolations(where, file, text, layer.floors));
  const values = valuesOf(text);
  for (const { folder, packages = [], entries = [] } of layer.threads ?? []) {
    if (isIn(folder, file) || entries.includes(file)) continue;
    const others = [
      ...neighboursOf(file, values).filter((target) => isIn(folder, target)),
      ...importsOf(values).filter((specifier) => packages.some((one) => isIn(`@pprof-ts/${one}`, specifier))),
    ];
    for (const target of others) found.push(`${where}: imports values of ${target}, which runs on another thread`);
  }
  for (const specifier of layer.texts?.some((folder) => isIn(folder, file)) ? importsOf(values) : []) {
    found.push(`${where}: imports values of ${specifier}, and is sent to another thread as text, without them`);
  }
  return found;
}

function floorViolations(where: string, file: string, text: string, floors: readonly string[]): string[] {
  const found: string[] = [];
  const floor = floors.indexOf(floorOf(file));
  if (floor < 0) found.push(`${where}: "${floorOf(file)}" has no row in test/layers.ts`);
  for (const target of neighboursOf(file, text)) {
    const other = floorOf(target);
    if (floor >= 0 && floors.indexOf(other) > floor) {
      found.push(`${where}: imports ${target}, and ${other} stands above ${floorOf(file)}`);
    }
  }
  const opening = /^(\/\/ .*\n)*/.exec(text)?.[0] ?? "";
  if (opening.startsWith("// Hot:") && !(/\d|second/.test(opening) && /bench\/src\/[a-z-]+\.ts/.test(opening))) {
    found.push(`${where}: is hot by no figure, or by no case in bench/`);
  }
  for (const { line, length } of functionsOf(text)) {
    if (length > MOST_FUNCTION_LINES) found.push(`${where}:${line}: a function of ${length} lines can be opened`);
  }
  return found;
}

/** What is wrong with the files of one package taken together: circles of imports, folders that are full, idle rows. */
export function packageViolations(name: string, sources: readonly Source[]): string[] {
  const { floors = [], circle } = layers[name] ?? {};
  const known = circle?.join();
  const knots = circles(sources);
  const found = knots
    .filter((files) => files.join() !== known)
    .map((files) => `packages/${name}/src: a circle of imports: ${files.join(", ")}`);
  if (known !== undefined && knots.every((files) => files.join() !== known)) {
    found.push(`packages/${name}/src: the circle of ${known} has a row in test/layers.ts and is not there`);
  }
  const counts = new Map<string, number>();
  for (const { file } of sources) counts.set(folderOf(file), (counts.get(folderOf(file)) ?? 0) + 1);
  for (const [folder, count] of counts) {
    if (count > MOST_FILES) found.push(`packages/${name}/src/${folder}: ${count} files are two folders`);
  }
  const there = new Set(sources.map(({ file }) => floorOf(file)));
  for (const floor of floors) {
    if (!there.has(floor)) found.push(`packages/${name}/src/${floor}: has a row in test/layers.ts and is not there`);
  }
  return found;
}

/** The row of `floors` that a file belongs to: its folder or, beside the folders, the file itself. */
function floorOf(file: string): string {
  return file.includes("/") ? folderOf(file) : file;
}

/** The folder of a file, from the package's `src`; "" for `src` itself. */
function folderOf(file: string): string {
  return file.slice(0, Math.max(0, file.lastIndexOf("/")));
}

/** What is wrong with a folder's README, which is read at a glance; a picture in it, between two lines of ```, does not count. */
export function readmeViolations(file: string, text: string): string[] {
  const lines = text.replace(/^```\n[\s\S]*?^```\n/gm, "").split("\n").length - 1;
  return lines > MOST_README_LINES ? [`${file}: ${lines} lines are more than a glance`] : [];
}

/** Whether the path is the folder's, or the specifier the package's, or below. */
function isIn(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** Without the imports of types alone. */
function valuesOf(text: string): string {
  return text.replace(/^(import|export) type [^;]*;/gm, "").replace(/\btypeof import\([^)]*\)/g, "");
}

/** The files of the same package that a file imports, types included, from the package's `src`. */
function neighboursOf(file: string, text: string): string[] {
  return (
    importsOf(text)
      // What is asked for with a ? is a file's address, and nothing that stands in it.
      .filter((specifier) => specifier.startsWith(".") && !specifier.includes("?"))
      .map((specifier) => new URL(specifier, `file:///${file}`).pathname.slice(1))
  );
}

/** The files that import each other in a circle, a list for each knot of them. */
function circles(sources: readonly Source[]): string[][] {
  const imports = new Map(sources.map(({ file, text }) => [file, neighboursOf(file, text)]));
  const reached = new Map<string, ReadonlySet<string>>();
  for (const file of imports.keys()) {
    const seen = new Set<string>();
    const queue = [file];
    for (const at of queue) {
      for (const target of imports.get(at) ?? []) {
        if (seen.has(target)) continue;
        seen.add(target);
        queue.push(target);
      }
    }
    reached.set(file, seen);
  }
  const knots: string[][] = [];
  const done = new Set<string>();
  for (const [file, seen] of reached) {
    if (!seen.has(file) || done.has(file)) continue;
    const knot = [...seen].filter((other) => reached.get(other)?.has(file));
    for (const other of knot) done.add(other);
    knots.push(knot.sort());
  }
  return knots;
}

/**
 * Where functions begin and how many lines they have, by the layout that the formatter gives: a function's last line
 * begins with a brace, as far to the right as its first line begins.
 */
function functionsOf(text: string): { readonly line: number; readonly length: number }[] {
  const lines = text.split("\n");
  const indentation = (line: string): string => /^ */.exec(line)?.[0] ?? "";
  return lines.flatMap((opening, at) => {
    if (
      !/\)(: .*)? \{$|=> \{$/.test(opening) ||
      /^ *(\} )?(if|else|for|while|switch|catch)\b.*[^>] \{$/.test(opening)
    ) {
      return [];
    }
    const indent = indentation(opening);
    let first = at;
    // Of parameters below each other the last line is `): Type {`; the function begins with its name.
    while (first > 0 && (lines[first]?.startsWith(`${indent})`) || indentation(lines[first] ?? "") !== indent)) first--;
    const last = lines.findIndex((line, i) => i > at && line.startsWith(`${indent}}`));
    return last < 0 ? [] : [{ line: first + 1, length: last - first + 1 }];
  });
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
