import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import type { SecureContextOptions } from "node:tls";
import { messageOf, ToolError } from "../error.ts";
import { readRegularFile } from "../host/file/regular-file.ts";
import type { TlsFiles } from "../words/request.ts";

/** Of a system's authorities there are 200 kB. */
const LARGEST_CERTIFICATES = 2 ** 24;
const CERTIFICATE = "-----BEGIN CERTIFICATE-----";
const KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const ENCRYPTED_KEY = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

/** The client's certificate and key and the authorities of `-tls_…`; files that cannot be such are told before anybody is asked. */
export function readTlsFiles({ cert, key, ca }: TlsFiles): SecureContextOptions {
  if (cert === "" && key !== "") throw new ToolError("-tls_key is specified, so -tls_cert must also be specified");
  if (cert !== "" && key === "") throw new ToolError("-tls_cert is specified, so -tls_key must also be specified");
  return {
    ...(cert === "" ? {} : load("certificate/key pair specified by -tls_cert and -tls_key", () => readPair(cert, key))),
    ...(ca === "" ? {} : load("CA specified by -tls_ca", () => ({ ca: readCertificates(ca).pem }))),
  };
}

function load<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ToolError(`could not load ${what}: ${messageOf(error)}`);
  }
}

function readPair(certFile: string, keyFile: string): SecureContextOptions {
  const { pem: cert, first } = readCertificates(certFile);
  const key = readRegularFile(keyFile, LARGEST_CERTIFICATES);
  const text = key.toString("latin1");
  if (ENCRYPTED_KEY.test(text)) {
    throw new ToolError(`${keyFile}: the key is encrypted: "openssl pkey -in ${keyFile} -out FILE" writes it as it is`);
  }
  if (!KEY.test(text)) throw new ToolError(`${keyFile}: no private key in PEM`);
  let known: KeyObject;
  try {
    known = createPrivateKey(key);
  } catch {
    throw new ToolError(`${keyFile}: not a private key that is known here`);
  }
  if (!first.checkPrivateKey(known)) throw new ToolError(`the private key in ${keyFile} is not that of ${certFile}`);
  return { cert, key };
}

function readCertificates(file: string): { readonly pem: Buffer; readonly first: X509Certificate } {
  const pem = readRegularFile(file, LARGEST_CERTIFICATES);
  if (!pem.includes(CERTIFICATE)) throw new ToolError(`${file}: no certificate in PEM`);
  try {
    return { pem, first: new X509Certificate(pem) };
  } catch {
    throw new ToolError(`${file}: not a certificate that is known here`);
  }
}
