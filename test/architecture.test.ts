import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { layers, packageViolations, readmeViolations, type Source, violations } from "./layers.ts";

const packages = fileURLToPath(new URL("../packages", import.meta.url));

function sources(): Source[] {
  return readdirSync(packages).flatMap((name) => {
    const src = path.join(packages, name, "src");
    if (!existsSync(src)) return [];
    const manifest = JSON.parse(readFileSync(path.join(packages, name, "package.json"), "utf8"));
    // What the pages need is built into static files, and what the tool needs for agents into its bundle: there a
    // development dependency is enough.
    const dependencies = ["dependencies", "peerDependencies", "optionalDependencies"]
      .concat(name === "web" || name === "cli" ? ["devDependencies"] : [])
      .flatMap((field) => Object.keys(manifest[field] ?? {}));
    return readdirSync(src, { recursive: true, encoding: "utf8" })
      .filter((file) => /\.tsx?$/.test(file))
      .map((file) => ({ package: name, file, text: readFileSync(path.join(src, file), "utf8"), dependencies }));
  });
}

test("imports point one way, names say what a file is, no file is two ideas", () => {
  const files = sources();
  expect(new Set(files.map((source) => source.package))).toContain("profile");
  expect(files.flatMap(violations)).toEqual([]);
});

test.each(Object.keys(layers))("the folders of %s have an order, and nothing is imported in a circle", (name) => {
  expect(
    packageViolations(
      name,
      sources().filter((source) => source.package === name),
    ),
  ).toEqual([]);
});

test("a package's dependencies are those of its layer", () => {
  for (const [name, { imports }] of Object.entries(layers)) {
    const file = path.join(packages, name, "package.json");
    if (!existsSync(file)) continue;
    const dependencies = Object.keys(JSON.parse(readFileSync(file, "utf8")).dependencies ?? {});
    const ours = dependencies.filter((dependency) => dependency.startsWith("@pprof-ts/"));
    const allowed = imports.map((target) => `@pprof-ts/${target}`).concat(name === "cli" ? ["@pprof-ts/web"] : []);
    expect(allowed, name).toEqual(expect.arrayContaining(ours));
  }
});

/** The READMEs below the `src` of all packages. */
const readmes = Object.keys(layers).flatMap((name) =>
  readdirSync(path.join(packages, name, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => path.basename(file) === "README.md")
    .map((readme) => {
      const file = `packages/${name}/src/${readme}`;
      return { package: name, file, text: readFileSync(path.join(packages, "..", file), "utf8") };
    }),
);

test("a folder's README is read at a glance", () => {
  expect(readmes.length).toBeGreaterThan(10);
  expect(readmes.flatMap(({ file, text }) => readmeViolations(file, text))).toEqual([]);
  expect(readmeViolations("a", "a line\n".repeat(11))).toHaveLength(1);
  expect(readmeViolations("a", `${"a line\n".repeat(8)}\`\`\`\n${"a picture\n".repeat(20)}\`\`\`\n`)).toEqual([]);
});

test("the files and folders that a folder's README names are there", () => {
  const wrong = readmes.flatMap(({ package: name, file, text }) => {
    const tests = [path.join(packages, name, "test"), path.join(packages, "../test")].flatMap((at) => readdirSync(at));
    const own = sources().filter((source) => source.package === name);
    const known = new Set([...tests, ...own.flatMap((source) => source.file.split("/"))]);
    const named = text.match(/[\w-]+(\.[\w-]+)*\.tsx?\b|(?<=[\s`/])[a-z][\w-]*(?=\/[\s`,])/g) ?? [];
    return named.filter((one) => !known.has(one)).map((one) => `${file}: ${one} is not there`);
  });
  expect(wrong).toEqual([]);
});

test.each(Object.keys(layers))("the README of %s says what each folder of its src is for", (name) => {
  const text = readFileSync(path.join(packages, name, "README.md"), "utf8");
  const folders = new Set(
    layers[name]?.floors.filter((floor) => !/\.tsx?$/.test(floor)).map((one) => one.split("/")[0]!),
  );
  expect([...folders].filter((folder) => !new RegExp(`[\`/]${folder}\\b`).test(text))).toEqual([]);
});

/** What the first lines of a hot file name of `bench/`: a file, and a case or a column of it in quotes. */
const BENCH = /bench\/src\/[a-z-]+\.ts/g;
const NAMED = /, "([^"]+)"|`([^`]+)` of (?=bench)/g;

test("a hot file's bench is there, and has the case that it names", () => {
  const root = path.join(packages, "..");
  const wrong = sources().flatMap(({ package: name, file, text }) => {
    const opening = /^(\/\/ .*\n)+/.exec(text)?.[0].replaceAll("\n// ", " ") ?? "";
    if (!opening.startsWith("// Hot:")) return [];
    const missing = (opening.match(BENCH) ?? []).filter((bench) => !existsSync(path.join(root, bench)));
    const texts = (opening.match(BENCH) ?? [])
      .filter((bench) => !missing.includes(bench))
      .map((bench) => readFileSync(path.join(root, bench), "utf8"));
    const named = Array.from(opening.matchAll(NAMED), ([, column, one]) => (column ?? one)!);
    missing.push(...named.filter((one) => !texts.some((text) => text.includes(one))));
    return missing.map((what) => `packages/${name}/src/${file}: ${what} is not there`);
  });
  expect(wrong).toEqual([]);
});

const source = (file: string, text: string): Source => ({ package: "profile", file, text, dependencies: [] });

test("the guard sees a violation", () => {
  expect(violations(source("builder.ts", 'import { report } from "@pprof-ts/report";'))).toHaveLength(2);
  expect(violations(source("builder.ts", 'import fs from "node:fs";'))).toHaveLength(1);
  expect(violations(source("builder.ts", 'const fs = await import("node:fs");'))).toHaveLength(1);
  expect(violations(source("builder.ts", 'export {\n  a,\n} from "../../report/src/a.ts";'))).toHaveLength(1);
  expect(violations(source("merge/old.ts", 'import { a } from "../strings.ts";'))).toEqual([]);
  expect(violations(source("merge/utils.ts", ""))).toHaveLength(1);
  expect(violations(source("merge/BigFile.ts", ""))).toHaveLength(1);
  expect(violations(source("merge/long.ts", "\n".repeat(460)))).toHaveLength(1);
});

test("the guard sees what stands on the wrong floor", () => {
  const upwards = 'import type { Input } from "../format/build/input.ts";';
  expect(violations(source("merge/old.ts", upwards))).toEqual([
    "packages/profile/src/merge/old.ts: imports format/build/input.ts, and format/build stands above merge",
  ]);
  expect(violations(source("format/text/old.ts", upwards.replace("../", "../../")))).toEqual([]);
  expect(violations(source("spare/new.ts", ""))).toEqual([
    'packages/profile/src/spare/new.ts: "spare" has no row in test/layers.ts',
  ]);
  expect(violations(source("merge/old.ts", "// Hot: 9 MB in 3 ms. See bench/src/codec.ts.\n"))).toEqual([]);
  expect(violations(source("merge/old.ts", "// Hot: 9 MB should take no time.\n"))).toHaveLength(1);
  expect(violations(source("merge/old.ts", "// Hot: see bench/src/codec.ts.\n"))).toHaveLength(1);
  const body = "  a();\n".repeat(99);
  const opened = [
    `function f(): void {\n${body}}\n`,
    `export const f = (\n  a: () => void,\n): { b: number } => {\n${body}};\n`,
    `class A {\n  #f(\n    a: () => void,\n  ): void {\n${body}  }\n}\n`,
  ];
  for (const text of opened) expect(violations(source("merge/old.ts", text))).toHaveLength(1);
  expect(violations(source("merge/old.ts", `const TABLE = {\n${"  a: 1,\n".repeat(200)}};\n`))).toEqual([]);
});

test("the guard sees values of what runs on another thread", () => {
  const page = (text: string): string[] => violations({ package: "web", file: "page/a.ts", text, dependencies: [] });
  expect(page('import { answers } from "../worker/answers.ts";')).toHaveLength(1);
  expect(page('import { type Answers } from "../worker/answers.ts";')).toHaveLength(1);
  expect(page('await import("../worker/answers.ts");')).toHaveLength(1);
  expect(page('import type {\n  Answers,\n} from "../worker/answers.ts";')).toEqual([]);
  expect(page('import url from "../worker/worker.ts?worker&url";')).toEqual([]);
});

test("the guard allows the circle of the C++ grammar, and neither a larger one nor the memory of it", () => {
  const rows = layers.cli?.floors?.map((floor) => ({
    ...source(floor.endsWith(".ts") ? floor : `${floor}/a.ts`, ""),
    package: "cli",
  }));
  const grammar = layers.cli?.circle ?? [];
  const inCircle = (files: readonly string[]): Source[] =>
    files.map((file, i) => {
      const next = files[(i + 1) % files.length]!;
      return { ...source(file, `import { a } from "./${next.slice(next.lastIndexOf("/") + 1)}";`), package: "cli" };
    });
  const told = (files: readonly string[]): string[] => packageViolations("cli", [...(rows ?? []), ...inCircle(files)]);
  expect(grammar).toHaveLength(4);
  expect(told(grammar)).toEqual([]);
  expect(told([])).toHaveLength(1);
  expect(told([...grammar, "native/demangle/cxx-writer.ts"])).toHaveLength(2);
});

test("the guard sees what a service's main thread would load of the profiler's own", () => {
  const file = (name: string, text: string): string[] =>
    violations({ package: "runtime", file: name, text, dependencies: ["@pprof-ts/profile"] });
  const places = ["program/a.ts", "adapter/a.ts", "http/a.ts", "exchange/a.ts", "index.ts", "register.ts"];
  for (const place of places) {
    const up = place.includes("/") ? "../" : "./";
    expect(file(place, 'import { encode } from "@pprof-ts/profile";'), place).toHaveLength(1);
    expect(file(place, 'import type { Profile } from "@pprof-ts/profile";'), place).toEqual([]);
    expect(file(place, `await import("${up}agent/code/frames.ts");`).join(), place).toContain("another thread");
  }
  for (const place of ["agent/code/a.ts", "attach.ts"]) {
    expect(file(place, 'import { encode } from "@pprof-ts/profile";'), place).toEqual([]);
  }
});

test("the guard sees values in what is sent to another thread as text", () => {
  const file = (text: string): string[] =>
    violations({ package: "runtime", file: "target/a.ts", text, dependencies: [] });
  expect(file('import { makeB } from "./b.ts";')).toHaveLength(1);
  expect(file('import process from "node:process";')).toHaveLength(1);
  expect(file('import type { makeB } from "./b.ts";\ntype A = typeof import("node:vm");')).toEqual([]);
});

test("the guard sees circles, full folders and rows without a folder", () => {
  const files = layers.profile?.floors?.map((floor) => source(floor.endsWith(".ts") ? floor : `${floor}/a.ts`, ""));
  expect(packageViolations("profile", files ?? [])).toEqual([]);
  expect(packageViolations("profile", files?.slice(1) ?? [])).toHaveLength(1);
  const circle = ["b", "c", "d"].map((name, i, names) =>
    source(`merge/${name}.ts`, `import type { A } from "./${names[(i + 1) % 3]}.ts";`),
  );
  expect(packageViolations("profile", [...(files ?? []), ...circle])).toEqual([
    "packages/profile/src: a circle of imports: merge/b.ts, merge/c.ts, merge/d.ts",
  ]);
  const many = Array.from({ length: 16 }, (_, i) => source(`merge/many-${i}.ts`, ""));
  expect(packageViolations("profile", [...(files ?? []), ...many])).toEqual([
    "packages/profile/src/merge: 17 files are two folders",
  ]);
});
