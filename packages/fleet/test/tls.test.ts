import { readFileSync } from "node:fs";
import https from "node:https";
import type { AddressInfo } from "node:net";
import path from "node:path";
import type { TLSSocket } from "node:tls";
import { expect } from "vitest";
import { certificates, withCertificates } from "../../cli/test/certificates.ts";
import { PLAIN_CLIENT, type TlsConfig } from "../src/config/client-config.ts";
import { ByteBudget } from "../src/fetch/byte-budget.ts";
import { httpGet } from "../src/fetch/http-get.ts";

withCertificates("a server is known by its authority, and knows us by our certificate", async () => {
  using made = certificates();
  const file = (name: string): { readonly file: string } => ({ file: path.join(made.path, name) });
  const read = (name: string): Buffer => readFileSync(file(name).file);
  const server = https.createServer(
    {
      key: read("server.key"),
      cert: read("server.crt"),
      ca: read("ca.crt"),
      requestCert: true,
      rejectUnauthorized: false,
    },
    (request, response) => response.end(String((request.socket as TLSSocket).authorized)),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const ask = async (tls: Partial<TlsConfig>): Promise<string> => {
    const get = httpGet({ ...PLAIN_CLIENT, tls: { checksCertificate: true, ...tls } }, new ByteBudget(10_000));
    const { body } = await get(url, { timeoutMillis: 10_000, mostBytes: 100 });
    return Buffer.from(body).toString();
  };
  const client = { cert: file("client.crt"), key: file("client.key") };
  await expect(ask({})).rejects.toThrow("ca_file of tls_config names it");
  await expect(ask({ ca: file("others.crt") })).rejects.toThrow("ca_file of tls_config names it");
  expect(await ask({ ca: file("ca.crt") })).toBe("false");
  expect(await ask({ ca: file("ca.crt"), ...client })).toBe("true");
  expect(await ask({ checksCertificate: false })).toBe("false");
  // Its certificate is for localhost, whatever address leads to it.
  expect(await ask({ ca: file("ca.crt"), serverName: "localhost" })).toBe("false");
  await expect(ask({ ca: file("ca.crt"), serverName: "other.example" })).rejects.toThrow(/other\.example/);
  await expect(ask({ ca: file("none.crt") })).rejects.toThrow("none.crt: no such file or directory");
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
