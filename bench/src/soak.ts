// node bench/dist/soak.js [--captures 1000] [--seed 1]
// Captures of every kind at random, half of them aborted, under load; ends with status 1 when memory grows, a connection
// or a running capture is left behind, or a request of the service is lost.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { knownMedian } from "./statistics.ts";

const { values: flags } = parseArgs({
  options: { captures: { type: "string", default: "1000" }, seed: { type: "string", default: "1" } },
});
const captures = Number(flags.captures);
/** What is asked for, and with what status it may be refused: 429 is the budget's, once it is used up. */
const kinds: readonly { readonly query: string; readonly init?: RequestInit; readonly refusals?: readonly number[] }[] =
  [
    { query: "profile?seconds=1" },
    { query: "profile?seconds=1&rate=1000" },
    { query: "profile?seconds=1&lines=1" },
    { query: "heap" },
    { query: "heap?debug=1" },
    { query: "heap?gc=1", refusals: [429] },
    { query: "heap?seconds=1" },
    { query: "allocs?seconds=1", refusals: [400, 429] },
    { query: "allocs?seconds=1&full=1", refusals: [429] },
    { query: "goroutine", refusals: [429] },
    { query: "goroutine?debug=2", refusals: [429] },
    { query: "goroutine?full=1", refusals: [429] },
    { query: "block" },
    { query: "mutex" },
    { query: "threadcreate" },
    { query: "symbol" },
    { query: "" },
    // What other sites' pages send, names that nobody has, and bodies that nobody needs.
    { query: "heap", init: { headers: { origin: "http://evil.example" } }, refusals: [403] },
    { query: "profile", init: { headers: { "sec-fetch-site": "cross-site" } }, refusals: [403] },
    { query: "%00%0a%0d%ff/../..%2f", refusals: [404] },
    { query: `goroutine?debug=${"9".repeat(4000)}`, refusals: [429] },
    { query: "profile?seconds=-1e9&rate=0x10", refusals: [400] },
    { query: "symbol", init: { method: "POST", body: "+".repeat(2 << 20) }, refusals: [413] },
  ];
/** How much the memory of the second half may lie above that of the first, in MB. */
const MAX_GROWTH = 32;
/** Node opens some files when it first needs them. */
const MAX_FILES = 4;

let state = Number(flags.seed);
const random = (): number => {
  state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
  return state / 0x7fffffff;
};

const service = fork(fileURLToPath(new URL("overhead-service.js", import.meta.url)), ["soak", "10"]);
const [{ port, url }] = await once(service, "message");
const baseline = (await usage()).files;
const lost: string[] = [];
let served = 0;
let running = true;

const customers = [0, 1, 2, 3].map(async () => {
  while (running) {
    const response = await fetch(`http://127.0.0.1:${port}/`).catch((error: Error) => error);
    if (response instanceof Error || response.status !== 200) lost.push(String(response));
    else await response.arrayBuffer();
    served++;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
});

const memory: number[] = [];
const failures = new Map<string, number>();
for (let done = 0; done < captures; ) {
  // Up to four at a time: those that V8 can do only one by one wait for each other or are refused.
  const batch = Array.from({ length: Math.min(4, captures - done) }, () => capture());
  done += batch.length;
  await Promise.all(batch);
  if (done % 20 < 4) memory.push((await usage()).rss);
}
running = false;
await Promise.all(customers);
service.send("disconnect");
await once(service, "message");
// What was aborted last ends within a moment.
const left = await settled();

const half = memory.length >> 1;
const growth = ((knownMedian(memory.slice(half)) ?? 0) - (knownMedian(memory.slice(0, half)) ?? 0)) / 2 ** 20;
console.log(`${captures} captures, ${served} requests served, ${lost.length} lost`);
console.log(`memory grew by ${growth.toFixed(1)} MB between the halves, ${left} files more are open than at the start`);
for (const reason of lost) console.log(`lost: ${reason}`);
for (const [failure, count] of failures) console.log(`${count} × ${failure}`);
service.kill();
process.exitCode = lost.length === 0 && growth < MAX_GROWTH && left <= MAX_FILES && failures.size === 0 ? 0 : 1;

async function capture(): Promise<void> {
  const { query, init = {}, refusals = [] } = kinds[Math.floor(random() * kinds.length)]!;
  const aborts = random() < 0.5;
  const gone = new AbortController();
  const timer = aborts ? setTimeout(() => gone.abort(), random() * 800) : undefined;
  try {
    const response = await fetch(url + query, { ...init, signal: gone.signal });
    const text = Buffer.from(await response.arrayBuffer());
    const refused = response.status === 500 && text.includes("cpu profiling already in use");
    if (response.status !== 200 && !refused && !refusals.includes(response.status)) {
      note(`${query.slice(0, 80)}: ${response.status} ${text}`);
    }
  } catch (error) {
    if (!gone.signal.aborted) note(`${query.slice(0, 80)}: ${error}`);
  } finally {
    clearTimeout(timer);
  }
}

function note(failure: string): void {
  failures.set(failure, (failures.get(failure) ?? 0) + 1);
}

async function usage(): Promise<{ rss: number; files: number }> {
  service.send("usage");
  return (await once(service, "message"))[0];
}

/** How many files are open that were not before, once that goes down no more, and a capture can run. */
async function settled(): Promise<number> {
  for (let { files } = await usage(); ; ) {
    await new Promise((resolve) => setTimeout(resolve, 6000));
    const now = (await usage()).files;
    if (now < files) files = now;
    else {
      const last = await fetch(`${url}profile?seconds=1`, { headers: { connection: "close" } });
      if (last.status !== 200) note(`the last profile: ${last.status} ${await last.text()}`);
      else await last.arrayBuffer();
      return now - baseline;
    }
  }
}
