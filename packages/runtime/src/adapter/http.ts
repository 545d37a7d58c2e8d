import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { Answer } from "../exchange.ts";
import { type MountOptions, type MountRequest, mount } from "../mount.ts";

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * The endpoints as a listener for `http.createServer`, in front of the server's own listener: requests for other paths go
 * on to `next`, and get 404 without one.
 */
export function pprof(options: MountOptions = {}, next: Listener = notFound): Listener {
  const answer = mount(options);
  return (request, response) => {
    void answer(nodeRequest(request, response, request.url ?? "/")).then(
      (found) => (found === undefined ? next(request, response) : send(found, request, response)),
      (error: Error) => response.writeHead(500, { "content-type": "text/plain" }).end(`${error.message}\n`),
    );
  };
}

/** A request of Node's, which Express and Koa build on. `body`: what a parser before this has read. */
export function nodeRequest(
  request: IncomingMessage,
  response: ServerResponse,
  url: string,
  mountedAt?: string,
  body?: unknown,
): MountRequest {
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  return {
    method: request.method ?? "GET",
    url,
    mountedAt,
    header: (name) => request.headers[name]?.toString(),
    address: request.socket.remoteAddress,
    text: async () => (typeof body === "string" ? body : text(request)),
    signal: gone.signal,
    timeoutMillis: request.socket.timeout ?? 0,
  };
}

export function send(answer: Answer, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(answer.status, answer.headers);
  response.end(request.method === "HEAD" ? undefined : answer.body);
}

function notFound(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(404, { "content-type": "text/plain" }).end("404 page not found\n");
}
