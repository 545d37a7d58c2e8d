// What browsers, other sites' pages and other tools send to a debug port, byte by byte.
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Program, removeFolder, scratchFolder } from "./program.ts";

const folder = scratchFolder();
/** The duration is none: whether it is refused for that, or for who asks, is all that is looked at. */
const CAPTURES = ["profile?seconds=x", "allocs?seconds=x", "heap", "goroutine?debug=2", "cmdline", "symbol", "nothing"];
const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

let local: Program;
let named: Program;
const ports: { local: number; named: number } = { local: 0, named: 0 };

beforeAll(async () => {
  const code = "process.on('message', () => {})";
  local = Program.registered(code, { cwd: folder });
  named = Program.registered(code, { cwd: folder, env: { PPROF_ALLOWED_HOSTS: "app, .svc.cluster.local" } });
  ports.local = Number(new URL(await local.url()).port);
  ports.named = Number(new URL(await named.url()).port);
});
afterAll(async () => {
  await local?.stop();
  await named?.stop();
  removeFolder(folder);
});

interface Got {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends these lines and no other. */
async function raw(port: number, lines: readonly string[], body = ""): Promise<Got> {
  const socket = connect(port, "127.0.0.1").setEncoding("latin1");
  let text = "";
  socket.on("data", (part) => {
    text += part;
  });
  socket.write(`${[...lines, "connection: close"].join("\r\n")}\r\n\r\n${body}`, "latin1");
  await once(socket, "close");
  const [head = "", ...rest] = text.split("\r\n\r\n");
  // Small answers are one chunk.
  const sent = rest.join("\r\n\r\n").replace(/^[\da-f]+\r\n/, "");
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), head, body: sent.split("\r\n0\r\n")[0]! };
}

const get = (
  path: string,
  host: string,
  headers: readonly string[] = [],
  to: keyof typeof ports = "local",
): Promise<Got> =>
  raw(ports[to], [`GET /debug/pprof/${path} HTTP/1.1`, `host: ${host.replace("PORT", String(ports[to]))}`, ...headers]);

describe("the host that is asked for", () => {
  test.for([
    "localhost:PORT",
    "LOCALHOST:PORT",
    "localhost",
    "localhost.",
    "app.localhost:PORT",
    "127.0.0.1:PORT",
    "127.0.0.9:PORT",
    "[::1]:PORT",
    "10.0.0.5:6060",
    "[2001:db8::1]:80",
    "0.0.0.0",
  ])("%s is served", async (host) => {
    expect((await get("cmdline", host)).status).toBe(200);
  });

  test.for([
    "evil.example",
    "evil.example:PORT",
    "localhost.evil.example",
    "127.0.0.1.evil.example:PORT",
    "evillocalhost",
    "app:PORT",
    "evil@localhost",
    "localhost:PORT@evil.example",
    "localhost:PORT:1",
    "localhost/x",
    "localhost,evil.example",
    "[::1].evil.example",
    "[::1%eth0]",
    "[evil]",
    "127.1",
    "\xe9vil",
    "",
    ":PORT",
    ".",
  ])("%s reads nothing", async (host) => {
    for (const path of ["", "cmdline", "heap", "../../", "nothing"]) {
      const { status, body } = await get(path, host);
      expect([path, status]).toEqual([path, 403]);
      expect(body).toMatch(/^Forbidden: the host ".*" is not served here/);
    }
  });

  test("is one of those that were named, and the answer says how to name it", async () => {
    const { head, body } = await get("heap", "app:6060");
    expect(body).toBe(
      'Forbidden: the host "app" is not served here: allowedHosts (PPROF_ALLOWED_HOSTS) names those that are\n',
    );
    // So that Go's tool shows the sentence.
    expect(head).toMatch(/^x-go-pprof: 1\r?$/m);
    for (const host of [
      "app:6060",
      "APP",
      "svc.cluster.local",
      "a.b.svc.cluster.local:80",
      "localhost:PORT",
      "10.1.2.3",
    ]) {
      expect([host, (await get("cmdline", host, [], "named")).status]).toEqual([host, 200]);
    }
    for (const host of ["x.app", "apps", "evilsvc.cluster.local", "cluster.local", "evil.example"]) {
      expect([host, (await get("cmdline", host, [], "named")).status]).toEqual([host, 403]);
    }
  });

  test("is one: two are none, and none is one of an old client", async () => {
    const first = "GET /debug/pprof/cmdline HTTP/1.1";
    expect((await raw(ports.local, [first, "host: localhost", "host: evil.example"])).status).toBeGreaterThanOrEqual(
      400,
    );
    expect((await raw(ports.local, [first])).status).toBe(400);
    expect((await raw(ports.local, ["GET /debug/pprof/cmdline HTTP/1.0"])).status).toBe(200);
    expect((await raw(ports.local, ["GET /debug/pprof/cmdline HTTP/1.0", "host: evil.example"])).status).toBe(403);
    // What stands in front of the path is no other way to say it.
    const absolute = "GET http://localhost/debug/pprof/cmdline HTTP/1.1";
    expect((await raw(ports.local, [absolute, "host: evil.example"])).status).toBe(403);
  });
});

const site = (value: string, mode: string, dest: string): string[] => [
  `user-agent: ${CHROME}`,
  `sec-fetch-site: ${value}`,
  `sec-fetch-mode: ${mode}`,
  `sec-fetch-dest: ${dest}`,
];

describe("the page that asks", () => {
  test.for<[what: string, index: number, capture: number, headers: string[]]>([
    ["curl", 200, 200, ["user-agent: curl/8.14.1", "accept: */*"]],
    ["Go's tool", 200, 200, ["user-agent: Go-http-client/1.1", "accept-encoding: gzip"]],
    ["Go's tool, sent here by another server", 200, 200, ["user-agent: Go-http-client/1.1", "referer: http://gate/x"]],
    ["a scraper", 200, 200, ["user-agent: Alloy/1.11", "accept: */*", "x-prometheus-scrape-timeout-seconds: 10"]],
    ["Node's fetch", 200, 200, ["user-agent: node", "sec-fetch-mode: cors", "accept-language: *"]],
    ["PowerShell", 200, 200, ["user-agent: Mozilla/5.0 (Windows NT 10.0; en-US) PowerShell/7.5.3"]],
    ["a typed address", 200, 200, site("none", "navigate", "document")],
    ["a link of the index", 200, 200, site("same-origin", "navigate", "document")],
    ["a script of its own site", 200, 200, site("same-origin", "cors", "empty")],
    ["a link of another site", 200, 403, site("cross-site", "navigate", "document")],
    ["a link of a neighbour", 200, 403, site("same-site", "navigate", "document")],
    ["a frame of another site", 403, 403, site("cross-site", "navigate", "iframe")],
    ["an object of another site", 403, 403, site("cross-site", "navigate", "object")],
    ["an image of another site", 403, 403, site("cross-site", "no-cors", "image")],
    ["an image of a neighbour", 403, 403, site("same-site", "no-cors", "image")],
    ["a script of another site", 403, 403, site("cross-site", "no-cors", "script")],
    ["a fetch of another site", 403, 403, [...site("cross-site", "cors", "empty"), "origin: http://evil.example"]],
    ["a site of two minds", 403, 403, [...site("same-origin", "cors", "empty"), "sec-fetch-site: cross-site"]],
    [
      "a page of another site, ahead of time",
      200,
      403,
      [...site("none", "navigate", "document"), "sec-purpose: prefetch"],
    ],
    ["a page shown ahead of time", 200, 403, [...site("none", "navigate", "document"), "purpose: prefetch"]],
    ["an older browser, ahead of time", 200, 403, ["user-agent: Mozilla/5.0", "x-moz: prefetch"]],
    ["a value that nobody knows", 403, 403, site("same", "cors", "empty")],
    ["another origin", 403, 403, ["origin: http://evil.example"]],
    ["another port", 403, 403, ["origin: http://localhost:1"]],
    ["a hidden origin", 403, 403, ["origin: null"]],
    ["an origin of two", 403, 403, ["origin: http://localhost:PORT", "origin: http://evil.example"]],
    [
      "another origin that claims to be this",
      403,
      403,
      [...site("same-origin", "cors", "empty"), "origin: http://evil"],
    ],
    ["its own origin", 200, 200, ["origin: http://localhost:PORT"]],
    ["its own origin behind a proxy with TLS", 200, 200, ["origin: https://localhost:PORT"]],
    ["a browser that says nothing", 200, 403, [`user-agent: ${CHROME}`]],
    ["a browser with another page", 200, 403, [`user-agent: ${CHROME}`, "referer: http://evil.example/"]],
    ["a browser with a like page", 200, 403, [`user-agent: ${CHROME}`, "referer: http://localhost:PORT.evil.example/"]],
    ["a browser at the index", 200, 200, [`user-agent: ${CHROME}`, "referer: http://localhost:PORT/debug/pprof/"]],
  ])("%s: index %i, captures %i", async ([, index, capture, lines]) => {
    const headers = lines.map((line) => line.replace("PORT", String(ports.local)));
    for (const path of ["/debug/pprof/", "/debug/pprof", "/"]) {
      const host = `host: localhost:${ports.local}`;
      const { status } = await raw(ports.local, [`GET ${path} HTTP/1.1`, host, ...headers]);
      expect([path, status === 403]).toEqual([path, index === 403]);
    }
    for (const path of CAPTURES) {
      const { status, body } = await get(path, "localhost:PORT", headers);
      if (capture === 403) {
        expect([path, status]).toEqual([path, 403]);
        expect(body).toMatch(/^Forbidden: (requests from .*|this browser does not say .*)\n$/);
      } else expect([path, status]).not.toEqual([path, 403]);
    }
  });

  test("asks by other methods as well", async () => {
    const lines = (method: string): string[] => [`${method} /debug/pprof/symbol HTTP/1.1`, "host: localhost"];
    const evil = ["origin: http://evil.example", "content-length: 3"];
    for (const method of ["POST", "OPTIONS", "HEAD", "PUT"]) {
      expect([method, (await raw(ports.local, [...lines(method), ...evil], "0x1")).status]).toEqual([method, 403]);
    }
    const own = ["origin: http://localhost", "sec-fetch-site: same-origin", "content-length: 3"];
    expect((await raw(ports.local, [...lines("POST"), ...own], "0x1")).status).toBe(200);
  });

  test("has no use for the answer, and no frame for it", async () => {
    for (const path of ["", "cmdline", "heap", "nothing", "/nothing"]) {
      const { head } = await get(path, "localhost");
      for (const line of [
        "x-content-type-options: nosniff",
        "x-frame-options: DENY",
        "cross-origin-resource-policy: same-origin",
        "cache-control: no-store",
      ]) {
        expect(head.split("\r\n")).toContain(line);
      }
      expect(head).toMatch(/^content-security-policy: default-src 'none';.* frame-ancestors 'none'/m);
      expect(head).not.toMatch(/^access-control-/m);
    }
  });

  test("is led nowhere else", async () => {
    for (const path of ["/\\evil.example//x", "//evil.example//x", "/%0d%0ax:y//z"]) {
      const { status, head } = await raw(ports.local, [`GET ${path} HTTP/1.1`, "host: localhost"]);
      expect([path, status]).toEqual([path, 307]);
      expect(/^location: (.*)$/m.exec(head)?.[1]).toMatch(/^\/[\w%.:]+\/\w*$/);
    }
  });
});
