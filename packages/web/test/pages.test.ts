import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { encode, ProfileBuilder } from "@pprof-ts/profile";
import { addressKey, OPTIONS, type ProfileDiff } from "@pprof-ts/report";
import type { Browser, JSHandle, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { changeCells } from "../src/view/diff/change-cells.ts";
import { openBrowser } from "./browser.ts";
import { NASTY, writeFixture } from "./fixture.ts";
import { openPage, settled as pageSettled, pictured } from "./opened-page.ts";
import { output, run, servePages } from "./served.ts";

const directory = mkdtempSync(path.join(tmpdir(), "pprof-pages-"));
const profile = path.join(directory, "cpu.pb");
writeFixture(profile);
const opened = await openBrowser();
if (typeof opened === "string") console.warn(`the pages are not tested: no browser: ${opened}`);

describe.skipIf(typeof opened === "string")("the pages, in a browser (skipped without one)", () => {
  const browser = opened as Browser;
  let served: Awaited<ReturnType<typeof servePages>>;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    served = await servePages([profile], { XDG_CONFIG_HOME: directory, HOME: directory });
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
    expect(await page.title()).not.toBe("taken");
    await page.close();
  });

  const open = async (place: string): Promise<void> => {
    await page.goto(`${served.url}/ui/${place}`);
  };
  const picture = async (): Promise<void> => {
    await pictured(page);
  };
  const press = async (...keys: readonly string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const detail = (): Promise<string> => page.locator(".detail").innerText();
  /** What a person who drops this file holds. */
  const dropped = (file: string): Promise<JSHandle<DataTransfer>> =>
    page.evaluateHandle(
      ([name, bytes]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(bytes)], name));
        return transfer;
      },
      [path.basename(file), [...readFileSync(file)]] as const,
    );
  const settled = (): Promise<void> => pageSettled(page);
  const expectOnlyText = async (): Promise<void> => {
    expect(await page.locator("#app").locator("img, script, i").count()).toBe(0);
    expect(await page.locator("body").innerText()).not.toMatch(/[\u202e\u2066]/);
  };
  const query = (): URLSearchParams => new URL(page.url().replace("#", "/")).searchParams;

  test("an address that shows nothing gives a page that says why, and leads back", async () => {
    await open("flamegraph?n=many");
    expect(await page.locator("body").innerText()).toContain("error setting config field nodecount: strconv.Atoi");
    // The browser itself notes the status.
    expect(problems.splice(0)).toHaveLength(1);
    await page.getByRole("link").click();
    await picture();
    await open("flamegraph?recording=7");
    expect(await page.locator("body").innerText()).toContain('no recording "7": what is recorded is kept');
    expect(problems.splice(0)).toHaveLength(1);
    const program = await fetch(`${served.url}/ui/flamegraph?recording=7`);
    expect(program.headers.get("content-type")).toContain("text/plain");
  });

  test("the header and the title say what this is", async () => {
    await page.setViewportSize({ width: 1500, height: 700 });
    await open("flamegraph");
    await picture();
    await expect.poll(() => page.locator(".about").innerText()).toMatch(/^cpu 1\.12s · 10s$/);
    await expect.poll(() => page.title()).toBe(`${await page.locator(".logo").innerText()} · cpu · pprof`);
    expect(await page.getByLabel("Sample type").innerText()).toMatch(/samples: 112\s+cpu: 1\.12s/);
  });

  describe("flame graph", () => {
    /** The middle of what is drawn in a row, at a part of the width. */
    const at = async (part: number, row: number): Promise<readonly [number, number]> => {
      const box = (await page.locator(".flame-scroll").boundingBox())!;
      return [box.x + box.width * part, box.y + row * 20 + 10];
    };

    test("a tip at the pointer says what the box is, and follows the pointer alone", async () => {
      await open("flamegraph");
      await picture();
      expect(await page.locator(".tip").count()).toBe(0);
      await page.mouse.move(...(await at(0.3, 3)));
      const tip = page.locator(".tip");
      await expect
        .poll(() => tip.innerText())
        .toMatch(/^parse\s.*parse\.ts.*here\s+700ms \(62\.50%\)\s+itself\s+600ms/s);
      await page.mouse.move(5, 5);
      await expect.poll(() => tip.count()).toBe(0);
      await press("ArrowDown", "ArrowDown");
      await expect.poll(detail).toMatch(/^main/);
      expect(await tip.count()).toBe(0);
    });

    test("a double click is about one box, and nothing below the pointer moves but by the zoom", async () => {
      await open("flamegraph");
      await picture();
      const before = await page.locator(".flame-scroll").boundingBox();
      await page.mouse.dblclick(...(await at(0.9, 1)));
      await expect.poll(() => page.locator(".crumbs button").last().innerText()).toBe("main");
      await page.mouse.dblclick(...(await at(0.7, 3)));
      await expect.poll(() => page.locator(".crumbs button").last().innerText()).toBe("render");
      expect(await page.locator(".flame-scroll").boundingBox()).toEqual(before);
    });

    test.each(["z", "Escape"])("%s shows everything, however it was zoomed to", async (key) => {
      await open("flamegraph");
      await picture();
      const widest = async (): Promise<string> => {
        await page.mouse.move(...(await at(0.97, 2)));
        return detail();
      };
      const whole = await widest();
      await press("+", "+", "+");
      await expect.poll(widest).not.toBe(whole);
      await press(key);
      await expect.poll(widest).toBe(whole);
    });

    test("where one is zoomed to freely is in the address, and going back leads out of it", async () => {
      await open("flamegraph");
      await picture();
      await press("+", "+");
      await expect.poll(() => query().get("z")).toMatch(/^[\d.]+:[\d.]+$/);
      const first = query().get("z")!;
      await press("+");
      await expect.poll(() => query().get("z")).not.toBe(first);
      const pointed = async (): Promise<string> => {
        await page.mouse.move(...(await at(0.02, 3)));
        return detail();
      };
      await expect.poll(pointed).toMatch(/^parse/);
      const z = query().get("z");
      await page.mouse.move(5, 5);
      await page.reload();
      await picture();
      await expect.poll(() => query().get("z")).toBe(z);
      await page.waitForTimeout(400);
      expect(query().get("z")).toBe(z);
      await expect.poll(pointed).toMatch(/^parse/);
      await page.goBack();
      await expect.poll(() => query().get("z")).toBe(null);
      await press("z");
      await page.waitForTimeout(400);
      expect(query().get("z")).toBe(null);
    });

    test("all rows are printed, not those in view alone", async () => {
      const builder = new ProfileBuilder({ sampleTypes: [{ type: "cpu", unit: "nanoseconds" }] });
      const deep = Array.from({ length: 100 }, (_, i) =>
        builder.location({ lines: [{ function: builder.function({ name: `f${i}` }) }] }),
      );
      builder.sample(deep, [1]);
      const file = path.join(directory, "deep.pb");
      writeFileSync(file, encode(builder.build()));
      await run(`-html=${file}.html`, file);
      await page.goto(pathToFileURL(`${file}.html`).href);
      await picture();
      const height = (): Promise<number> =>
        page
          .locator(".flame-sticky canvas")
          .first()
          .evaluate((canvas) => canvas.clientHeight);
      expect(await height()).toBeLessThan(700);
      await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
      expect(await height()).toBe(101 * 20);
      expect(await page.locator("#app").innerText()).not.toContain("This page has no script");
      await page.evaluate(() => dispatchEvent(new Event("afterprint")));
      expect(await height()).toBeLessThan(700);
    });

    test("a search says what is wrong with it", async () => {
      await open("flamegraph");
      await picture();
      await page.locator("#search").fill("(pars");
      await expect.poll(() => page.locator("#search-problem").innerText()).toMatch(/group|paren|missing/i);
      await page.locator("#search").fill("pars");
      await expect.poll(() => page.locator("#search-problem").innerText()).toBe("");
    });

    test("is the first page, and shows what the whole is", async () => {
      await page.goto(served.url);
      await picture();
      expect(new URL(page.url()).pathname).toBe("/ui/flamegraph");
      await expect.poll(detail).toContain("1.12s (100%)");
    });

    test("goes from box to box by keys, zooms, and back", async () => {
      await open("flamegraph");
      await picture();
      await press("ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown");
      await expect.poll(detail).toContain("parse");
      await expect.poll(detail).toContain("700ms (62.50%), itself 600ms (53.57%)");
      expect(await detail()).toContain("/src/parse.ts:1");
      await press("ArrowRight");
      await expect.poll(detail).toContain("render");
      await press("Enter");
      await expect.poll(() => page.locator(".crumbs").innerText()).toMatch(/all.*main.*serve.*render/s);
      await expect.poll(() => query().get("z")).toBeTruthy();
      await page.goBack();
      await expect.poll(() => page.locator(".crumbs button").count()).toBe(0);
    });

    test("shows what is under the pointer, and its menu", async () => {
      await open("flamegraph");
      await picture();
      const box = (await page.locator(".flame-scroll").boundingBox())!;
      await page.mouse.move(box.x + 30, box.y + 50);
      await expect.poll(detail).toMatch(/^serve\s/);
      await page.mouse.click(box.x + 30, box.y + 70, { button: "right" });
      await page.getByRole("menuitem", { name: "Focus" }).click();
      await expect.poll(() => query().get("f")).toBe("^parse$");
      await expect.poll(detail).toContain("700ms (62.50%)");
      await page.locator(".chip").click();
      await expect.poll(detail).toContain("1.12s");
      await expect.poll(() => query().get("f")).toBe(null);
      // The same by keys alone.
      await press("ArrowDown", "ArrowDown", "ArrowDown");
      await expect.poll(detail).toMatch(/^serve\s/);
      await press("m");
      await expect.poll(() => page.locator(".menu-title").innerText()).toBe("serve");
      await press("ArrowDown", "Escape");
      await expect.poll(() => page.locator(".menu").count()).toBe(0);
    });

    test("inverts, and pivots: callers above, callees below", async () => {
      await open("flamegraph");
      await picture();
      await press("i");
      await expect.poll(() => query().get("inv")).toBe("1");
      await expect.poll(() => page.locator(".chip").innerText()).toContain("Callers first");
      await page.locator(".flame-scroll").focus();
      await expect
        .poll(async () => {
          await press("Escape", "ArrowDown", "ArrowDown");
          return detail();
        })
        .toContain("parse");
      await open("flamegraph?p=%5Eencode%24");
      await picture();
      await press("ArrowDown");
      await expect.poll(detail).toContain("400ms (35.71%)");
      await press("ArrowUp");
      await expect.poll(detail).toMatch(/^render\s.*here 300ms \(26.79%\)\s+in all 300ms/s);
      await press("ArrowDown");
      await expect.poll(detail).toContain("encode");
      expect(await page.locator(".chip").innerText()).toMatch(/^Pivot\s*encode\s*✕$/);
    });

    test.each<readonly [string, string, () => Promise<void>]>([
      ["by a key", "flamegraph", () => press("ArrowDown", "ArrowDown", "p")],
      [
        "by its menu",
        "flamegraph",
        async () => {
          await press("ArrowDown", "ArrowDown", "m");
          await page.getByRole("menuitem", { name: "Pivot" }).click();
        },
      ],
      ["in a table", "top", () => press("ArrowDown", "Enter")],
    ])("a function becomes the pivot %s: the address is the same as from anywhere", async (_, from, pivot) => {
      await open(`${from}?f=main&inv=1&q=encode&z=1@0`);
      await settled();
      await picture();
      await page.locator("main").focus();
      await pivot();
      await expect.poll(() => [...query().keys()].sort()).toEqual(["f", "p"]);
    });

    test("searches: share, next, previous", async () => {
      await open("flamegraph");
      await picture();
      await page.fill("#search", "encode");
      await expect.poll(() => page.locator(".found").innerText()).toContain("35.71% in 2 places");
      await page.locator("#search").blur();
      await press("n");
      await expect.poll(detail).toContain("encode");
      const first = await detail();
      await press("n");
      await expect.poll(detail).not.toBe(first);
      await press("N");
      await expect.poll(detail).toBe(first);
      // In the field, where letters are text.
      await page.locator("#search").press("Enter");
      await expect.poll(detail).not.toBe(first);
      await page.locator("#search").press("Shift+Enter");
      await expect.poll(detail).toBe(first);
      await page.fill("#search", "(");
      await expect.poll(() => page.locator(".found").count()).toBe(0);
    });

    test("is a table, too: of what is zoomed to, and of what is found", async () => {
      await open("flamegraph");
      await picture();
      await press("v");
      await expect.poll(() => query().get("as")).toBe("table");
      const rows = async (): Promise<string[]> =>
        (await page.locator(".long tbody tr:not(.unseen)").allInnerTexts()).map((row) =>
          row.replace(/\s+/g, " ").trim(),
        );
      await expect
        .poll(async () => (await rows()).slice(0, 3))
        .toEqual(["0 1.12s 100% 0 root", "1 1.12s 100% 0 main", "2 1s 89.29% 0 serve"]);
      await page.getByRole("button", { name: "render", exact: true }).click();
      await expect
        .poll(async () => (await rows()).slice(3))
        .toEqual(["3 300ms 26.79% 0 render", "4 300ms 26.79% 300ms encode"]);
      await press("z");
      await page.fill("#search", "encode");
      await expect.poll(rows).toEqual(["4 100ms 8.93% 100ms encode", "4 300ms 26.79% 300ms encode"]);
      await page.locator(".long tbody tr", { hasText: "100ms" }).click({ button: "right" });
      await page.getByRole("menuitem", { name: "Pivot" }).click();
      await expect.poll(async () => (await rows()).at(0)).toMatch(/^-3 300ms 26.79% main$/);
      await page.getByRole("button", { name: "As table" }).click();
      await expect.poll(() => page.locator(".flame-scroll").isVisible()).toBe(true);
      await press("ArrowDown");
      await expect.poll(detail).toContain("400ms (35.71%)");
    });

    test.each([
      ["", "flamegraph?tagroot=user"],
      [", on both sides of a comparison", "diff?v=sides&tagroot=user"],
    ])("boxes that were too narrow to be made are there when one looks at them%s", async (_, place) => {
      // 1,500 stacks that meet only at their root. Beside the first they are so narrow that their boxes end after 20 rows.
      const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
      const locations = Array.from({ length: 400 }, (_, i) =>
        builder.location({ lines: [{ function: builder.function({ name: `f${i}` }) }] }),
      );
      for (let i = 0; i < 1500; i++) {
        const stack = Array.from({ length: 400 }, (_, depth) => locations[(depth * (1 + (i % 390)) + i) % 400]!);
        builder.sample(stack, [i === 0 ? 20_000 : 1 + (i % 3)], [{ key: "user", value: `u${i}` }]);
      }
      const file = path.join(directory, "wide.pb");
      writeFileSync(file, encode(builder.build()));
      const base = place.startsWith("diff") ? ["-diff_base", file] : [];
      const wide = await servePages([...base, file], { XDG_CONFIG_HOME: directory, HOME: directory });
      try {
        await page.setViewportSize({ width: 1200, height: 900 });
        await page.goto(`${wide.url}/ui/${place}`);
        await picture();
        const warning = page.locator(".warning");
        await expect.poll(() => warning.innerText()).toContain("are shown without their callees: zoom in to see that");
        const box = (await page.locator(".flame-scroll").first().boundingBox())!;
        await page.mouse.click(box.x + box.width - 2, box.y + 30);
        await expect.poll(() => query().get("z")).toMatch(/^1@/);
        // The rows below those have come.
        await expect
          .poll(async () => {
            await page.mouse.move(box.x + 100, box.y + 440);
            await page.mouse.move(box.x + 300, box.y + 450);
            return detail();
          })
          .toMatch(/^f\d+\s+(here|from) [123] \(0.0/);
      } finally {
        wide.stop();
      }
    });

    test("siblings stand by weight, or by name", async () => {
      await open("flamegraph");
      await picture();
      await press("ArrowDown", "ArrowDown", "ArrowDown");
      await expect.poll(detail).toMatch(/^serve\s/);
      await press("o");
      await expect.poll(() => query().get("order")).toBe("name");
      await expect.poll(() => page.locator(".chip").innerText()).toContain("Siblings by");
      await expect
        .poll(async () => {
          await press("Escape", "ArrowDown", "ArrowDown", "ArrowDown");
          return detail();
        })
        .toContain("<img");
      // The tree is the same one: what follows by name, down to the last.
      const seen: string[] = [];
      for (let i = 0, before = await detail(); i < 6; i++) {
        await press("ArrowRight");
        await expect.poll(detail).not.toBe(before);
        before = await detail();
        seen.push(before.slice(0, 5));
      }
      expect(seen).toEqual(["</scr", "<scri", "__pro", "longx", "serve", "\ufffdgnp."]);
    });

    test("colours by a label: most of a box says which", async () => {
      await open("flamegraph");
      await picture();
      /** The colour at a box's right part, where no text is. */
      const pixel = (x: number, y: number): Promise<number[]> =>
        page.evaluate(
          ([x, y]) => {
            const canvas = document.querySelector<HTMLCanvasElement>(".flame-sticky canvas")!;
            return [...canvas.getContext("2d")!.getImageData(x, y, 1, 1).data];
          },
          [x, y] as const,
        );
      const swatch = (name: string): Promise<number[]> =>
        page.evaluate((name) => {
          const items = [...document.querySelectorAll(".legend li")];
          const item = items.find((each) => each.textContent === name)!;
          const context = document.createElement("canvas").getContext("2d")!;
          context.fillStyle = getComputedStyle(item.firstElementChild!).backgroundColor;
          context.fillRect(0, 0, 1, 1);
          return [...context.getImageData(0, 0, 1, 1).data];
        }, name);
      await page.getByLabel("Colour by").selectOption("label:user");
      await expect.poll(() => page.locator(".legend").innerText()).toMatch(/ann\s+bob\s+<i>eve<\/i>\s+none/);
      // parse has 60 of ann's and 10 of bob's, render is bob's alone.
      await expect.poll(() => pixel(600, 70)).toEqual(await swatch("ann"));
      await expect.poll(() => pixel(1000, 70)).toEqual(await swatch("bob"));
      expect(await swatch("ann")).not.toEqual(await swatch("bob"));
      await page.goto(page.url().replace("?", "?p=encode&"));
      await expect.poll(() => page.locator(".legend").innerText()).toContain("bob");
      await expect.poll(() => pixel(1190, 30)).toEqual(await swatch("bob"));
      const before = await swatch("ann");
      await page.getByRole("button", { name: "Safe colours" }).click();
      await expect.poll(() => swatch("ann")).not.toEqual(before);
      await page.getByRole("button", { name: "Safe colours" }).click();
    });

    test("says where a box is, and that it is inlined", async () => {
      const builder = new ProfileBuilder({ sampleTypes: [{ type: "cpu", unit: "nanoseconds" }] });
      const fn = (name: string): number => builder.function({ name, filename: `/src/${name}.go` });
      const outer = { function: fn("outer"), line: 7 };
      builder.sample([builder.location({ lines: [{ function: fn("inner"), line: 3 }, outer] })], [5_000_000]);
      builder.sample([builder.location({ lines: [outer] })], [15_000_000]);
      const file = path.join(directory, "inlined.pb");
      writeFileSync(file, encode(builder.build()));
      await run(`-html=${file}.html`, "-lines", file);
      await page.goto(pathToFileURL(`${file}.html`).href);
      await picture();
      await press("ArrowDown", "ArrowDown");
      await expect.poll(detail).toMatch(/outer.*\/src\/outer.go:7\s+here 20ms \(100%\), itself 15ms \(75.00%\)/s);
      await press("ArrowDown");
      await expect.poll(detail).toMatch(/inner.*inlined\s+\/src\/inner.go:3\s+here 5ms \(25.00%\), itself 5ms/s);
    });

    test("takes another sample type and a filter from the address", async () => {
      await open("flamegraph?si=samples&i=parse");
      await picture();
      await expect.poll(detail).toContain("42 (37.50%)");
      await page.getByLabel("Sample type", { exact: true }).selectOption("cpu");
      await expect.poll(detail).toContain("420ms (37.50%)");
    });
  });

  test("Top sorts, searches, and shows the calls of the selected row", async () => {
    await open("top");
    const names = (): Promise<string[]> => page.locator(".top tbody td.name").allInnerTexts();
    await expect.poll(async () => (await names())[0]).toBe("parse");
    await page.getByRole("button", { name: "Sort by Cum" }).click();
    await expect.poll(async () => (await names())[0]).toBe("main");
    await page.fill("#search", "enc");
    await expect.poll(names).toEqual(["encode"]);
    await page.locator(".top tbody td.name").click();
    await expect
      .poll(() => page.locator(".calls").innerText())
      .toMatch(/Callers\s+Value\s+Of it\s+Name\s+300ms\s+75.00%\s+render.*encode/s);
    await page.locator(".top tbody td.name").dblclick();
    await expect.poll(() => query().get("p")).toBe("^encode$");
  });

  test("the callees of a function are in percent of the function, as the tool prints them", async () => {
    await open("peek?f=serve");
    const printed = await output("-peek=^serve$", "-focus=serve", profile);
    for (const name of ["parse", "render"]) {
      const [, value, share] = new RegExp(`([\\d.]+m?s) +([\\d.]+)% \\| +${name}$`, "m").exec(printed)!;
      const cells = page.locator(".call-list tr", { has: page.getByRole("link", { name, exact: true }) }).locator("td");
      await expect.poll(() => cells.nth(1).innerText()).toBe(`${share}%`);
      expect((await cells.nth(0).innerText()).trim()).toMatch(/^[37]00ms$/);
      expect(value).toMatch(/^0?.[37]0s|[37]00ms$/);
    }
  });

  test("Top has the menu of a right click, and prints more than is in view", async () => {
    const builder = new ProfileBuilder({ sampleTypes: [{ type: "cpu", unit: "nanoseconds" }] });
    for (let i = 0; i < 300; i++) {
      const name = `fn${i}`;
      builder.sample([builder.location({ lines: [{ function: builder.function({ name }) }] })], [1000 - i]);
    }
    const file = path.join(directory, "many.pb");
    writeFileSync(file, encode(builder.build()));
    await run(`-html=${file}.html`, file);
    await page.goto(`${pathToFileURL(`${file}.html`).href}#top`);
    const rows = page.locator(".top tbody td.name");
    await expect.poll(() => rows.count()).toBeGreaterThan(20);
    await expect.poll(() => rows.count()).toBeLessThan(100);
    // What a browser says before it lays out paper.
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    await expect.poll(() => rows.count()).toBe(200);
    await page.evaluate(() => dispatchEvent(new Event("afterprint")));
    await expect.poll(() => rows.count()).toBeLessThan(100);
    await rows.first().click({ button: "right" });
    await page.getByRole("menuitem", { name: "Ignore" }).click();
    await expect.poll(() => query().get("i")).toBe("^fn0$");
    await expect.poll(() => rows.first().innerText()).toBe("fn1");
  });

  test("Graph is laid out, marks calls, and refines", async () => {
    await open("graph");
    await page.locator(".graph-holder svg").waitFor();
    const node = page.locator(".graph-holder g.node", { hasText: "render" });
    await node.click();
    await expect.poll(() => page.locator("g.node.faded", { hasText: "parse" }).count()).toBe(1);
    // Labels stand in it, but for those that are the same everywhere.
    await expect.poll(() => page.locator(".graph-holder text", { hasText: "ann" }).count()).toBeGreaterThan(0);
    expect(await page.locator(".graph-holder").innerText()).not.toMatch(/everywhere|taghide/);
    await node.click({ button: "right" });
    await page.getByRole("menuitem", { name: "Ignore" }).click();
    await expect.poll(() => query().get("i")).toBe("^render$");
    await expect.poll(() => page.locator(".graph-holder text", { hasText: /^render$/ }).count()).toBe(0);
    await press("v");
    const tables = page.locator(".graph-tables .long");
    await expect.poll(() => tables.nth(0).innerText()).toMatch(/600ms\s+53.57%\s+700ms\s+62.50%\s+parse/);
    await expect.poll(() => tables.nth(1).innerText()).toMatch(/100ms\s+8.93%\s+parse\s+encode/);
    await page.getByRole("button", { name: "encode" }).first().click();
    await expect.poll(() => new URL(page.url()).pathname).toBe("/ui/peek");
  });

  test("Peek, Source, Tags and Raw show what the tool prints", async () => {
    await open("peek?f=render");
    await expect.poll(() => page.locator("main").innerText()).toMatch(/serve.*render.*300ms.*encode/s);
    await open("source?f=render");
    await expect.poll(() => page.locator("main").innerText()).toContain("open /src/render.ts: no such file");
    await open("tags");
    await expect.poll(() => page.locator("main").innerText()).toMatch(/user.*600ms\s+53.57%\s+ann.*<i>eve<\/i>/s);
    await page.getByRole("button", { name: "bob" }).click();
    await expect.poll(() => query().get("tf")).toBe("user=^bob$");
    await expect.poll(detail).toContain("400ms (35.71%)");
    await open("raw");
    await expect.poll(() => page.locator("main").innerText()).toContain("PeriodType");
  });

  test("a source that the server does not give out is said, and how to allow it", async () => {
    const file = path.join(directory, "outside.ts");
    writeFileSync(file, "a line of its own\n");
    const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
    const fn = builder.function({ name: "outside", filename: file });
    builder.sample([builder.location({ lines: [{ function: fn, line: 1 }] })], [1]);
    writeFileSync(path.join(directory, "outside.pb"), encode(builder.build()));
    const env = { XDG_CONFIG_HOME: directory, HOME: directory };
    const words = [[], [`-source_path=${directory}`]];
    const [closed, open] = await Promise.all(
      words.map((more) => servePages([...more, path.join(directory, "outside.pb")], env)),
    );
    try {
      await page.goto(`${closed!.url}/ui/source?f=outside`);
      const text = (): Promise<string> => page.locator("main").innerText();
      await expect.poll(text).toContain(`${file} is not shown: it is not below the working directory`);
      expect(await text()).toContain(`-source_path=${directory} allows`);
      await page.goto(`${open!.url}/ui/source?f=outside`);
      await expect.poll(text).toContain("a line of its own");
    } finally {
      closed!.stop();
      open!.stop();
    }
  });

  describe("diff", () => {
    const after = path.join(directory, "after.pb");
    const html = path.join(directory, "after.html");
    const row = (name: string): Locator =>
      page.locator(".changes tbody tr").filter({ has: page.getByRole("button", { name, exact: true }) });
    const cells = async (name: string): Promise<string[]> => (await row(name).locator("td").allInnerTexts()).slice(1);
    const choose = async (side: "Before" | "Now", ...files: readonly string[]): Promise<void> => {
      await page
        .getByRole("group", { name: side })
        .locator('input[type="file"]')
        .setInputFiles([...files]);
    };
    beforeAll(async () => {
      writeFixture(after, 2);
      await run(`-html=${html}`, after);
    });
    /** What the table is to say of a function, by the numbers that `pprof diff` gives. */
    const told = async (name: string, ...words: readonly string[]): Promise<readonly string[]> => {
      const { rows, basis } = JSON.parse(await output("diff", "-format=json", ...words)) as ProfileDiff;
      const values = { unit: "nanoseconds", shownUnit: "auto", divideBy: 1, total: 0 };
      const { self, total } = rows.find((row) => row.name === name)!;
      return [self, total].flatMap((of) => {
        const { before, now, change, beside, chance } = changeCells(of, values, true);
        return [before, now, change, beside, ...(basis === undefined ? [] : [chance])];
      });
    };
    const compare = async (): Promise<void> => {
      await page.goto(`${pathToFileURL(html).href}#diff`);
      await choose("Before", profile);
      await row("render").waitFor();
    };

    test("a file from before makes a table of what `pprof diff` prints, values first", async () => {
      await compare();
      const line = await told("encode", profile, after);
      await expect.poll(() => cells("encode")).toEqual(line);
      expect(line.slice(0, 4)).toEqual(["400ms", "700ms", "+300ms", "35.71% → 49.30%"]);
      // As much as before is no change, whatever its share of the total is now.
      expect((await cells("parse")).slice(0, 4)).toEqual(["600ms", "600ms", "0", "53.57% → 42.25%"]);
      expect(await page.locator("main").innerText()).toContain("cpu: 1.12s before, 1.42s now (+300ms).");
      await page.getByRole("link", { name: "Flame graph" }).click();
      await picture();
      await expect.poll(detail).toMatch(/from 1.12s .* to 1.42s/);
    });

    test("repeats of each side say how sure a change is", async () => {
      await compare();
      const repeats = [profile, after].map((file) => [file, ...[1, 2, 3].map((i) => `${file}.${i}.pb`)]);
      repeats.forEach((files, side) => {
        files.slice(1).forEach((file, i) => {
          writeFixture(file, side + 1 + (i + 1) / 10);
        });
      });
      await choose("Before", ...repeats[0]!.slice(1));
      await choose("Now", ...repeats[1]!.slice(1));
      const line = await told("encode", ...repeats[0]!, "--", ...repeats[1]!);
      expect(line).toContain("more than chance");
      await expect.poll(() => cells("encode")).toEqual(line);
      expect(await row("encode").locator(".chance").first().getAttribute("title")).toMatch(
        /^between \+.* points of the total, 97 times of 100; p 0\.029$/,
      );
      await page.getByTitle(`Leave out ${path.basename(repeats[0]![1]!)}`).click();
      await expect.poll(() => cells("encode")).not.toEqual(line);
      // Without anything from before there is nothing to compare.
      for (let left = 3; left > 0; left--)
        await page.getByRole("group", { name: "Before" }).locator(".chip").first().click();
      await expect.poll(() => page.locator("main").innerText()).toContain("Nothing is compared yet");
    });

    test("tag filters of the reader hold in the table", async () => {
      await page.goto(`${pathToFileURL(html).href}#diff?tf=user%3Dbob`);
      await choose("Before", profile);
      await expect.poll(() => row("render").count()).toBe(1);
      await expect.poll(() => row("parse").count()).toBe(1);
      for (const name of ["main", "render"])
        await expect.poll(() => cells(name)).toEqual(await told(name, "-tagfocus=user=bob", profile, after));
    });

    test("both sides stand beside each other, and go together", async () => {
      await compare();
      await page.getByRole("button", { name: "Side by side" }).click();
      await expect.poll(() => page.locator(".flame-scroll").count()).toBe(2);
      await expect.poll(detail).toMatch(/from 1.12s .* to 1.42s/);
      const [before, now] = await Promise.all(
        [0, 1].map(async (i) => (await page.locator(".flame-scroll").nth(i).boundingBox())!),
      );
      // On one scale: what is 79% as much is as much narrower. render is from 49% to 70% of the room of before.
      await page.mouse.move(before!.x + before!.width * 0.6, before!.y + 70);
      await expect.poll(detail).toMatch(/^render\s.*from 300ms .* to 600ms/s);
      await page.mouse.move(now!.x + now!.width * 0.2, now!.y + 70);
      await expect.poll(detail).toMatch(/^parse\s.*from 700ms .* to 700ms/s);
      await page.mouse.click(now!.x + now!.width * 0.2, now!.y + 70);
      await expect.poll(() => page.locator(".crumbs").innerText()).toContain("parse");
    });

    test("a saved picture has the colours of the change", async () => {
      await compare();
      await page.getByRole("button", { name: "Merged" }).click();
      await expect.poll(detail).toMatch(/from 1.12s .* to 1.42s/);
      const [download] = await Promise.all([page.waitForEvent("download"), page.getByTitle("as SVG").click()]);
      const svg = readFileSync(await download.path(), "utf8");
      const grown = await page.evaluate(() => document.documentElement.dataset.theme);
      expect(grown).toBe("light");
      // The bar of what grew is in it, and the text of its box.
      expect(svg).toMatch(/<title>render<\/title><rect[^>]*><rect[^>]*fill="oklch\(0.72 0.15 25\)"/);
    });

    test("names are text in each of its views", async () => {
      await compare();
      await row("__proto__").waitFor();
      await expectOnlyText();
      for (const name of ["Side by side", "Merged"]) {
        await page.getByRole("button", { name }).click();
        await expect.poll(detail).toMatch(/from 1.12s .* to 1.42s/);
        await page.getByRole("button", { name: "Table", exact: true }).click();
        await page.locator("td", { hasText: "__proto__" }).first().waitFor();
        await expectOnlyText();
      }
    });

    test("what it was compared with is asked for again when the page is loaded anew", async () => {
      await compare();
      await page.reload();
      const asked = page.locator(".filters", { hasText: "This was compared with cpu.pb" });
      await asked.waitFor();
      await asked.locator('input[type="file"]').setInputFiles(profile);
      await row("render").waitFor();
      await expect.poll(() => asked.count()).toBe(0);
      await page.getByRole("group", { name: "Before" }).locator(".chip").click();
      await expect.poll(() => page.locator("main").innerText()).toContain("Nothing is compared yet");
      await page.reload();
      await expect.poll(() => page.locator("main").innerText()).toContain("Nothing is compared yet");
      expect(await asked.count()).toBe(0);
    });

    test("profiles of different kinds are told apart by their kinds", async () => {
      const builder = new ProfileBuilder({ sampleTypes: [{ type: "inuse_space", unit: "bytes" }] });
      builder.sample([builder.location({ lines: [{ function: builder.function({ name: "f" }) }] })], [1]);
      const heap = path.join(directory, "heap.pb");
      writeFileSync(heap, encode(builder.build()));
      await page.goto(`${pathToFileURL(html).href}#diff`);
      await choose("Before", heap);
      await expect
        .poll(() => page.getByRole("alert").innerText())
        .toBe(
          "heap.pb (inuse_space in bytes) cannot be compared with the profile in this page (samples in count, cpu in nanoseconds): choose one of the same kind",
        );
    });

    test("a file is dropped to compare with", async () => {
      await page.goto(pathToFileURL(html).href);
      await picture();
      const data = await dropped(profile);
      await page.dispatchEvent(".shell", "dragover", { dataTransfer: data });
      await page.dispatchEvent('[data-drop="old"]', "drop", { dataTransfer: data });
      await expect.poll(detail).toMatch(/from 1.12s .* to 1.42s/);
    });
  });

  describe("time", () => {
    const frame = (functionName: string, lineNumber: number): object => ({
      functionName,
      scriptId: 1,
      url: "file:///app/a.js",
      lineNumber,
      columnNumber: 0,
    });
    const timed = async (name: string, content: object): Promise<void> => {
      const file = path.join(directory, name);
      writeFileSync(file, JSON.stringify(content));
      const html = `${file}.html`;
      await run(`-html=${html}`, file);
      await page.goto(`${pathToFileURL(html).href}#time`);
      await picture();
    };
    /** Drags over a picture, between parts of its width and height. */
    const drag = async (
      what: string,
      from: readonly [number, number],
      to: readonly [number, number],
    ): Promise<void> => {
      const box = (await page.locator(what).boundingBox())!;
      await page.mouse.move(box.x + box.width * from[0], box.y + box.height * from[1]);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * to[0], box.y + box.height * to[1]);
      await page.mouse.up();
    };
    const names = (): Promise<string[]> => page.locator(".top tbody td.name").allInnerTexts();

    test("a .cpuprofile: stacks in their order; a range of the line is kept for every page, until its chip is clicked", async () => {
      const samples = Array.from({ length: 100 }, (_, i) => (i < 50 ? 3 : 4));
      await timed("time.cpuprofile", {
        nodes: [
          { id: 1, callFrame: frame("(root)", 0), children: [2] },
          { id: 2, callFrame: frame("main", 1), children: [3, 4] },
          { id: 3, callFrame: frame("early", 2) },
          { id: 4, callFrame: frame("late", 3) },
        ],
        startTime: 0,
        endTime: 100_000,
        samples,
        timeDeltas: samples.map(() => 1000),
      });
      await press("ArrowDown", "ArrowDown", "ArrowDown");
      await expect.poll(detail).toMatch(/early.*50ms/s);
      await press("ArrowRight");
      await expect.poll(detail).toMatch(/late.*50ms/s);
      await drag(".load", [0.75, 0.5], [1, 0.5]);
      await expect.poll(() => query().get("time")).toBe("0.075:0.1");
      await page.getByRole("link", { name: "Top" }).click();
      await expect.poll(names).toEqual(["late", "main"]);
      await expect.poll(() => page.locator(".top tbody .amount").first().innerText()).toBe("25ms");
      expect(await page.locator(".warning").count()).toBe(0);
      await page.locator(".chip", { hasText: "Seconds" }).click();
      await expect.poll(names).toEqual(["early", "late", "main"]);
      await page.goto(page.url().replace(/#.*/, "#flamegraph?time=soon"));
      await expect.poll(() => page.locator(".problem").innerText()).toContain('invalid time "soon": must be FROM:TO');
    });

    test("a trace of Chrome's: a thread at a time; a range of the heat map is kept", async () => {
      // Three seconds: the main thread is in `busy` in the middle one, else in `idle`; the other thread in `worker`.
      const thread = (tid: number, name: string, nodes: readonly object[], at: (i: number) => number): object[] => [
        { ph: "M", name: "thread_name", pid: 1, tid, ts: 0, args: { name } },
        { ph: "P", name: "Profile", id: `0x${tid}`, pid: 1, tid, ts: 0, args: { data: { startTime: 0 } } },
        {
          ph: "P",
          name: "ProfileChunk",
          id: `0x${tid}`,
          pid: 1,
          tid,
          ts: 1,
          args: {
            data: {
              cpuProfile: { nodes, samples: Array.from({ length: 300 }, (_, i) => at(i)) },
              timeDeltas: Array.from({ length: 300 }, () => 10_000),
            },
          },
        },
      ];
      const root = { id: 1, callFrame: frame("(root)", 0) };
      const main = [root, ...["idle", "busy"].map((name, i) => ({ id: i + 2, parent: 1, callFrame: frame(name, i) }))];
      const other = [root, { id: 2, parent: 1, callFrame: frame("worker", 9) }];
      await timed("trace.json", {
        traceEvents: [
          ...thread(1, "CrMain", main, (i) => (i >= 100 && i < 200 ? 3 : 2)),
          ...thread(2, "Pool", other, (i) => (i % 2 === 0 ? 1 : 2)),
        ],
      });
      await expect.poll(detail).toContain("3s (100%)");
      await expect
        .poll(() => page.getByLabel("Thread").locator("option").allInnerTexts())
        .toEqual(["CrMain 3s", "Pool 3s"]);
      await page.getByText("Seconds as a table").click();
      const seconds = page.locator(".seconds tbody tr:not(.unseen)");
      await expect.poll(() => seconds.allInnerTexts()).toEqual(["0.00s\t1s", "1.00s\t1s", "2.00s\t1s"]);
      await page.getByText("Seconds as a table").click();
      await drag(".heat-map", [0.5, 0.02], [0.5, 0.98]);
      await expect.poll(() => query().get("time")).toBe("1:2");
      await expect.poll(detail).toContain("here 1s (100%)");
      await press("ArrowDown", "ArrowDown");
      await expect.poll(detail).toMatch(/^busy\s.*here 1s \(100%\)/s);
      await page.getByLabel("Thread").selectOption("Pool");
      await expect.poll(() => query().get("thread")).toBe("Pool");
      await page.getByRole("link", { name: "Top" }).click();
      await expect.poll(names).toContain("worker");
      expect(await names()).not.toContain("idle");
    });

    test("names are text", async () => {
      await timed("nasty.cpuprofile", {
        nodes: [
          { id: 1, callFrame: frame("(root)", 0), children: NASTY.map((_, i) => i + 2) },
          ...NASTY.map((name, i) => ({ id: i + 2, callFrame: frame(name, i + 1) })),
        ],
        startTime: 0,
        endTime: 60_000,
        samples: NASTY.map((_, i) => i + 2),
        timeDeltas: NASTY.map(() => 10_000),
      });
      await press("ArrowDown", "ArrowDown");
      for (const _ of NASTY) {
        await expect.poll(detail).toContain("10ms");
        await expectOnlyText();
        await press("ArrowRight");
      }
    });
  });

  test("a program is recorded again, and what was recorded is compared", async () => {
    // What a program answers; its second profile is another one than its first.
    let asked: string[] = [];
    const second = path.join(directory, "second.pb");
    writeFixture(second, 3);
    const program = createServer((request, response) => {
      asked = [...asked, request.url ?? ""];
      response.end(readFileSync(asked.length === 1 ? profile : second));
    });
    await new Promise<void>((resolve) => program.listen(0, "127.0.0.1", resolve));
    const { port } = program.address() as AddressInfo;
    const live = await servePages([`http://127.0.0.1:${port}/debug/pprof/profile`], {
      HOME: directory,
      PPROF_TMPDIR: directory,
    });
    try {
      await page.goto(live.url);
      await picture();
      await page.getByRole("button", { name: "● Record" }).click();
      await page.getByLabel("Seconds").fill("1");
      await page.getByRole("button", { name: "Record", exact: true }).click();
      await expect.poll(detail).toContain("1.72s (100%)");
      expect(asked[1]).toBe("/debug/pprof/profile?seconds=1&timeline=1");
      await page.getByRole("button", { name: "compare with it" }).first().click();
      await expect.poll(detail).toMatch(/from 1.12s .* to 1.72s/);
    } finally {
      live.stop();
      program.close();
    }
  });

  test("configurations are saved, chosen and deleted", async () => {
    await open("flamegraph?h=serve");
    await picture();
    await press("r");
    await page.getByLabel("Save what is active as").fill("mine");
    await page.getByRole("button", { name: "Save as" }).click();
    await page.getByRole("button", { name: "Default" }).click();
    await expect.poll(() => query().get("h")).toBe(null);
    await page.getByRole("button", { name: "mine", exact: true }).click();
    await expect.poll(() => query().get("h")).toBe("serve");
    await page.getByRole("button", { name: "Delete mine" }).click();
    await expect.poll(() => page.getByRole("button", { name: "mine", exact: true }).count()).toBe(0);
  });

  describe("refine", () => {
    test("by typing: labels become frames, above and below stacks", async () => {
      await open("flamegraph");
      await picture();
      await press("r");
      await page.locator(".refine .more").click();
      await page.getByLabel("Tags as callers").fill("user");
      await press("Enter");
      await expect.poll(() => query().get("tagroot")).toBe("user");
      await page.getByLabel("Tags as callees").fill("user");
      await press("Enter");
      await expect.poll(() => query().get("tagleaf")).toBe("user");
      await page.getByRole("button", { name: "Close" }).click();
      await expect
        .poll(async () => {
          await press("Escape", "ArrowDown", "ArrowDown");
          return detail();
        })
        .toMatch(/^ann\s.*here 600ms/s);
      await page.locator(".chip", { hasText: "Tags as callers" }).click();
      await page.fill("#search", "^bob$");
      await expect.poll(() => page.locator(".found").innerText()).toContain("35.71% in 2 places");
    });

    test("stacks without the label stand under no value of it", async () => {
      const file = path.join(directory, "some.pb");
      const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
      const main = builder.location({ lines: [{ function: builder.function({ name: "main" }) }] });
      builder.sample([main], [3]);
      builder.sample([main], [1], [{ key: "user", value: "ann" }]);
      writeFileSync(file, encode(builder.build()));
      await run(`-html=${file}.html`, file);
      await page.goto(`${pathToFileURL(`${file}.html`).href}#flamegraph?tagroot=user`);
      await picture();
      await press("ArrowDown", "ArrowDown");
      await expect.poll(detail).toMatch(/^<unknown>\s+user\s+here 3 \(75.00%\)/);
    });

    test("by a number of a label, in the Tags page", async () => {
      const builder = new ProfileBuilder({ sampleTypes: [{ type: "space", unit: "bytes" }] });
      const at = (name: string): number => builder.location({ lines: [{ function: builder.function({ name }) }] });
      for (const [i, bytes] of [16, 1536, 1537, 40_000].entries())
        builder.sample([at(`of${i}`)], [bytes], [{ key: "bytes", value: BigInt(bytes), unit: "bytes" }]);
      const file = path.join(directory, "bytes.pb");
      writeFileSync(file, encode(builder.build()));
      await run(`-html=${file}.html`, file);
      await page.goto(`${pathToFileURL(`${file}.html`).href}#tags`);
      await page.getByRole("button", { name: "1.50kB" }).click();
      await picture();
      // Both numbers that this text stands for.
      await expect.poll(detail).toContain("3kB (7.13%)");
      await expect.poll(() => query().get("tf")).toBe("bytes=1536bytes:1537bytes");
      expect(await page.locator(".warning").count()).toBe(0);
    });

    test("without a server a configuration keeps what it keeps with one: every option that is saved", async () => {
      const values = { bool: "true", int: "7", float: "0.25", string: "ms", choice: "" } as const;
      const set = OPTIONS.filter(({ saved }) => saved).map((row): [string, string] => {
        const other = Object.keys(row.choices ?? {}).find((choice) => choice !== "" && choice !== row.default);
        return [addressKey(row)!, row.default === true ? "false" : (other ?? values[row.kind])];
      });
      const search = new URLSearchParams(set).toString();
      const save = async (): Promise<void> => {
        await page.getByRole("button", { name: "Refine" }).click();
        await page.getByLabel("Save what is active as").fill("all");
        await page.getByRole("button", { name: "Save as" }).click();
        await page.getByRole("button", { name: "all", exact: true }).waitFor();
      };
      await open(`flamegraph?${search}`);
      await save();
      const settings = await page.evaluate(async () => (await fetch("./settings")).json());
      const [kept] = settings.configs.filter(({ name }: { readonly name: string }) => name === "all");
      expect(kept.query).toEqual(Object.fromEntries(set));

      const file = path.join(directory, "all.html");
      await run(`-html=${file}`, profile);
      await page.goto(`${pathToFileURL(file).href}#flamegraph?${search}`);
      await save();
      expect(JSON.parse((await page.evaluate(() => localStorage.getItem("pprof.configs")))!)).toEqual([kept]);
      await page.goto(`${pathToFileURL(file).href}#flamegraph`);
      await page.getByRole("button", { name: "all", exact: true }).click();
      await expect.poll(() => Object.fromEntries(query())).toEqual(kept.query);
    });

    test("a page in one file keeps configurations in the browser", async () => {
      const file = path.join(directory, "kept.html");
      await run(`-html=${file}`, profile);
      await page.goto(`${pathToFileURL(file).href}#flamegraph?h=serve&inv=1`);
      await picture();
      await press("r");
      await page.getByLabel("Save what is active as").fill("<b>mine</b>");
      await page.getByRole("button", { name: "Save as" }).click();
      await page.reload();
      await picture();
      await page.goto(`${pathToFileURL(file).href}#flamegraph?f=main`);
      await press("r");
      await page.getByRole("button", { name: "<b>mine</b>", exact: true }).click();
      await expect.poll(() => [query().get("h"), query().get("f")]).toEqual(["serve", null]);
      await page.getByRole("button", { name: "Delete <b>mine</b>" }).click();
      await page.reload();
      await press("r");
      await expect.poll(() => page.locator(".configs button").allInnerTexts()).toEqual(["Default", "Save as"]);
    });
  });

  test("names are text, whatever is in them", async () => {
    await open("flamegraph");
    await picture();
    for (const name of NASTY) {
      await page.fill(
        "#search",
        name
          .slice(0, 8)
          .replace(/[\\^$.*+?()[\]{}|\u202e]/g, ".")
          .replace(/\0/g, "."),
      );
      await expect.poll(() => page.locator(".found").innerText()).toContain("place");
      await page.locator("#search").blur();
      await press("n");
      expect((await detail()).length).toBeGreaterThan(10);
    }
    await expectOnlyText();
  });

  test.each(["top", "graph", "peek?f=.", "source?f=.", "tags", "raw"])("names are text in %s, too", async (place) => {
    await open(place);
    await settled();
    await expect.poll(() => page.locator("main").textContent()).toContain(place === "tags" ? "<i>eve" : "__proto__");
    await expectOnlyText();
  });

  test("a profile without samples says so", async () => {
    const file = path.join(directory, "empty.pb");
    writeFileSync(file, encode(new ProfileBuilder({ sampleTypes: [{ type: "delay", unit: "nanoseconds" }] }).build()));
    await open("flamegraph");
    await picture();
    await page.dispatchEvent(".shell", "drop", { dataTransfer: await dropped(file) });
    await expect.poll(() => page.locator("main").innerText()).toContain("The profile has no samples");
    await page.getByRole("link", { name: "Raw" }).click();
    await expect.poll(() => page.locator("main").innerText()).toContain("delay/nanoseconds");
  });

  test("a page that a profile has nothing for says what to do", async () => {
    await open("time");
    await expect.poll(() => page.locator("main").innerText()).toContain("profile?seconds=5&timeline=1");
    await press("g", "x");
    await expect.poll(() => page.locator("main").innerText()).toContain("There is no assembly");
  });

  test("a bad address says what is bad", async () => {
    await page.goto(`${served.url}/ui/flamegraph?n=abc`);
    await expect.poll(() => page.locator("body").innerText()).toContain('parsing "abc": invalid syntax');
    await open("flamegraph?f=(");
    await expect.poll(() => page.locator("body").innerText()).toContain("parsing focus regexp: error parsing regexp");
    // Older Chromiums' own view of a text has a style that the policy forbids.
    problems.splice(0, Infinity, ...problems.filter((problem) => !/status of 400|Applying inline style/.test(problem)));
  });

  test("g and a letter go to a page, whatever the letter does there", async () => {
    await open("flamegraph");
    await picture();
    await press("ArrowDown", "ArrowDown", "g", "p");
    await expect.poll(() => new URL(page.url()).pathname).toBe("/ui/peek");
    await expect.poll(() => query().get("p")).toBe(null);
    await press("g", "t");
    await expect.poll(() => new URL(page.url()).pathname).toBe("/ui/top");
  });

  test("dark and light, and the sheet of keys", async () => {
    await open("flamegraph");
    await picture();
    const theme = (): Promise<string | undefined> => page.evaluate(() => document.documentElement.dataset.theme);
    const before = await theme();
    await press("d");
    await expect.poll(theme).not.toBe(before);
    if (before === "dark") await press("d");
    /** The picture's ground. */
    const ground = (): Promise<number> =>
      page.evaluate(() => {
        const canvas = document.querySelector<HTMLCanvasElement>(".flame-sticky canvas")!;
        return canvas.getContext("2d")!.getImageData(canvas.width - 2, canvas.height - 2, 1, 1).data[0]!;
      });
    await expect.poll(ground).toBeLessThan(50);
    // Paper is light, also where the browser draws no frame before it prints.
    await page.evaluate(() => {
      addEventListener("beforeprint", () => {
        const canvas = document.querySelector<HTMLCanvasElement>(".flame-sticky canvas")!;
        const [ground] = canvas.getContext("2d")!.getImageData(canvas.width - 2, canvas.height - 2, 1, 1).data;
        document.body.dataset.printed = String(ground);
      });
    });
    await page.pdf();
    await expect.poll(() => page.evaluate(() => document.body.dataset.printed)).toBe("255");
    await expect.poll(ground).toBeLessThan(50);
    await press("?");
    await expect.poll(() => page.locator("dialog").innerText()).toContain("next, previous match");
    await expect.poll(() => page.locator("dialog").innerText()).toContain("<b>comment</b>");
    // Its keys are its own: Escape closes it, and what is behind stays as it is.
    await press("ArrowDown", "d", "Escape");
    await expect.poll(() => page.locator("dialog").count()).toBe(0);
    expect(await theme()).toBe("dark");
    await expect.poll(detail).toContain("All: cpu");
  });

  test("one file holds everything, and opens from disk", async () => {
    const file = path.join(directory, "out.html");
    await run(`-html=${file}`, "-ignore=parse", profile);
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    await picture();
    await expect.poll(detail).toContain("420ms (37.50%)");
    await press("ArrowDown", "ArrowDown", "Enter");
    await expect.poll(() => query().get("z")).toBe("1@0");
    await page.getByRole("link", { name: "Source" }).click();
    await expect.poll(() => page.locator("main").innerText()).toContain("The tool reads sources from disk");
    expect(await page.locator("main").innerText()).not.toContain("no such file");
    // Graphviz is in the page, too.
    await page.getByRole("link", { name: "Graph", exact: true }).click();
    await page.locator(".graph-holder svg").waitFor();
    expect(asked.filter((url) => !/^(file|blob|data):/.test(url))).toEqual([]);
    // Nor could it ask: its policy lets nothing out.
    expect(await page.evaluate(() => fetch("http://localhost:1/").catch((error: Error) => error.message))).toMatch(
      /fetch/,
    );
    expect(problems.splice(0).filter((problem) => /connect-src 'none'/.test(problem))).not.toEqual([]);
  });

  test("from any server of files, the pages read what is dropped, and ask for nothing more", async () => {
    const dist = new URL("../dist/", import.meta.url);
    const asked: string[] = [];
    const types: Readonly<Record<string, string>> = { html: "text/html", js: "text/javascript", css: "text/css" };
    const site = createServer((request, response) => {
      const name = path.basename(request.url === "/site/" ? "index.html" : request.url!);
      asked.push(`${request.method} ${name}`);
      const type = types[path.extname(name).slice(1)];
      if (type === undefined) return response.writeHead(404).end();
      return response.setHeader("content-type", type).end(readFileSync(new URL(name, dist)));
    });
    await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
    try {
      await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/site/`);
      await page.locator(".open").waitFor();
      await page.dispatchEvent(".shell", "drop", { dataTransfer: await dropped(profile) });
      await expect.poll(detail).toContain("1.12s (100%)");
      await page.getByRole("link", { name: "Graph", exact: true }).click();
      await page.locator(".graph-holder svg").waitFor();
      const files = new Set(["index.html", "page.js", "index.css", "worker.js", "graph-worker.js", "favicon.ico"]);
      expect(asked.filter((line) => !files.has(line.slice("GET ".length)))).toEqual([]);
      problems.splice(0, Infinity, ...problems.filter((problem) => !/status of 404/.test(problem)));
    } finally {
      site.close();
    }
  });

  test("a large profile is read too, from a server, and from disk, where no worker may start another", {
    timeout: 120_000,
  }, async () => {
    // 8 MB of names that do not compress well are 6 MB of gzip: above 4 MB it is decompressed on a thread of its own.
    const file = path.join(directory, "large.txt");
    const names = Array.from({ length: 100_000 }, () => randomBytes(60).toString("base64url"));
    writeFileSync(file, names.map((name) => `main;${name} 1\n`).join(""));
    const html = path.join(directory, "large.html");
    await run(`-html=${html}`, file);
    await page.goto(pathToFileURL(html).href);
    await picture();
    await expect.poll(detail).toContain("100000 (100%)");
    const large = path.join(directory, "large.pb.gz");
    await run("-proto", `-output=${large}`, file);
    expect(statSync(large).size).toBeGreaterThan(4_000_000);
    const other = await servePages([large], { XDG_CONFIG_HOME: directory, HOME: directory });
    try {
      await page.goto(other.url);
      await picture();
      await expect.poll(detail).toContain("100000 (100%)");
    } finally {
      other.stop();
    }
  });

  test("the same pages read a file that is chosen or dropped, and send nothing", async () => {
    const file = path.join(directory, "out.html");
    await run(`-html=${file}`, profile);
    await page.goto(pathToFileURL(file).href);
    await picture();
    const other = path.join(directory, "other.pb");
    writeFixture(other, 3);
    await page.dispatchEvent(".shell", "drop", { dataTransfer: await dropped(other) });
    await expect.poll(detail).toContain("1.72s");
    await expect.poll(() => page.title()).toBe("other.pb · pprof");
  });
});
