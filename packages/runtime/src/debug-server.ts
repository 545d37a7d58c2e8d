import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Address } from "./address.ts";
import type { Answer, Call } from "./exchange.ts";
import { refuse } from "./exchange.ts";

const PREFIX = "/debug/pprof/";

/** The debug port: an HTTP server that has nothing but the endpoints. */
export class DebugServer {
  readonly #answer: (call: Call) => Promise<Answer>;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  constructor(answer: (call: Call) => Promise<Answer>) {
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
    const [path = "", query = ""] = (request.url ?? "/").split("?", 2);
    if (path === "/" || path === PREFIX.slice(0, -1)) {
      return { ...refuse(302, "See /debug/pprof/"), headers: { location: PREFIX } };
    }
    if (!path.startsWith(PREFIX)) return refuse(404, "404 page not found");
    const { method = "GET" } = request;
    return this.#answer({ method, name: path.slice(PREFIX.length), query: new URLSearchParams(query), signal });
  }
}
