import type { IncomingMessage, ServerResponse } from "node:http";
import { send } from "../http/send.ts";
import { type MountOptions, mount } from "../program/mount.ts";
import { nodeRequest } from "./http.ts";

/** What this uses of a request of Express 4 or 5. */
interface ExpressRequest extends IncomingMessage {
  readonly originalUrl: string;
  readonly baseUrl: string;
  readonly body?: unknown;
}

type Middleware = (request: ExpressRequest, response: ServerResponse, next: (error?: unknown) => void) => void;

/**
 * Middleware for Express 4 and 5: `app.use(pprof())` serves `/debug/pprof/`, `app.use("/model/dev/pprof", pprof())` that
 * path and all below it.
 */
export function pprof(options: MountOptions = {}): Middleware {
  const answer = mount(options);
  return (request, response, next) => {
    const { originalUrl, baseUrl, body } = request;
    const mountedAt = baseUrl === "" ? undefined : `${baseUrl}/`;
    const found = answer(nodeRequest(request, response, originalUrl, mountedAt, body));
    if (found === undefined) next();
    else void found.then((answer) => send(answer, request, response));
  };
}
