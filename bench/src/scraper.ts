// node bench/dist/scraper.js [--heaps 10,100,400] [--seconds 60] [--every 15] [--query REGEXP]
// What a scraper costs that asks for every profile each so often, by the size of the heap: the share of the main thread's time
// that it takes, beside the same service without, and the longest time for which each profile held the event loop.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Mode } from "./overhead-modes.ts";

const { values: flags } = parseArgs({
  options: {
    heaps: { type: "string", default: "10,100,400" },
    seconds: { type: "string", default: "60" },
    every: { type: "string", default: "15" },
    query: { type: "string", default: "" },
  },
});
const service = fileURLToPath(new URL("overhead-service.js", import.meta.url));
const queries = [
  "heap",
  "profile?seconds=3",
  "allocs?seconds=1",
  "heap?gc=1",
  "goroutine",
  "goroutine?debug=2",
  "block",
  "mutex",
  "threadcreate",
].filter((query) => new RegExp(flags.query).test(query));

interface Ran {
  /** Of the main thread's time. */
  readonly share: number;
  /** In ms, by query; "" where nothing was asked for. */
  readonly held: ReadonlyMap<string, number>;
  /** The last answers, where they were other than 200. */
  readonly refused: ReadonlyMap<string, number>;
}

console.log(`every profile each ${flags.every} s, for ${flags.seconds} s; the longest hold of the event loop in ms:\n`);
const header = ["heap", "cost", "no scraper", ...queries];
row(header);
row(header.map(() => "---"));
for (const heap of flags.heaps.split(",")) {
  const bare = await run("bare", heap);
  const scraped = await run("at rest", heap);
  const held = queries.map((query) => {
    const status = scraped.refused.get(query);
    return `${scraped.held.get(query)?.toFixed(0) ?? ""}${status === undefined ? "" : ` (${status})`}`;
  });
  row([
    `${heap} MB`,
    `${(100 * (scraped.share - bare.share)).toFixed(1)} %`,
    (bare.held.get("") ?? 0).toFixed(0),
    ...held,
  ]);
}

async function run(mode: Mode, heap: string): Promise<Ran> {
  const child = fork(service, [mode, heap, ""], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const [{ url }] = (await once(child, "message")) as [{ url?: string }];
  const held = new Map<string, number>();
  const refused = new Map<string, number>();
  const note = async (query: string): Promise<void> => {
    held.set(query, Math.max(held.get(query) ?? 0, await ask<number>(child, "held")));
  };
  // What the heap was made of is collected, and the profiler begins.
  await sleep(5_000);
  await ask(child, "held");
  const before = await ask<{ cpuMillis: number }>(child, "usage");
  const begun = performance.now();
  const end = begun + Number(flags.seconds) * 1000;
  for (let next = begun; next < end; next += Number(flags.every) * 1000) {
    if (url !== undefined) {
      for (const query of queries) {
        await note("");
        const response = await fetch(url + query);
        await response.arrayBuffer();
        if (response.status !== 200) refused.set(query, response.status);
        await note(query);
      }
    }
    await sleep(Math.max(next + Number(flags.every) * 1000 - performance.now(), 0));
  }
  await note("");
  const after = await ask<{ cpuMillis: number }>(child, "usage");
  child.kill();
  return { share: (after.cpuMillis - before.cpuMillis) / (performance.now() - begun), held, refused };
}

async function ask<Answer>(child: ChildProcess, command: string): Promise<Answer> {
  child.send(command);
  return (await once(child, "message"))[0];
}

function row(cells: readonly string[]): void {
  console.log(`| ${cells.join(" | ")} |`);
}
