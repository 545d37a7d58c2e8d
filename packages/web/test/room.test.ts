import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBrowser } from "./browser.ts";
import { LANGUAGES, writeLanguage } from "./languages.ts";
import { openPage, pictured } from "./opened-page.ts";
import { servePages } from "./served.ts";

const opened = await openBrowser();

describe.skipIf(typeof opened === "string")("room for what pages say (skipped without a browser)", () => {
  const browser = opened as Browser;
  const directory = mkdtempSync(path.join(tmpdir(), "pprof-room-"));
  let served: Awaited<ReturnType<typeof servePages>>;

  beforeAll(async () => {
    const file = path.join(directory, "heap.pb");
    writeLanguage(file, LANGUAGES.find(({ name }) => name === "heap")!);
    served = await servePages([file], { HOME: directory, XDG_CONFIG_HOME: directory });
  });
  afterAll(async () => {
    served?.stop();
    await browser.close();
    rmSync(directory, { recursive: true });
  });

  test("a type stands with the whole of its total where there is room, and else ends in dots", async () => {
    const { page, problems } = await openPage(browser);
    await page.setViewportSize({ width: 1280, height: 700 });
    await page.goto(`${served.url}/ui/flamegraph`);
    await pictured(page);
    const type = page.getByLabel("Sample type");
    const { shown, whole } = await type.evaluate((select) => {
      const shown = select.getBoundingClientRect().width;
      select.style.cssText = "flex: none; min-width: 0; max-width: none; width: max-content";
      const whole = select.getBoundingClientRect().width;
      select.style.cssText = "";
      return { shown, whole };
    });
    expect(whole).toBeGreaterThan(140);
    expect(shown).toBeGreaterThanOrEqual(Math.floor(whole));
    expect((await page.locator("header").boundingBox())!.height).toBeLessThan(45);
    expect(await type.evaluate((select) => getComputedStyle(select).textOverflow)).toBe("ellipsis");
    expect(problems).toEqual([]);
    await page.close();
  });

  test("what a search says beside the picture moves nothing below it", async () => {
    const { page, problems } = await openPage(browser);
    await page.setViewportSize({ width: 1110, height: 700 });
    await page.goto(`${served.url}/ui/flamegraph`);
    await pictured(page);
    const before = await page.locator(".flame-scroll").boundingBox();
    await page.fill("#search", ".");
    await expect.poll(() => page.locator(".found").innerText()).toMatch(/places?/);
    expect(await page.locator(".flame-scroll").boundingBox()).toEqual(before);
    expect(problems).toEqual([]);
    await page.close();
  });
});
