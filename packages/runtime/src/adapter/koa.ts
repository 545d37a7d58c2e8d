import { Buffer } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type MountOptions, mount } from "../program/mount.ts";
import { nodeRequest } from "./http.ts";

/** What this uses of a context of Koa 3. */
interface KoaContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly originalUrl: string;
  /** With what parsers of bodies leave there. */
  readonly request: { readonly body?: unknown; readonly rawBody?: unknown };
  status: number;
  body: unknown;
  set(headers: Record<string, string>): void;
}

type Middleware = (context: KoaContext, next: () => Promise<unknown>) => Promise<void>;

/** Middleware for Koa 3: `app.use(pprof())` serves `/debug/pprof/`; `prefix` is another path. */
export function pprof(options: MountOptions = {}): Middleware {
  const answer = mount(options);
  return async (context, next) => {
    const { rawBody, body } = context.request;
    const asked = answer(nodeRequest(context.req, context.res, context.originalUrl, undefined, rawBody ?? body));
    if (asked === undefined) {
      await next();
      return;
    }
    const found = await asked;
    context.status = found.status;
    context.body = typeof found.body === "string" ? found.body : Buffer.from(found.body);
    // Last: Koa sets headers by the body's type.
    context.set(found.headers);
  };
}
