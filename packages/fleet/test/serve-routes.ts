import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { FleetError, type Route } from "../src/index.ts";

/** Routes on a free port of this machine. */
export async function serveRoutes(routes: readonly Route[]): Promise<{ origin: string } & AsyncDisposable> {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const route = routes.find(({ path, method }) => path === url.pathname && method === request.method);
    if (route === undefined) {
      response.writeHead(404).end();
      return;
    }
    const body = async (most: number): Promise<Uint8Array> => {
      const parts: Buffer[] = [];
      let size = 0;
      for await (const part of request as AsyncIterable<Buffer>) {
        size += part.length;
        if (size > most) throw new FleetError(`a body of more than ${most} bytes`);
        parts.push(part);
      }
      return Buffer.concat(parts);
    };
    const answer = await route.answer({ query: url.searchParams, headers: request.headers, tenant: "", body });
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
