import type { Browser, Page } from "playwright-core";

/** A new page, and what goes wrong in it from then on. */
export async function openPage(browser: Browser): Promise<{ readonly page: Page; readonly problems: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 700 } });
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  return { page, problems };
}

/** Resolves when what a page shows is not about to change. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(
    () =>
      document.querySelector("main section") !== null && document.querySelector("[aria-busy=true], .status") === null,
  );
}

/** Resolves when a flame graph is on screen. */
export async function pictured(page: Page): Promise<void> {
  await page.waitForFunction(() => performance.getEntriesByName("pprof picture").length > 0);
}
