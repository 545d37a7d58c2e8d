import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { type CollectorOptions, MemoryStore, type Route, startCollector } from "../src/index.ts";
import { cpuProfile } from "./servers.ts";

function start(more: Partial<CollectorOptions> = {}) {
  return startCollector({
    config: { jobs: [], tenants: [] },
    store: new MemoryStore(),
    host: "127.0.0.1",
    port: 0,
    forbids: () => undefined,
    tell: () => {},
    ...more,
  });
}

const routes: readonly Route[] = [
  {
    method: "GET",
    path: "/hello",
    answer: async ({ query, tenant }) => ({
      status: 200,
      headers: { "content-type": "text/plain" },
      body: `${query.get("name")} of ${tenant}`,
    }),
  },
  { method: "GET", path: "/broken", answer: () => Promise.reject(new Error("secret place")) },
  { method: "GET", path: "/odd", answer: async () => ({ status: 200, headers: { "x-odd": "a\nb" }, body: "" }) },
];

test("answers at its routes, and nothing elsewhere", async () => {
  const told: string[] = [];
  const collector = await start({ routes, tell: (sentence) => told.push(sentence) });
  const ask = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${collector.port}${path}`, init);
  const hello = await ask("/hello?name=me");
  expect([hello.status, await hello.text()]).toEqual([200, "me of default"]);
  expect(hello.headers.get("x-content-type-options")).toBe("nosniff");
  expect(await (await ask("/hello?name=me", { method: "HEAD" })).text()).toBe("");
  expect((await ask("/nowhere")).status).toBe(404);
  const wrong = await ask("/hello", { method: "POST", body: "x" });
  expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET"]);
  const broken = await ask("/broken");
  expect([broken.status, await broken.text()]).toEqual([500, expect.not.stringContaining("secret")]);
  expect(told.join()).toContain("GET /broken: Error: secret place");
  await expect(ask("/odd")).rejects.toThrow();
  expect((await ask("/hello")).status).toBe(200);
  await collector.close();
  await expect(ask("/hello")).rejects.toThrow();
});

test("asks first whether a request is one to answer", async () => {
  const collector = await start({ routes, forbids: ({ headers }) => (headers.origin ? "not from there" : undefined) });
  const answer = await fetch(`http://127.0.0.1:${collector.port}/ingest?name=a`, {
    method: "POST",
    body: "a 1",
    headers: { origin: "http://evil.example" },
  });
  expect([answer.status, await answer.text()]).toEqual([403, "not from there\n"]);
  await collector.close();
});

test("a port that is taken is said, and so are tenants that cannot be told apart", async () => {
  const collector = await start();
  await expect(start({ port: collector.port })).rejects.toThrow(
    `cannot listen on 127.0.0.1:${collector.port}: something else listens there`,
  );
  await collector.close();
  const tenants = [
    { name: "a", token: { text: "same" } },
    { name: "b", token: { text: "same" } },
  ];
  await expect(start({ config: { jobs: [], tenants } })).rejects.toThrow("tenants a and b have the same token");
});

test("a push that is under way at the end is answered, and kept", async () => {
  const store = new MemoryStore();
  const collector = await start({ store });
  const socket = connect(collector.port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(
    `POST /ingest?name=a&format=pprof HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-length: ${cpuProfile.length}\r\n\r\n`,
  );
  let answer = "";
  socket.on("data", (part) => {
    answer += part;
  });
  // A connection that has asked for nothing yet is closed.
  await expect.poll(() => answer).toBe("HTTP/1.1 100 Continue\r\n\r\n");
  socket.write(cpuProfile.subarray(0, 10));
  const ended = once(socket, "close");
  const closed = collector.close();
  socket.write(cpuProfile.subarray(10));
  await Promise.all([closed, ended]);
  expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  const services = await store.services("default", { fromMillis: 0, toMillis: Date.now() + 1 });
  expect(services).toMatchObject([{ name: "a", profiles: 1 }]);
});
