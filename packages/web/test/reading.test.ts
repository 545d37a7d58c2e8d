import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { encode, ProfileBuilder } from "@pprof-ts/profile";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { arriving } from "../src/worker/open/arriving.ts";
import { openBrowser } from "./browser.ts";
import { openPage } from "./opened-page.ts";
import { servePages } from "./served.ts";
import { serveSite } from "./static-site.ts";

function profileOf(samples: number): Uint8Array {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "cpu", unit: "nanoseconds" }] });
  for (let i = 0; i < samples; i++)
    builder.sample(
      [builder.location({ lines: [{ function: builder.function({ name: `function${i % 5000}` }), line: i }] })],
      [1],
    );
  return encode(builder.build());
}

test("what is read is told in bytes, of a total where there is one", async () => {
  const bytes = profileOf(100_000);
  const told: (readonly [number, number | undefined])[] = [];
  const { bytes: parts, size } = await arriving({ name: "p", bytes: bytes.slice().buffer as ArrayBuffer }, (progress) =>
    told.push([progress.read, progress.total]),
  );
  let length = 0;
  for await (const part of parts as AsyncIterable<Uint8Array>) {
    length += part.length;
    await setTimeout(90);
  }
  expect([length, size()]).toEqual([bytes.length, bytes.length]);
  expect(told.length).toBeGreaterThan(1);
  for (const [i, [read, total]] of told.entries()) {
    expect(total).toBe(bytes.length);
    expect(read).toBeGreaterThan(told[i - 1]?.[0] ?? 0);
  }
  const packed = gzipSync(bytes);
  const whole = await arriving(
    { name: "p", bytes: packed.buffer.slice(packed.byteOffset, packed.byteOffset + packed.length) as ArrayBuffer },
    () => {},
  );
  expect(whole.bytes).toBeInstanceOf(Uint8Array);
});

const opened = await openBrowser();

describe.skipIf(typeof opened === "string")(
  "a profile that takes time to read, in a browser (skipped without one)",
  () => {
    const browser = opened as Browser;
    let page: Page;
    let problems: string[];
    afterAll(() => browser.close());
    beforeEach(async () => {
      ({ page, problems } = await openPage(browser));
    });
    afterEach(async () => {
      expect(problems).toEqual([]);
      await page.close();
    });

    test("what is packed in several streams in a row is read whole, a large one too", async () => {
      const lines = (name: string, count: number): string =>
        Array.from({ length: count }, () => `main;${name}_${randomBytes(20).toString("hex")} 1\n`).join("");
      const packed = (...texts: string[]): Buffer => Buffer.concat(texts.map((text) => gzipSync(text)));
      const site = await serveSite(
        {
          "favicon.ico": "",
          "small.gz": packed("main;hot 3\n", "main;cold 1\n"),
          "large.gz": packed(lines("first", 100_000), lines("second", 99_999), "main;hot 3\n"),
        },
        "default-src 'self'; img-src data:",
      );
      try {
        for (const [file, total] of [
          ["small.gz", "here 4 (100%)"],
          ["large.gz", "here 200002 (100%)"],
        ]) {
          await page.goto(`${site.url}/pprof/index.html#flamegraph?src=/${file}`);
          await expect.poll(() => page.locator("body").innerText(), { timeout: 20_000 }).toContain(total);
        }
      } finally {
        site.stop();
      }
    });

    test("what does not say which program it was goes by the file's name, in the header and in the title", async () => {
      const stacks = "main;hot 3\nmain;cold 1\n";
      const site = await serveSite({ "favicon.ico": "", "folded.txt": stacks }, "default-src 'self'; img-src data:");
      const directory = mkdtempSync(path.join(tmpdir(), "pprof-name-"));
      writeFileSync(`${directory}/folded.txt`, stacks);
      const served = await servePages([`${directory}/folded.txt`], { HOME: directory });
      try {
        for (const address of [
          `${site.url}/pprof/index.html#flamegraph?src=/folded.txt`,
          `${served.url}/ui/flamegraph`,
        ]) {
          await page.goto(address);
          await expect.poll(() => page.title()).toBe("folded.txt · samples · pprof");
          expect(await page.locator(".logo").innerText()).toBe("folded.txt");
        }
      } finally {
        served.stop();
        site.stop();
        rmSync(directory, { recursive: true });
      }
    });

    test("a file that a thread of its own decompresses moves a bar, to its end and, by itself, until there is a picture", async () => {
      // Stored and not compressed: only what is long has a thread of its own.
      const bytes = gzipSync(profileOf(300_000), { level: 0 });
      expect(bytes.length).toBeGreaterThan(5_000_000);
      const site = await serveSite({ "favicon.ico": "" }, "default-src 'self'; img-src data:");
      try {
        await page.goto(`${site.url}/pprof/index.html`);
        await page.locator('input[type="file"]').first().waitFor({ state: "attached" });
        // Each state that the bars are seen in: how far, or -1 for one that moves by itself; 2 where there is none.
        await page.evaluate(() => {
          const states: number[] = [];
          const undrawn: number[] = [];
          const look = (): void => {
            const bar = document.querySelector("progress");
            const state = bar === null ? 2 : bar.position;
            if (state !== states.at(-1)) states.push(state);
            // A canvas that nothing was drawn on yet is black, or has another picture's size.
            for (const canvas of document.querySelectorAll("canvas"))
              if (canvas.width === 300 && canvas.checkVisibility({ visibilityProperty: true })) undrawn.push(state);
            requestAnimationFrame(look);
          };
          document.addEventListener("change", look, { capture: true });
          Object.assign(window, { states, undrawn });
        });
        await page.locator('input[type="file"]').first().setInputFiles({
          name: "cpu.pb.gz",
          mimeType: "application/gzip",
          buffer: bytes,
        });
        await expect.poll(() => page.locator(".detail").innerText(), { timeout: 25_000 }).toContain("(100%)");
        const states = await page.evaluate(() => (window as unknown as { states: number[] }).states);
        expect(await page.evaluate(() => (window as unknown as { undrawn: number[] }).undrawn)).toEqual([]);
        const bars = states.slice(
          states.findIndex((state) => state < 2),
          states.lastIndexOf(-1) + 1,
        );
        const known = bars.filter((state) => state >= 0);
        expect(known.length).toBeGreaterThan(0);
        expect(known).toEqual(known.toSorted((a, b) => a - b));
        expect(bars.at(-1)).toBe(-1);
        // It does not stand at its end.
        expect(Math.max(...known)).toBeLessThan(1);
      } finally {
        site.stop();
      }
    });

    test.each(["as it is", "gzipped"])("%s, a bar says how many bytes of how many have come", async (how) => {
      const bytes = how === "gzipped" ? gzipSync(profileOf(100_000)) : profileOf(100_000);
      let goOn = (): void => {};
      const rest = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      const slow = createServer(async (_, response) => {
        response.writeHead(200, { "access-control-allow-origin": "*", "content-length": bytes.length });
        for (let from = 0; from < bytes.length; from += 100_000) {
          if (from > bytes.length / 2) await rest;
          response.write(bytes.subarray(from, from + 100_000));
          await setTimeout(20);
        }
        response.end();
      });
      await new Promise<void>((resolve) => slow.listen(0, "127.0.0.1", resolve));
      const site = await serveSite({ "favicon.ico": "" }, "default-src 'self'; connect-src *; img-src data:");
      try {
        const { port } = slow.address() as AddressInfo;
        await page.goto(`${site.url}/pprof/index.html#flamegraph?src=http://127.0.0.1:${port}/cpu.pb`);
        const bar = page.getByRole("progressbar", { name: "Read" });
        await bar.waitFor();
        const total = (bytes.length / 1e6).toLocaleString("en", { maximumFractionDigits: 1 });
        expect(await page.locator(".status").innerText()).toMatch(
          new RegExp(`Reading cpu\\.pb…\\s+[\\d.]+ of ${total} MB`),
        );
        // There is nothing yet to save, to search or to go over.
        for (const name of ["SVG", "Callers first"]) expect(await page.getByRole("button", { name }).count()).toBe(0);
        expect(await page.locator(".flame-map").isVisible()).toBe(false);
        goOn();
        await expect.poll(() => page.locator(".detail").innerText()).toContain("(100%)");
        expect(await bar.count()).toBe(0);
      } finally {
        goOn();
        slow.closeAllConnections();
        slow.close();
        site.stop();
      }
    });
  },
);

test("what the browser has of a served profile is not sent again", async () => {
  const directory = mkdtempSync(path.join(tmpdir(), "pprof-reading-"));
  writeFileSync(`${directory}/p.pb`, profileOf(10));
  const served = await servePages([`${directory}/p.pb`], { HOME: directory });
  try {
    for (const name of ["profile?recording=0", "page.js"]) {
      const first = await fetch(`${served.url}/ui/${name}`);
      const tag = first.headers.get("etag")!;
      expect(first.headers.get("cache-control")).toBe("private, no-cache");
      expect((await first.arrayBuffer()).byteLength).toBeGreaterThan(100);
      const again = await fetch(`${served.url}/ui/${name}`, { headers: { "if-none-match": tag } });
      expect([again.status, (await again.arrayBuffer()).byteLength]).toEqual([304, 0]);
      expect((await fetch(`${served.url}/ui/${name}`, { headers: { "if-none-match": '"other"' } })).status).toBe(200);
    }
    expect((await fetch(`${served.url}/ui/flamegraph`)).headers.get("cache-control")).toBe("no-store");
  } finally {
    served.stop();
    rmSync(directory, { recursive: true });
  }
});
