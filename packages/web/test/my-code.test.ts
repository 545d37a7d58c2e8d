import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openBrowser } from "./browser.ts";
import { openPage, pictured } from "./opened-page.ts";
import { servePages } from "./served.ts";
import { writeShop } from "./shop.ts";

const opened = await openBrowser();

describe.skipIf(typeof opened === "string")("one's own code, in a browser (skipped without one)", () => {
  const browser = opened as Browser;
  const directory = mkdtempSync(path.join(tmpdir(), "pprof-own-"));
  const sources = path.join(directory, "work");
  let served: Awaited<ReturnType<typeof servePages>>;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    const shop = path.join(directory, "shop.pb");
    writeShop(shop);
    mkdirSync(path.join(sources, "src"), { recursive: true });
    const text = Array.from({ length: 40 }, (_, i) => `line ${i + 1}`).join("\n");
    for (const name of ["pricing", "catalogue"]) writeFileSync(path.join(sources, "src", `${name}.ts`), text);
    // Older than the profile, and newer.
    utimesSync(path.join(sources, "src", "pricing.ts"), 1e9, 1e9);
    utimesSync(path.join(sources, "src", "catalogue.ts"), 4e9, 4e9);
    served = await servePages([`-source_path=${sources}`, "-trim_path=/app", shop], {
      HOME: directory,
      XDG_CONFIG_HOME: directory,
    });
  });
  afterAll(async () => {
    served?.stop();
    await browser.close();
    rmSync(directory, { recursive: true });
  });
  beforeEach(async () => {
    ({ page, problems } = await openPage(browser));
  });
  afterEach(async () => {
    expect(problems).toEqual([]);
    await page.close();
  });

  const open = async (place: string): Promise<void> => {
    await page.goto(`${served.url}/ui/${place}`);
    await pictured(page);
  };
  const query = (): URLSearchParams => new URL(page.url()).searchParams;
  /** The names in the table of a flame graph, row by row. */
  const names = async (): Promise<string[]> => {
    const rows = await page.locator(".long tbody tr:not(.unseen)").allInnerTexts();
    return rows.map((row) => row.trim().split(/\s+/).slice(4).join(" "));
  };

  test("one switch folds what is not one's own: a box a package, and what it spends stays", async () => {
    await open("flamegraph?as=table");
    await expect.poll(names).toContain("Writable.uncork");
    await page.getByLabel("My code").selectOption("own");
    await expect.poll(() => query().get("own")).toBe("1");
    await expect.poll(async () => (await names()).slice(0, 2)).toEqual(["root", "node"]);
    expect(await names()).toEqual(expect.arrayContaining(["bestDiscount", "body-parser", "qs", "authorize"]));
    for (const gone of ["Writable.uncork", "emit", "json"]) expect(await names()).not.toContain(gone);
    expect(await page.locator(".chip").innerText()).toContain("My code");
    await page.keyboard.press("c");
    await expect.poll(names).toContain("Writable.uncork");
    await page.keyboard.press("c");
    await page.getByRole("link", { name: "Top" }).click();
    const rows = page.locator(".top tbody td.name");
    await expect.poll(() => rows.allInnerTexts()).toContain("body-parser");
    expect(await rows.allInnerTexts()).not.toContain("json");
  });

  test("it dims, too: the picture stays, and what is zoomed to", async () => {
    await open("flamegraph?z=1@0");
    const pixel = (x: number, row: number): Promise<string> =>
      page.evaluate(
        ([x, y]) => {
          const canvas = document.querySelector<HTMLCanvasElement>(".flame-sticky canvas")!;
          return canvas.getContext("2d")!.getImageData(x!, y!, 1, 1).data.join();
        },
        [x, row * 20 + 10],
      );
    await page.waitForTimeout(400);
    const before = [await pixel(900, 2), await pixel(500, 4)];
    await page.getByLabel("My code").selectOption("dim");
    await expect.poll(() => pixel(900, 2)).not.toBe(before[0]);
    expect(await pixel(500, 4)).toBe(before[1]);
    expect(query().get("z")).toBe("1@0");
  });

  const menu = async (name: string): Promise<void> => {
    await page
      .locator(".long tbody tr", { has: page.getByRole("button", { name, exact: true }) })
      .first()
      .click({ button: "right" });
  };

  test("a package and recursion are folded from the menu, each item saying what it does", async () => {
    await open("flamegraph?as=table");
    await menu("emit");
    const items = page.getByRole("menuitem");
    for (const item of await items.all()) expect((await item.innerText()).trim()).toMatch(/^.+\n.+$/s);
    await page.getByRole("menuitem", { name: "Fold this package" }).click();
    await expect.poll(() => query().get("fold")).toBe("^node$");
    await expect.poll(names).toContain("node");
    expect(await names()).toContain("json");
    expect(await names()).not.toContain("Writable.uncork");
    await menu("json");
    await page.getByRole("menuitem", { name: "Fold recursion" }).click();
    await expect.poll(() => query().get("recursion")).toBe("1");
    await page.getByRole("button", { name: "Take all off" }).click();
    await expect.poll(names).toContain("Writable.uncork");
    await menu("search");
    await page.getByRole("menuitem", { name: "Hide below" }).click();
    await expect.poll(names).not.toContain("editDistance");
    expect(await names()).toContain("search");
  });

  test("the stack, a link and the file are copied; a link shows the same box", async () => {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const copied = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
    await open("flamegraph?as=table");
    await menu("bestDiscount");
    await page.getByRole("menuitem", { name: "Copy the stack" }).click();
    await expect.poll(copied).toBe("parserOnHeadersComplete\nemit\n(anonymous main.ts:14)\nquote\nbestDiscount");
    await menu("bestDiscount");
    await page.getByRole("menuitem", { name: "Copy a link" }).click();
    await expect.poll(copied).toMatch(/z=5%40/);
    await page.goto((await copied()).replace("as=table&", ""));
    await expect.poll(() => page.locator(".crumbs button").last().innerText()).toBe("bestDiscount");
  });

  test("a function opens in the editor that one chose, where its source is on this machine", async () => {
    await open("flamegraph?as=table");
    await menu("bestDiscount");
    const item = page.getByRole("menuitem", { name: "Open in" });
    const file = path.join(sources, "src", "pricing.ts");
    await expect.poll(() => item.getAttribute("href")).toBe(`vscode://file${file}:1`);
    await page.getByRole("menuitemradio", { name: "IntelliJ IDEA" }).click();
    await expect.poll(() => item.getAttribute("href")).toBe(`idea://open?file=${encodeURIComponent(file)}&line=1`);
    await page.reload();
    await menu("bestDiscount");
    await expect.poll(() => item.innerText()).toContain("Open in IntelliJ IDEA");
  });

  test("a source that is newer than the profile is said to be", async () => {
    await page.goto(`${served.url}/ui/source?f=editDistance|bestDiscount`);
    const listing = (name: string) => page.locator(".listing", { hasText: name });
    await expect.poll(() => listing("editDistance").innerText()).toContain("was changed after the profile was taken");
    expect(await listing("bestDiscount").innerText()).not.toContain("was changed");
    await page.goto(`${served.url}/ui/source?f=authorize`);
    await expect
      .poll(() => page.locator(".listing").innerText())
      .toMatch(/could not find file src\/auth\.ts\s+Looked for in \d+ places/s);
  });

  test("boxes are coloured by package, kind, own time and function, each with a legend", async () => {
    await open("flamegraph");
    const legend = (): Promise<string> => page.locator(".legend").innerText();
    await expect.poll(legend).toMatch(/\/app\/src .*%/);
    // Each colour that is seen is told, also of what spends nothing itself.
    const told = await page.locator(".legend .swatch").evaluateAll((all) => {
      const pixel = document.createElement("canvas").getContext("2d")!;
      return all.map((of) => {
        pixel.fillStyle = getComputedStyle(of).backgroundColor;
        pixel.fillRect(0, 0, 1, 1);
        return `rgb(${[...pixel.getImageData(0, 0, 1, 1).data.subarray(0, 3)].join(", ")})`;
      });
    });
    const seen = await page.evaluate(() => {
      const canvas = document.querySelector(".flame-sticky canvas") as HTMLCanvasElement;
      const { width, height } = canvas;
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, width, height);
      const counts = new Map<string, number>();
      for (let at = 0; at < data.length; at += 4) {
        if (data[at + 3] !== 255) continue;
        const colour = `rgb(${data[at]}, ${data[at + 1]}, ${data[at + 2]})`;
        counts.set(colour, (counts.get(colour) ?? 0) + 1);
      }
      // Areas, and not the edges of letters.
      return [...counts].filter(([, count]) => count > 1500).map(([colour]) => colour);
    });
    expect(seen.length).toBeGreaterThan(3);
    const others = seen.filter((colour) => !told.includes(colour));
    // The root and the page behind the boxes.
    expect(others.length, others.join("; ")).toBeLessThanOrEqual(2);
    await page.getByLabel("Colour by").selectOption("kind");
    await expect.poll(legend).toMatch(/own code 77.*libraries 3.*runtime and standard library.*garbage collection 4/s);
    await page.getByLabel("Colour by").selectOption("self");
    await expect.poll(legend).toContain("all of it");
    await page.getByLabel("Colour by").selectOption("name");
    await expect.poll(legend).toContain("each function");
  });

  test("two fingers zoom in and out around what is between them, and are no click", async () => {
    await open("flamegraph");
    const box = (await page.locator(".flame-scroll").boundingBox())!;
    const client = await page.context().newCDPSession(page);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", ...xs: readonly number[]): Promise<unknown> =>
      client.send("Input.dispatchTouchEvent", {
        type,
        touchPoints: xs.map((x, id) => ({ x: box.x + x, y: box.y + 50, id })),
      });
    const view = (): readonly number[] => (query().get("z") ?? "").split(":").map(Number);
    await touch("touchStart", 400, 600);
    await touch("touchMove", 350, 650);
    await touch("touchMove", 300, 700);
    await touch("touchEnd");
    // Twice as near, with 500 pixels where they were.
    const middle = (): number => {
      const [left = 0, right = 0] = view();
      return (left + (right - left) * (500 / 1200)) / (2 * (right - left));
    };
    await expect.poll(middle).toBeCloseTo(500 / 1200, 2);
    await touch("touchStart", 300, 700);
    await touch("touchMove", 400, 600);
    await touch("touchEnd");
    await expect.poll(() => query().get("z")).toBe(null);
    await expect.poll(() => page.locator(".crumbs button").count()).toBe(0);
  });

  test("a map of the whole shows what is in view, and moves it", async () => {
    await open("flamegraph");
    const map = (await page.locator(".flame-map").boundingBox())!;
    const frame = async (): Promise<readonly [number, number]> => {
      const { x, width } = (await page.locator(".flame-frame").boundingBox())!;
      return [Math.round(x), Math.round(width)];
    };
    await expect.poll(() => page.locator(".flame-frame").isVisible()).toBe(false);
    const before = await page.locator(".flame-scroll").boundingBox();
    await page.mouse.move(map.x + 300, map.y + 10);
    await page.mouse.down();
    await page.mouse.move(map.x + 600, map.y + 10, { steps: 4 });
    await page.mouse.up();
    await expect.poll(frame).toEqual([300, 300]);
    await expect.poll(() => query().get("z")).toMatch(/^[\d.]+:[\d.]+$/);
    await page.mouse.move(map.x + 400, map.y + 10);
    await page.mouse.down();
    await page.mouse.move(map.x + 500, map.y + 10, { steps: 4 });
    await page.mouse.up();
    await expect.poll(frame).toEqual([400, 300]);
    await page.mouse.click(map.x + 1000, map.y + 10);
    await expect.poll(frame).toEqual([850, 300]);
    expect(await page.locator(".flame-scroll").boundingBox()).toEqual(before);
  });
});
