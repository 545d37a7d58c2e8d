import { ToolError } from "../error.ts";
import { withoutCredentials } from "../words/source-url.ts";

const INSECURE = "https+insecure:";

/**
 * Where a server's redirect leads. A server may send us on, but not to less than what was asked for: not from TLS to
 * none, to no other scheme, and whom to trust unseen is not its to say. The user's name and password stay with the
 * server that they are for.
 */
export function redirected(from: URL, location: string, what: string): URL {
  const isInsecure = from.protocol === INSECURE;
  const base = isInsecure ? withScheme(from, "https:") : from;
  const refused = (shown: string, why: string): ToolError =>
    new ToolError(`${what}: redirect to ${JSON.stringify(withoutCredentials(shown))} is not followed: ${why}`);
  if (!URL.canParse(location, base.href)) throw refused(location, "it is no address");
  const to = new URL(location, base);
  if (to.protocol !== "http:" && to.protocol !== "https:") throw refused(to.href, "only http and https are");
  if (base.protocol === "https:" && to.protocol === "http:") {
    throw refused(to.href, "it would go on without TLS; give that address as the source to fetch it all the same");
  }
  const isSame = to.origin === base.origin;
  to.username = isSame ? from.username : "";
  to.password = isSame ? from.password : "";
  return isSame && isInsecure ? withScheme(to, INSECURE) : to;
}

function withScheme(url: URL, scheme: string): URL {
  return new URL(url.href.replace(/^[^:]*:/, scheme));
}
