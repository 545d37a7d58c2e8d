import { RuntimeError } from "../../error.ts";

const TIMEOUT_MILLIS = 3_000;
/** A host that has failed is not asked again for so long: a profile may have a hundred scripts with maps there. */
const REST_MILLIS = 60_000;
const MOST_RESTS = 1_000;

/**
 * Gets source maps that scripts name by a URL.
 *
 * Which URL that is, a script says, and scripts come from many authors: a request alone can do something, or tell somebody. So
 * only hosts are asked that are named beforehand, redirections are not followed, and size and time are bounded.
 */
export class RemoteMaps {
  /** Hosts to ask, such as `maps.example.com`, or `localhost:8080` for one port of it. */
  hosts: readonly string[] = [];
  readonly #rests = new Map<string, number>();

  /** The bytes at this URL; throws where they are not to be had. */
  async read(url: URL, most: number): Promise<Buffer> {
    const { host, hostname, protocol, username, password } = url;
    const names = [host, hostname, hostname.replace(/^\[|\]$/g, "")];
    if (!/^https?:$/.test(protocol) || !this.hosts.some((one) => names.includes(one.toLowerCase()))) {
      throw new RuntimeError("its host is not among sourceMapHosts (PPROF_SOURCE_MAP_HOSTS)");
    }
    if (username !== "" || password !== "") throw new RuntimeError("its URL has a user name or password");
    if ((this.#rests.get(host) ?? 0) > Date.now()) throw new Error(`${host} has failed a moment ago`);
    try {
      return await readBounded(url, most);
    } catch (error) {
      if (this.#rests.size >= MOST_RESTS) this.#rests.clear();
      this.#rests.set(host, Date.now() + REST_MILLIS);
      throw error;
    }
  }
}

async function readBounded(url: URL, most: number): Promise<Buffer> {
  const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MILLIS) });
  if (!response.ok || response.body === null) throw new Error(`${url.host} answered ${response.status}`);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body) {
    size += part.length;
    // Leaving the loop ends the transfer.
    if (size > most) throw new RuntimeError(`it has more than ${most} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}
