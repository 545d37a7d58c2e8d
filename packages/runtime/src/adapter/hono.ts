import { type MountOptions, mount } from "../program/mount.ts";
import { responseOf, webRequest } from "./fetch.ts";

/** What this uses of a context of Hono 4. */
interface HonoContext {
  readonly req: { readonly raw: Request; readonly routePath: string };
  readonly env: unknown;
}

/** Of @hono/node-server: the request of Node's. */
interface NodeEnv {
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string; readonly timeout?: number } };
}

type Handler = (context: HonoContext, next: () => Promise<void>) => Promise<Response | undefined>;

/**
 * A handler for Hono 4: `app.use(pprof())` serves `/debug/pprof/`, `app.all("/model/dev/pprof/*", pprof())` that path.
 * On Node's server (`@hono/node-server`) the allow-list knows the client's address.
 */
export function pprof(options: MountOptions = {}): Handler {
  const answer = mount(options);
  return async ({ req: { raw, routePath }, env }, next) => {
    const { remoteAddress, timeout } = (env as NodeEnv | undefined)?.incoming?.socket ?? {};
    const found = await answer({
      ...webRequest(raw, remoteAddress),
      mountedAt: /^\/[^*:]+\/\*$/.test(routePath) ? routePath.slice(0, -1) : undefined,
      timeoutMillis: timeout ?? 0,
    });
    if (found === undefined) {
      await next();
      return undefined;
    }
    return responseOf(found, raw.method);
  };
}
