import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { encode, ProfileBuilder } from "@pprof-ts/profile";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openBrowser } from "./browser.ts";
import { openPage, settled } from "./opened-page.ts";
import { run, servePages } from "./served.ts";
import { writeShop } from "./shop.ts";

const opened = await openBrowser();

describe.skipIf(typeof opened === "string")("what one looks for, in a browser (skipped without one)", () => {
  const browser = opened as Browser;
  const directory = mkdtempSync(path.join(tmpdir(), "pprof-finding-"));
  let served: Awaited<ReturnType<typeof servePages>>;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    const shop = path.join(directory, "shop.pb");
    writeShop(shop);
    served = await servePages([shop], { HOME: directory, XDG_CONFIG_HOME: directory });
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
    await settled(page);
  };
  const query = (): URLSearchParams => new URL(page.url()).searchParams;
  const found = async (): Promise<string> =>
    (await page.locator(".search-found").innerText()).replace(/\s*[↑↓]\s*/g, "");

  test.each([
    ["top", "e", 11],
    ["peek?f=.", "emit", 3],
    ["tags", "customer", 1],
    ["raw", "quote", 1],
    ["graph", "e", 10],
    ["source?f=.", "pricing", 2],
  ] as const)("a search on %s counts, and goes from one match to the next", async (place, text, least) => {
    await open(place);
    if (place === "graph") await page.locator(".graph-holder svg").waitFor();
    await page.fill("#search", text);
    await expect.poll(async () => Number(await found())).toBeGreaterThanOrEqual(least);
    const count = await found();
    await page.locator("#search").press("Enter");
    await expect.poll(found).toBe(`1 of ${count}`);
    await page.locator("#search").blur();
    await page.keyboard.press("n");
    await expect.poll(found).toBe(count === "1" ? "1 of 1" : `2 of ${count}`);
    await page.keyboard.press("N");
    await page.getByRole("button", { name: "Previous match" }).click();
    await expect.poll(found).toBe(`${count} of ${count}`);
    await page.fill("#search", "nothing is called so");
    await expect.poll(found).toBe("0");
    await expect.poll(() => page.locator("#search-problem").innerText()).toContain("No match on this page");
    await page.fill("#search", "(");
    await expect.poll(() => page.locator("#search-problem").innerText()).toMatch(/group|paren|missing/i);
  });

  test("where a page has no match, Enter looks for it in the whole profile", async () => {
    await open("peek?f=quote");
    await page.fill("#search", "authorize");
    await expect.poll(found).toBe("0");
    await page.locator("#search").press("Enter");
    await expect.poll(() => query().get("f")).toBe("authorize");
    await expect.poll(() => page.locator("main").innerText()).toContain("processTicksAndRejections");
  });

  test("beside the list stand callers and callees as a picture, and a click on a box goes on from there", async () => {
    await open("top");
    const row = (name: string) => page.locator(".top tbody tr", { has: page.locator("td.name", { hasText: name }) });
    await row("quote").click();
    const picture = page.locator(".sandwich .flame-scroll");
    await expect.poll(() => page.locator(".sandwich[aria-busy=false]").count()).toBe(1);
    const box = (await picture.boundingBox())!;
    // Three callers above, then quote itself, then what it calls.
    const detail = page.locator(".sandwich-detail");
    await page.mouse.move(box.x + 20, box.y + 50);
    await expect.poll(() => detail.innerText()).toContain("(anonymous main.ts:14)");
    await page.mouse.move(box.x + 20, box.y + 90);
    await expect.poll(() => detail.innerText()).toContain("bestDiscount");
    await page.mouse.click(box.x + 20, box.y + 90);
    await expect.poll(() => page.locator(".top tr[aria-selected=true]").innerText()).toContain("bestDiscount");
    await expect.poll(() => page.locator(".calls").innerText()).toMatch(/Callers.*quote.*Callees: none/s);
    await page.locator(".calls a", { hasText: "quote" }).click();
    await expect.poll(() => page.locator(".top tr[aria-selected=true]").innerText()).toContain("quote");
  });

  test("rows are functions, packages, files, lines or values of a label", async () => {
    await open("top");
    const rows = async (): Promise<string[]> =>
      (await page.locator(".top tbody tr:not(.unseen)").allInnerTexts()).map((row) => row.replace(/\s+/g, " ").trim());
    const group = (name: string) => page.getByLabel("Group by").selectOption(name);
    await group("package");
    await expect
      .poll(rows)
      .toEqual(
        expect.arrayContaining([expect.stringMatching(/ node$/), expect.stringMatching(/^[1-9].* \/app\/src$/)]),
      );
    await group("files");
    await expect.poll(rows).toEqual(expect.arrayContaining([expect.stringMatching(/\/app\/src\/pricing\.ts$/)]));
    await group("lines");
    await expect.poll(async () => (await rows()).some((row) => row.includes("pricing.ts:23"))).toBe(true);
    await group("label:customer");
    await expect
      .poll(async () => (await rows()).map((row) => row.split(" ").at(-1)))
      .toEqual(["acme", "globex", "initech"]);
    expect((await rows())[0]).toMatch(/^([\d.]+s) ([\d.]+%) \2 \1 \2 acme$/);
    await page.locator(".top tbody td.name", { hasText: "globex" }).dblclick();
    await expect.poll(() => query().get("tf")).toBe("customer=^globex$");
    expect(query().get("by")).toBe(null);
  });

  test("long names keep their ends, and are whole for whoever copies them", async () => {
    const builder = new ProfileBuilder({ sampleTypes: [{ type: "cpu", unit: "nanoseconds" }] });
    const names = ["address", "account"].map(
      (end) => `github.com/acme/shop/internal/very/deep/below/payment/${end}.(*Service).Get`,
    );
    for (const name of names)
      builder.sample([builder.location({ lines: [{ function: builder.function({ name }) }] })], [1]);
    const file = path.join(directory, "long.pb");
    writeFileSync(file, encode(builder.build()));
    await run(`-html=${file}.html`, file);
    await page.goto(`${pathToFileURL(`${file}.html`).href}#top`);
    const cells = page.locator(".top tbody td.name");
    await expect.poll(async () => (await cells.allTextContents()).sort()).toEqual(names.toSorted());
    const rows = page.locator(".top tbody .long-name");
    for (const row of await rows.all()) {
      const end = row.locator(".telling");
      const [part, cell] = [(await end.last().boundingBox())!, (await page.locator(".top").boundingBox())!];
      expect(part.x + part.width).toBeLessThanOrEqual(cell.x + cell.width);
      expect((await end.allTextContents()).join("")).toMatch(/^a\w+\.\(\*Service\)\.Get$|^\/a\w+\.\(\*Service\)\.Get$/);
      for (const shown of await end.all())
        expect(await shown.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBeLessThan(1);
    }
  });

  test("what is wrong with an expression is said on every page, of what was typed", async () => {
    for (const name of ["flamegraph", "top", "peek", "tags"]) {
      await open(name);
      for (const wrong of ["zip(", "[a-", "checkout\\"]) {
        await page.fill("#search", wrong);
        await expect.poll(() => page.locator("#search-problem").innerText()).toMatch(/./);
        // The worker has the last word, in a picture.
        await page.waitForTimeout(300);
        expect(await page.locator("#search-problem").innerText()).not.toMatch(/No match|\(\?i\)/);
        expect(await page.locator("#search").getAttribute("aria-invalid")).toBe("true");
      }
      await page.fill("#search", "");
    }
  });

  test("no part of a name that tells it from others is cut as long as there is room for it", async () => {
    const builder = new ProfileBuilder({ sampleTypes: [{ type: "cpu", unit: "nanoseconds" }] });
    const words = [
      "com.fasterxml.jackson.core.json",
      "alloc::vec::Vec<T,A>",
      "std::fs",
      "pkg/app.(*Server)",
      "Shop!Shop",
    ];
    const ends = [".nextToken", "::reserve", ".Serve(System.String, Int32)", "::next", "!get_Item()"];
    for (const word of words)
      for (const end of ends)
        for (const times of [1, 2, 4]) {
          const name = `${`${word}/`.repeat(times)}${end}`;
          builder.sample([builder.location({ lines: [{ function: builder.function({ name }) }] })], [1]);
        }
    const file = path.join(directory, "many.pb");
    writeFileSync(file, encode(builder.build()));
    await run(`-html=${file}.html`, file);
    for (const width of [1400, 1000, 640, 400]) {
      await page.setViewportSize({ width, height: 2200 });
      await page.goto(`${pathToFileURL(`${file}.html`).href}#top`);
      await page.locator(".top tbody td.name").first().waitFor();
      const cut = await page.evaluate(() =>
        [...document.querySelectorAll(".top tbody .long-name")]
          .map((name) => ({ name, telling: [...name.querySelectorAll<HTMLElement>(".telling")].at(-1)! }))
          .filter(({ name, telling }) => {
            const [all, part] = [name, telling].map((of) => of.getBoundingClientRect());
            // The whole row is wide enough for it, and for a letter and dots on both sides.
            const room = name.parentElement!.clientWidth - 60;
            const isCut = telling.scrollWidth > telling.clientWidth || part!.right > all!.right + 2;
            return isCut && telling.scrollWidth < room;
          })
          .map(({ telling }) => telling.textContent),
      );
      expect(cut, `at ${width} px`).toEqual([]);
      // What is selected is copied as it is.
      const copied = await page.evaluate(() => {
        getSelection()!.selectAllChildren(document.querySelector(".top tbody") as Element);
        return getSelection()!.toString();
      });
      for (const word of words) expect(copied).toContain(`${word}/${ends[0]}`);
      expect(await page.locator(".top tbody .long-name").count()).toBeGreaterThan(30);
    }
    await page.setViewportSize({ width: 1200, height: 700 });
  });

  test("refining begins with four fields, each of which says what it does and completes names", async () => {
    await open("flamegraph");
    await page.keyboard.press("r");
    const fields = page.locator(".refine label");
    expect(await fields.count()).toBe(4);
    for (const field of await fields.all())
      expect((await field.locator("small").innerText()).length).toBeGreaterThan(10);
    await page.getByLabel("Focus", { exact: true }).pressSequentially("disc");
    const offers = page.locator("[role=listbox] [role=option]");
    await expect.poll(() => offers.allInnerTexts()).toEqual(["bestDiscount"]);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await expect.poll(() => query().get("f")).toBe("^bestDiscount$");
    await page.getByLabel("Focus", { exact: true }).press("End");
    await page.getByLabel("Focus", { exact: true }).pressSequentially("|edit");
    await expect.poll(() => offers.allInnerTexts()).toEqual(["editDistance"]);
    await offers.first().click();
    await expect.poll(() => query().get("f")).toBe("^bestDiscount$|^editDistance$");
    await page.getByLabel("Tag focus").pressSequentially("glob");
    await expect.poll(() => offers.allInnerTexts()).toEqual(["customer=globex"]);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await expect.poll(() => query().get("tf")).toBe("customer=^globex$");
    await page.locator(".refine .more").click();
    expect(await fields.count()).toBeGreaterThan(15);
    await page.getByLabel("Tags as callers").pressSequentially("cust");
    await expect.poll(() => offers.allInnerTexts()).toEqual(["customer"]);
    await page.keyboard.press("Escape");
    await expect.poll(() => offers.count()).toBe(0);
    expect(await page.locator(".refine").count()).toBe(1);
    await page.getByLabel("Fold packages").pressSequentially("body");
    await expect.poll(() => offers.allInnerTexts()).toEqual(["body-parser"]);
  });

  test("labels are a list of keys that open; many numbers are in buckets, each with its flame graph", async () => {
    const builder = new ProfileBuilder({ sampleTypes: [{ type: "space", unit: "bytes" }] });
    const f = builder.location({ lines: [{ function: builder.function({ name: "f" }) }] });
    for (let i = 0; i < 40; i++)
      builder.sample(
        [f],
        [1],
        ["a", "b", "c", "d", "size"].map((key) =>
          key === "size" ? { key, value: BigInt(100 + i * 50), unit: "bytes" } : { key, value: `${key}${i % 3}` },
        ),
      );
    const file = path.join(directory, "labels.pb");
    writeFileSync(file, encode(builder.build()));
    await run(`-html=${file}.html`, file);
    await page.goto(`${pathToFileURL(`${file}.html`).href}#tags`);
    const keys = page.locator(".tag-key");
    await expect.poll(() => keys.count()).toBe(5);
    expect(await page.locator(".tag-key[open]").count()).toBe(3);
    const size = keys.filter({ hasText: "40 values" });
    await size.locator("summary").click();
    const rows = size.locator("tbody tr");
    await expect.poll(() => rows.count()).toBe(6);
    await size.getByRole("button", { name: "In buckets" }).click();
    await expect.poll(() => rows.count()).toBe(40);
    await size.getByRole("button", { name: "In buckets" }).click();
    await rows.filter({ hasText: "to 1000B" }).getByRole("button").click();
    await expect.poll(() => page.locator(".detail").innerText()).toContain("(25.00%)");
  });

  test("a file with lines that cannot be read is shown without them, and says so on every page", async () => {
    const file = path.join(directory, "odd.html");
    await run(`-html=${file}`, path.join(directory, "shop.pb"));
    await page.goto(pathToFileURL(file).href);
    await page.locator(".flame-scroll").waitFor();
    const transfer = await page.evaluateHandle(() => {
      const data = new DataTransfer();
      data.items.add(new File(["main;work 5\nmain;rest 3\nmain;odd five\n"], "stacks.txt"));
      return data;
    });
    await page.dispatchEvent(".shell", "drop", { dataTransfer: transfer });
    await expect.poll(() => page.locator(".detail").innerText()).toContain("8 (100%)");
    const warning = page.locator(".warning");
    await expect.poll(() => warning.allInnerTexts()).toEqual([expect.stringMatching(/^stacks\.txt: .*3.*: left out$/)]);
    await page.getByRole("link", { name: "Top" }).click();
    await page.locator(".top").waitFor();
    expect(await warning.count()).toBe(1);
  });
});
