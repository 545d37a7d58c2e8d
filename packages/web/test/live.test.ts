import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBrowser } from "./browser.ts";
import { servePages } from "./served.ts";
import { type Service, startService } from "./service.ts";

const opened = await openBrowser();

describe.skipIf(typeof opened === "string")("pages of a running program (skipped without a browser)", () => {
  const browser = opened as Browser;
  const directory = mkdtempSync(path.join(tmpdir(), "pprof-live-"));
  let service: Service;
  let served: Awaited<ReturnType<typeof servePages>>;
  let page: Page;

  beforeAll(async () => {
    service = await startService();
    served = await servePages([`${service.profiles}profile?seconds=2&timeline=1`], {
      HOME: directory,
      PPROF_TMPDIR: directory,
    });
    page = await browser.newPage({ viewport: { width: 1200, height: 700 } });
  });
  afterAll(async () => {
    served?.stop();
    service?.stop();
    await browser.close();
    rmSync(directory, { recursive: true });
  });

  const detail = (): Promise<string> => page.locator(".detail").innerText();
  const record = async (kind: string, seconds: string): Promise<void> => {
    await page.getByLabel("What to record").selectOption(kind);
    await page.getByLabel("Seconds").fill(seconds);
    await page.getByRole("button", { name: "Record", exact: true }).click();
  };
  const recordings = (): Promise<string[]> => page.locator(".recording").allInnerTexts();

  test("a capture with its times is shown in their order", async () => {
    await page.goto(`${served.url}/ui/time`);
    await page.locator(".heat-map").waitFor();
    // Two seconds, give or take the first and the last sample, and a machine that is busy.
    await expect.poll(detail).toMatch(/All: time\s+here [1-3](\.\d+)?s/);
    await page.fill("#search", "bestDiscount");
    await expect.poll(() => page.locator(".found").innerText()).toMatch(/% in \d+ place/);
    const box = (await page.locator(".load").boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.5, box.y + 10);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.75, box.y + 10);
    await page.mouse.up();
    await expect.poll(() => page.locator(".chip").innerText()).toContain("Seconds");
    await page.fill("#search", "");
    await page.getByRole("link", { name: "Flame graph" }).click();
    await expect.poll(detail).toMatch(/All: cpu\s+here \d+(\.\d+)?ms/);
    await page.locator(".chip").click();
  });

  test("it is recorded again, with progress, kept in a list, and compared", async () => {
    await page.goto(served.url);
    await page.getByRole("button", { name: "● Record" }).click();
    await record("profile", "1");
    await page.getByRole("progressbar", { name: "Recording" }).waitFor();
    await expect.poll(recordings).toEqual([expect.stringMatching(/first/), expect.stringMatching(/^profile 1s/)]);
    await record("heap", "0");
    await expect.poll(() => page.getByLabel("Sample type", { exact: true }).innerText()).toContain("inuse_space");
    await expect.poll(async () => (await recordings()).length).toBe(3);
    await page.locator(".recording").nth(1).getByRole("button").first().click();
    await expect.poll(detail).toContain("All: cpu");
    await page.locator(".recording").nth(0).getByRole("button", { name: "compare with it" }).click();
    await expect.poll(detail).toMatch(/from .*s .* to .*s/);
    // The address says what is open: it is the same when it is loaded again, and one can go back.
    expect(new URL(page.url()).search).toBe("?recording=1&base=0");
    await page.reload();
    await page.getByRole("button", { name: "● Record" }).click();
    await expect.poll(detail).toMatch(/from .*s .* to .*s/);
    await page.goBack();
    await expect.poll(detail).not.toMatch(/from .*s .* to .*s/);
    await page.goForward();
    await expect.poll(detail).toMatch(/from .*s .* to .*s/);
    expect(await page.getByRole("link", { name: "Download" }).getAttribute("href")).toBe("./download?recording=1");
    await page.getByRole("link", { name: "Diff" }).click();
    await expect.poll(() => page.locator(".changes tbody tr").count()).toBeGreaterThan(3);
  });

  test("what goes wrong is said, and the page goes on", async () => {
    // Its endless capture is in the way of any other whose rate does not agree.
    const ending = new AbortController();
    const hold = async (): Promise<void> => {
      while ((await fetch(`${service.profiles}profile?seconds=600&rate=99`, { signal: ending.signal })).status === 500);
    };
    const other = hold().catch(() => {});
    await expect
      .poll(async () => (await fetch(`${service.profiles}profile?seconds=1`)).status, { timeout: 25_000 })
      .toBe(500);
    await record("profile", "1");
    await expect.poll(() => page.getByRole("alert").innerText()).toContain("cpu profiling already in use");
    ending.abort();
    await other;
    await record("heap", "0");
    await expect.poll(() => page.getByRole("alert").count()).toBe(0);
    service.stop();
    await record("heap", "0");
    await expect.poll(() => page.getByRole("alert").innerText()).toMatch(/refused|reset|hang up/);
    await page.getByRole("link", { name: "Top" }).click();
    await expect.poll(() => page.locator(".top tbody td.name").count()).toBeGreaterThan(0);
  });
});
