import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const { noticesOf, SHIPPED } = (await import(new URL("../scripts/notices.mjs", import.meta.url).href)) as {
  readonly noticesOf: (name: string) => string;
  readonly SHIPPED: Readonly<Record<"cli" | "web", readonly string[]>>;
};

const root = fileURLToPath(new URL("..", import.meta.url));
const manifest = (...names: string[]): { dependencies?: Record<string, string>; files?: string[] } =>
  JSON.parse(readFileSync(path.join(root, ...names, "package.json"), "utf8"));

/** The packages of others that these files import, with what those bring. */
function imported(...sources: string[]): Set<string> {
  const found = new Set<string>();
  const add = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    for (const more of Object.keys(manifest("node_modules", name).dependencies ?? {})) add(more);
  };
  for (const source of sources) {
    for (const file of readdirSync(path.join(root, source), { recursive: true, encoding: "utf8" })) {
      if (!/\.tsx?$/.test(file)) continue;
      const text = readFileSync(path.join(root, source, file), "utf8");
      for (const [, name = ""] of text.matchAll(
        /^(?:import (?!type )|export \{)[^;"]*"((?:@[\w-]+\/)?[\w-]+)[^"]*";/gm,
      )) {
        if (name !== "node" && !name.startsWith("@pprof-ts/")) add(name);
      }
    }
  }
  return found;
}

// The pages are one bundle of these; the tool's, too, and what it leaves outside comes as a dependency.
const bundled = {
  web: imported("packages/web/src", "packages/report/src", "packages/profile/src"),
  cli: new Set([
    ...imported("packages/report/src", "packages/profile/src"),
    ...Object.keys(manifest("packages/cli").dependencies ?? {}).filter((name) => !name.startsWith("@pprof-ts/")),
  ]),
};

test.each(["cli", "web"] as const)("the notices of %s name all that it ships, with its licence", (name) => {
  expect(bundled[name].size).toBeGreaterThan(1);
  expect([...bundled[name]].filter((dependency) => !SHIPPED[name].includes(dependency))).toEqual([]);
  expect(readFileSync(path.join(root, "packages", name, "THIRD-PARTY-NOTICES.txt"), "utf8")).toBe(noticesOf(name));
  expect(manifest("packages", name).files).toContain("THIRD-PARTY-NOTICES.txt");
});

test("Graphviz, resvg and Tinos are named where they are, with their licences", () => {
  const [cli, web] = ["cli", "web"].map((name) => noticesOf(name));
  for (const text of [cli, web]) expect(text).toMatch(/Graphviz 16[\s\S]*Eclipse Public License - v 2\.0/);
  expect(cli).toMatch(/@resvg\/resvg-wasm[\s\S]*Mozilla Public License Version 2\.0/);
  expect(cli).toMatch(/@fontsource\/tinos[\s\S]*SIL OPEN FONT LICENSE/);
});
