import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { TraceBuilder, traceFormats } from "@pprof-ts/profile";
import axe from "axe-core";
import type { Browser, JSHandle, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { withoutGoTrace } from "../../profile/test/trace/go-tool.ts";
import { MS, rounds } from "../../profile/test/trace/rounds.ts";
import { openBrowser } from "./browser.ts";
import { NASTY, writeFixture } from "./fixture.ts";
import { openPage, settled } from "./opened-page.ts";
import { run, servePages } from "./served.ts";
import { type Service, startService } from "./service.ts";

const directory = mkdtempSync(path.join(tmpdir(), "pprof-trace-pages-"));
const env = { HOME: directory, XDG_CONFIG_HOME: directory };
// SCREENSHOTS=1 npm test -- web/test/trace writes the pictures in screenshots/ anew, to be looked at.
const pictures = fileURLToPath(new URL("../screenshots/", import.meta.url));
const keeps = process.env.SCREENSHOTS === "1";
const traced = path.join(directory, "trace.out");
const [go, chrome] = traceFormats.map((format) => format.write(rounds(25)));
writeFileSync(traced, go!);
const opened = await openBrowser();

/** The colours that are drawn of a part of the canvas, how many pixels of each. */
async function colours(page: Page, left: number, top: number, right: number, bottom: number): Promise<number> {
  return page.evaluate(
    ([left, top, right, bottom]) => {
      const canvas = document.querySelector<HTMLCanvasElement>(".trace-sticky canvas")!;
      const { data } = canvas.getContext("2d")!.getImageData(left!, top!, right! - left!, bottom! - top!);
      const found = new Set<number>();
      for (let i = 0; i < data.length; i += 4) found.add((data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!);
      return found.size;
    },
    [left, top, right, bottom],
  );
}

describe.skipIf(typeof opened === "string")("pages of a trace, in a browser (skipped without one)", () => {
  const browser = opened as Browser;
  let served: Awaited<ReturnType<typeof servePages>>;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    served = await servePages([traced], env);
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
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  };
  const side = (): Promise<string> => page.locator(".trace-side").innerText();
  const query = (): URLSearchParams => new URL(page.url().replace("#", "/")).searchParams;
  const dropped = (name: string, bytes: Uint8Array): Promise<JSHandle<DataTransfer>> =>
    page.evaluateHandle(
      ([name, bytes]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(bytes)], name));
        return transfer;
      },
      [name, [...bytes]] as const,
    );

  test("its address leads to the timeline, which is drawn: lanes, counters, requests", async () => {
    await page.goto(served.url);
    await settled(page);
    expect(new URL(page.url()).pathname).toBe("/ui/trace");
    await expect.poll(() => page.title()).toBe("trace.out · trace · pprof");
    expect(await page.locator(".tools .hint").innerText()).toBe("25 rows in view");
    // Lanes with what was sampled, and the rows below.
    await expect.poll(() => colours(page, 180, 24, 1190, 60)).toBeGreaterThan(3);
    await expect.poll(() => colours(page, 180, 200, 1190, 500)).toBeGreaterThan(3);
  });

  test("a request is one click away: where its time went, its path, what it did", async () => {
    await open("trace?as=table");
    const rows = page.locator(".long tbody tr:not(.unseen)");
    expect(await rows.nth(0).innerText()).toMatch(/^\s*2\.5s\s+\d+(\.\d)?%\s+event loop/);
    await rows.nth(1).getByRole("button").click();
    expect(query().get("sel")).toMatch(/^g:\d+$/);
    const text = await side();
    expect(text).toMatch(
      /^✕?\s*GET \/item\/:id\s+lasted\s+41ms\s+began\s+\d+ns\s+runs\s+11ms\s+waits to run\s+5ms\s+waits\s+23ms\s/,
    );
    expect(text).toMatch(
      /Critical path\s+10ms\s+24%\s+runs\s+20ms\s+49%\s+waits: network: query app\.js:7\s+5ms\s+12%\s+waits to run/,
    );
    expect(text).toContain("address\n/item/0");
    // Which part is in view is in the address, and one can go back.
    expect(query().get("at")).not.toBeNull();
    await page.reload();
    await expect.poll(side).toContain("GET /item/:id");
    await page.keyboard.press("Escape");
    await expect.poll(() => page.locator(".trace-side").count()).toBe(0);
    await page.goBack();
    await expect.poll(side).toContain("GET /item/:id");
  });

  test("tasks by what they are called, and three clicks to the slowest", async () => {
    await open("trace");
    await page.getByRole("link", { name: "Tasks" }).click();
    const row = page.locator(".units tbody tr").first();
    await expect.poll(() => row.innerText()).toMatch(/^GET \/item\/:id http\s+25\s+41ms\s+41ms\s+41ms\s+41ms\s+1\.02s/);
    expect(await row.locator(".spent").getAttribute("aria-label")).toMatch(
      /^running 27[45]ms \(27%\), in system calls 50ms/,
    );
    await row.getByRole("button").click();
    const detail = page.locator(".unit-detail");
    expect(await detail.innerText()).toMatch(/500ms\s+49%\s+waiting: network: query app\.js:7/);
    await detail.locator(".plain").first().click();
    await expect.poll(side).toContain("GET /item/:id");
    expect(new URL(page.url()).pathname).toBe("/ui/trace");
  });

  test("two traces are compared by their tasks", async () => {
    const before = path.join(directory, "before.out");
    writeFileSync(before, traceFormats[0]!.write(rounds(10)));
    await open("tasks");
    await page.locator(".compared input").setInputFiles(before);
    const row = page.locator(".units tbody tr").first();
    await expect.poll(() => row.innerText()).toMatch(/25\s+10 before\s+41ms\s+41ms before, [+−]0%/);
    expect(await page.locator(".units tbody tr").nth(1).innerText()).toMatch(/event loop/);
    await page.locator(".compared .chip").click();
    await expect.poll(() => row.innerText()).not.toContain("before");
    await page.dispatchEvent(".shell", "dragover");
    const zones = page.locator(".drop");
    await expect
      .poll(() => zones.allInnerTexts())
      .toEqual([expect.stringContaining("Compare"), expect.stringContaining("Open")]);
    await zones.first().dispatchEvent("drop", { dataTransfer: await dropped("before.out", readFileSync(before)) });
    await expect.poll(() => row.innerText()).toContain("10 before");
  });

  test("the longest turns, each with whom it delayed; waits, each with the longest", async () => {
    await open("turns");
    const rows = page.locator(".long tbody tr:not(.unseen)");
    await rows.first().waitFor();
    await rows.first().getByRole("button").click();
    await expect.poll(side).toMatch(/event loop\s+ran\s+2\dms/);
    expect(await side()).toMatch(/Was ready, and waited for it\s+5ms\s+GET \/item\/:id/);
    await open("waits");
    await expect
      .poll(() => rows.allInnerTexts())
      .toContainEqual(expect.stringMatching(/^500ms\s+25\s+20ms\s+GET \/item\/:id\s+network: query app\.js:7$/));
    await page.fill("#search", "sync");
    await expect.poll(() => rows.count()).toBe(1);
  });

  test("a part that is drawn over has its numbers, its flame graph and its waits", async () => {
    await open("trace");
    const box = (await page.locator(".trace-scroll").boundingBox())!;
    await page.mouse.move(box.x + 300, box.y + 8);
    await page.mouse.down();
    await page.mouse.move(box.x + 400, box.y + 8);
    await page.mouse.move(box.x + 500, box.y + 8);
    await page.mouse.up();
    await expect.poll(side).toMatch(/^✕?\s*\d+ms of the trace/);
    const part = query().get("part")!;
    expect(part).toMatch(/^0\.\d+:0\.\d+$/);
    await page.getByRole("button", { name: "Flame graph", exact: true }).click();
    await expect.poll(() => page.locator(".detail").innerText()).toMatch(/All: samples\s+here [1-9] /);
    expect(query().get("part")).toBe(part);
    await page.getByLabel("Profile of the trace").selectOption("net");
    await expect.poll(() => page.locator(".detail").innerText()).toMatch(/All: delay\s+here \d+(\.\d+)?ms/);
    await page.locator(".chip").click();
    // As the tool has it of the whole.
    await expect.poll(() => page.locator(".detail").innerText()).toMatch(/All: delay\s+here 500ms/);
    await page.getByRole("link", { name: "Top" }).click();
    await expect.poll(() => page.locator(".top").innerText()).toContain("query");
    await page.goto(`${served.url}/ui/flamegraph?of=sync`);
    await expect.poll(() => page.locator(".detail").innerText()).toMatch(/All: delay\s+here 75ms/);
  });

  test("keys zoom, go through time and from row to row", async () => {
    await open("trace");
    await page.keyboard.press("+");
    await expect.poll(() => query().get("at")).toMatch(/^0\.[45]\d*:[12]\.\d+$/);
    const before = query().get("at");
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => query().get("at")).not.toBe(before);
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => query().get("sel")).toMatch(/^g:/);
    const first = query().get("sel");
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => query().get("sel")).not.toBe(first);
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator(".tools .hint").innerText()).toBe("1 row in view");
    await page.keyboard.press("z");
    await expect.poll(() => query().get("at")).toBeNull();
    await page.keyboard.press("g");
    await page.keyboard.press("k");
    await expect.poll(() => new URL(page.url()).pathname).toBe("/ui/tasks");
  });

  test("what is searched narrows the rows", async () => {
    await open("trace");
    await page.fill("#search", "item");
    await expect.poll(() => query().get("q")).toBe("item");
    await expect.poll(() => page.locator(".tools .hint").innerText()).toBe("25 rows in view");
    await page.fill("#search", "elsewhere");
    await expect.poll(() => page.locator(".tools .hint").innerText()).toBe("0 rows in view");
  });

  test("a wrong key of an address is said, and what is not there is said", async () => {
    await page.goto(`${served.url}/ui/trace?sel=everything`);
    expect(await page.locator("body").innerText()).toContain('invalid sel "everything": must be g:GOROUTINE');
    expect(problems.splice(0)).toHaveLength(1);
    await open("trace?sel=g:424242");
    await expect.poll(side).toContain("There is no goroutine 424242");
    await page.goto(`${served.url}/ui/flamegraph?of=cpu&only=424242`);
    await expect.poll(() => page.getByRole("alert").innerText()).toContain("there is no goroutine 424242 in the trace");
    await page.goto(`${served.url}/ui/flamegraph?of=heap`);
    await expect.poll(() => page.getByRole("alert").innerText()).toContain('invalid profile "heap"');
  });

  test("a trace is dropped onto pages of a profile, and a profile onto those of a trace", async () => {
    const profile = path.join(directory, "cpu.pb");
    writeFixture(profile);
    const html = path.join(directory, "profile.html");
    await run(`-html=${html}`, profile);
    await page.goto(pathToFileURL(html).href);
    await settled(page);
    await page.dispatchEvent(".shell", "drop", { dataTransfer: await dropped("dropped.out", go!) });
    await expect.poll(() => page.locator(".logo").innerText()).toBe("dropped.out");
    await settled(page);
    expect(new URL(page.url()).hash).toMatch(/^#trace/);
    await expect.poll(() => colours(page, 180, 200, 1190, 500)).toBeGreaterThan(3);
    await page.getByRole("link", { name: "Flame graph" }).click();
    await expect.poll(() => page.locator(".detail").innerText()).toMatch(/All: samples\s+here 25/);
    await page.getByRole("link", { name: "Timeline" }).click();
    await page.dispatchEvent(".shell", "drop", { dataTransfer: await dropped("cpu.pb", readFileSync(profile)) });
    await expect.poll(() => page.locator(".detail").innerText()).toContain("1.12s (100%)");
    expect(await page.getByRole("link", { name: "Timeline" }).count()).toBe(0);
    await page.dispatchEvent(".shell", "drop", {
      dataTransfer: await dropped("none.out", Buffer.from("nothing at all")),
    });
    await expect.poll(() => page.getByRole("alert").innerText()).toContain("none.out: ");
  });

  test("a page in one file holds a trace, from disk, and asks nobody", async () => {
    const html = path.join(directory, "trace.html");
    const file = path.join(directory, "trace.json");
    writeFileSync(file, chrome!);
    await run(`-html=${html}`, traced);
    await page.goto(pathToFileURL(html).href);
    await settled(page);
    await expect.poll(() => colours(page, 180, 200, 1190, 500)).toBeGreaterThan(3);
    await page.getByRole("link", { name: "Waits" }).click();
    await expect.poll(() => page.locator(".long").innerText()).toContain("network: query app.js:7");
    await page.getByRole("link", { name: "Top" }).click();
    await expect.poll(() => page.locator(".top").innerText()).toContain("parse");
    // Slices of another format, which has no states.
    await page.dispatchEvent(".shell", "drop", { dataTransfer: await dropped("trace.json", readFileSync(file)) });
    await expect.poll(() => page.locator(".logo").innerText()).toBe("trace.json");
  });

  test("of a file that is cut what is whole is shown, and that there was more is said", async () => {
    const cut = path.join(directory, "cut.out");
    writeFileSync(cut, go!.subarray(0, go!.length - 30));
    const other = await servePages([cut], env);
    try {
      await page.goto(other.url);
      await settled(page);
      expect(await page.locator(".filters").innerText()).toMatch(/The rest is not read: malformed trace: /);
      expect(await page.locator(".tools .hint").innerText()).toBe("20 rows in view");
    } finally {
      other.stop();
    }
  });

  test("what a function of a task awaited one after the other stands with the task", async () => {
    const builder = new TraceBuilder();
    builder.add("proc-start", 0, { thread: 0, a: 0 });
    const goroutine = 5;
    const route = ["GET /page", "http", 0] as const;
    const step = (millis: number, name: Parameters<TraceBuilder["add"]>[0], fields = {}): void =>
      builder.add(name, millis * MS, { thread: 0, goroutine, ...fields });
    step(0, "create", { a: builder.stack([route]) });
    step(0, "run");
    step(0, "task-begin", { a: goroutine, c: builder.text("GET /page") });
    for (const [i, lasts] of [30, 20].entries()) {
      const stack = builder.stack([["query", "/srv/db.js", 3], ["page", "/srv/page.js", 7 + i], route]);
      step(1 + 40 * i, "wait", { a: builder.text("network"), stack });
      step(1 + 40 * i + lasts, "ready", { thread: -1 });
      step(1 + 40 * i + lasts, "run");
    }
    step(70, "task-end", { a: goroutine });
    step(70, "end");
    const file = path.join(directory, "in-a-row.out");
    writeFileSync(file, traceFormats[0]!.write(builder.build(0n, 100 * MS)));
    const other = await servePages([file], env);
    try {
      await page.goto(`${other.url}/ui/tasks`);
      await settled(page);
      await page.locator(".units tbody tr").first().getByRole("button").click();
      await expect
        .poll(() => page.locator(".unit-detail").innerText())
        .toMatch(/one after the other.*\s+20ms\s+50ms\s+1\s+page page\.js:7, page\.js:8/);
    } finally {
      other.stop();
    }
  });

  test("names that would be markup are text", async () => {
    const builder = new TraceBuilder();
    builder.add("proc-start", 0, { thread: 0, a: 0 });
    NASTY.forEach((name, i) => {
      const goroutine = i + 1;
      const stack = builder.stack([[name, "http", 0]]);
      const at = i * 10 * MS;
      builder.add("create", at, { thread: 0, goroutine, a: stack });
      builder.add("run", at, { thread: 0, goroutine });
      builder.add("task-begin", at, { thread: 0, goroutine, a: goroutine, c: builder.text(name.slice(0, 1000)) });
      builder.add("wait", at + MS, { thread: 0, goroutine, a: builder.text(name.slice(0, 1000)), stack });
      builder.add("ready", at + 3 * MS, { goroutine });
      builder.add("run", at + 3 * MS, { thread: 0, goroutine });
      builder.add("wait", at + 4 * MS, { thread: 0, goroutine });
    });
    const nasty = path.join(directory, "nasty.out");
    writeFileSync(nasty, traceFormats[0]!.write(builder.build(0n, 100 * MS)));
    const other = await servePages([nasty], env);
    try {
      for (const place of ["trace?as=table", "tasks", "waits", "turns", "trace?sel=g:1", "flamegraph?of=await"]) {
        await page.goto(`${other.url}/ui/${place}`);
        await settled(page);
        expect(await page.locator("#app").locator("img, script, i").count(), place).toBe(0);
        expect(await page.locator("body").innerText()).not.toMatch(/[\u202e\u2066]/);
        expect(await page.title()).not.toBe("taken");
      }
    } finally {
      other.stop();
    }
  });

  test.each(["light", "dark"] as const)(
    "everybody can use them, and nothing sticks out: %s",
    async (theme) => {
      await page.emulateMedia({ colorScheme: theme });
      for (const [width, height] of [
        [400, 800],
        [1200, 700],
        [3840, 2160],
      ] as const) {
        await page.setViewportSize({ width, height });
        for (const [name, place] of [
          ["trace", "trace"],
          ["", "trace?as=table"],
          ["trace-request", "trace?at=0.99:1.06&sel=g:110"],
          ["trace-turn", "trace?at=0.99:1.06&sel=t:1022000000@0"],
          ["trace-part", "trace?part=0.1:0.5"],
          ["tasks", "tasks"],
          ["turns", "turns"],
          ["waits", "waits"],
        ] as const) {
          await open(place);
          if (keeps && name !== "" && (width === 1200 || (width === 400 && theme === "light"))) {
            await page.waitForTimeout(500);
            await page.screenshot({ path: path.join(pictures, `${name}-${width === 400 ? "400-" : ""}${theme}.png`) });
          }
          const wide = await page.evaluate(() => {
            const room = document.documentElement.clientWidth;
            return [...document.querySelectorAll("html, main, main > *, header, .tools, .filters, .trace-side")]
              .filter(({ scrollWidth, clientWidth }) => scrollWidth > Math.max(room, clientWidth) + 1)
              .map(({ tagName, className }) => `${tagName}.${className}`);
          });
          expect(wide, `${place} ${width}`).toEqual([]);
          if (width !== 1200) continue;
          await page.evaluate(axe.source);
          const violations = await page.evaluate(async () => {
            const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
            const { violations } = await axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21aa"] });
            return violations.flatMap(({ id, nodes }) =>
              nodes.slice(0, 3).map(({ html }) => `${id}: ${html.slice(0, 200)}`),
            );
          });
          expect(violations, `${place} ${width}`).toEqual([]);
        }
      }
    },
    120_000,
  );

  test.skipIf(withoutGoTrace !== undefined)(
    `of a program of Go's: procs are lanes, goroutines rows, and who woke whom is known${withoutGoTrace ? ` (skipped: ${withoutGoTrace})` : ""}`,
    async () => {
      const program = path.join(directory, "traced");
      const source = fileURLToPath(new URL("../../profile/test/trace/go-traced", import.meta.url));
      const built = spawnSync("go", ["build", "-o", program, "."], { cwd: source, encoding: "utf8" });
      expect(built.stderr).toBe("");
      const file = path.join(directory, "go.out");
      writeFileSync(file, spawnSync(program, { maxBuffer: 2 ** 30 }).stdout);
      const other = await servePages([file], env);
      try {
        await page.goto(`${other.url}/ui/trace?as=table`);
        await settled(page);
        const rows = page.locator(".long tbody tr:not(.unseen)");
        expect(await rows.first().innerText()).toMatch(/%\s+proc \d/);
        await page.fill("#search", "main.func3");
        await expect.poll(() => rows.last().innerText()).toContain("main.main.func3");
        await rows.last().getByRole("button").click();
        // Each receives what another one sends.
        await expect.poll(side).toMatch(/waits: chan receive: .*\n.*woken by main\.main\.func2/s);
        await page.goto(`${other.url}/ui/tasks`);
        await expect.poll(() => page.locator(".units tbody tr").first().innerText()).toMatch(/^compute task\s+8/);
        await page.goto(`${other.url}/ui/flamegraph?of=net`);
        await expect.poll(() => page.locator(".detail").innerText()).toMatch(/All: delay\s+here [\d.]+m?s/);
      } finally {
        other.stop();
      }
    },
    90_000,
  );

  describe("of a service under load", () => {
    let service: Service;
    beforeAll(async () => {
      service = await startService();
    });
    afterAll(() => service?.stop());

    test("fetched from where a program serves it", async () => {
      const other = await servePages([`${service.profiles}trace?seconds=2`], env);
      try {
        await page.goto(`${other.url}/ui/tasks`);
        await settled(page);
        await page.locator(".units tbody tr").first().waitFor();
        expect(await page.locator(".units").innerText()).toMatch(/(GET|POST) \/\S* http/);
        await page.getByRole("link", { name: "Turns" }).click();
        await page.locator(".long tbody tr:not(.unseen)").first().getByRole("button").click();
        await expect.poll(side).toMatch(/ran\s+[\d.]+(ms|µs)/);
        await page.getByRole("link", { name: "Flame graph" }).click();
        await expect.poll(() => page.locator(".detail").innerText()).toMatch(/All: samples\s+here [1-9]/);
      } finally {
        other.stop();
      }
    });
  });
});
