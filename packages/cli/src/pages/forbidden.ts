import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

/** What a request is held against: where the server listens, and by which other names it is asked. */
export interface Known {
  readonly host: string;
  readonly names: ReadonlySet<string>;
}

/** Why a request is none of ours: it comes from elsewhere, or a page of another site had a browser send it. */
export function whyForbidden(request: IncomingMessage, { host, names }: Known): string | undefined {
  const isLocal = isLoopback(host);
  if (isLocal && !isLoopback(request.socket.remoteAddress ?? "")) {
    return "only connections from this machine are answered: -http=:PORT with an address of the network listens for others";
  }
  // A name that its owner points at this machine (DNS rebinding) would make another site's pages pass for ours.
  const named = hostName(request.headers.host ?? "");
  const known = isLoopback(named) || names.has(named) || (!isLocal && isIP(named) !== 0);
  if (!known) return `the host ${JSON.stringify(named)} is not served here: -http_host=NAME allows one`;
  // A link leads here; nothing that another site's page loads by itself does.
  const { origin, "sec-fetch-site": site, "sec-fetch-mode": mode } = request.headers;
  if ((site === "cross-site" || site === "same-site") && mode !== "navigate")
    return "requests of other sites' pages are not answered";
  if (request.method === "GET" || request.method === "HEAD" || origin === undefined) return undefined;
  // A proxy in front may speak TLS.
  const own = [`http://${request.headers.host}`, `https://${request.headers.host}`];
  return own.includes(origin) ? undefined : `requests from ${JSON.stringify(origin)} are not answered`;
}

/** Whether a name or an address is this machine's alone. */
export function isLoopback(host: string): boolean {
  const address = host.replace(/^::ffff:/, "");
  return address === "localhost" || address === "::1" || /^127(\.\d{1,3}){3}$/.test(address);
}

/** The name in a Host header, without the port. */
export function hostName(header: string): string {
  return header
    .replace(/:\d*$/, "")
    .replace(/^\[(.*)\]$/, "$1")
    .toLowerCase();
}
