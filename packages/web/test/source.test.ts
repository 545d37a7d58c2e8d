import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { encode, ProfileBuilder } from "@pprof-ts/profile";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBrowser } from "./browser.ts";
import { run, servePages } from "./served.ts";

const opened = await openBrowser();
const hasObjdump = ["objdump", "llvm-objdump"].some((tool) => spawnSync(tool, ["--version"]).status === 0);
const testdata = fileURLToPath(new URL("../../cli/test/native/testdata/", import.meta.url));

describe.skipIf(typeof opened === "string")("sources and assembly, in a browser (skipped without one)", () => {
  const browser = opened as Browser;
  const directory = mkdtempSync(path.join(tmpdir(), "pprof-source-"));
  let served: Awaited<ReturnType<typeof servePages>>;
  beforeAll(async () => {
    const binary = path.join(directory, "tiny");
    writeFileSync(binary, gunzipSync(readFileSync(path.join(testdata, "tiny64.gz"))));
    // Where the program was built, /src, is another place here.
    mkdirSync(path.join(directory, "elsewhere"));
    writeFileSync(path.join(directory, "elsewhere", "tiny.c"), readFileSync(path.join(testdata, "tiny.c")));
    const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
    const mapping = builder.mapping({ start: 0x400000n, limit: 0x401000n, filename: binary });
    for (const [address, count] of [
      [0x400110n, 5],
      [0x400118n, 3],
    ] as const) {
      builder.sample([builder.location({ mapping, address })], [count]);
    }
    const profile = path.join(directory, "tiny.pb");
    writeFileSync(profile, encode(builder.build()));
    const words = ["-trim_path=/src", `-source_path=${path.join(directory, "elsewhere")}`, profile];
    served = await servePages(words, { XDG_CONFIG_HOME: directory, HOME: directory });
  });
  afterAll(async () => {
    served?.stop();
    await browser.close();
    rmSync(directory, { recursive: true });
  });

  test("sources are found by -trim_path and -source_path, their lines warm by what they cost", async () => {
    const page = await browser.newPage();
    await page.goto(`${served.url}/ui/source?f=square|work`);
    const line = page.locator(".lines tr[class^=heat]").first();
    expect(await line.locator(".code").innerText()).toMatch(/return x \* x|sum/);
    expect(await page.locator(".problem, .hint").count()).toBe(0);
    await page.close();
  });

  test("a page in one file has the sources that were asked for, and no server", async () => {
    const words = [`-source_path=${path.join(directory, "elsewhere")}`, path.join(directory, "tiny.pb")];
    const page = await browser.newPage();
    const open = async (...more: readonly string[]): Promise<void> => {
      const file = path.join(directory, `page${more.length}.html`);
      await run(`-html=${file}`, ...more, ...words);
      await page.goto(`${pathToFileURL(file).href}#source?f=square|work`);
      await page.locator(".listing").first().waitFor();
    };
    await open("-with_sources");
    const line = page.locator(".lines tr[class^=heat]").first();
    expect(await line.locator(".code").innerText()).toMatch(/return x \* x|sum/);
    expect(await page.locator(".problem, .hint").count()).toBe(0);
    await open();
    expect(await page.locator(".hint").innerText()).toContain("-with_sources");
    await page.close();
  });

  test.skipIf(!hasObjdump)(
    "assembly opens below the source, and is a page of its own (skipped without objdump)",
    async () => {
      const page = await browser.newPage();
      await page.goto(`${served.url}/ui/source?f=work`);
      await page.locator("summary", { hasText: "Assembly" }).first().click();
      await expect.poll(() => page.locator(".assembly-of tr.heat4").first().innerText()).toContain("400110");
      await page.getByRole("link", { name: "assembly page" }).first().click();
      await page.waitForSelector(".assembly");
      expect(new URL(page.url()).pathname).toBe("/ui/disasm");
      const hot = page.locator(".assembly tr.heat4");
      expect((await hot.first().innerText()).split("\t").map((cell) => cell.trim())).toEqual([
        "5",
        "5",
        "400110",
        expect.stringMatching(/^(imul|mov)/),
        expect.stringMatching(/^(tiny.c:2)?$/),
      ]);
      await page.goto(`${served.url}/ui/disasm?f=nothing`);
      await expect.poll(() => page.locator(".problem").innerText()).toBe("no matches found for regexp nothing");
      await page.close();
    },
  );
});
