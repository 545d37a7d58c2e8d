import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, describe, expect, test } from "vitest";
import { openBrowser } from "./browser.ts";
import { LANGUAGES, writeLanguage } from "./languages.ts";
import { openPage, settled } from "./opened-page.ts";
import { servePages } from "./served.ts";

// GALLERY=DIRECTORY npm test -- gallery leaves pictures of a page for each language there, to be looked at.
const gallery = process.env.GALLERY;
const PAGES = (process.env.GALLERY_PAGES ?? "flamegraph top").split(" ");
const SIZES = [
  { name: "light", width: 1280, height: 800 },
  { name: "dark", width: 1280, height: 800 },
  { name: "400", width: 400, height: 800 },
  { name: "4k", width: 3840, height: 2160 },
] as const;

const opened = await openBrowser();

describe.skipIf(typeof opened === "string")("profiles of many languages (skipped without a browser)", () => {
  const browser = opened as Browser;
  const directory = mkdtempSync(path.join(tmpdir(), "pprof-gallery-"));
  afterAll(async () => {
    await browser.close();
    rmSync(directory, { recursive: true });
  });

  /** What is wider than the window. */
  const wide = (page: Page): Promise<string[]> =>
    page.evaluate(() => {
      const parts = document.querySelectorAll("html, main, main > *, header, .tools, .filters");
      return [...parts]
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > Math.max(innerWidth, clientWidth) + 1)
        .map(({ tagName, className }) => `${tagName}.${className}`);
    });

  test.each(LANGUAGES)(
    "$name is drawn at every size, light and dark, with whose code it is",
    async (language) => {
      const file = path.join(directory, `${language.name}.pb`);
      writeLanguage(file, language);
      const served = await servePages([file], { HOME: directory, XDG_CONFIG_HOME: directory });
      const { page, problems } = await openPage(browser);
      try {
        for (const name of PAGES) {
          await page.emulateMedia({ colorScheme: "light" });
          await page.goto(`${served.url}/ui/${name}`);
          await settled(page);
          for (const { name: look, width, height } of SIZES) {
            await page.emulateMedia({ colorScheme: look === "dark" ? "dark" : "light" });
            await page.setViewportSize({ width, height });
            await page.evaluate(
              () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
            );
            expect(await wide(page), `${name} at ${width}`).toEqual([]);
            // The tabs are a line of their own in a narrow window; what is before them is one line, whatever names there are.
            const below = await page.locator(".header > :not(.tabs)").evaluateAll((parts) => {
              const seen = parts.map((part) => part.getBoundingClientRect()).filter(({ height }) => height > 0);
              return Math.max(...seen.map(({ top }) => top)) - Math.min(...seen.map(({ bottom }) => bottom));
            });
            expect(below, `the lowest part of the header below the highest at ${width}`).toBeLessThan(0);
            if (gallery === undefined) continue;
            // What is drawn small comes a little later.
            await page.waitForTimeout(150);
            mkdirSync(gallery, { recursive: true });
            await page.screenshot({ path: path.join(gallery, `${language.name}-${name}-${look}.png`) });
          }
        }
        // A language whose own code cannot be told from others' would be one colour of "my code".
        if (language.name !== "kernel") {
          await page.goto(`${served.url}/ui/flamegraph?c=kind`);
          await settled(page);
          await expect.poll(() => page.locator(".legend").innerText()).toMatch(/own/i);
        }
        expect(problems).toEqual([]);
      } finally {
        served.stop();
        await page.close();
      }
    },
    120_000,
  );
});
