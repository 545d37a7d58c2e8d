import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fleetRoutes, pageRoutes } from "../../fleet/src/index.ts";
import { filledStore, MINUTE, NOON } from "../../fleet/test/filled-store.ts";
import { serveRoutes } from "../../fleet/test/serve-routes.ts";
import { openBrowser } from "./browser.ts";
import { openPage, pictured } from "./opened-page.ts";

// SCREENSHOTS=1 npm test -- fleet-pages writes the pictures in screenshots/ anew, to be looked at.
const pictures = fileURLToPath(new URL("../screenshots/", import.meta.url));
const keeps = process.env.SCREENSHOTS === "1";
const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const opened = await openBrowser();

const ADDRESSES: readonly (readonly [name: string, address: string])[] = [
  ["fleet-services", "/fleet/services?from=now-5m&ago=5m"],
  ["fleet-service", "/fleet/service?service=api&by=version&from=now-15m"],
  ["fleet-targets", "/fleet/targets"],
];

describe.skipIf(typeof opened === "string")("the pages of a fleet (skipped without a browser)", () => {
  const browser = opened as Browser;
  let server: Awaited<ReturnType<typeof serveRoutes>>;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    const store = await filledStore();
    const now = (): number => NOON + 10 * MINUTE;
    const files = new Map(readdirSync(dist).map((name) => [name, readFileSync(path.join(dist, name))]));
    server = await serveRoutes([...fleetRoutes(store, now), ...pageRoutes(store, files, now)]);
    ({ page, problems } = await openPage(browser));
  });
  afterAll(async () => {
    expect(problems).toEqual([]);
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  test.for(ADDRESSES)("%s is readable in light and dark, on a desk and in a hand", async ([name, address]) => {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width: 1200, height: 700 });
      await page.goto(server.origin + address);
      await page.evaluate(axe.source);
      const found = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
        return (await axe.run()).violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]);
      });
      expect(found).toEqual([]);
      if (keeps) {
        mkdirSync(pictures, { recursive: true });
        await page.screenshot({ path: path.join(pictures, `${name}-${colorScheme}.png`) });
      }
    }
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 400, height: 800 });
    // Tables scroll in themselves, and the page does not.
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
    if (keeps) await page.screenshot({ path: path.join(pictures, `${name}-400-light.png`) });
    await page.setViewportSize({ width: 1200, height: 700 });
  });

  test("from a service to a part of its time, and to the flame graph of that", async () => {
    await page.goto(`${server.origin}/fleet/services?from=now-10m`);
    await page.getByRole("link", { name: "api" }).click();
    await page.getByLabel("by").selectOption("version");
    await page.getByRole("button", { name: "Show" }).last().click();
    await page.waitForURL(/by=version/);
    const box = (await page.locator("[data-chart]").boundingBox())!;
    // The second half of the time, which is that of the new version.
    await page.mouse.move(box.x + box.width / 2, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 1, box.y + 80, { steps: 4 });
    await page.mouse.up();
    expect(await page.locator("[data-selected]").textContent()).toBe("2026-11-30T12:05:00Z to 2026-11-30T12:10:00Z");
    expect(await page.getByLabel("from").inputValue()).toBe("2026-11-30T12:05:00Z");
    await page.getByRole("link", { name: "Flame graph" }).first().click();
    await pictured(page);
    await page.goto(page.url().replace("#flamegraph", "#top"));
    await page.getByText("parse").first().waitFor();
    // What the new version took, and no more.
    expect(await page.locator("body").textContent()).toContain("cpu 3.58s");
  });

  test("two versions beside each other", async () => {
    await page.goto(`${server.origin}/fleet/service?service=api&by=version&from=now-10m`);
    await page.getByLabel("old: v1").check();
    await page.getByLabel("new: v2").check();
    await page.getByRole("button", { name: "Compare old with new" }).click();
    await page.waitForURL(/#diff/);
    await page.getByText("parse").first().waitFor();
  });
});
