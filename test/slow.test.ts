import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { pprof } from "../packages/cli/test/tool.ts";
import { folder, sections, sectionUnderLoad } from "./slow-programs.ts";

test("the guide has a section for each of five programs", () => {
  expect(sections.map(({ file }) => file)).toEqual([
    "lock.mjs",
    "pool.mjs",
    "in-a-row.mjs",
    "neighbour.mjs",
    "upstream.mjs",
  ]);
});

test.each(sections)(
  "$title: its commands find the line",
  { timeout: 120_000 },
  async ({ route, commands, file, line, code }) => {
    expect(readFileSync(path.join(folder, file), "utf8").split("\n")[line - 1]).toContain(code);
    await using running = await sectionUnderLoad({ commands });
    const words = commands[2]!
      .replace("http://localhost:6060", running.profiles)
      .replaceAll('"', "")
      .split(" ")
      .slice(1);
    // On a busy machine the first second may be another one's.
    await expect
      .poll(
        async () => {
          const { stdout, stderr, status } = await pprof(words);
          expect([status, stderr.includes("Fetching")]).toEqual([0, true]);
          // Of what is said of the route it is the first row.
          return stdout.split("\n").find((row) => row.includes(route)) ?? "";
        },
        { timeout: 90_000 },
      )
      .toContain(`${file}:${line}`);
  },
);
