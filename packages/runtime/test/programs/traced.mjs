// A server whose requests take a known time for a known reason, asked by the process itself over IPC.
import { channel } from "node:diagnostics_channel";
import { readFile } from "node:fs/promises";
import { createServer, get } from "node:http";
import { createRequire } from "node:module";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { startTrace, stopTrace, trace } from "@pprof-ts/runtime";

const CHANNELS = [
  "http.server.request.start",
  "http.server.response.finish",
  "http.client.request.start",
  "http.client.response.finish",
  "http.client.request.error",
  "undici:request:create",
  "undici:request:headers",
  "undici:request:trailers",
  "undici:request:error",
  "net.client.socket",
  "net.server.socket",
];

function burn(millis) {
  const end = performance.now() + millis;
  while (performance.now() < end);
}

// What no request has asked for.
let burns = 0;
setInterval(() => {
  if (burns > 0) burn(burns);
  burns = 0;
}, 5);

function collect() {
  for (let i = 0; i < 3; i++) globalThis.kept = Array.from({ length: 2e5 }, (_, at) => ({ at }));
}

const upstream = createServer((_request, response) => setTimeout(() => response.end("up"), 60));
await new Promise((resolve) => upstream.listen(0, "127.0.0.1", resolve));
const upstreamPort = upstream.address().port;

const routes = {
  burn: () => burn(40),
  sleep: () => sleep(80),
  fetch: async () => (await fetch(`http://127.0.0.1:${upstreamPort}/price/7`)).text(),
  get: () =>
    new Promise((resolve) =>
      get({ port: upstreamPort, host: "127.0.0.1", path: "/stock" }, (r) => r.resume().on("end", resolve)),
    ),
  collect,
  file: async () => {
    for (let i = 0; i < 3; i++) await readFile(new URL(import.meta.url));
  },
  // A timer that is due while the loop is held waits for that.
  late: async () => {
    burns = 100;
    await sleep(30);
  },
  task: async () => {
    const task = trace.task("checkout");
    await task.run(async () => {
      trace.region("parse", () => burn(50));
      await Promise.all([trace.region("query", () => query("one")), trace.region("query", () => query("two"))]);
    });
    task.end();
    task.end();
  },
  hang: () => new Promise(() => {}),
};
async function query(name) {
  await sleep(40);
  trace.log("query", name);
}

const server = createServer(async (request, response) => {
  await routes[request.url.split("/")[1]]();
  response.end("done");
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

/** With --expose-internals, what else Node does for somebody. */
function internals() {
  if (!process.execArgv.includes("--expose-internals")) return {};
  const node = createRequire(import.meta.url);
  const internal = (name) => node(`internal/${name}`);
  const { initHooksExist, getHookArrays } = internal("async_hooks");
  const { hasObserver } = internal("perf/observe");
  return { hooked: initHooksExist() || getHookArrays()[0].length > 0, observed: hasObserver("gc") };
}

const deeds = {
  port: () => server.address().port,
  upstream: () => upstreamPort,
  burn: () => burn(1500),
  async own() {
    const before = trace.isEnabled();
    const outside = trace.region("outside", () => trace.task("outside").run(() => 5));
    await startTrace();
    const again = await startTrace().catch(({ message }) => message);
    const results = [trace.isEnabled(), trace.region("inside", () => 7)];
    const thrown = await trace
      .region("throws", async () => {
        throw new Error("own");
      })
      .catch(({ message }) => message);
    const bytes = await stopTrace();
    const none = await stopTrace().catch(({ message }) => message);
    return {
      before,
      outside,
      again,
      results,
      thrown,
      none,
      after: trace.isEnabled(),
      bytes: Buffer.from(bytes).toString("latin1"),
    };
  },
  // What a trace may leave behind.
  state: () => ({
    heard: CHANNELS.filter((name) => channel(name).hasSubscribers),
    resources: process.getActiveResourcesInfo().filter((name) => name === "Immediate").length,
    keys: Reflect.ownKeys(globalThis).length + Reflect.ownKeys(process).length,
    ...internals(),
  }),
};
process.on("message", async (name) => process.send({ deed: name, result: await deeds[name]() }));
monitorEventLoopDelay({ resolution: 20 }).enable();
