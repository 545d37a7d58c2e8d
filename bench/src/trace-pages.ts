// node bench/dist/trace-pages.js [--events MILLIONS] [--runs N] [FILE...]: a trace in the pages: the first picture, frames while it is
// zoomed and moved, the questions behind a frame, and memory; beside go tool trace on the same file, where there is Go. Without files
// it writes traces of so many events; a table in Markdown.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { TraceBuilder, writeGoTrace } from "@pprof-ts/profile";
import { type BrowserServer, chromium, type Page } from "playwright-core";
import { peakOf } from "./browser-memory.ts";
import { knownMedian } from "./statistics.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { events: { type: "string", default: "1,5,20" }, runs: { type: "string", default: "3" } },
});
const require = createRequire(import.meta.url);
const tool = path.join(path.dirname(require.resolve("@pprof-ts/web/package.json")), "../cli/bin/pprof.js");
const PATIENCE = 180_000;

/** A loop and requests that wait twice each, of so many events. */
function traceFile(directory: string, millions: number): string {
  const builder = new TraceBuilder();
  const thread = 0;
  const texts = ["network", "sleep", "system goroutine wait"].map((text) => builder.text(text));
  const routes = Array.from({ length: 20 }, (_, i) => `GET /route${i}/:id`);
  const stacks = routes.map((route) =>
    builder.stack([
      ["query", "db.js", 7],
      [route, "http", 0],
    ]),
  );
  const roots = routes.map((route) => builder.stack([[route, "http", 0]]));
  const loop = builder.stack([["event loop", "node", 0]]);
  builder.add("present", 0, { thread, goroutine: 1, stack: loop });
  builder.add("proc-start", 0, { thread, a: 0 });
  let time = 0;
  const turn = (goroutine: number, nanos: number, act: () => void): void => {
    builder.add("ready", time, { thread, goroutine });
    builder.add("run", time + 100, { thread, goroutine });
    act();
    time += nanos;
  };
  for (let i = 0; builder.length < millions * 1e6; i++) {
    const goroutine = i + 2;
    const route = i % routes.length;
    builder.add("create", time, { thread, goroutine, a: roots[route]! });
    turn(goroutine, 8000, () =>
      builder.add("task-begin", time + 200, { thread, goroutine, a: goroutine, c: builder.text(routes[route]!) }),
    );
    builder.add("wait", time, { thread, goroutine, a: texts[i % 2]!, stack: stacks[route]! });
    // Those before it go on: some are in flight at a time.
    const before = goroutine - 50;
    if (before < 2) continue;
    for (let step = 0; step < 2; step++) {
      turn(before, 3000, () => {});
      builder.add("wait", time, { thread, goroutine: before, a: texts[step]!, stack: stacks[before % routes.length]! });
    }
    turn(before, 2000, () => builder.add("task-end", time + 300, { thread, goroutine: before, a: before }));
    builder.add("end", time, { thread, goroutine: before });
    time += i % 100 === 0 ? 400_000 : 500;
  }
  const file = path.join(directory, `${millions}m.trace`);
  writeFileSync(file, writeGoTrace(builder.build(0n, time)));
  return file;
}

interface Measure {
  readonly first: number;
  readonly frame: number | undefined;
  readonly view: number | undefined;
  readonly memory: number | undefined;
}

async function measure(file: string): Promise<Measure> {
  const served = spawn(process.execPath, [tool, "-http=localhost:", "-no_browser", file], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const browser = await openBrowser();
  try {
    const url = await new Promise<string>((resolve) => {
      let said = "";
      served.stderr!.setEncoding("utf8").on("data", (part) => {
        said += part;
        const found = /Serving web UI on (\S+)\n/.exec(said);
        if (found) resolve(found[1]!);
      });
    });
    const page = await (await chromium.connect(browser.wsEndpoint())).newPage({
      viewport: { width: 1400, height: 900 },
    });
    await page.addInitScript(watchFrames);
    await page.goto(`${url}/ui/trace`);
    await page.waitForFunction(() => performance.getEntriesByName("pprof picture").length > 0, null, {
      timeout: PATIENCE,
      polling: 20,
    });
    const first = await page.evaluate(() => performance.getEntriesByName("pprof picture")[0]!.startTime);
    await page.waitForTimeout(500);
    const { frame, view } = await zoom(page);
    return { first, frame, view, memory: peakOf(browser.process().pid!) };
  } finally {
    await browser.kill();
    served.kill();
  }
}

/** Keeps how long the page works in each frame, and how long the worker takes for each picture. */
function watchFrames(): void {
  const frames: number[] = [];
  const views: number[] = [];
  const ask = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (callback) =>
    ask((now) => {
      const from = performance.now();
      callback(now);
      frames.push(performance.now() - from);
    });
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (this: Worker, ...sent: unknown[]): void {
    const question = sent[0] as { id: number; name: string };
    if (question.name === "view") {
      const from = performance.now();
      const heard = ({ data }: MessageEvent<{ id: number }>): void => {
        if (data.id !== question.id) return;
        this.removeEventListener("message", heard);
        views.push(performance.now() - from);
      };
      this.addEventListener("message", heard);
    }
    (post as (...sent: unknown[]) => void).apply(this, sent);
  } as typeof post;
  Object.assign(window, { frames, views });
}

async function zoom(page: Page): Promise<{ readonly frame: number | undefined; readonly view: number | undefined }> {
  await page.evaluate(() => {
    const { frames, views } = window as unknown as { frames: number[]; views: number[] };
    frames.length = 0;
    views.length = 0;
  });
  const drawn = (): Promise<unknown> => page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  await page.mouse.move(700, 500);
  await page.keyboard.down("Control");
  for (let i = 0; i < 80; i++) {
    await page.mouse.wheel(0, i < 40 ? -60 : 60);
    await drawn();
  }
  await page.keyboard.up("Control");
  for (let i = 0; i < 40; i++) {
    await page.mouse.wheel(i % 2 === 0 ? 80 : 0, i % 2 === 0 ? 0 : 80);
    await drawn();
  }
  const kept = await page.evaluate(() => {
    const { frames, views } = window as unknown as { frames: number[]; views: number[] };
    return { frames, views };
  });
  const p95 = (times: readonly number[]): number | undefined => {
    // Half of the frames are this function's own and take no time.
    const own = times.filter((time) => time > 0.05).sort((a, b) => a - b);
    return own[Math.floor(own.length * 0.95)];
  };
  return { frame: p95(kept.frames), view: p95(kept.views) };
}

async function openBrowser(): Promise<BrowserServer> {
  const named = process.env.CHROME_PATH;
  if (named !== undefined && named !== "npm")
    return chromium.launchServer({ executablePath: named, args: ["--no-sandbox"] });
  const installed = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((file) => existsSync(file));
  if (installed !== undefined && named === undefined) {
    return chromium.launchServer({ executablePath: installed, args: ["--no-sandbox"] });
  }
  process.env.AWS_LAMBDA_JS_RUNTIME ??= "nodejs20.x";
  const { default: fromNpm } = await import("@sparticuz/chromium");
  return chromium.launchServer({ executablePath: await fromNpm.executablePath(), args: ["--no-sandbox"] });
}

/** How long go tool trace takes for a profile of it, and its most memory; undefined without Go. */
function goToolTrace(file: string): { readonly millis: number; readonly memory: number } | undefined {
  const script = `/usr/bin/time -f %M go tool trace -pprof=sched ${JSON.stringify(file)} > /dev/null`;
  const from = performance.now();
  const { status, stderr } = spawnSync("sh", ["-c", script], { encoding: "utf8", timeout: PATIENCE });
  if (status !== 0) return undefined;
  return { millis: performance.now() - from, memory: Number(stderr.trim().split("\n").at(-1)) / 1024 };
}

const directory = mkdtempSync(path.join(tmpdir(), "pprof-trace-pages-"));
const line = (cells: readonly unknown[]): void => console.log(`| ${cells.join(" | ")} |`);
const shown = (number: number | undefined): string => (number === undefined ? "" : number.toFixed(number < 10 ? 1 : 0));
try {
  line(["trace", "MB", "first picture ms", "frame p95 ms", "view p95 ms", "renderer MB", "go tool trace ms", "its MB"]);
  line(Array.from({ length: 8 }, () => "---"));
  const files =
    positionals.length > 0
      ? positionals
      : flags.events.split(",").map((millions) => traceFile(directory, Number(millions)));
  for (const file of files) {
    const runs: Measure[] = [];
    for (let run = 0; run < Number(flags.runs); run++) runs.push(await measure(file));
    const peer = goToolTrace(file);
    line([
      path.basename(file),
      shown(statSync(file).size / 1e6),
      ...(["first", "frame", "view", "memory"] as const).map((key) => shown(knownMedian(runs.map((run) => run[key])))),
      shown(peer?.millis),
      shown(peer?.memory),
    ]);
  }
} finally {
  rmSync(directory, { recursive: true });
}
