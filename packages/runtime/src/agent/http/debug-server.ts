import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Address, isLoopback } from "../../exchange/listen-address.ts";
import { type Access, gate } from "../../http/access/access.ts";
import { ALLOWED_HOSTS, hostsOf } from "../../http/access/browser.ts";
import { readBody } from "../../http/body.ts";
import { type Answer, type Call, callOf, httpError, redirect, refuse } from "../../http/call.ts";
import type { OpenResponses } from "../../http/open-responses.ts";
import { cleanPath, nameUnder, PREFIX } from "../../http/prefix.ts";
import { headerOf, hostOf, send } from "../../http/send.ts";

const INDEX: readonly string[] = ["/", PREFIX.slice(0, -1), PREFIX];

/** The debug port: an HTTP server that has nothing but the endpoints. */
export class DebugServer {
  readonly #answer: (call: Call) => Promise<Answer>;
  readonly #address: Address;
  readonly #access: Access;
  readonly #gate: ReturnType<typeof gate>;
  readonly #open: OpenResponses;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  /**
   * `hosts`: names by which it may be asked beside those of this machine and the one that it listens on; `open`: keeps count of
   * what is not answered yet.
   */
  constructor(
    address: Address,
    access: Access,
    hosts: readonly string[],
    open: OpenResponses,
    answer: (call: Call) => Promise<Answer>,
  ) {
    this.#open = open;
    this.#address = address;
    this.#access = access;
    const { names, option } = hostsOf(hosts, ALLOWED_HOSTS);
    this.#gate = gate(access, { names: [...names, address.host], option });
    this.#answer = answer;
  }

  /** Listens; resolves with the address, whose port is the one that was chosen where 0 was asked for. May be tried again. */
  async listen(): Promise<Address> {
    const { host, port } = this.#address;
    this.#server.listen(port, host);
    await once(this.#server, "listening");
    // A connection that could not be accepted, for want of file descriptors, ends nothing.
    this.#server.on("error", () => {});
    return { host, port: (this.#server.address() as AddressInfo).port };
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#open.add(response);
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    const answer = await this.#route(request, gone.signal).catch((error: unknown) => refuse(500, String(error)));
    send(answer, request, response);
  }

  async #route(request: IncomingMessage, signal: AbortSignal): Promise<Answer> {
    const { method = "GET", socket } = request;
    const [path = "", rawQuery = ""] = (request.url ?? "/").split("?", 2);
    const address = socket.remoteAddress;
    if (this.#access.allow === undefined && isLoopback(this.#address.host) && !isLoopback(address ?? "")) {
      return refuse(403, "Forbidden: only connections from this machine are answered");
    }
    const header = headerOf(request);
    const refused = this.#gate({ address, host: hostOf(request), asksIndex: INDEX.includes(path), header });
    if (refused !== undefined) return refused;
    if (path === "/" || path === PREFIX.slice(0, -1)) return redirect(PREFIX, rawQuery);
    const clean = cleanPath(path);
    if (clean !== path) return redirect(clean, rawQuery);
    const name = nameUnder(PREFIX, path);
    if (name === undefined) return httpError(404, "404 page not found");
    const body = method === "POST" ? await readBody(request.iterator({ destroyOnReturn: false })) : "";
    if (typeof body !== "string") return body;
    return this.#answer(
      callOf({ method, name, rawQuery, accept: header("accept") ?? "", body, timeoutMillis: 0 }, signal),
    );
  }
}
