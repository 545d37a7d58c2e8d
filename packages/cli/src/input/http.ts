import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { ToolError } from "../error.ts";
import type { Environment } from "../host/environment.ts";
import { tooLarge } from "../host/limit.ts";
import type { SentWords, TlsFiles } from "../words/request.ts";
import { socketOf, withoutCredentials, withoutUser } from "../words/source-url.ts";
import { explainFailure } from "./fetch-failure.ts";
import { proxyFor } from "./proxy.ts";
import { redirected } from "./redirect.ts";
import { sentHeaders } from "./sent-headers.ts";
import { readTlsFiles } from "./tls-files.ts";

export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Uint8Array;
}

/** Fetches an address within `timeout` seconds; with a `body`, by POST. What goes wrong on the way is a `ToolError`. */
export type Fetch = (url: URL, timeout: number, body?: string) => Promise<Answer>;

const MOST_REDIRECTS = 10;
/** More than any server says of a failure; what it goes on with is not read. */
const LONGEST_REASON = 4096;

/**
 * Fetches over HTTP and HTTPS, with the proxies of the environment; `https+insecure:` checks no certificate. An answer of
 * more than `maxBytes` is a `ToolError`, and so is one that is not waited for any more, by `ends`.
 */
export function httpFetch(
  tls: TlsFiles,
  sent: SentWords,
  env: Environment,
  maxBytes: number,
  ends?: AbortSignal,
): Fetch {
  const tlsOptions = readTlsFiles(tls);
  const headersFor = sentHeaders(sent, env);
  return async (url, timeout, body) => {
    const headers = headersFor(url);
    const deadline = AbortSignal.timeout(timeout * 1000);
    const what = body === undefined ? "http fetch" : `http post ${withoutCredentials(url.href)}`;
    let to = url;
    let posted = body;
    for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
      // The source itself is named by whoever prints this.
      const where = to.host === url.host ? "" : `${to.host}: `;
      const answer = await request(to, {
        // Whoever we are sent on to is not told what is for this server.
        headers: sameServer(to, url) ? headers : {},
        tls: tlsOptions,
        env,
        signal: ends === undefined ? deadline : AbortSignal.any([deadline, ends]),
        body: posted,
        maxBytes,
      }).catch((error: unknown) => {
        throw new ToolError(
          `${what}: ${deadline.aborted ? `no answer within ${timeout}s` : where + explainFailure(error, to.protocol !== "http:" && tls.cert !== "")}`,
        );
      });
      const location = answer.headers.location;
      if (answer.status < 300 || answer.status > 399 || location === undefined) return answer;
      to = redirected(to, location, what);
      // Only these ask for the same again; the others, for a look elsewhere.
      if (answer.status !== 307 && answer.status !== 308) posted = undefined;
    }
    throw new ToolError(`${what}: stopped after ${MOST_REDIRECTS} redirects`);
  };
}

function sameServer(a: URL, b: URL): boolean {
  return a.protocol === b.protocol && a.host === b.host;
}

/** What one request takes. */
interface Wanted {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: https.RequestOptions;
  readonly env: Environment;
  readonly signal: AbortSignal;
  readonly body: string | undefined;
  readonly maxBytes: number;
}

async function request(url: URL, wanted: Wanted): Promise<Answer> {
  const { headers: own, tls: tlsOptions, env, signal, body, maxBytes } = wanted;
  const scheme = url.protocol.slice(0, -1);
  if (scheme === "unix") return overSocket(url, wanted);
  if (!["http", "https", "https+insecure"].includes(scheme)) throw new ToolError(`unsupported scheme "${scheme}"`);
  const secure = scheme !== "http";
  const target = secure ? new URL(url.href.replace(/^[^:]*/, "https")) : url;
  const options: https.RequestOptions = {
    method: body === undefined ? "GET" : "POST",
    signal,
    ...(own.authorization === undefined ? { auth: credentials(url) || null } : {}),
    headers: own,
    ...(secure ? { ...tlsOptions, rejectUnauthorized: scheme === "https" } : {}),
  };
  const proxy = proxyFor(target, env);
  if (proxy === undefined) {
    const direct = { ...options, agent: false };
    return send(secure ? https.request(target, direct) : http.request(target, direct), body, maxBytes);
  }
  const through = { host: proxy.hostname, port: proxy.port || 80, signal, agent: false as const };
  const word = credentials(proxy);
  const auth =
    word === ""
      ? {}
      : { "proxy-authorization": `Basic ${Buffer.from(`${word}${word.includes(":") ? "" : ":"}`).toString("base64")}` };
  if (!secure) {
    const headers = { ...own, host: target.host, ...auth };
    return send(http.request({ ...options, ...through, path: withoutUser(target.href), headers }), body, maxBytes);
  }
  const authority = `${target.hostname}:${target.port || 443}`;
  const tunnel = http.request({
    ...through,
    method: "CONNECT",
    path: authority,
    headers: { host: authority, ...auth },
  });
  const socket = await new Promise<Socket>((resolve, reject) => {
    tunnel.once("error", reject).once("connect", (answer, tunnelled) => {
      if (answer.statusCode === 200) resolve(tunnelled);
      else reject(new ToolError(`proxy ${proxy.host} answered ${answer.statusCode} ${answer.statusMessage}`));
    });
    tunnel.end();
  });
  // Node takes a connection that is made for it only where no agent, not even none, is asked for.
  const { connect } = await import("node:tls");
  const createConnection = (): Socket => connect({ ...options, socket, servername: target.hostname } as object);
  return send(https.request(target, { ...options, createConnection }), body, maxBytes);
}

/** Asks a server that listens on a socket of this machine. */
function overSocket(url: URL, { headers, signal, body, maxBytes }: Wanted): Promise<Answer> {
  const { socketPath, path } = socketOf(url);
  const options = { socketPath, path, headers: { ...headers, host: "localhost" }, signal, agent: false as const };
  return send(http.request({ ...options, method: body === undefined ? "GET" : "POST" }), body, maxBytes);
}

/** The user's name and password in an address, as they are meant. */
function credentials({ username, password }: URL): string {
  const decoded = (text: string): string => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  return decoded(username) + (password === "" ? "" : `:${decoded(password)}`);
}

function send(message: http.ClientRequest, body: string | undefined, maxBytes: number): Promise<Answer> {
  if (body !== undefined) message.setHeader("content-type", "application/octet-stream");
  return new Promise((resolve, reject) => {
    message.once("error", reject).once("response", (answer) => {
      const parts: Buffer[] = [];
      let size = 0;
      const isProfile = answer.statusCode === 200;
      const finish = (): void =>
        resolve({
          status: answer.statusCode ?? 0,
          statusText: answer.statusMessage ?? "",
          headers: answer.headers,
          body: parts.length === 1 ? parts[0]! : Buffer.concat(parts),
        });
      answer
        .on("data", (part: Buffer) => {
          size += part.length;
          if (isProfile && size > maxBytes) return message.destroy(tooLarge(maxBytes));
          parts.push(isProfile ? part : part.subarray(0, Math.max(0, part.length - (size - LONGEST_REASON))));
          if (isProfile || size < LONGEST_REASON) return;
          finish();
          message.destroy();
        })
        .once("error", reject)
        .once("end", finish);
    });
    message.end(body);
  });
}
