import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { PLAIN_CLIENT } from "../src/config/client-config.ts";
import { ByteBudget } from "../src/fetch/byte-budget.ts";
import { type FetchFailure, httpGet } from "../src/fetch/http-get.ts";
import { metadataAddresses } from "../src/fetch/metadata-addresses.ts";
import { serve } from "./servers.ts";

const options = { timeoutMillis: 10_000, mostBytes: 1000 };
const plain = () => httpGet(PLAIN_CLIENT, new ByteBudget(10_000));

async function failure(promise: Promise<unknown>): Promise<FetchFailure> {
  return promise.then(
    () => expect.unreachable(),
    (error) => error,
  );
}

test.each([
  "169.254.169.254",
  "169.254.170.2",
  "168.63.129.16",
  "100.100.100.200",
  "192.0.0.192",
  "::ffff:169.254.169.254",
  "::ffff:a9fe:a9fe",
  "::a9fe:a9fe",
  "64:ff9b::a9fe:a9fe",
  "2002:a9fe:a9fe::1",
  "fe80::1",
  "fe80::1%eth0",
  "fd00:ec2::254",
])("%s is an address of metadata", (address) => {
  expect(metadataAddresses()(address)).toBe(true);
});

test.each(["127.0.0.1", "10.0.0.1", "169.253.255.255", "::1", "::ffff:10.0.0.1", "fd00:ec2::253", "localhost"])(
  "%s is none",
  (address) => {
    expect(metadataAddresses()(address)).toBe(false);
  },
);

test("metadata addresses are not asked, however they are written", async () => {
  for (const url of [
    "http://169.254.169.254/",
    "http://[::ffff:169.254.169.254]/",
    "http://0xa9fea9fe/",
    "http://2852039166/",
  ]) {
    expect((await failure(plain()(new URL(url), options))).message).toContain("a cloud tells its machines' secrets");
  }
});

test("a redirect is followed on the same server, and to no other", async () => {
  await using other = await serve((_, response) => response.end("other"));
  await using server = await serve((request, response) => {
    const to: Record<string, string> = {
      "/here": "/there",
      "/away": other.origin,
      "/secrets": "http://169.254.169.254/latest/meta-data/",
      "/round": "/round",
      "/file": "file:///etc/passwd",
    };
    const location = to[request.url ?? ""];
    if (location === undefined) response.end("there");
    else response.writeHead(302, { location }).end();
  });
  const get = plain();
  expect(Buffer.from((await get(new URL("/here", server.origin), options)).body).toString()).toBe("there");
  for (const path of ["/away", "/secrets", "/file"]) {
    const { message } = await failure(get(new URL(path, server.origin), options));
    expect(message).toContain("is not followed: it leads to another server");
  }
  expect((await failure(get(new URL("/round", server.origin), options))).message).toBe("more than 5 redirects");
  const never = httpGet({ ...PLAIN_CLIENT, followsRedirects: false }, new ByteBudget(10_000));
  expect((await failure(never(new URL("/here", server.origin), options))).message).toContain(
    "follow_redirects is false",
  );
});

test("an answer is bounded in bytes and in time, and so are all of them together", async () => {
  await using server = await serve((request, response) => {
    if (request.url === "/endless") {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(300)));
      };
      response.on("drain", more);
      more();
    } else if (request.url === "/half") response.write("half");
    else if (request.url === "/500") response.writeHead(429, { "content-type": "text/plain" }).end("busy\nvery");
    else response.end(Buffer.alloc(600));
  });
  const memory = new ByteBudget(1000);
  const get = httpGet(PLAIN_CLIENT, memory);
  const endless = await failure(get(new URL("/endless", server.origin), { ...options, mostBytes: 900 }));
  expect(endless).toMatchObject({ message: "more than 900 bytes", status: 200, isLate: false });
  const half = await failure(get(new URL("/half", server.origin), { ...options, timeoutMillis: 200 }));
  expect(half).toMatchObject({ message: "4 bytes, and no end of the answer within 0.2s", isLate: true, bytes: 4 });
  const refused = await failure(get(new URL("/500", server.origin), options));
  expect(refused).toMatchObject({ message: "429 Too Many Requests: busy", status: 429 });
  memory.take(600);
  const full = await failure(get(new URL("/", server.origin), options));
  expect(full.message).toBe("answers that are not whole yet take 1000 bytes already");
  memory.give(600);
  expect((await get(new URL("/", server.origin), options)).body).toHaveLength(600);
  // What has failed holds nothing.
  expect(memory.held).toBe(0);
});

test("nobody there, nobody who speaks HTTP, and nobody of that name are said", async () => {
  const dead = createServer((socket) => socket.resume().end("SSH-2.0-x\r\n"));
  await once(dead.listen(0, "127.0.0.1"), "listening");
  const url = new URL(`http://127.0.0.1:${(dead.address() as AddressInfo).port}/`);
  expect((await failure(plain()(url, options))).message).toBe("the answer is no HTTP");
  dead.close();
  await once(dead, "close");
  expect(await failure(plain()(url, options))).toMatchObject({ message: "connection refused", status: 0, bytes: 0 });
  expect((await failure(plain()(new URL("http://nobody.invalid/"), options))).message).toMatch(/^no such host/);
});

test("a server hears who asks, from a file as it is now", async () => {
  const directory = mkdtempSync(path.join(tmpdir(), "fleet-token-"));
  const file = path.join(directory, "token");
  writeFileSync(file, "first\n");
  await using server = await serve((request, response) => response.end(request.headers.authorization ?? "none"));
  const ask = async (config: object): Promise<string> => {
    const get = httpGet({ ...PLAIN_CLIENT, ...config }, new ByteBudget(10_000));
    return Buffer.from((await get(new URL(server.origin), options)).body).toString();
  };
  expect(await ask({})).toBe("none");
  expect(await ask({ scheme: "Bearer", token: { file } })).toBe("Bearer first");
  writeFileSync(file, "second\n");
  expect(await ask({ scheme: "Token", token: { file } })).toBe("Token second");
  const basic = `Basic ${Buffer.from("me:pass").toString("base64")}`;
  expect(await ask({ user: { text: "me" }, password: { text: "pass" } })).toBe(basic);
  rmSync(directory, { recursive: true });
  await expect(ask({ scheme: "Bearer", token: { file } })).rejects.toThrow("cannot read");
});
