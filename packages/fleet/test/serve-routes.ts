import { ByteBudget } from "../src/fetch/byte-budget.ts";
import type { Route } from "../src/index.ts";
import { serveRoutes as listen } from "../src/listen/server.ts";

/** Routes on a free port of this machine, asked by whoever has no tenant. */
export async function serveRoutes(routes: readonly Route[]): Promise<{ origin: string } & AsyncDisposable> {
  const server = await listen({
    host: "127.0.0.1",
    port: 0,
    forbids: () => undefined,
    tenantOf: () => "",
    routes,
    memory: new ByteBudget(2 ** 26),
    tell: (sentence) => {
      throw new Error(sentence);
    },
  });
  return { origin: `http://127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => server.close() };
}
