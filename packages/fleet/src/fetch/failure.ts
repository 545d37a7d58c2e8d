import { messageOf } from "../error.ts";

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection closed before the answer was complete",
  EHOSTUNREACH: "no route to host",
  EMFILE: "no more files can be opened: ulimit -n raises the limit",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "no such host (the name server did not answer)",
  EPROTO: "the server does not speak TLS, or none that is known here",
  ETIMEDOUT: "connection timed out",
  HPE_INVALID_CONSTANT: "the answer is no HTTP",
  HPE_INVALID_HEADER_TOKEN: "the answer is no HTTP",
  HPE_HEADER_OVERFLOW: "the answer has headers that are too long",
  DEPTH_ZERO_SELF_SIGNED_CERT: "self-signed certificate: ca_file of tls_config names its authority",
  SELF_SIGNED_CERT_IN_CHAIN: "the certificate is of an authority that is not trusted: ca_file of tls_config names it",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    "the certificate is of an authority that is not trusted: ca_file of tls_config names it",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "the certificate is of an authority that is not trusted: ca_file of tls_config names it",
  CERT_HAS_EXPIRED: "the server's certificate has expired",
};

/** Why a server gave no answer. */
export function explainFailure(error: unknown): string {
  const failure = error as NodeJS.ErrnoException & { readonly errors?: readonly NodeJS.ErrnoException[] };
  const code = failure.code ?? failure.errors?.[0]?.code ?? "";
  return REASONS[code] ?? messageOf(error);
}
