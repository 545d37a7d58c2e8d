// What the pages of other sites can do to a debug port, by a real browser.
import { once } from "node:events";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Program, removeFolder, scratchFolder } from "../packages/runtime/test/program.ts";
import { openBrowser } from "../packages/web/test/browser.ts";

type Browser = Exclude<Awaited<ReturnType<typeof openBrowser>>, string>;
type Page = Awaited<ReturnType<Browser["newPage"]>>;

// Names that lead here, as those of a site that has changed where its name points.
const opened = await openBrowser("--host-resolver-rules=MAP evil.example 127.0.0.1, MAP app.example 127.0.0.1");
const why = typeof opened === "string" ? " (skipped without a browser)" : "";

describe.skipIf(typeof opened === "string")(`a browser${why}`, () => {
  const browser = opened as Browser;
  const folder = scratchFolder();
  let program: Program;
  /** Hands everything on to the debug port as it is, but for a page of its own: so that page is of any name and that port. */
  let relay: Server;
  let port: number;
  let page: Page;
  let html = "";
  const statuses: number[] = [];

  beforeAll(async () => {
    const options = { cwd: folder, env: { PPROF_ALLOWED_HOSTS: "app.example" } };
    program = Program.registered("process.on('message', () => {})", options);
    const to = new URL(await program.url()).port;
    relay = createServer((asked, response) => {
      if (asked.url === "/evil") {
        response.setHeader("content-type", "text/html");
        response.end(html);
        return;
      }
      const { method, headers, url: path } = asked;
      const onward = request({ host: "127.0.0.1", port: to, method, path, headers, setHost: false }, (answer) => {
        if (asked.url?.startsWith("/debug/pprof/")) statuses.push(answer.statusCode!);
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      });
      asked.pipe(onward.on("error", () => response.destroy()));
    }).listen(0, "127.0.0.1");
    await once(relay, "listening");
    port = (relay.address() as AddressInfo).port;
    page = await browser.newPage();
  });
  afterAll(async () => {
    await browser.close();
    relay?.close();
    await program?.stop();
    removeFolder(folder);
  });

  test.for(["localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "app.example"])(
    "starts nothing at %s for another site's page",
    async (host) => {
      const at = (name: string): string => `http://${host}:${port}/debug/pprof/${name}`;
      const body = `
        <img src="${at("profile?seconds=1")}"><script src="${at("heap")}"></script>
        <link rel="stylesheet" href="${at("goroutine")}"><iframe src="${at("heap?debug=1")}"></iframe>
        <video src="${at("allocs")}"></video><object data="${at("block")}"></object>
        <script>fetch("${at("heap?gc=1")}", { mode: "no-cors" }).catch(() => {});
        fetch("${at("symbol")}", { method: "POST", mode: "no-cors", body: "0x1" }).catch(() => {});</script>`;
      html = `<!doctype html><meta name="referrer" content="no-referrer">${body}`;
      statuses.length = 0;
      await page.goto(`http://evil.example:${port}/evil`);
      await expect.poll(() => statuses.length).toBeGreaterThanOrEqual(8);
      expect(new Set(statuses)).toEqual(new Set([403]));
    },
  );

  test("starts nothing that another site's page has it fetch ahead of time", async () => {
    const urls = ["heap?gc=1", "profile?seconds=1"].map((name) => `http://localhost:${port}/debug/pprof/${name}`);
    const rules = JSON.stringify({ prefetch: [{ source: "list", eagerness: "immediate", urls }] });
    html = `<!doctype html><script type="speculationrules">${rules}</script>`;
    statuses.length = 0;
    await page.goto(`http://evil.example:${port}/evil`);
    await expect.poll(() => statuses, { timeout: 10_000 }).toEqual([403, 403]);
  });

  test("shows the index in no frame, but follows a link to it, and its own links", async () => {
    const index = `http://localhost:${port}/debug/pprof/`;
    html = `<a href="${index}">profiles</a><a id="heap" href="${index}heap?debug=1">heap</a><iframe src="${index}"></iframe>`;
    await page.goto(`http://evil.example:${port}/evil`);
    const frame = page.frames().find((one) => one !== page.mainFrame());
    expect(await frame?.locator("body").textContent()).not.toContain("threadcreate");
    await page.click("#heap");
    expect(await page.textContent("body")).toContain("Forbidden: requests from pages of other sites are not answered");
    await page.goto(`http://evil.example:${port}/evil`);
    await page.click("text=profiles");
    expect(await page.textContent("body")).toContain("threadcreate");
    await page.click("text=block");
    expect(await page.textContent("body")).toContain("--- contention:");
  });

  test("reads nothing by a name that leads here from elsewhere", async () => {
    expect((await page.goto(`http://evil.example:${port}/debug/pprof/`))?.status()).toBe(403);
    html = "a page of the same name and port";
    await page.goto(`http://evil.example:${port}/evil`);
    const got = await page.evaluate(async () => {
      const response = await fetch("/debug/pprof/goroutine?debug=2");
      return [response.status, await response.text()];
    });
    expect(got).toEqual([
      403,
      'Forbidden: the host "evil.example" is not served here: allowedHosts (PPROF_ALLOWED_HOSTS) names those that are\n',
    ]);
  });

  test("takes an address that is typed, and where it does not say so, begins at the index", async () => {
    expect((await page.goto(`http://localhost:${port}/debug/pprof/block?debug=1`))?.status()).toBe(200);
    // Over HTTP to a name browsers do not say where a request comes from.
    expect((await page.goto(`http://app.example:${port}/debug/pprof/block?debug=1`))?.status()).toBe(403);
    expect(await page.textContent("body")).toContain("begin at the index page");
    expect((await page.goto(`http://app.example:${port}/debug/pprof/`))?.status()).toBe(200);
    await page.click("text=block");
    expect(await page.textContent("body")).toContain("--- contention:");
  });

  test("loads the index without a word on its console", async () => {
    const said: string[] = [];
    page.on("console", (message) => said.push(message.text()));
    await page.goto(`http://localhost:${port}/debug/pprof/`);
    expect(
      await page
        .locator("td")
        .first()
        .evaluate((cell) => getComputedStyle(cell).paddingLeft),
    ).toBe("0px");
    expect(said.filter((text) => !text.includes("favicon") && !text.includes("404"))).toEqual([]);
  });
});
