import { afterAll, beforeAll, expect, test } from "vitest";
import { MemoryStore, pageRoutes } from "../../src/index.ts";
import { cpuProfile, filledStore, labelsOf, MINUTE, NOON } from "../filled-store.ts";
import { serveRoutes } from "../serve-routes.ts";

const files = new Map([["index.html", new TextEncoder().encode("<p>the pages of a profile")]]);
const now = (): number => NOON + 10 * MINUTE;

let server: Awaited<ReturnType<typeof serveRoutes>>;
beforeAll(async () => {
  server = await serveRoutes(pageRoutes(await filledStore(), files, now));
});
afterAll(() => server[Symbol.asyncDispose]());

const get = async (
  path: string,
  origin = server.origin,
): Promise<{ status: number; text: string; headers: Headers }> => {
  const answer = await fetch(origin + path, { redirect: "manual" });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
};

test("no script but the server's own runs, and the first page is the services'", async () => {
  const { status, headers } = await get("/");
  expect([status, headers.get("location")]).toEqual([307, "/fleet/services"]);
  for (const path of ["/fleet/services", "/fleet/service?service=api", "/fleet/targets", "/ui/index.html"]) {
    const { status, headers, text } = await get(path);
    expect([status, headers.get("content-security-policy")]).toEqual([
      200,
      expect.stringMatching(/^default-src 'none'; script-src 'self'/),
    ]);
    expect(text).not.toMatch(/<script>|<style|style=|onclick/);
  }
});

test("services with what they cost, and how that changed", async () => {
  const { text } = await get("/fleet/services?from=now-5m&ago=5m");
  expect(text).toMatch(
    /<a href="\/fleet\/service\?service=api&#38;from=now-5m">api<\/a>[\s\S]*0\.012 cores[\s\S]*0\.007 cores[\s\S]*class="number up">\+74\.0%/,
  );
  expect((await get("/fleet/services?from=2020-01-01&to=2020-01-02")).text).toContain(
    "No service sent a profile in that time.",
  );
});

test("a service over time: a line for each version, links to the pages of a profile, and a comparison", async () => {
  const { text } = await get("/fleet/service?service=api&by=version");
  expect(text.match(/<path class="c\d" d="M[^"]+">/g)).toHaveLength(2);
  expect(text).toContain('href="/ui/index.html#flamegraph?src=%2Fmerge.pb.gz%3Fmatch%3D');
  const compare = await get("/fleet/compare?service=api&by=version&old=v1&new=v2&from=now-1h&to=now");
  expect(compare.status).toBe(303);
  const [page, search = ""] = compare.headers.get("location")!.split("?", 2);
  expect(page).toBe("/ui/index.html#diff");
  const { src = "", base = "" } = Object.fromEntries(new URLSearchParams(search));
  expect(new URL(src, server.origin).searchParams.get("match")).toBe('{service_name="api", version="v2"}');
  expect(new URL(base, server.origin).searchParams.get("match")).toBe('{service_name="api", version="v1"}');
});

test("targets, those that failed first", async () => {
  const { text } = await get("/fleet/targets");
  expect(text.indexOf("web-2:6060")).toBeLessThan(text.indexOf("web-1:6060"));
  expect(text).toContain("2026-11-30T12:01:00Z: 503: 503 Service Unavailable");
});

test("what is wrong with an address is said on a page", async () => {
  for (const path of [
    "/fleet/services?from=x",
    "/fleet/service",
    "/fleet/service?service=api&type=nope",
    "/fleet/compare?service=api",
  ]) {
    const { status, text, headers } = await get(path);
    expect([status, headers.get("content-type")]).toEqual([400, "text/html; charset=utf-8"]);
    expect(text).toContain('<p class="problem">');
  }
});

test("names and reasons from outside stay text", async () => {
  const evil = `<img src=x onerror=alert(1)>"'\`&`;
  const store = new MemoryStore({ now });
  const labels = labelsOf({ service_name: evil, version: evil });
  await store.append([
    { tenant: "", labels, receivedMillis: NOON, profile: cpuProfile({ [`a ${evil.replaceAll(" ", "")}`]: 10 }) },
  ]);
  const failure = {
    tenant: "",
    labels,
    name: "process_cpu",
    receivedMillis: NOON,
    status: 500,
    scrapeMillis: 1,
    bytes: 0,
  };
  await store.fail([{ ...failure, reason: evil }]);
  await using there = await serveRoutes(pageRoutes(store, files, now));
  const named = encodeURIComponent(evil);
  const paths = [
    "/fleet/services",
    "/fleet/targets",
    `/fleet/service?service=${named}&by=version`,
    `/fleet/service?service=${named}&by=${named}`,
    `/fleet/services?from=${named}`,
    `/fleet/services?type=${named}`,
    `/fleet/services?ago=${named}`,
    `/fleet/services?to=now&other${named}=${named}`,
  ];
  for (const path of paths) {
    const { text } = await get(path, there.origin);
    expect(text, path).not.toContain("<img");
    // Quotes that would end an attribute.
    expect(text, path).not.toContain("\"'`");
  }
});
