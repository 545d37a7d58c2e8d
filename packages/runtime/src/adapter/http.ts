import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody } from "../http/body.ts";
import { headerOf, hostOf, send } from "../http/send.ts";
import { type MountOptions, type MountRequest, mount } from "../program/mount.ts";

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * The endpoints as a listener for `http.createServer`, in front of the server's own listener: requests for other paths go
 * on to `next`, and get 404 without one.
 */
export function pprof(options: MountOptions = {}, next: Listener = notFound): Listener {
  const answer = mount(options);
  return (request, response) => {
    const found = answer(nodeRequest(request, response, request.url ?? "/"));
    if (found === undefined) next(request, response);
    else void found.then((answer) => send(answer, request, response));
  };
}

/** A request of Node's, which Express and Koa build on. `read`: what a parser before this has read. */
export function nodeRequest(
  request: IncomingMessage,
  response: ServerResponse,
  url: string,
  mountedAt?: string,
  read?: unknown,
): MountRequest {
  return {
    method: request.method ?? "GET",
    url,
    mountedAt,
    header: headerOf(request),
    get host() {
      return hostOf(request);
    },
    address: request.socket?.remoteAddress,
    body: async () => (typeof read === "string" ? read : readBody(request.iterator({ destroyOnReturn: false }))),
    signal() {
      const gone = new AbortController();
      if (response.destroyed) gone.abort();
      response.on("close", () => gone.abort());
      return gone.signal;
    },
    timeoutMillis: request.socket?.timeout ?? 0,
  };
}

function notFound(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(404, { "content-type": "text/plain" }).end("404 page not found\n");
}
