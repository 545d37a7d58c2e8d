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
    await page.mouse.move(box.x + box.width * 0.1, box.y + 10);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.95, box.y + 10);
    await page.mouse.up();
    await expect.poll(() => page.locator(".chip").innerText()).toContain("Seconds");
    await page.fill("#search", "");
    await page.getByRole("link", { name: "Flame graph" }).click();
    await expect.poll(detail).toMatch(/All: cpu\s+here [1-9][\d.]*m?s/);
    await page.locator(".chip").click();
  });

  test("it is recorded again, with progress, kept in a list, and compared", async () => {
    await page.goto(served.url);
    await page.getByRole("button", { name: "● Record" }).click();
    await record("profile", "1");
    await page.getByRole("progressbar", { name: "Recording" }).waitFor();
    await expect
      .poll(recordings)
      .toEqual([
        expect.stringMatching(/^profile 2s \d\d:\d\d:\d\d \(the first\)/),
        expect.stringMatching(/^profile 1s \d\d:/),
      ]);
    await record("heap", "0");
    await expect.poll(() => page.getByLabel("Sample type", { exact: true }).innerText()).toContain("inuse_space");
    await expect.poll(async () => (await recordings()).length).toBe(3);
    await page.locator(".recording").nth(1).getByRole("button").first().click();
    // All of the header is one line on a usual screen.
    await page.setViewportSize({ width: 1280, height: 700 });
    const parts = await page
      .locator(".header > *")
      .evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect()).filter(({ height }) => height > 0));
    expect(Math.max(...parts.map(({ y }) => y))).toBeLessThan(Math.min(...parts.map(({ y, height }) => y + height)));
    await page.setViewportSize({ width: 1200, height: 700 });
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

  test("memory that is in no heap stands aside until it is asked for", async () => {
    await page.locator(".recording", { hasText: /^heap/ }).getByRole("button").first().click();
    await page.getByRole("link", { name: "Flame graph" }).click();
    await expect.poll(detail).toMatch(/All: inuse_space/);
    const hint = page.locator(".filters .hint");
    await expect.poll(() => hint.innerText()).toMatch(/^Beside the heap the process has [\d.]+MB: /);
    const [, heap] = /here\s+(\S+)/.exec(await detail())!;
    await page.getByRole("link", { name: "Top" }).click();
    await page.getByRole("button", { name: "Sort by Cum" }).click();
    await page.locator(".top tbody td.name").first().waitFor();
    expect(await page.locator(".top").innerText()).not.toContain("(process memory)");
    await page.getByRole("button", { name: "Show all memory" }).click();
    await expect.poll(() => page.locator(".top").innerText()).toContain("(process memory)");
    expect(await hint.count()).toBe(0);
    await page.locator(".chip", { hasText: "Memory" }).click();
    await page.getByRole("link", { name: "Flame graph" }).click();
    await expect.poll(detail).toContain(heap);
  });

  test("where another recording is opened while one is read that was to be compared, it is compared with nothing", async () => {
    await page.route(/profile\?recording=1$/, async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      await route.continue();
    });
    await page.goto(`${served.url}/ui/flamegraph?recording=1&base=0`);
    await page.getByRole("button", { name: "● Record" }).click();
    await page.locator(".recording", { hasText: /^heap/ }).getByRole("button").first().click();
    await expect.poll(detail).toMatch(/All: inuse_space/);
    await page.unroute(/profile\?recording=1$/);
    expect(new URL(page.url()).search).toBe("?recording=2");
    // What would be asked next has been answered.
    await page.getByRole("link", { name: "Raw" }).click();
    await expect.poll(() => page.locator("pre").first().innerText()).toContain("inuse_space");
    expect(await page.getByRole("alert").count()).toBe(0);
    expect(await page.locator(".filters .hint").innerText()).toMatch(/^Beside the heap/);
  });

  test("a recording that is cancelled ends in the program, too; a long one can be stopped", async () => {
    const before = await recordings();
    const ask = async (): Promise<number> => (await fetch(`${service.profiles}profile?seconds=1&rate=250`)).status;
    const begin = async (): Promise<void> => {
      await record("profile", "600");
      await page.getByRole("button", { name: "Stop" }).waitFor();
    };
    await begin();
    // One that begins while the other rate is sampled goes on at that.
    while ((await ask()) !== 500) {
      await page.getByRole("button", { name: "Cancel" }).click();
      await begin();
    }
    await page.getByRole("button", { name: "Cancel" }).click();
    await expect.poll(ask, { timeout: 25_000 }).toBe(200);
    expect(await recordings()).toEqual(before);
    expect(await page.getByRole("alert").count()).toBe(0);
  });

  test("whatever can take time can be stopped, with what came until then, and says how", {
    timeout: 120_000,
  }, async () => {
    for (const kind of ["heap", "goroutine", "block", "mutex", "threadcreate"]) {
      const before = await recordings();
      await record(kind, "600");
      const stop = page.getByRole("button", { name: "Stop" });
      await stop.waitFor();
      expect(await stop.getAttribute("title")).toBe("Ends it now: what came until then is kept");
      await stop.click();
      await expect.poll(async () => (await recordings()).length, { timeout: 25_000 }).toBe(before.length + 1);
      expect((await recordings()).at(-1)).toMatch(new RegExp(`^${kind} (\\d+s )?\\d\\d:`));
      expect(await page.getByRole("alert").count()).toBe(0);
    }
    // V8 samples allocations while it is asked to: of those whole pieces are kept.
    await record("allocs", "600");
    await page.getByRole("button", { name: "Stop" }).click();
    await expect
      .poll(() => page.locator(".record .hint").innerText())
      .toBe("Stopping, once there are 10 seconds to show…");
    await expect.poll(async () => (await recordings()).at(-1), { timeout: 40_000 }).toMatch(/^allocs (9|1\d)s /);
  });

  test("a recording of another kind is shown whole, on a page that fits it", async () => {
    await page.goto(`${served.url}/ui/time?f=bestDiscount`);
    await page.getByRole("button", { name: "● Record" }).click();
    const options = await page.getByLabel("What to record").locator("option").allInnerTexts();
    expect(options).toContain("profile: processor time");
    await record("goroutine", "0");
    await expect.poll(() => new URL(page.url()).pathname).toBe("/ui/flamegraph");
    await expect.poll(detail).toContain("All: goroutine");
    expect(new URL(page.url()).search).toMatch(/^\?recording=\d+$/);
  });

  test("what goes wrong is said, and the page goes on", async () => {
    service.stop();
    await record("heap", "0");
    await expect.poll(() => page.getByRole("alert").innerText()).toMatch(/refused|reset|hang up|closed/);
    await page.getByRole("link", { name: "Top" }).click();
    await expect.poll(() => page.locator(".top tbody td.name").count()).toBeGreaterThan(0);
  });
});
