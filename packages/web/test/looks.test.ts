import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBrowser } from "./browser.ts";
import { servePages } from "./served.ts";
import { writeShop } from "./shop.ts";

// SCREENSHOTS=1 npm test -- looks writes the pictures in screenshots/ anew, to be looked at.
const pictures = fileURLToPath(new URL("../screenshots/", import.meta.url));
const keeps = process.env.SCREENSHOTS === "1";
const service = fileURLToPath(new URL("../../../examples/service", import.meta.url));

const PAGES: readonly (readonly [name: string, place: string])[] = [
  ["flamegraph", "flamegraph"],
  ["flamegraph-pivot", "flamegraph?p=search"],
  ["flamegraph-label", "flamegraph?c=label:customer"],
  ["flamegraph-kind", "flamegraph?c=kind"],
  ["flamegraph-own", "flamegraph?own=1"],
  ["flamegraph-dim", "flamegraph?dim=1"],
  ["flamegraph-table", "flamegraph?as=table"],
  ["top", "top"],
  ["top-packages", "top?by=package"],
  ["graph", "graph"],
  ["peek", "peek?f=search"],
  ["source", "source?f=bestDiscount"],
  ["tags", "tags"],
  ["time", "time"],
  ["raw", "raw"],
  ["diff", "diff"],
  ["diff-sides", "diff?v=sides"],
  ["diff-merged", "diff?v=merged"],
];
/** The pages whose pictures are kept as they are on a telephone, too. */
const KEPT_NARROW: ReadonlySet<string> = new Set(["flamegraph", "top", "tags", "diff"]);
const DESK = { width: 1200, height: 700 };
const SIZES = [
  { width: 400, height: 800 },
  { width: 3840, height: 2160 },
] as const;

const opened = await openBrowser();

describe.skipIf(typeof opened === "string")("how pages look (skipped without a browser)", () => {
  const browser = opened as Browser;
  const directory = mkdtempSync(path.join(tmpdir(), "pprof-looks-"));
  let served: Awaited<ReturnType<typeof servePages>>;
  let compared: Awaited<ReturnType<typeof servePages>>;

  beforeAll(async () => {
    const [before, now] = ["before.pb", "shop.pb"].map((name) => path.join(directory, name));
    writeShop(before!, { seed: 7 });
    writeShop(now!, { slower: 1.6 });
    const env = { HOME: directory, XDG_CONFIG_HOME: directory };
    const source = [`-source_path=${service}`, "-trim_path=/app"];
    [served, compared] = await Promise.all([
      servePages([...source, now!], env),
      servePages(["-diff_base", before!, now!], env),
    ]);
    if (keeps) mkdirSync(pictures, { recursive: true });
  });
  afterAll(async () => {
    served?.stop();
    compared?.stop();
    await browser.close();
    rmSync(directory, { recursive: true });
  });

  const open = async (page: Page, name: string, place: string): Promise<void> => {
    await page.goto(`${(name.startsWith("diff") ? compared : served).url}/ui/${place}`);
    await page.waitForFunction(
      () =>
        document.querySelector("main section") !== null && document.querySelector("[aria-busy=true], .status") === null,
    );
    await drawn(page);
  };
  /** A picture is drawn at the next frame. */
  const drawn = (page: Page): Promise<unknown> =>
    page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  const keep = async (page: Page, name: string): Promise<void> => {
    if (keeps) await page.screenshot({ path: path.join(pictures, `${name}.png`) });
  };
  /** What axe finds against these of its rules. */
  const violations = async (page: Page, ...rules: readonly string[]): Promise<string[]> => {
    await page.evaluate(axe.source);
    return page.evaluate(async (rules) => {
      const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
      const { violations } = await axe.run({ runOnly: [...rules] });
      return violations.flatMap(({ id, nodes }) => nodes.slice(0, 3).map(({ html }) => `${id}: ${html.slice(0, 200)}`));
    }, rules);
  };
  const wide = (page: Page): Promise<string[]> =>
    page.evaluate(() => {
      const room = document.documentElement.clientWidth;
      const parts = document.querySelectorAll("html, main, main > *, header, .tools, .filters");
      return [...parts]
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > Math.max(room, clientWidth) + 1)
        .map(({ tagName, className }) => `${tagName}.${className}`);
    });

  test.each(PAGES)(
    "%s has a name for every control, can be read in light and dark, and fits a desk, paper, 400 pixels and 4K",
    async (name, place) => {
      const page = await browser.newPage({ viewport: DESK });
      const problems: string[] = [];
      page.on("pageerror", (error) => problems.push(error.message));
      await open(page, name, place);
      await keep(page, `${name}-light`);
      expect(await violations(page, "wcag2a", "wcag2aa")).toEqual([]);
      expect(await wide(page)).toEqual([]);
      // A row for what is on all pages.
      expect((await page.locator("header").boundingBox())!.height).toBeLessThan(45);
      await page.keyboard.press("d");
      await drawn(page);
      await keep(page, `${name}-dark`);
      expect(await violations(page, "color-contrast")).toEqual([]);
      await page.emulateMedia({ media: "print" });
      // Nothing that only a screen can use.
      expect(await page.locator("header, .tools").locator("button:visible, input:visible").count()).toBe(0);
      await page.emulateMedia({ media: "screen" });
      for (const size of SIZES) {
        await page.setViewportSize(size);
        await drawn(page);
        expect(await wide(page), `parts wider than ${size.width} pixels`).toEqual([]);
        if (size.width === 400 && KEPT_NARROW.has(name)) await keep(page, `${name}-400`);
      }
      expect(problems).toEqual([]);
      await page.close();
    },
    60_000,
  );
});
