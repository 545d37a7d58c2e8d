import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { layers, type Source, violations } from "./layers.ts";

const packages = fileURLToPath(new URL("../packages", import.meta.url));

function sources(): Source[] {
  return readdirSync(packages).flatMap((name) => {
    const src = path.join(packages, name, "src");
    if (!existsSync(src)) return [];
    const manifest = JSON.parse(readFileSync(path.join(packages, name, "package.json"), "utf8"));
    // What the pages need is built into static files, so there a development dependency is enough.
    const dependencies = ["dependencies", "peerDependencies", "optionalDependencies"]
      .concat(name === "web" ? ["devDependencies"] : [])
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

test("the guard sees a violation", () => {
  const source = (file: string, text: string): Source => ({ package: "profile", file, text, dependencies: [] });
  expect(violations(source("merge.ts", 'import { report } from "@pprof-ts/report";'))).toHaveLength(2);
  expect(violations(source("merge.ts", 'import fs from "node:fs";'))).toHaveLength(1);
  expect(violations(source("merge.ts", 'const fs = await import("node:fs");'))).toHaveLength(1);
  expect(violations(source("merge.ts", 'export {\n  a,\n} from "../../report/src/a.ts";'))).toHaveLength(1);
  expect(violations(source("format/old.ts", 'import { a } from "../wire.ts";'))).toEqual([]);
  expect(violations(source("utils.ts", ""))).toHaveLength(1);
  expect(violations(source("BigFile.ts", ""))).toHaveLength(1);
  expect(violations(source("long.ts", "\n".repeat(460)))).toHaveLength(1);
});
