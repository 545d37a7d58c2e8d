import { messageOf } from "../error.ts";

const UNKNOWN_AUTHORITY =
  "the server's certificate is of an authority that is not trusted here; -tls_ca names it, https+insecure:// trusts it unseen";
const WANTS_CERTIFICATE = "the server asks for a client's certificate; -tls_cert and -tls_key name one that it accepts";
const NOT_TLS = "the server does not speak TLS, or none that is known here; http:// asks without";

/** What went wrong, by Node's code or OpenSSL's reason. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection closed before the answer was complete",
  EHOSTUNREACH: "no route to host",
  ENOENT: "nothing listens there",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "no such host (the name server did not answer)",
  ETIMEDOUT: "connection timed out",
  EPROTO: NOT_TLS,
  DEPTH_ZERO_SELF_SIGNED_CERT:
    "self-signed certificate; -tls_ca names its authority, https+insecure:// trusts it unseen",
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: "the server's certificate has expired; https+insecure:// trusts it all the same",
  CERT_NOT_YET_VALID: "the server's certificate is not valid yet; https+insecure:// trusts it all the same",
};

/** The alerts by which a server ends the handshake that does not like what it was shown, or not. */
const ALERTS: readonly (readonly [alert: RegExp, reason: string])[] = [
  [/alert (?:certificate required|handshake failure)/, WANTS_CERTIFICATE],
  [
    /alert (?:unknown ca|bad certificate|certificate (?:unknown|expired|revoked)|unsupported certificate|access denied|decrypt error)/,
    "the server does not accept the certificate of -tls_cert",
  ],
];

/** Why a server gave no answer; `showsCertificate` says whether it was shown a client's. */
export function explainFailure(error: unknown, showsCertificate: boolean): string {
  const failure = error as NodeJS.ErrnoException & {
    readonly errors?: readonly NodeJS.ErrnoException[];
    readonly host?: string;
    readonly cert?: { readonly subjectaltname?: string; readonly subject?: { readonly CN?: string } };
  };
  const code = failure.code ?? failure.errors?.[0]?.code ?? "";
  const message = messageOf(error);
  const alert = ALERTS.find(([pattern]) => pattern.test(message))?.[1];
  if (alert !== undefined) return alert;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    const names = failure.cert?.subjectaltname ?? failure.cert?.subject?.CN ?? "another";
    return `the server's certificate is for ${names}, not for ${failure.host}`;
  }
  // Some servers end the connection instead of saying what they do not like.
  const rest = code === "ECONNRESET" && showsCertificate ? ", which servers do that do not accept a certificate" : "";
  return (reasons[code] ?? message) + rest;
}
