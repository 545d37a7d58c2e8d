import { spawnSync } from "node:child_process";
import { test } from "vitest";
import { directory } from "./tool.ts";

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
/** A test that needs certificates. */
export const withCertificates: typeof test | typeof test.skip = hasOpenssl ? test : test.skip;
if (!hasOpenssl) console.warn("certificates.ts: openssl is not there to make certificates: TLS is not tested");

/**
 * A directory with two authorities, a server's and a client's certificate of the first, a server's that has expired, and a
 * stranger's of the second.
 */
export function certificates(): ReturnType<typeof directory> {
  const made = directory({ "san.cnf": "subjectAltName=DNS:localhost,IP:127.0.0.1", "junk.pem": "junk\n" });
  const openssl = (...args: string[]): void => {
    const { status, stderr } = spawnSync("openssl", args, { cwd: made.path, encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
  };
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  for (const name of ["ca", "others"]) {
    openssl("req", "-x509", ...key, "-keyout", `${name}.key`, "-out", `${name}.crt`, "-subj", `/CN=${name}`);
  }
  const signed = [
    ["server", "ca", "2"],
    ["client", "ca", "2"],
    ["expired", "ca", "-1"],
    ["stranger", "others", "2"],
  ] as const;
  for (const [name, ca, days] of signed) {
    openssl("req", ...key, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    const signer = ["-CA", `${ca}.crt`, "-CAkey", `${ca}.key`, "-CAcreateserial", "-days", days, "-extfile", "san.cnf"];
    openssl("x509", "-req", "-in", `${name}.csr`, "-out", `${name}.crt`, ...signer);
  }
  openssl("pkcs8", "-topk8", "-in", "client.key", "-out", "encrypted.key", "-passout", "pass:secret");
  return made;
}
