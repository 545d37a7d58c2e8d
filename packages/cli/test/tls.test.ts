import { once } from "node:events";
import { readFileSync } from "node:fs";
import https from "node:https";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { expect } from "vitest";
import { certificates, withCertificates } from "./certificates.ts";
import { hotBytes, pprof } from "./tool.ts";

const PAIR = "could not load certificate/key pair specified by -tls_cert and -tls_key: ";
const CA = "could not load CA specified by -tls_ca: ";
const files = (ca: string, cert = "", key = ""): string[] => [
  ...(ca === "" ? [] : [`-tls_ca=${ca}`]),
  ...(cert === "" ? [] : [`-tls_cert=${cert}`]),
  ...(key === "" ? [] : [`-tls_key=${key}`]),
];

/** What is given, which server is asked (by which name), and what is said. */
const refused: readonly (readonly [given: readonly string[], server: string, says: string])[] = [
  [files("ca.crt"), "mutual", "the server asks for a client's certificate; -tls_cert and -tls_key name one"],
  [files("ca.crt"), "mutual 1.2", "the server asks for a client's certificate; -tls_cert and -tls_key name one"],
  [files("ca.crt", "stranger.crt", "stranger.key"), "mutual", "certificate"],
  [
    files("ca.crt", "client.crt", "server.key"),
    "mutual",
    `${PAIR}the private key in server.key is not that of client.crt`,
  ],
  [
    files("ca.crt", "client.crt", "encrypted.key"),
    "mutual",
    `${PAIR}encrypted.key: the key is encrypted: "openssl pkey`,
  ],
  [files("ca.crt", "junk.pem", "client.key"), "mutual", `${PAIR}junk.pem: no certificate in PEM`],
  [files("ca.crt", "client.crt", "junk.pem"), "mutual", `${PAIR}junk.pem: no private key in PEM`],
  [files("ca.crt", "nope.pem", "client.key"), "mutual", `${PAIR}nope.pem: no such file or directory`],
  [files("ca.crt", "client.crt"), "mutual", "-tls_cert is specified, so -tls_key must also be specified"],
  [files("ca.crt", "", "client.key"), "mutual", "-tls_key is specified, so -tls_cert must also be specified"],
  [files("junk.pem"), "plain", `${CA}junk.pem: no certificate in PEM`],
  [files("nope.pem"), "plain", `${CA}nope.pem: no such file or directory`],
  [files("others.crt"), "plain", "of an authority that is not trusted here; -tls_ca names it"],
  [files(""), "plain", "of an authority that is not trusted here; -tls_ca names it"],
  [files("ca.crt"), "expired", "the server's certificate has expired"],
  [
    files("ca.crt"),
    "plain as 127.0.0.2",
    "the server's certificate is for DNS:localhost, IP Address:127.0.0.1, not for 127.0.0.2",
  ],
];

withCertificates(
  "whatever is wrong with certificates is said in words, and what to do",
  async () => {
    using made = certificates();
    const read = (name: string): Buffer => readFileSync(path.join(made.path, name));
    const start = async (name: string, options: https.ServerOptions): Promise<https.Server> => {
      const pair = { key: read(`${name}.key`), cert: read(`${name}.crt`) };
      const server = https.createServer({ ...pair, ...options }, (_, response) => response.end(hotBytes));
      server.listen(0);
      await once(server, "listening");
      return server;
    };
    const mutual = { ca: read("ca.crt"), requestCert: true, rejectUnauthorized: true };
    const servers: Readonly<Record<string, https.Server>> = {
      plain: await start("server", {}),
      expired: await start("expired", {}),
      mutual: await start("server", mutual),
      "mutual 1.2": await start("server", { ...mutual, maxVersion: "TLSv1.2" }),
    };
    const ask = async (given: readonly string[], wanted: string): Promise<{ status: number | null; said: string }> => {
      const [name = "", host = "localhost"] = wanted.split(" as ");
      const { port } = servers[name]!.address() as AddressInfo;
      const { status, stderr } = await pprof(["-top", ...given, `https://${host}:${port}/x`], { cwd: made.path });
      return { status, said: stderr.split("\n").findLast((line) => line.startsWith("pprof: ")) ?? "" };
    };
    const good = await ask(files("ca.crt", "client.crt", "client.key"), "mutual 1.2");
    expect(good.status).toBe(0);
    for (const [given, wanted, says] of refused) {
      const { status, said } = await ask(given, wanted);
      expect([status, said], `${given.join(" ")} ${wanted}`).toEqual([2, expect.stringContaining(says)]);
      expect(said).not.toMatch(/routines|\.c:\d|error:[\dA-F]/);
    }
    for (const server of Object.values(servers)) {
      server.closeAllConnections();
      server.close();
    }
  },
  60_000,
);
