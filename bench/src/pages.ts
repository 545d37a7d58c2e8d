// node bench/dist/pages.js [--input REGEXP] [--runs N]: a flame graph's first picture and its zooming, in a browser, for
// the pages of this project, speedscope and the reference tool, on the same files in one run.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { parseArgs } from "node:util";
import { type BrowserServer, chromium, type Page } from "playwright-core";
import { memoryOf } from "./browser-memory.ts";
import { INPUTS } from "./cases.ts";

/** A viewer: how it is opened with a file, and when its picture is there. */
interface Viewer {
  readonly name: string;
  /** Opens the file and returns when the picture is on screen, with the milliseconds that it took. */
  readonly show: (page: Page, file: string) => Promise<number>;
  readonly zooms: boolean;
}

/** A viewer that has no picture after so many milliseconds has failed. */
const PATIENCE = 90_000;

const { values: flags } = parseArgs({
  options: { input: { type: "string", default: "^(0.4|9|100) MB" }, runs: { type: "string", default: "3" } },
});
const require = createRequire(import.meta.url);
const site = (manifest: string, directory: string): string =>
  path.join(path.dirname(require.resolve(manifest)), directory);

const VIEWERS: readonly Viewer[] = [
  {
    name: "pages of this project",
    show: (page, file) =>
      chooseFile(
        page,
        file,
        site("@pprof-ts/web/package.json", "dist"),
        () => performance.getEntriesByName("pprof picture").length > 0,
      ),
    zooms: true,
  },
  {
    name: "speedscope",
    show: (page, file) =>
      chooseFile(page, file, site("speedscope/package.json", "dist/release"), () =>
        document.title.includes(" - speedscope"),
      ),
    zooms: true,
  },
  { name: "reference (go tool pprof)", show: showReference, zooms: false },
];

for (const input of INPUTS.filter(({ name }) => new RegExp(flags.input).test(name))) {
  const [file] = input.files();
  console.log(`\n${input.name}${" ".repeat(28)}first picture ms   frame p95 ms   memory MB`);
  for (const viewer of VIEWERS) {
    const runs: Measure[] = [];
    let problem = "";
    for (let run = 0; run < Number(flags.runs) && problem === ""; run++) {
      try {
        runs.push(await measure(viewer, file!));
      } catch (error) {
        problem = (error as Error).message.split("\n", 1)[0]!;
      }
    }
    if (problem !== "") console.log(`${viewer.name.padEnd(34)} failed: ${problem}`);
    else {
      const cells = [
        median(runs.map((run) => run.first)),
        median(runs.map((run) => run.frame)),
        median(runs.map((run) => run.memory)),
      ];
      console.log(
        viewer.name.padEnd(34) +
          cells.map((cell) => (cell === undefined ? "–" : cell.toFixed(1)).padStart(15)).join(""),
      );
    }
  }
}

interface Measure {
  readonly first: number;
  /** What the page itself does in a frame while it is zoomed. */
  readonly frame: number | undefined;
  readonly memory: number | undefined;
}

async function measure(viewer: Viewer, file: string): Promise<Measure> {
  const server = await openBrowser();
  try {
    const browser = await chromium.connect(server.wsEndpoint());
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const gone = new Promise<never>((_, reject) => page.on("crash", () => reject(new Error("the tab crashed"))));
    // The time that a page spends in what it asked to be called for each frame.
    await page.addInitScript(() => {
      const times: number[] = [];
      const ask = window.requestAnimationFrame.bind(window);
      window.requestAnimationFrame = (callback) =>
        ask((now) => {
          const from = performance.now();
          callback(now);
          times.push(performance.now() - from);
        });
      Object.assign(window, { frameTimes: times });
    });
    const first = await Promise.race([viewer.show(page, file), gone]);
    const memory = memoryOf(server.process().pid!);
    return { first, frame: viewer.zooms ? await zoom(page) : undefined, memory };
  } finally {
    await server.close();
  }
}

async function zoom(page: Page): Promise<number | undefined> {
  await page.evaluate(() => (window as unknown as { frameTimes: number[] }).frameTimes.splice(0));
  await page.mouse.move(400, 400);
  await page.keyboard.down("Control");
  for (let i = 0; i < 60; i++) {
    await page.mouse.wheel(0, i < 30 ? -60 : 60);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  }
  await page.keyboard.up("Control");
  const times = await page.evaluate(() => (window as unknown as { frameTimes: number[] }).frameTimes);
  // Half of them are this function's own and take no time.
  const own = times.filter((time) => time > 0.05).sort((a, b) => a - b);
  return own[Math.floor(own.length * 0.95)];
}

/** Serves a directory, chooses a file on its page, and waits until the page says that the picture is there. */
async function chooseFile(page: Page, file: string, directory: string, isReady: () => boolean): Promise<number> {
  const types: Readonly<Record<string, string>> = { html: "text/html", js: "text/javascript", css: "text/css" };
  const server = createServer((request, response) => {
    const name = path.join(
      directory,
      path.normalize(request.url === "/" ? "/index.html" : (request.url ?? "")).split("?")[0]!,
    );
    if (!existsSync(name)) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": types[path.extname(name).slice(1)] ?? "" }).end(readFileSync(name));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const input = page.locator('input[type="file"]').first();
    await input.waitFor({ state: "attached" });
    await page.evaluate(() =>
      document.addEventListener("change", () => Object.assign(window, { chosen: performance.now() }), {
        capture: true,
      }),
    );
    await input.setInputFiles(file);
    await page.waitForFunction(isReady, undefined, { timeout: PATIENCE, polling: "raf" });
    return await page.evaluate(() => performance.now() - (window as unknown as { chosen: number }).chosen);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** The reference tool reads the file before it serves: what counts is from the request for the page to its boxes. */
async function showReference(page: Page, file: string): Promise<number> {
  if (spawnSync("go", ["version"]).status !== 0) throw new Error("go is not installed");
  const tool = spawnSync("go", ["tool", "-n", "pprof"], { encoding: "utf8" }).stdout.trim();
  const child = spawn(tool, ["-http=localhost:", "-no_browser", file], { stdio: ["ignore", "ignore", "pipe"] });
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let said = "";
      child.stderr.on("data", (part) => {
        said += part;
        const found = /Serving web UI on (\S+)/.exec(said);
        if (found) resolve(found[1]!);
      });
      child.on("error", reject);
      child.on("exit", () => reject(new Error(said)));
    });
    const from = performance.now();
    await page.goto(`${url}/ui/flamegraph`, { timeout: PATIENCE, waitUntil: "commit" });
    await page.waitForFunction(() => document.querySelector("#stack-chart .boxbg") !== null, undefined, {
      timeout: PATIENCE,
      polling: "raf",
    });
    return performance.now() - from;
  } finally {
    child.kill();
  }
}

/** CHROME_PATH, an installed Chromium, or npm's. */
async function openBrowser(): Promise<BrowserServer> {
  const installed = [process.env.CHROME_PATH, "/usr/bin/chromium", "/usr/bin/google-chrome"].find(
    (file) => file && existsSync(file),
  );
  const executablePath = installed ?? (await (await import("@sparticuz/chromium")).default.executablePath());
  return chromium.launchServer({ executablePath, args: ["--no-sandbox"] });
}

function median(numbers: readonly (number | undefined)[]): number | undefined {
  const sorted = numbers.filter((number) => number !== undefined).sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
