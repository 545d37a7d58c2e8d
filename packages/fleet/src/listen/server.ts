import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { FleetError, messageOf, refusalOf } from "../error.ts";
import type { ByteBudget } from "../fetch/byte-budget.ts";
import type { Answer, Route } from "../serve/route.ts";
import { readBody } from "./read-body.ts";
import type { TenantOf } from "./tenants.ts";

/** Where a collector listens, and who may ask it what. */
export interface ServerOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Why a request is not answered at all, such as one of another site's page; undefined: it is. */
  readonly forbids: (request: IncomingMessage) => string | undefined;
  readonly tenantOf: TenantOf;
  /** What is answered; of two routes of one path and method the first. */
  readonly routes: readonly Route[];
  /** Of what clients send, as long as it is not kept or refused. */
  readonly memory: ByteBudget;
  /** Hears of what went wrong inside, which clients are not told. */
  readonly tell: (sentence: string) => void;
}

/** A server that listens, until it is closed. */
export interface ListeningServer {
  readonly host: string;
  readonly port: number;
  /** Takes no more requests, and resolves when those that came are answered, or their clients have been cut off. */
  readonly close: () => Promise<void>;
}

/** Within which all of a request must have come, in milliseconds. */
const REQUEST_TIMEOUT = 60_000;
/** How long answers may take yet, once the server is to close. */
const CLOSE_TIMEOUT = 5000;
const MOST_CONNECTIONS = 10_000;
/** Longer than proxies and clients keep a connection: none asks on one that is closed just then. */
const KEEP_ALIVE = 65_000;

/** Pages bring their own policy; nothing else is ever shown. */
const SAFETY: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};

const TEXT = { "content-type": "text/plain; charset=utf-8" };

export async function serveRoutes(options: ServerOptions): Promise<ListeningServer> {
  const paths = new Map<string, Route[]>();
  for (const route of options.routes) paths.set(route.path, [...(paths.get(route.path) ?? []), route]);
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT }, (request, response) => {
    void answerTo(request, paths, options).then((answer) => send(answer, request, response));
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.keepAliveTimeout = KEEP_ALIVE;
  await listen(server, options.host, options.port);
  // A connection that could not be accepted, for want of file descriptors, ends nothing.
  server.on("error", (error) => options.tell(messageOf(error)));
  return {
    host: options.host,
    port: (server.address() as AddressInfo).port,
    close: () => close(server),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why =
        error.code === "EADDRINUSE" ? "something else listens there: -listen names another port" : messageOf(error);
      reject(new FleetError(`cannot listen on ${host}:${port}: ${why}`));
    });
    server.listen(port, host, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

async function answerTo(
  request: IncomingMessage,
  paths: ReadonlyMap<string, readonly Route[]>,
  { forbids, tenantOf, memory, tell }: ServerOptions,
): Promise<Answer> {
  const forbidden = forbids(request);
  if (forbidden !== undefined) return refusal(403, forbidden);
  const [path = "", search = ""] = (request.url ?? "").split(/\?(.*)/s, 2);
  const routes = paths.get(path);
  if (routes === undefined) return refusal(404, `nothing is served at ${path.slice(0, 200)}`);
  const method = request.method === "HEAD" ? "GET" : request.method;
  const route = routes.find((row) => row.method === method);
  if (route === undefined) {
    return refusal(405, `${path} is for ${routes[0]!.method}`, { allow: routes.map((row) => row.method).join(", ") });
  }
  const tenant = tenantOf(request.headers.authorization);
  if (tenant === undefined) {
    return refusal(401, "a bearer token of a tenant is needed", { "www-authenticate": "Bearer" });
  }
  const releases: (() => void)[] = [];
  const body = async (mostBytes: number): Promise<Uint8Array> => {
    const { bytes, release } = await readBody(request, mostBytes, memory);
    releases.push(release);
    return bytes;
  };
  try {
    return await route.answer({ query: new URLSearchParams(search), headers: request.headers, tenant, body });
  } catch (error) {
    if (error instanceof FleetError) {
      const { status, message, headers } = refusalOf(error);
      return refusal(status, message, headers);
    }
    tell(`${method} ${path}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return refusal(500, "the request could not be answered; the collector has said why on its standard error");
  } finally {
    for (const release of releases) release();
  }
}

function refusal(status: number, sentence: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { ...TEXT, ...headers }, body: `${sentence}\n` };
}

function send({ status, headers, body }: Answer, request: IncomingMessage, response: ServerResponse): void {
  if (response.destroyed) return;
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  try {
    response.writeHead(status, { ...SAFETY, ...headers, "content-length": bytes.length });
    response.end(request.method === "HEAD" ? undefined : bytes);
  } catch {
    // A header that is none ends this connection, and nothing else.
    response.destroy();
  }
}
