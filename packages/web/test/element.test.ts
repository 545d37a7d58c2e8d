import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openBrowser } from "./browser.ts";
import { writeFixture } from "./fixture.ts";
import { openPage } from "./opened-page.ts";
import { serveSite } from "./static-site.ts";

const directory = mkdtempSync(path.join(tmpdir(), "pprof-element-"));
/** No code and no style in the page itself; graphs are laid out by WebAssembly. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "worker-src 'self'",
  "connect-src 'self'",
].join("; ");
const SCRIPT = '<script type="module" src="/pprof/element.js"></script>';
const DOCUMENT = `<!doctype html><title>Documentation</title><link rel="stylesheet" href="/site.css">
<h1>How fast it is</h1><input id="field">
<pprof-profile id="first" src="cpu.pb" type="samples"></pprof-profile>
<pprof-profile id="second" src="/now.pb" page="top" focus="render" theme="dark"></pprof-profile>
<div class="far"></div>
<pprof-profile id="third" src="far.pb" loading="lazy"></pprof-profile>${SCRIPT}`;

const opened = await openBrowser();

describe.skipIf(typeof opened === "string")(
  "the element, in a page of somebody else's (skipped without a browser)",
  () => {
    const browser = opened as Browser;
    let site: Awaited<ReturnType<typeof serveSite>>;
    let page: Page;
    let problems: string[];

    beforeAll(async () => {
      const [cpu, now] = ["cpu.pb", "now.pb"].map((name) => path.join(directory, name)) as [string, string];
      writeFixture(cpu);
      writeFixture(now, 3);
      site = await serveSite(
        {
          "docs/page.html": DOCUMENT,
          "docs/empty.html": `<!doctype html><title>Dashboard</title>${SCRIPT}`,
          "docs/cpu.pb": readFileSync(cpu),
          "docs/far.pb": readFileSync(cpu),
          "now.pb": readFileSync(now),
          "site.css":
            "body { font: 20px serif } #second { width: 600px } .far { height: 4000px } table { border: 9px solid }",
          "favicon.ico": "",
        },
        POLICY,
      );
    });
    afterAll(async () => {
      site?.stop();
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

    const open = async (name: string): Promise<void> => {
      await page.goto(`${site.url}/docs/${name}`);
    };
    const element = (id: string): Locator => page.locator(`#${id}`);
    const shown = (id: string): Promise<string> => element(id).locator(".detail").innerText();
    const add = (attributes: Readonly<Record<string, string>>): Promise<void> =>
      page.evaluate((attributes) => {
        const added = document.createElement("pprof-profile");
        for (const [name, value] of Object.entries({ id: "added", ...attributes })) added.setAttribute(name, value);
        for (const type of ["load", "error"])
          added.addEventListener(type, (event) => {
            document.title = `${type} ${(event as ErrorEvent).message ?? ""}`;
          });
        document.body.append(added);
      }, attributes);

    test("several stand in a page, each as its attributes say; one that is far away is read when it comes near", async () => {
      await open("page.html");
      await expect.poll(() => shown("first")).toMatch(/^All: samples\s+here 112 \(100%\)/);
      const rows = element("second").locator(".top tbody tr:not(.unseen)");
      await expect
        .poll(() => rows.allInnerTexts())
        .toEqual([
          expect.stringMatching(/^900ms\s.*encode$/s),
          expect.stringMatching(/main$/),
          expect.stringMatching(/render$/),
          expect.stringMatching(/serve$/),
        ]);
      expect(await element("second").locator("#app").getAttribute("data-theme")).toBe("dark");
      expect(await element("first").locator("#app").getAttribute("data-theme")).toBe("light");
      expect(site.asked).not.toContain("docs/far.pb");
      await element("third").scrollIntoViewIfNeeded();
      await expect.poll(() => shown("third")).toMatch(/1\.12s \(100%\)/);
      // The page's own rules do not reach in, and nothing of the element reaches out.
      expect(
        await element("second")
          .locator("table")
          .evaluate((table) => getComputedStyle(table).borderTopWidth),
      ).toBe("0px");
      expect(await page.locator("h1").evaluate((title) => getComputedStyle(title).fontFamily)).toBe("serif");
      expect(await page.title()).toBe("Documentation");
    });

    test("what one does in an element is about that one alone, and not about the page", async () => {
      await open("page.html");
      await expect.poll(() => shown("first")).toContain("112 (100%)");
      await page.locator("#field").press("g");
      await page.locator("#field").press("t");
      await page.locator("h1").click();
      for (const key of ["g", "t", "d"]) await page.keyboard.press(key);
      expect(await element("first").locator(".flame").count()).toBe(1);
      await element("first").locator(".flame-scroll").focus();
      for (const key of ["ArrowDown", "ArrowDown", "Enter"]) await page.keyboard.press(key);
      await expect.poll(() => element("first").locator(".crumbs").innerText()).toMatch(/main/);
      for (const key of ["g", "t"]) await page.keyboard.press(key);
      await element("first").locator(".top").waitFor();
      await page.keyboard.press("/");
      await page.keyboard.type("pars");
      await expect.poll(() => element("first").locator(".search-found").innerText()).toMatch(/^1\b/);
      expect(await element("second").locator("#search").inputValue()).toBe("");
      expect(page.url()).toBe(`${site.url}/docs/page.html`);
      expect(await page.evaluate(() => history.length)).toBe(2);
    });

    test("a menu opens at the pointer, wherever the element stands, and its items do what they say", async () => {
      await open("page.html");
      await expect.poll(() => shown("first")).toContain("112 (100%)");
      // An ancestor that moves what is fixed in it, as carousels do.
      await page.evaluate(() => document.body.style.setProperty("transform", "translateX(30px)"));
      const box = (await element("first").locator(".flame-scroll").boundingBox())!;
      const [x, y] = [box.x + box.width * 0.3, box.y + 50];
      await page.mouse.move(x, y);
      await element("first").locator(".tip").waitFor();
      const tip = (await element("first").locator(".tip").boundingBox())!;
      expect([Math.abs(tip.x - x - 14) < 2, Math.abs(tip.y - y - 16) < 2]).toEqual([true, true]);
      await page.mouse.click(x, y, { button: "right" });
      const menu = element("first").getByRole("menu");
      expect(Math.abs((await menu.boundingBox())!.x - x)).toBeLessThan(2);
      await menu.getByText("Ignore").click();
      await expect.poll(() => element("first").locator(".chip").innerText()).toMatch(/^Ignore/);
    });

    test("an attribute that changes leads there, another file is read, and one that is not there is said", async () => {
      await open("empty.html");
      await add({ src: "cpu.pb", type: "cpu", query: "own=1" });
      await expect.poll(() => page.title()).toBe("load");
      await expect.poll(() => element("added").locator(".chip").innerText()).toMatch(/^My code/);
      const set = (name: string, value: string): Promise<void> =>
        element("added").evaluate((element, [name, value]) => element.setAttribute(name!, value!), [name, value]);
      await set("query", "");
      await set("page", "graph");
      await element("added").locator(".graph-holder svg").waitFor();
      await set("bare", "");
      expect(await element("added").locator(".header").isVisible()).toBe(false);
      await set("page", "flamegraph");
      await set("src", "../now.pb");
      await expect.poll(() => shown("added")).toContain("1.72s (100%)");
      await set("base", "cpu.pb");
      await expect.poll(() => shown("added")).toMatch(/from 1.12s .* to 1.72s/);
      await set("src", "nothing.pb");
      await expect.poll(() => page.title()).toBe(`error nothing.pb: ${site.url}/docs/nothing.pb: 404 Not Found`);
      expect(await element("added").getByRole("alert").innerText()).toContain("404 Not Found");
      await set("src", "http://127.0.0.1:9/elsewhere.pb");
      await expect.poll(() => page.title()).toMatch(/^error elsewhere\.pb: .* does not allow this page to read it$/);
      await set("src", "http://[");
      await expect.poll(() => page.title()).toMatch(/^error .*http:\/\/\[ cannot be read/);
      // The browser itself notes what it does not get.
      problems.splice(
        0,
        Infinity,
        ...problems.filter((problem) => !/status of 404|Policy|Failed to load/.test(problem)),
      );
    });

    test("its workers end with it, and it may come back", async () => {
      await open("empty.html");
      await add({ src: "cpu.pb" });
      await expect.poll(() => page.title()).toBe("load");
      expect(page.workers()).toHaveLength(1);
      await page.evaluate(() => {
        const { taken } = { taken: document.getElementById("added")! };
        taken.remove();
        (globalThis as { taken?: Element }).taken = taken;
      });
      await expect.poll(() => page.workers().length).toBe(0);
      await page.evaluate(() => document.body.append((globalThis as unknown as { taken: Element }).taken));
      await expect.poll(() => shown("added")).toContain("1.12s (100%)");
    });

    test("what is narrow is the element, and not the window: its tools stand behind one button", async () => {
      await open("page.html");
      await element("second").locator(".top").waitFor();
      expect(await element("second").locator(".header .more-tools").isVisible()).toBe(true);
      expect(await element("first").locator(".header .more-tools").isVisible()).toBe(false);
    });

    test("links lead to the same in pages of their own, which open a file by its address", async () => {
      await open("page.html");
      await element("second").locator(".top").waitFor();
      const link = await element("second").getByRole("link", { name: "Peek" }).getAttribute("href");
      await page.goto(link!);
      await expect
        .poll(() => page.locator(".calls-of h2").allInnerTexts())
        .toEqual([expect.stringContaining("render")]);
      expect(new URL(page.url()).pathname).toBe("/pprof/index.html");
      await page.goto(`${site.url}/pprof/index.html#flamegraph?src=../docs/cpu.pb&base=../now.pb`);
      await page.reload();
      await expect.poll(() => page.locator(".detail").innerText()).toMatch(/from 1.72s .* to 1.12s/);
      // Its icon is an address with the data in it, which this policy does not know.
      problems.splice(0, Infinity, ...problems.filter((problem) => !/img-src|data:,/.test(problem)));
    });
  },
);
