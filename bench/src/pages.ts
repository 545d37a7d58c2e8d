// node bench/dist/pages.js [--input REGEXP] [--viewer REGEXP] [--runs N] [--limit SECONDS]: a flame graph's first picture,
// its zooming, searching and refining, in a browser, for the pages of this project, speedscope and the reference tool, on
// the same files in one run; a table in Markdown. What takes longer than the limit has failed, and is not tried again.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { parseArgs } from "node:util";
import { type BrowserServer, chromium, type Page } from "playwright-core";
import { peakOf } from "./browser-memory.ts";
import { INPUTS } from "./cases.ts";
import { knownMedian } from "./statistics.ts";

/** A viewer: how it is opened with a file, and when its picture is there. */
interface Viewer {
  readonly name: string;
  /** Opens the file and returns when the picture is on screen, with the milliseconds that it took. */
  readonly show: (page: Page, file: string) => Promise<number>;
  readonly zooms: boolean;
  /** The sizes on which it is tried. */
  readonly inputs: RegExp;
  /** What else is measured once the picture is there. */
  readonly uses?: (page: Page) => Promise<Use>;
}

/** What using a picture takes, in milliseconds. */
interface Use {
  /** From the key that searches to the frame that shows what was found, and the longest that the page was held meanwhile. */
  readonly search: number;
  readonly searchTask: number;
  /** From the address with a filter, or with another tree, to its picture. */
  readonly refines: Readonly<Record<string, number | undefined>>;
}

const REFINES = [
  { title: "focus", query: "f=checkout" },
  { title: "ignore", query: "i=checkout" },
  { title: "hide", query: "h=checkout" },
  { title: "show from", query: "sf=checkout" },
  { title: "tag focus", query: "tf=endpoint%3Dcart" },
  { title: "pivot", query: "p=checkout" },
  { title: "callers first", query: "inv=1" },
  { title: "tagroot", query: "tagroot=endpoint" },
  { title: "tagleaf", query: "tagleaf=endpoint" },
  { title: "lines", query: "g=lines" },
  { title: "sample type", query: "si=samples" },
] as const;

/** As long as a picture is zoomed and moved, at most: some take seconds for a frame. */
const ZOOMING = 10_000;

const { values: flags } = parseArgs({
  options: {
    input: { type: "string", default: "^(9|100) MB|^5 million" },
    viewer: { type: "string", default: "." },
    runs: { type: "string", default: "3" },
    limit: { type: "string", default: "60" },
  },
});
/** A viewer that has no picture after so many milliseconds has failed. */
const patience = 1000 * Number(flags.limit);
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
    inputs: /./,
    uses: useOwnPages,
  },
  {
    name: "speedscope",
    show: (page, file) =>
      chooseFile(page, file, site("speedscope/package.json", "dist/release"), () =>
        document.title.includes(" - speedscope"),
      ),
    zooms: true,
    inputs: / MB$/,
  },
  { name: "reference (go tool pprof)", show: showReference, zooms: false, inputs: / MB$/ },
];

const COLUMNS: readonly { readonly title: string; readonly of: (run: Measure) => number | undefined }[] = [
  { title: "first picture ms", of: (run) => run.first },
  { title: "longest task ms", of: (run) => run.longest },
  { title: "frame p95 ms", of: (run) => run.frame },
  { title: "search ms", of: (run) => run.use?.search },
  { title: "its longest task ms", of: (run) => run.use?.searchTask },
  ...REFINES.map(({ title }) => ({ title: `${title} ms`, of: (run: Measure) => run.use?.refines[title] })),
  { title: "renderer MB", of: (run) => run.memory },
];

const line = (cells: readonly string[]): void => console.log(`| ${cells.join(" | ")} |`);
line(["profile", "viewer", ...COLUMNS.map(({ title }) => title)]);
line(Array.from({ length: COLUMNS.length + 2 }, () => "---"));
for (const input of INPUTS.filter(({ name }) => new RegExp(flags.input).test(name))) {
  const [file] = input.files();
  for (const viewer of VIEWERS.filter(
    ({ name, inputs }) => new RegExp(flags.viewer).test(name) && inputs.test(input.name),
  )) {
    const runs: Measure[] = [];
    let problem = "";
    for (let run = 0; run < Number(flags.runs) && problem === ""; run++) {
      try {
        runs.push(await measure(viewer, file!));
      } catch (error) {
        problem = (error as Error).message.split("\n", 1)[0]!;
      }
    }
    const cells = COLUMNS.map(({ of }) => shown(knownMedian(runs.map(of))));
    line([input.name, viewer.name, ...(problem === "" ? cells : [`failed: ${problem}`])]);
  }
}

interface Measure {
  readonly first: number;
  /** The longest that the page was held until then: there was none above 50 ms where it is 0. */
  readonly longest: number;
  /** What the page itself does in a frame while it is zoomed and moved. */
  readonly frame: number | undefined;
  readonly use: Use | undefined;
  /** The most that the page's process ever held. */
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
      const tasks: { readonly end: number; readonly duration: number }[] = [];
      new PerformanceObserver((list) => {
        for (const { startTime, duration } of list.getEntries()) tasks.push({ end: startTime + duration, duration });
      }).observe({ type: "longtask", buffered: true });
      Object.assign(window, { frameTimes: times, longTasks: tasks });
    });
    const first = await within(Promise.race([viewer.show(page, file), gone]));
    const tasks = page.evaluate(() => {
      const { longTasks, chosen = 0 } = window as unknown as {
        longTasks: { end: number; duration: number }[];
        chosen?: number;
      };
      return Math.max(0, ...longTasks.filter(({ end }) => end > chosen).map(({ duration }) => duration));
    });
    const longest = await within(Promise.race([tasks, gone]));
    const frame = viewer.zooms ? await within(Promise.race([zoom(page), gone])) : undefined;
    const use = viewer.uses && (await within(Promise.race([viewer.uses(page), gone])));
    return { first, longest, frame, use, memory: peakOf(server.process().pid!) };
  } finally {
    // A page that is at work does not close by itself.
    await server.kill();
  }
}

async function zoom(page: Page): Promise<number | undefined> {
  await page.evaluate(() => (window as unknown as { frameTimes: number[] }).frameTimes.splice(0));
  await page.mouse.move(400, 400);
  await page.keyboard.down("Control");
  const until = performance.now() + ZOOMING;
  for (let i = 0; i < 60 && performance.now() < until; i++) {
    await page.mouse.wheel(0, i < 30 ? -60 : 60);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  }
  await page.keyboard.up("Control");
  // From side to side, and down.
  for (let i = 0; i < 30 && performance.now() < until; i++) {
    await page.mouse.wheel(i % 2 === 0 ? 80 : 0, i % 2 === 0 ? 0 : 80);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  }
  const times = await page.evaluate(() => (window as unknown as { frameTimes: number[] }).frameTimes);
  // Half of them are this function's own and take no time.
  const own = times.filter((time) => time > 0.05).sort((a, b) => a - b);
  return own[Math.floor(own.length * 0.95)];
}

/** Searches in the pages of this project, then filters by what was found. */
async function useOwnPages(page: Page): Promise<Use> {
  const [search, searchTask] = await page.evaluate(async () => {
    const field = document.getElementById("search") as HTMLInputElement;
    const from = performance.now();
    field.value = "checkout";
    field.dispatchEvent(new Event("input", { bubbles: true }));
    while (document.querySelector(".found") === null) await new Promise((resolve) => requestAnimationFrame(resolve));
    const took = performance.now() - from;
    const { longTasks } = window as unknown as { longTasks: { end: number; duration: number }[] };
    // They are told of a little later.
    await new Promise((resolve) => setTimeout(resolve, 200));
    return [took, Math.max(0, ...longTasks.filter(({ end }) => end > from).map(({ duration }) => duration))] as const;
  });
  const refines: Record<string, number | undefined> = {};
  for (const { title, query } of REFINES) {
    refines[title] = await page.evaluate(async (query) => {
      const pictures = (): PerformanceEntryList => performance.getEntriesByName("pprof picture");
      const before = pictures().length;
      const from = performance.now();
      location.hash = `#flamegraph?${query}`;
      while (pictures().length === before) {
        // What would be too large is refused.
        if (document.querySelector(".problem") !== null) return undefined;
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
      return pictures().at(-1)!.startTime - from;
    }, query);
  }
  return { search, searchTask, refines };
}

/** Gives up what has not come when the limit is reached. */
async function within<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing after ${flags.limit} s`)), patience);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
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
    // As long as it takes a person to choose a file.
    await page.waitForTimeout(1000);
    await page.evaluate(() =>
      document.addEventListener("change", () => Object.assign(window, { chosen: performance.now() }), {
        capture: true,
      }),
    );
    await input.setInputFiles(file);
    await page.waitForFunction(isReady, undefined, { timeout: patience, polling: "raf" });
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
    const serving = new Promise<string>((resolve, reject) => {
      let said = "";
      child.stderr.on("data", (part) => {
        said += part;
        const found = /Serving web UI on (\S+)/.exec(said);
        if (found) resolve(found[1]!);
      });
      child.on("error", reject);
      child.on("exit", () => reject(new Error(said)));
    });
    const url = await within(serving);
    const from = performance.now();
    await page.goto(`${url}/ui/flamegraph`, { timeout: patience, waitUntil: "commit" });
    await page.waitForFunction(() => document.querySelector("#stack-chart .boxbg") !== null, undefined, {
      timeout: patience,
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

function shown(number: number | undefined): string {
  return number === undefined ? "" : number.toFixed(number < 100 ? 1 : 0);
}
