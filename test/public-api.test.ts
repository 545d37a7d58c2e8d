import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const packages = fileURLToPath(new URL("../packages", import.meta.url));

/** The names that a module exports, types marked as such. */
function exportsOf(text: string): string[] {
  return [...text.matchAll(/^export (type )?\{([^}]*)\} from/gm)].flatMap(([, type = "", names = ""]) =>
    names
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "")
      .map((name) => (name.startsWith("type ") ? name : `${type}${name}`)),
  );
}

// A name that goes or comes here is a change that users see: it belongs into CHANGELOG.md.
test.each(["profile", "report", "fleet", "runtime"])("@pprof-ts/%s exports what it promises, by name", async (name) => {
  const names = exportsOf(readFileSync(path.join(packages, name, "src", "index.ts"), "utf8"));
  expect(names.length).toBeGreaterThan(0);
  await expect(`${names.sort().join("\n")}\n`).toMatchFileSnapshot(`golden/public-api.${name}.txt`);
});
