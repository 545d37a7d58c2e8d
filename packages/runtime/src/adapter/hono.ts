import { type MountOptions, mount } from "../mount.ts";

/** What this uses of a context of Hono 4. */
interface HonoContext {
  readonly req: { readonly raw: Request; readonly routePath: string };
  // Of @hono/node-server: the request of Node's.
  readonly env: {
    readonly incoming?: { readonly socket?: { readonly remoteAddress?: string; readonly timeout?: number } };
  };
}

type Handler = (context: HonoContext, next: () => Promise<void>) => Promise<Response | undefined>;

/**
 * A handler for Hono 4: `app.use(pprof())` serves `/debug/pprof/`, `app.all("/model/dev/pprof/*", pprof())` that path.
 * On Node's server (`@hono/node-server`) the allow-list knows the client's address.
 */
export function pprof(options: MountOptions = {}): Handler {
  const answer = mount(options);
  return async ({ req: { raw, routePath }, env }, next) => {
    const { pathname, search } = new URL(raw.url);
    const found = await answer({
      method: raw.method,
      url: pathname + search,
      mountedAt: /^\/[^*:]+\/\*$/.test(routePath) ? routePath.slice(0, -1) : undefined,
      header: (name) => raw.headers.get(name),
      address: env?.incoming?.socket?.remoteAddress,
      text: () => raw.text(),
      signal: raw.signal,
      timeoutMillis: env?.incoming?.socket?.timeout ?? 0,
    });
    if (found === undefined) {
      await next();
      return undefined;
    }
    const body = raw.method === "HEAD" ? null : (found.body as Uint8Array<ArrayBuffer> | string);
    return new Response(body, { status: found.status, headers: found.headers });
  };
}
