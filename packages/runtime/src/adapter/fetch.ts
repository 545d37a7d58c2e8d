import { type MountOptions, mount } from "../mount.ts";

/**
 * The endpoints as a function from a `Request` to a `Response`, for servers of the web's kind; other paths get 404.
 * An allow-list needs the client's address, which a `Request` does not have: pass it as the second argument.
 */
export function handler(options: MountOptions = {}): (request: Request, address?: string) => Promise<Response> {
  const answer = mount(options);
  return async (request, address) => {
    const { pathname, search } = new URL(request.url);
    const found = await answer({
      method: request.method,
      url: pathname + search,
      header: (name) => request.headers.get(name),
      address,
      text: () => request.text(),
      signal: request.signal,
      timeoutMillis: 0,
    });
    if (found === undefined) return new Response("404 page not found\n", { status: 404 });
    const body = request.method === "HEAD" ? null : (found.body as Uint8Array<ArrayBuffer> | string);
    return new Response(body, { status: found.status, headers: found.headers });
  };
}
