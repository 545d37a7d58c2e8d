import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = path.join(root, ".github", "workflows");
const workflows = readdirSync(folder).map((file) => ({ file, text: readFileSync(path.join(folder, file), "utf8") }));
const { scripts } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

test.each(workflows)("what $file runs is there", ({ text }) => {
  const own = Array.from(text.matchAll(/\bnode (scripts\/\S+)/g), ([, script]) => script!);
  const tasks = Array.from(text.matchAll(/\bnpm (?:run )?(test|check|lint|build)\b/g), ([, task]) => task!);
  expect(own.length + tasks.length).toBeGreaterThan(0);
  expect(own.filter((script) => !existsSync(path.join(root, script)))).toEqual([]);
  expect(tasks.filter((task) => scripts[task] === undefined)).toEqual([]);
});

test("the tests run on each system, on each line of Node from the lowest that is supported to the newest", () => {
  const text = workflows.find(({ file }) => file === "test.yml")!.text;
  const { engines } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
    engines: { node: string };
  };
  const lowest = /\d+/.exec(engines.node)![0];
  for (const [, versions] of text.matchAll(/^ +node: \[(.*)\]$/gm)) expect(versions).toBe(`${lowest}, 22, 24, 26`);
  for (const system of ["ubuntu-24.04", "ubuntu-24.04-arm", "macos", "windows", "-alpine"]) {
    expect(text).toContain(system);
  }
  expect(text.match(/npm test -- --retry=1/g)).toHaveLength(2);
});
