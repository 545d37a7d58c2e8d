import { type Profile, ProfileBuilder } from "@pprof-ts/profile";
import { expect, test } from "vitest";
import { Git } from "../../src/ci/git/git.ts";
import { type MovedLines, movedLines } from "../../src/ci/git/moved-lines.ts";
import { revisions } from "../../src/ci/git/revisions.ts";
import { relocated } from "../../src/ci/measure/relocate.ts";
import { TestRepository } from "./repository.ts";

const lines = (...numbers: (number | string)[]): string => numbers.map((number) => `line ${number}\n`).join("");

/** Of each line of the file in the head, that in the base. */
const allOf = (moved: MovedLines, file: string, count: number): (number | undefined)[] =>
  Array.from({ length: count }, (_, i) => moved(file, i + 1));

test("a line is known again where others were added, taken out and changed, in commits and in the working tree", async () => {
  using made = new TestRepository();
  const git = new Git(made.top, { PATH: process.env.PATH, ...made.env });
  made.git("config", "diff.noprefix", "true");
  const before = { "a.js": lines(1, 2, 3, 4, 5, 6), "same.js": lines(1, 2), "- b.js": `${lines(1)}-- x\n${lines(3)}` };
  made.commit(before);
  made.write({ "a.js": lines("a", "b", 1, 2, 4, "5 changed", 6), "- b.js": `++ b/a.js\n@@ -1 +9 @@\n${lines(1, 3)}` });
  const expectMoved = async (): Promise<void> => {
    const moved = await movedLines(git, await revisions(git, made.git("rev-parse", "main").trim(), ""));
    expect(allOf(moved, "a.js", 7)).toEqual([undefined, undefined, 1, 2, 4, 5, 6]);
    expect(allOf(moved, "same.js", 2)).toEqual([1, 2]);
    expect(allOf(moved, "- b.js", 4)).toEqual([undefined, undefined, 1, 3]);
    expect(moved("node:fs", 7)).toBe(7);
  };
  await expectMoved();
  made.git("checkout", "--quiet", "-b", "topic");
  made.git("commit", "--quiet", "--all", "--message=b");
  await expectMoved();
});

/** A profile with these functions, each name with its file. */
function profileOf(...functions: readonly (readonly [name: string, filename: string])[]): Profile {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "cpu", unit: "nanoseconds" }] });
  for (const [name, filename] of functions) {
    const line = { function: builder.function({ name, systemName: name, filename }), line: 1 };
    builder.sample([builder.location({ lines: [line] })], [1]);
  }
  return builder.build();
}

const shown = ({ functions, strings }: Profile): string[] =>
  Array.from(functions.name, (row, i) => `${strings.get(row)} ${strings.get(functions.filename[i]!)}`);

test("functions are those of the base wherever the worktree is and whatever stands above them", () => {
  const profile = profileOf(
    ["parse", "/tmp/x/head/src/a.js"],
    ["(anonymous a.js:7)", "/tmp/x/head/src/a.js"],
    ["(anonymous a.js:7)", "/tmp/x/head/lib/a.js"],
    ["(anonymous a.js:9)", "file:///tmp/x/head/src/a.js"],
    ["(anonymous fs:7)", "node:fs"],
    ["own", "/home/me/repository/node_modules/own/index.js"],
  );
  const moved: MovedLines = (file, line) => (file === "src/a.js" ? (line === 9 ? undefined : line - 5) : line);
  expect(shown(relocated(profile, ["/tmp/x/head", "/home/me/repository"], moved))).toEqual([
    "parse src/a.js",
    "(anonymous a.js:2) src/a.js",
    "(anonymous a.js:7) lib/a.js",
    "(anonymous a.js:9, new) src/a.js",
    "(anonymous fs:7) node:fs",
    "own node_modules/own/index.js",
  ]);
});
