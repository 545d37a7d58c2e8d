// A small shop. It knows nothing of profiling: `node --import @pprof-ts/runtime/register dist/main.js` adds that.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { cartOf, search } from "./catalogue.ts";
import { quote } from "./pricing.ts";
import { receipt } from "./receipt.ts";

const routes: Record<string, (query: URLSearchParams) => unknown> = {
  "/checkout": (query) => quote(cartOf(Number(query.get("cart") ?? 0))),
  "/search": (query) => search(query.get("q") ?? ""),
  "/receipt": (query) => receipt(cartOf(Number(query.get("cart") ?? 0))),
};

const server = createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://localhost");
  const route = routes[url.pathname];
  response.writeHead(route ? 200 : 404, { "content-type": "application/json" });
  response.end(JSON.stringify(route ? route(url.searchParams) : { error: `no such page: ${url.pathname}` }));
});
server.listen(Number(process.env.PORT ?? 0), "localhost", () => {
  console.log(`shop: listening on http://localhost:${(server.address() as AddressInfo).port}`);
});
