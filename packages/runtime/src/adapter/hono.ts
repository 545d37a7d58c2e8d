import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { bodyRead } from "../http/body.ts";
import { type MountOptions, mount } from "../program/mount.ts";
import { responseOf, webRequest } from "./fetch.ts";
import { lengthen } from "./http.ts";

/** What this uses of a context of Hono 4. */
interface HonoContext {
  readonly req: { readonly raw: Request; readonly routePath: string; text(): Promise<string> };
  readonly env: unknown;
}

/** Of @hono/node-server: the request of Node's. */
interface NodeEnv {
  readonly incoming?: { readonly url?: string; readonly socket?: Socket };
  readonly outgoing?: ServerResponse;
}

type Handler = (context: HonoContext, next: () => Promise<void>) => Promise<Response | undefined>;

/**
 * A handler for Hono 4: `app.use(pprof())` serves `/debug/pprof/`, `app.all("/model/dev/pprof/*", pprof())` that path.
 * On Node's server (`@hono/node-server`) the allow-list knows the client's address.
 */
export function pprof(options: MountOptions = {}): Handler {
  const answer = mount(options);
  return async ({ req, env }, next) => {
    const { raw, routePath } = req;
    const { incoming, outgoing } = (env as NodeEnv | undefined) ?? {};
    const asked = webRequest(raw, incoming?.socket?.remoteAddress);
    const found = await answer({
      ...asked,
      url: asSent(raw.url, incoming?.url) ?? asked.url,
      // Hono keeps what has been read before.
      body: async () => (raw.bodyUsed ? bodyRead(await req.text(), asked.header("content-length")) : asked.body()),
      mountedAt: /^\/[^*:]+\/\*$/.test(routePath) ? routePath.slice(0, -1) : undefined,
      lengthen: () => lengthen(incoming?.socket, outgoing),
    });
    if (found === undefined) {
      await next();
      return undefined;
    }
    return responseOf(found, raw.method);
  };
}

/** What the client has sent, in which a `Request` has its dots resolved; undefined where that is of another address. */
function asSent(url: string, sent: string | undefined): string | undefined {
  if (!sent?.startsWith("/")) return undefined;
  const meant = new URL(url);
  const same = new URL(`${meant.origin}${sent}`);
  return same.pathname === meant.pathname && same.search === meant.search ? sent : undefined;
}
