import { once } from "node:events";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { type AddressInfo, connect } from "node:net";
import path from "node:path";
import { expect, test } from "vitest";
import { certificates, withCertificates } from "./certificates.ts";
import { directory, hotBytes, pprof, serve } from "./tool.ts";

withCertificates(
  "TLS: an unknown authority is refused, -tls_ca and https+insecure trust, a client shows who it is",
  async () => {
    using made = certificates();
    const read = (name: string): Buffer => readFileSync(path.join(made.path, name));
    const options = { key: read("server.key"), cert: read("server.crt"), ca: read("ca.crt"), requestCert: true };
    const server = https.createServer({ ...options, rejectUnauthorized: false }, (request, response) => {
      const { subject } = (request.socket as import("node:tls").TLSSocket).getPeerCertificate();
      if (request.url === "/mutual" && subject?.CN !== "client") response.writeHead(403).end();
      else response.end(hotBytes);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const run = (...args: string[]): ReturnType<typeof pprof> => pprof(["-top", ...args], { cwd: made.path });
    const refused = await run(`https://localhost:${port}/x`);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(/http fetch: .*certificate/);
    expect((await run("-tls_ca=ca.crt", `https://localhost:${port}/x`)).status).toBe(0);
    expect((await run(`https+insecure://localhost:${port}/x`)).status).toBe(0);
    expect((await run("-tls_ca=ca.crt", `https://localhost:${port}/mutual`)).stderr).toContain("403 Forbidden");
    const client = ["-tls_ca=ca.crt", "-tls_cert=client.crt", "-tls_key=client.key"];
    expect((await run(...client, `https://localhost:${port}/mutual`)).status).toBe(0);
    server.closeAllConnections();
    server.close();
  },
);

test("a proxy of the environment is asked for what is not on this machine", async () => {
  using made = directory({});
  const asked: string[] = [];
  await using origin = await serve((_, response) => response.end(hotBytes));
  await using proxy = await serve((request, response) => {
    asked.push(`${request.url} ${request.headers["proxy-authorization"]}`);
    http.get(origin.origin, (answer) => answer.pipe(response));
  });
  const env = { HTTP_PROXY: `http://user:pass@127.0.0.1:${proxy.port}` };
  const run = await pprof(["-top", "http://service.example:6060/debug/pprof/heap"], { cwd: made.path, env });
  expect(run.status).toBe(0);
  expect(asked).toEqual(["http://service.example:6060/debug/pprof/heap Basic dXNlcjpwYXNz"]);
});

withCertificates("a server's redirect loosens nothing that was asked for", async () => {
  using made = certificates();
  await using plain = await serve((_, response) => response.end(hotBytes));
  const read = (name: string): Buffer => readFileSync(path.join(made.path, name));
  let port = 0;
  const server = https.createServer({ key: read("server.key"), cert: read("server.crt") }, (request, response) => {
    const places: Readonly<Record<string, string>> = {
      "/plain": `${plain.origin}/x`,
      "/insecure": `https+insecure://localhost:${port}/x`,
      "/same": `https://localhost:${port}/x`,
    };
    const location = places[request.url ?? ""];
    if (location === undefined) response.end(hotBytes);
    else response.writeHead(302, { location }).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ({ port } = server.address() as AddressInfo);
  await using first = await serve((_, response) =>
    response.writeHead(302, { location: `https+insecure://localhost:${port}/x` }).end(),
  );
  const run = (...args: string[]): ReturnType<typeof pprof> => pprof(["-top", ...args], { cwd: made.path });
  const down = await run("-tls_ca=ca.crt", `https://localhost:${port}/plain`);
  expect([down.status, down.stderr]).toEqual([2, expect.stringContaining("it would go on without TLS; give that")]);
  for (const source of [`${first.origin}/x`, `https+insecure://localhost:${port}/insecure`]) {
    const { status, stderr } = await run(source);
    expect([status, stderr]).toEqual([2, expect.stringContaining("is not followed: only http and https are")]);
  }
  expect((await run(`https+insecure://localhost:${port}/same`)).status).toBe(0);
  server.closeAllConnections();
  server.close();
});

withCertificates("https goes through a proxy's tunnel", async () => {
  using made = certificates();
  const read = (name: string): Buffer => readFileSync(path.join(made.path, name));
  const server = https.createServer({ key: read("server.key"), cert: read("server.crt") }, (_, response) =>
    response.end(hotBytes),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const tunnels: string[] = [];
  await using proxy = await serve((_, response) => response.writeHead(400).end());
  proxy.server.on("connect", (request, socket) => {
    tunnels.push(request.url ?? "");
    const through = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      through.pipe(socket).pipe(through);
    });
    // A server that closes leaves its tunnels alone. Either side may end while the other still writes.
    through.once("close", () => socket.destroy()).on("error", () => {});
    socket.once("close", () => through.destroy()).on("error", () => {});
  });
  const env = { HTTPS_PROXY: `127.0.0.1:${proxy.port}` };
  const run = await pprof(["-top", "-timeout=5", "https+insecure://service.example/x"], { cwd: made.path, env });
  expect(run.stderr).toContain("Saved profile in");
  expect(tunnels).toEqual(["service.example:443"]);
  server.closeAllConnections();
  server.close();
});

test("redirects are followed", async () => {
  using made = directory({});
  await using server = await serve((request, response) => {
    if (request.url === "/old") response.writeHead(302, { location: "/new" }).end();
    else response.end(hotBytes);
  });
  expect((await pprof(["-top", `${server.origin}/old`], { cwd: made.path })).status).toBe(0);
});
