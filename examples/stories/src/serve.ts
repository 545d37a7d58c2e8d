import { createServer, type IncomingMessage } from "node:http";

type Route = (request: IncomingMessage, url: URL) => unknown;

/** Serves routes, each known by the first part of its address, at PORT (default: 8080) of this machine. */
export function serve(routes: Readonly<Record<string, Route>>): void {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const route = routes[url.pathname.split("/")[1]!];
    if (route === undefined) {
      response.writeHead(404).end();
      return;
    }
    try {
      response.end(JSON.stringify(await route(request, url)));
    } catch (error) {
      response.writeHead(500).end(`${error}`);
    }
  });
  server.listen(Number(process.env.PORT ?? 8080), "localhost", () => {
    console.log(`listening on http://localhost:${process.env.PORT ?? 8080}`);
  });
}
