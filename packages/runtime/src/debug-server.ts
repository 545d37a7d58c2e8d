import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Access, gate } from "./access.ts";
import type { Address } from "./address.ts";
import { type Answer, type Call, callOf, httpError, redirect } from "./exchange.ts";
import { nameUnder, PREFIX } from "./prefix.ts";

/** A `symbol` request lists addresses; nobody has more than this many bytes of them. */
const MAX_BODY_BYTES = 1 << 20;

/** The debug port: an HTTP server that has nothing but the endpoints. */
export class DebugServer {
  readonly #answer: (call: Call) => Promise<Answer>;
  readonly #gate: ReturnType<typeof gate>;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  constructor(access: Access, answer: (call: Call) => Promise<Answer>) {
    this.#gate = gate(access);
    this.#answer = answer;
  }

  /** Listens; resolves with the address, whose port is the one that was chosen where 0 was asked for. */
  listen({ host, port }: Address): Promise<Address> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, () => {
        this.#server.off("error", reject);
        resolve({ host, port: (this.#server.address() as AddressInfo).port });
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    const answer = await this.#route(request, gone.signal);
    response.writeHead(answer.status, answer.headers);
    response.end(request.method === "HEAD" ? undefined : answer.body);
  }

  async #route(request: IncomingMessage, signal: AbortSignal): Promise<Answer> {
    const { method = "GET", headers, socket } = request;
    const refused = this.#gate({ authorization: headers.authorization, address: socket.remoteAddress });
    if (refused !== undefined) return refused;
    const [path = "", rawQuery = ""] = (request.url ?? "/").split("?", 2);
    if (path === "/" || path === PREFIX.slice(0, -1)) return redirect(PREFIX, rawQuery);
    const clean = path.replaceAll(/\/{2,}/g, "/");
    if (clean !== path) return redirect(clean, rawQuery);
    const name = nameUnder(PREFIX, path);
    if (name === undefined) return httpError(404, "404 page not found");
    const body = method === "POST" ? await readBody(request) : "";
    if (body === undefined) return httpError(413, `Request body larger than ${MAX_BODY_BYTES} bytes`);
    return this.#answer(
      callOf({ method, name, rawQuery, accept: headers.accept ?? "", body, timeoutMillis: 0 }, signal),
    );
  }
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of request) {
      size += part.length;
      if (size > MAX_BODY_BYTES) return undefined;
      parts.push(part);
    }
  } catch {
    // The client has gone: nobody will read the answer.
  }
  return Buffer.concat(parts).toString();
}
