import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

/** One of our packages, packed and unpacked. */
interface Packed {
  readonly short: string;
  readonly name: string;
  readonly folder: string;
  readonly manifest: Readonly<Record<string, unknown>>;
}

const load = (file: string): Promise<unknown> => import(new URL(`../scripts/packages/${file}`, import.meta.url).href);
const { packAll, PACKAGES } = (await load("pack.mjs")) as {
  readonly packAll: (root: string, directory: string) => Packed[];
  readonly PACKAGES: readonly string[];
};
const { faultsOf } = (await load("contents.mjs")) as {
  readonly faultsOf: (packed: Packed, root: string) => string[];
};

const root = fileURLToPath(new URL("..", import.meta.url));
const scratch = mkdtempSync(path.join(tmpdir(), "pprof-packed-"));
let packed: Packed[] = [];
beforeAll(() => {
  packed = packAll(root, scratch);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test("all packages that are no examples are packed", () => {
  expect([...PACKAGES].sort()).toEqual(readdirSync(path.join(root, "packages")).sort());
});

// How they install and run, `node scripts/packages.mjs` says, which takes minutes.
test.each(PACKAGES)("%s packs to what a user needs", (short) => {
  expect(faultsOf(packed.find((one) => one.short === short)!, root)).toEqual([]);
});

test("the guard sees what is wrong", () => {
  const folder = path.join(scratch, "wrong");
  const right = packed.find(({ short }) => short === "report")!;
  cpSync(right.folder, folder, { recursive: true });
  rmSync(path.join(folder, "CHANGELOG.md"));
  rmSync(path.join(folder, "src", "analyze.ts"));
  rmSync(path.join(folder, "dist", "error.js"));
  writeFileSync(path.join(folder, "dist", "left.test.js"), `import "vitest";\n// ${root}\n`);
  const manifest = { ...right.manifest, scripts: { postinstall: "true" }, dependencies: { re2js: "^2.0.0" } };
  const faults = faultsOf({ ...right, folder, manifest }, root).join("\n");
  for (const fault of [
    "CHANGELOG.md is missing",
    "left.test.js is not for users",
    "CHANGELOG.md is named in package.json and not there",
    "analyze.js.map points to ../src/analyze.ts, which is not there",
    "imports ./error.js, which no user has",
    "imports vitest, which no user has",
    `left.test.js names ${root}`,
    "runs postinstall on users' machines",
    "re2js is pinned to no version: ^2.0.0",
  ]) {
    expect(faults).toContain(fault);
  }
});
