import { Buffer } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { bodyRead, readBody } from "../http/body.ts";
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
  const header = headerOf(request);
  return {
    method: request.method ?? "GET",
    url,
    mountedAt,
    header,
    get host() {
      return hostOf(request);
    },
    address: request.socket?.remoteAddress,
    async body() {
      const text = textOf(read, header("content-type"));
      return text === undefined
        ? readBody(request.iterator({ destroyOnReturn: false }))
        : bodyRead(text, header("content-length"));
    },
    signal() {
      const gone = new AbortController();
      if (response.destroyed) gone.abort();
      response.on("close", () => gone.abort());
      return gone.signal;
    },
    lengthen: () => lengthen(request.socket, response),
  };
}

/**
 * Has the connection not time out before this response is sent, as Go lengthens the write deadline of a capture; after how long
 * it does all the same, 0: never.
 */
export function lengthen(socket: Socket | undefined, response: ServerResponse | undefined): number {
  const millis = socket?.timeout ?? 0;
  if (millis === 0 || socket === undefined || response === undefined) return millis;
  socket.setTimeout(0);
  // Before Node sets that of a connection which waits for its next request.
  response.prependOnceListener("finish", () => socket.setTimeout(millis));
  return 0;
}

/** What a parser has made of a body, as nearly as it can be known how it was sent; undefined: it has read nothing. */
function textOf(read: unknown, type: string | undefined): string | undefined {
  if (typeof read === "string") return read;
  if (read instanceof Uint8Array) return Buffer.from(read).toString();
  // One that has read nothing leaves an object without fields.
  if (read === undefined || read === null || (typeof read === "object" && Object.keys(read).length === 0)) {
    return undefined;
  }
  return isForm(type) && typeof read === "object" ? textOfForm(read) : JSON.stringify(read);
}

/** There a plus is a space. */
function textOfForm(fields: object): string {
  const text = Object.entries(fields).flatMap(([name, values]) =>
    [values].flat().map((value) => (typeof value !== "string" || value === "" ? name : `${name}=${value}`)),
  );
  return text.join("&").replaceAll(" ", "+");
}

/** Unless it is told to be something else that has names. */
function isForm(type = ""): boolean {
  return !/^(multipart\/|application\/([^;]*\+)?json\b)/i.test(type);
}

function notFound(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(404, { "content-type": "text/plain" }).end("404 page not found\n");
}
