import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, describe, expect, test } from "vitest";
import { openBrowser } from "./browser.ts";
import { LANGUAGES, writeLanguage } from "./languages.ts";
import { openPage, pictured } from "./opened-page.ts";
import { servePages } from "./served.ts";

const opened = await openBrowser();

describe.skipIf(typeof opened === "string")("pages whose server has ended (skipped without a browser)", () => {
  const browser = opened as Browser;
  const directory = mkdtempSync(path.join(tmpdir(), "pprof-gone-"));
  afterAll(async () => {
    await browser.close();
    rmSync(directory, { recursive: true });
  });

  test("what is open works on, and what needs the server says so in one sentence", async () => {
    const file = path.join(directory, "js.pb");
    writeLanguage(file, LANGUAGES.find(({ name }) => name === "javascript")!);
    const served = await servePages([file], { HOME: directory, XDG_CONFIG_HOME: directory });
    const { page, problems } = await openPage(browser);
    await page.goto(`${served.url}/ui/flamegraph`);
    await pictured(page);
    served.stop();
    await expect
      .poll(() =>
        fetch(served.url).then(
          () => "there",
          () => "gone",
        ),
      )
      .toBe("gone");
    const go = (name: string): Promise<void> => page.getByRole("link", { name, exact: true }).click();
    await go("Top");
    await expect.poll(() => page.locator(".top").innerText()).toContain("bestDiscount");
    await go("Peek");
    await expect.poll(() => page.locator(".calls-of").count()).toBeGreaterThan(5);
    await go("Tags");
    await expect.poll(() => page.locator(".tags").innerText()).toContain("route");
    const said = page.locator(".warning");
    expect(await said.count()).toBe(0);
    await go("Source");
    const reasons = page.locator(".listing .one-line", { hasText: "does not answer any more" });
    await expect.poll(() => reasons.count()).toBeGreaterThan(2);
    await go("Flame graph");
    await page.keyboard.press("r");
    await page.getByLabel("Save what is active as").fill("mine");
    await page.getByRole("button", { name: "Save as" }).click();
    await expect
      .poll(() => said.allInnerTexts())
      .toEqual([
        expect.stringMatching(/^pprof, which served this page, does not answer any more: what is open can still/),
      ]);
    await page.getByLabel("Focus", { exact: true }).fill("bestDiscount");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator(".chip").innerText()).toContain("bestDiscount");
    // The browser itself notes that nobody answers; nothing is left uncaught.
    expect(problems.filter((problem) => !/ERR_CONNECTION_REFUSED|Failed to load resource/.test(problem))).toEqual([]);
    await page.close();
  });
});
