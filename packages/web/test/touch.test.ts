import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openBrowser } from "./browser.ts";
import { LANGUAGES, writeLanguage } from "./languages.ts";
import { pictured } from "./opened-page.ts";
import { servePages } from "./served.ts";

const opened = await openBrowser();

describe.skipIf(typeof opened === "string")("fingers and small windows (skipped without a browser)", () => {
  const browser = opened as Browser;
  const directory = mkdtempSync(path.join(tmpdir(), "pprof-touch-"));
  let served: Awaited<ReturnType<typeof servePages>>;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    const file = path.join(directory, "go.pb");
    writeLanguage(file, LANGUAGES.find(({ name }) => name === "go")!);
    served = await servePages([file], { HOME: directory, XDG_CONFIG_HOME: directory });
  });
  afterAll(async () => {
    served?.stop();
    await browser.close();
    rmSync(directory, { recursive: true });
  });
  afterEach(() => context.close());

  const open = async (width: number, height: number): Promise<void> => {
    context = await browser.newContext({ viewport: { width, height }, hasTouch: true, isMobile: true });
    page = await context.newPage();
    await page.goto(`${served.url}/ui/flamegraph`);
    await pictured(page);
  };
  const query = (): URLSearchParams => new URL(page.url()).searchParams;
  /** A place in a row of the picture, at a part of its width. */
  const at = async (part: number, row: number): Promise<{ x: number; y: number }> => {
    const box = (await page.locator(".flame-scroll").boundingBox())!;
    return { x: box.x + box.width * part, y: box.y + row * 20 + 10 };
  };
  /** What fingers do, a list of where they are after each move. */
  const move = async (...steps: readonly (readonly { x: number; y: number }[])[]): Promise<void> => {
    const client = await context.newCDPSession(page);
    for (const [i, touchPoints] of steps.entries())
      await client.send("Input.dispatchTouchEvent", {
        type: i === 0 ? "touchStart" : "touchMove",
        touchPoints: touchPoints.map((point, id) => ({ ...point, id })),
      });
    await client.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  };

  test("a tap shows a box in a sheet at the bottom, whose button opens what can be done with it", async () => {
    await open(400, 800);
    const { x, y } = await at(0.3, 3);
    await page.touchscreen.tap(x, y);
    const sheet = page.locator(".detail");
    await expect.poll(() => sheet.innerText()).toMatch(/^example\.com\/shop\/server\.\(\*Server\)\.Serve/);
    expect(await sheet.innerText()).toMatch(/here\s+15s \(100%\)/);
    const box = (await sheet.boundingBox())!;
    expect(Math.round(box.y + box.height)).toBe(800);
    expect(box.height).toBeLessThan(800 * 0.45);
    await page.getByRole("button", { name: "What to do with it" }).tap();
    const menu = page.getByRole("menu");
    const { x: left, y: top, width, height } = (await menu.boundingBox())!;
    expect([left, width, Math.round(top + height)]).toEqual([0, 400, 800]);
    await menu.getByText("Focus").tap();
    await expect.poll(() => query().get("f")).toContain("Serve");
  });

  test("two fingers zoom, one moves what is zoomed to", async () => {
    await open(400, 800);
    const [a, b] = [await at(0.4, 3), await at(0.6, 3)];
    const [c, d] = [await at(0.1, 3), await at(0.9, 3)];
    await move([a, b], [await at(0.3, 3), await at(0.7, 3)], [c, d]);
    await expect.poll(() => query().get("z")).toMatch(/^[\d.e+-]+:[\d.e+-]+$/);
    const [from, to] = query().get("z")!.split(":").map(Number) as [number, number];
    expect(to - from).toBeLessThan(15e9 / 2);
    await move([await at(0.8, 3)], [await at(0.6, 3)], [await at(0.4, 3)], [await at(0.2, 3)]);
    await expect.poll(() => Number(query().get("z")!.split(":")[0])).toBeGreaterThan(from);
    const [moved, end] = query().get("z")!.split(":").map(Number) as [number, number];
    expect(Math.abs(end - moved - (to - from))).toBeLessThan((to - from) / 1000);
  });

  test("on a telephone the rows of Top stay beside what is said of the selected one, which is in view", async () => {
    await open(400, 800);
    await page.goto(`${served.url}/ui/top`);
    const list = page.locator(".table-scroll");
    const rows = list.locator("tbody tr:not(.unseen)");
    await expect.poll(() => rows.count()).toBeGreaterThan(12);
    // What opens below would cover it.
    const name = await rows.last().locator(".name").innerText();
    await rows.last().tap();
    const inWindow = async (what: string): Promise<number> => {
      const box = (await page.locator(what).first().boundingBox())!;
      return Math.min(800, box.y + box.height) - Math.max(0, box.y);
    };
    await expect.poll(() => inWindow(".sandwich .flame-scroll")).toBeGreaterThan(100);
    await expect.poll(() => inWindow(".calls")).toBeGreaterThan(100);
    expect(await inWindow(".table-scroll")).toBeGreaterThan(150);
    const selected = (await page.locator(".top tr[aria-selected=true]").boundingBox())!;
    const seen = (await list.boundingBox())!;
    expect(selected.y + selected.height).toBeLessThanOrEqual(seen.y + seen.height);
    expect(await page.locator(".top tr[aria-selected=true] .name").innerText()).toBe(name);
  });

  test.each([
    ["a telephone", 400, 800],
    ["a telephone on its side", 800, 400],
    ["a screen at 200 %", 640, 400],
  ])("%s has most of its window for the picture", async (_, width, height) => {
    await open(width, height);
    const box = (await page.locator(".flame-views").boundingBox())!;
    expect(box.height / height).toBeGreaterThan(0.5);
  });
});
