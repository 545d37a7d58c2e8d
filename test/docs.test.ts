import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const docs = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => file !== "" && existsSync(path.join(root, file)));

test.each(docs)("the links of %s lead somewhere", (file) => {
  const text = readFileSync(path.join(root, file), "utf8").replace(/```[\s\S]*?```/g, "");
  for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target) || target.startsWith("#")) continue;
    expect(existsSync(path.join(root, path.dirname(file), target.split("#")[0] as string)), target).toBe(true);
  }
});

test("the TypeScript examples of all documents compile", () => {
  const folder = path.join(root, "node_modules", ".cache", "doc-examples");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  let examples = 0;
  for (const file of docs) {
    const text = readFileSync(path.join(root, file), "utf8");
    for (const [, code] of text.matchAll(/^```ts\n([\s\S]*?)^```/gm)) {
      const name = `${file.replaceAll(/[^a-z0-9]+/gi, "-")}-${++examples}.ts`;
      writeFileSync(path.join(folder, name), `${code}\nexport {};\n`);
    }
  }
  expect(examples).toBeGreaterThan(0);
  writeFileSync(
    path.join(folder, "tsconfig.json"),
    JSON.stringify({ extends: path.join(root, "tsconfig.test.json"), include: ["*.ts"] }),
  );
  execFileSync(process.execPath, [path.join(root, "node_modules", "typescript", "bin", "tsc"), "-p", folder], {
    stdio: "inherit",
  });
});
