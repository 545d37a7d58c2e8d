// What the five programs have in common: a server of some routes, which says where it listens.
import { createServer } from "node:http";

/** Serves the routes, each an async function of the request's address; resolves with the port. */
export function serve(routes) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const route = Object.keys(routes).find((known) => pathname.startsWith(known));
    if (route === undefined) return response.writeHead(404).end();
    response.end(JSON.stringify(await routes[route](pathname)));
  });
  return new Promise((resolve) => {
    server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => {
      const { port } = server.address();
      console.log(`listening on http://127.0.0.1:${port}`);
      resolve(port);
    });
  });
}
