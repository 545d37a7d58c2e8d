import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, test } from "vitest";
import { browsers } from "../src/host/viewer.ts";
import { directory, hotBytes, pprof, type Run } from "./tool.ts";

const isWindows = process.platform === "win32";

describe.skipIf(isWindows)(
  `programs that show a report${isWindows ? " (skipped: they are shell scripts here)" : ""}`,
  () => {
    // Keeps what it is shown, its last argument, and the name of that.
    const script = `#!/bin/sh
for file; do :; done
"${process.execPath}" -e 'fs.copyFileSync(process.argv[1], process.argv[2])' "$file" "\${0%/*}/shown"
echo "$file" > "\${0%/*}/name"
`;
    const run = async (
      program: string,
      args: readonly string[],
      env: (place: string) => NodeJS.ProcessEnv,
      input = "",
    ): Promise<Run & { shown: string; name: string }> => {
      using place = directory({ "cpu.pb.gz": hotBytes, [program]: script });
      chmodSync(path.join(place.path, program), 0o755);
      for (const file of ["shown", "name"]) writeFileSync(path.join(place.path, file), "");
      const result = await pprof([...args, "cpu.pb.gz"], { cwd: place.path, env: env(place.path), input });
      const read = (file: string): string => readFileSync(path.join(place.path, file), "latin1").trim();
      return { ...result, shown: read("shown"), name: read("name") };
    };

    it("is BROWSER for -web; the file is gone in the end", async () => {
      const { status, shown, name } = await run("mine", ["-web"], (place) => ({ BROWSER: path.join(place, "mine") }));
      expect(status).toBe(0);
      expect(shown).toContain('<g id="viewport">');
      expect(name).toMatch(/pprof\d{3}\.svg$/);
      expect(existsSync(name)).toBe(false);
    });

    it.each([
      ["chrome", "-web", /<svg/],
      ["evince", "-evince", /^%PDF-/],
      ["eog", "-eog", /<svg/],
      ["gv", "-gv", /^%!PS/],
    ])("is %s for %s, where BROWSER is none", async (program, flag, start) => {
      const env = (place: string): NodeJS.ProcessEnv => ({
        BROWSER: "/nowhere/browser",
        PATH: `${place}:${process.env.PATH}`,
      });
      const { status, stderr, shown } = await run(program, [flag], env);
      expect([status, stderr]).toEqual([0, ""]);
      expect(shown).toMatch(start);
    });

    it("is said to be missing where there is none", async () => {
      const { status, stderr } = await run("other", ["-evince"], () => ({ PATH: "/nowhere" }));
      expect(status).toBe(2);
      expect(stderr).toMatch(/^pprof: no program to show .*: none of evince could be started\n$/);
    });
  },
);

test("every platform has its own browsers, BROWSER first", () => {
  expect(browsers({}, "darwin")).toEqual(["/usr/bin/open"]);
  expect(browsers({ BROWSER: "lynx" }, "win32")).toEqual(["lynx", "cmd /c start "]);
  expect(browsers({}, "linux")).not.toContain("xdg-open");
  expect(browsers({ DISPLAY: ":0" }, "linux").at(-1)).toBe("xdg-open");
});
