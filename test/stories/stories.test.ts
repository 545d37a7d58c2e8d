import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Session } from "./session.ts";
import { mismatch, stepsOf } from "./steps.ts";

const folder = fileURLToPath(new URL("../../docs/stories", import.meta.url));
const stories = readdirSync(folder)
  .filter((file) => file.endsWith(".md"))
  .map((file) => {
    const text = readFileSync(path.join(folder, file), "utf8");
    return { file, text, needs: Number(/^<!-- node: (\d+) -->/.exec(text)?.[1] ?? 20) };
  });
const [major] = process.versions.node.split(".").map(Number);

/** What a story shows of what its commands make: pictures, and profiles in pages that can be clicked. */
const SHOWN = /(?:\]\(|src="\.\.\/)((?:pictures|profiles)\/[^)"]+)/g;
/** A folder like docs/ in which that is kept; STORIES=print prints what the commands print, and compares nothing. */
const keepIn = ["print", "check"].includes(process.env.STORIES!) ? undefined : process.env.STORIES;

// They take a minute: `node scripts/stories.mjs` runs them. The commands are those of a shell that Windows does not have.
describe.skipIf(process.platform === "win32" || process.env.STORIES === undefined)("stories", () => {
  test.for(stories)(
    "$file: its commands print what it says, and make its pictures",
    { timeout: 300_000 },
    async ({ text, needs }, { skip }) => {
      skip(major! < needs, `what it is about is there from Node ${needs} on`);
      await using session = await Session.open();
      for (const { line, command, prints } of stepsOf(text)) {
        let printed = await session.run(command);
        if (process.env.STORIES === "print") {
          if (
            command.includes("listening") ||
            (/dist|mounted/.test(command) && command.endsWith(" &") && !command.includes("load"))
          )
            await expect.poll(() => session.printed).toMatch(/listening/);
          console.log(`$ ${command}\n${command.endsWith(" &") ? session.printed : printed}`);
          continue;
        }
        const wrong = (): string | undefined => {
          if (command.endsWith(" &")) printed = session.printed;
          const found = mismatch(prints, printed);
          return found && `line ${line}: $ ${command}\n${found}\n\nWhat is printed is\n${printed}`;
        };
        // What a program did last is missing at times where the machine is so busy that nobody waits for its profile.
        for (let times = 1; times < 5 && command.includes("pprof run") && wrong() !== undefined; times++) {
          printed = await session.run(command);
        }
        if (command.endsWith(" &")) await expect.poll(wrong, { timeout: 60_000 }).toBeUndefined();
        else expect(wrong()).toBeUndefined();
      }
      for (const [, picture = ""] of text.matchAll(SHOWN)) {
        const made = path.join(session.folder, picture);
        expect(existsSync(made), picture).toBe(true);
        const place = picture.startsWith("pictures") ? "stories" : "public";
        if (keepIn !== undefined) cpSync(made, path.join(keepIn, place, picture));
      }
    },
  );
});

test("the code that stories show stands where they say", () => {
  let shown = 0;
  for (const { text } of stories) {
    for (const [, file = "", code = ""] of text.matchAll(/^```[jt]s (\S+)\n([\s\S]*?)\n```/gm)) {
      const source = readFileSync(path.join(folder, "../../examples/stories", file), "utf8");
      const tidy = (lines: string): string => lines.replaceAll(/^ +/gm, "");
      expect(tidy(source), file).toContain(tidy(code));
      shown++;
    }
  }
  expect(shown).toBeGreaterThan(0);
});

test("each story is read in five minutes", () => {
  expect(stories.length).toBeGreaterThan(0);
  for (const { file, text } of stories) {
    const words = text.replace(/```[\s\S]*?```/g, "").split(/\s+/).length;
    expect(words, file).toBeLessThan(1100);
    expect(stepsOf(text).length, file).toBeGreaterThan(0);
  }
});
