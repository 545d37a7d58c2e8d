import { bodyRead, readBody } from "../http/body.ts";
import type { Answer } from "../http/call.ts";
import { type MountOptions, type MountRequest, mount } from "../program/mount.ts";

/**
 * The endpoints as a function from a `Request` to a `Response`, for servers of the web's kind; other paths get 404.
 * An allow-list needs the client's address, which a `Request` does not have: pass it as the second argument.
 */
export function handler(options: MountOptions = {}): (request: Request, address?: string) => Promise<Response> {
  const answer = mount(options);
  return async (request, address) => {
    const found = await answer(webRequest(request, address));
    return found === undefined
      ? new Response("404 page not found\n", { status: 404 })
      : responseOf(found, request.method);
  };
}

/** A request of the web's kind. */
export function webRequest(request: Request, address: string | undefined): MountRequest {
  const { host, pathname, search } = new URL(request.url);
  const header = (name: string): string | undefined => request.headers.get(name) ?? undefined;
  return {
    method: request.method,
    url: pathname + search,
    host,
    header,
    address,
    async body() {
      if (request.body === null) return "";
      // What has been read before is not there any more.
      if (request.bodyUsed) return bodyRead("", header("content-length"));
      return readBody(request.body.values({ preventCancel: true }));
    },
    signal: () => request.signal,
    // It does not say what serves it.
    lengthen: () => 0,
  };
}

export function responseOf({ status, headers, body }: Answer, method: string): Response {
  // Without a prototype: what all objects are made to have is no part of it.
  const init: ResponseInit = Object.assign(Object.create(null), { status, headers });
  return new Response(method === "HEAD" ? null : (body as Uint8Array<ArrayBuffer> | string), init);
}
