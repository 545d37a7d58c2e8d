import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { messageOf, ToolError } from "../error.ts";
import { errorPage } from "./error-page.ts";
import { hostName, type Known, whyForbidden } from "./forbidden.ts";
import { listen, splitAddress } from "./listen.ts";
import { pageFiles } from "./page-files.ts";
import { recordingNamed } from "./recordings.ts";
import { type Answer, type Asked, NotFound, ROUTES, type Served, types, withSearch } from "./routes.ts";

/** A server of pages, until it is closed. */
export interface PageServer {
  /** The address of the first page. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** No script but the server's own files, and no other site in between. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const SAFETY: Readonly<Record<string, string>> = {
  "content-security-policy": POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};

/** Of an answer that has a tag: the browser keeps it, and asks each time whether it still is what there is. */
const KEPT: Readonly<Record<string, string>> = { "cache-control": "private, no-cache" };

/** How others ask for the pages. */
export interface Reached {
  /** The names by which they do, beside this machine's own. */
  readonly names: readonly string[];
  /** The path that a reverse proxy has the pages under; X-Forwarded-Prefix where its requests say it; "" for none. */
  readonly prefix: string;
}

/** The header in which a proxy says what it took from the path; believed where the user says so. */
const FORWARDED = "x-forwarded-prefix";
/** A path that may stand in a redirect: no other server's, as //host would be. */
const PREFIX = /^(?:\/[\w.~%@:+-]+)*$/;

/** Serves pages on `host:port`; without a host on this machine alone, without a port on any that is free. */
export async function serve(
  address: string,
  served: Served,
  reached: Reached = { names: [], prefix: "" },
): Promise<PageServer> {
  const { host, port } = splitAddress(address);
  const prefix = prefixReader(reached.prefix);
  const names = new Set([host, ...reached.names.map(hostName)]);
  const files = pageFiles();
  const recordings = [recordingNamed(served.name ?? "the first one", served.profile, served.whole)];
  const running = new Map<string, AbortController>();
  const server = createServer((request, response) => {
    const way = prefix(request);
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    const asked = { served, files, recordings, running, gone: gone.signal };
    void respond(request, { host, names, way }, asked).then((answer) =>
      send(response, isForPerson(request, answer) ? errorPage(answer, way) : answer),
    );
  });
  await listen(server, host, port);
  const actual = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${actual}/ui/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Reads under which path a request was made of a proxy, without a slash at the end. */
function prefixReader(given: string): (request: IncomingMessage) => string {
  if (given.toLowerCase() === FORWARDED) {
    return ({ headers }) => {
      const said = String(headers[FORWARDED] ?? "").replace(/\/+$/, "");
      return PREFIX.test(said) ? said : "";
    };
  }
  const prefix = given.replace(/\/+$/, "").replace(/^(?=[^/])/, "/");
  if (!PREFIX.test(prefix)) throw new ToolError(`invalid -http_prefix ${JSON.stringify(given)}: must be a path`);
  return () => prefix;
}

/** What a request is held against: where the server listens, how it is called, and where a proxy has it. */
interface Here extends Known {
  readonly way: string;
}

/** Whether an error is shown in a browser's window: programs, and pages that fetch, do not ask for HTML. */
function isForPerson({ headers, method }: IncomingMessage, { status }: Answer): boolean {
  return method === "GET" && (status === 400 || status === 404) && headers.accept?.includes("text/html") === true;
}

async function respond(request: IncomingMessage, here: Here, asked: Omit<Asked, "query">): Promise<Answer> {
  const forbidden = whyForbidden(request, here);
  if (forbidden !== undefined) return { status: 403, body: `${forbidden}\n` };
  const [whole = "", search = ""] = (request.url ?? "").split(/\?(.*)/s, 2);
  // Some proxies take their prefix off the path, others leave it.
  const path = here.way !== "" && `${whole}/`.startsWith(`${here.way}/`) ? whole.slice(here.way.length) || "/" : whole;
  const answer = await answerTo(request.method ?? "", path, search, asked);
  const location = answer.headers?.location;
  if (!location?.startsWith("/")) return answer;
  return { ...answer, headers: { ...answer.headers, location: here.way + location } };
}

async function answerTo(verb: string, path: string, search: string, asked: Omit<Asked, "query">): Promise<Answer> {
  const method = verb === "HEAD" ? "GET" : verb;
  const query = new URLSearchParams(search);
  // Of a key that is there twice the first counts, as in the reference tool.
  for (const key of new Set(query.keys())) query.set(key, query.get(key)!);
  const here = ROUTES.filter((route) => route.path === path);
  const route = here.find((candidate) => candidate.method === method);
  try {
    if (route !== undefined) return await route.answer({ ...asked, query });
  } catch (error) {
    return { status: error instanceof NotFound ? 404 : 400, body: `${messageOf(error)}\n` };
  }
  if (here.length > 0) return { status: 405, headers: { allow: here[0]!.method }, body: "method not allowed\n" };
  // As in the reference tool, all that is not under /ui/ leads there.
  if (!path.startsWith("/ui/")) return { status: 307, headers: { location: withSearch("/ui", query) } };
  const file = asked.files.get(path.slice("/ui/".length));
  if (file === undefined || method !== "GET") return { status: 404, body: "404 page not found\n" };
  const type = types[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream";
  return { status: 200, headers: { "content-type": type, etag: tagOf(file) }, body: file };
}

const tags = new WeakMap<Uint8Array, string>();

/** Tells what is in a file from what was in it in another version. */
function tagOf(file: Uint8Array): string {
  const tag = tags.get(file) ?? `"${createHash("sha256").update(file).digest("base64url")}"`;
  tags.set(file, tag);
  return tag;
}

function send(response: ServerResponse, { status, headers = {}, body = "" }: Answer): void {
  // What the browser has and has not changed is not sent again.
  if (headers.etag !== undefined && response.req.headers["if-none-match"] === headers.etag) {
    response.writeHead(304, { ...SAFETY, ...KEPT, etag: headers.etag }).end();
    return;
  }
  const kept = headers.etag === undefined ? {} : KEPT;
  const bytes = typeof body === "string" ? Buffer.from(body) : typeof body === "function" ? body() : body;
  response.writeHead(status, {
    "content-type": types.txt!,
    ...SAFETY,
    ...kept,
    ...headers,
    "content-length": bytes.length,
  });
  response.end(response.req.method === "HEAD" ? undefined : bytes);
}
